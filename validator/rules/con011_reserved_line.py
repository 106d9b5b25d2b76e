from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.container import END, FILE
from validator.framing import completed_end, is_pinned, lines_in_bodies, record_at, spoiled_end
from validator.model import Container, Edit, Fix, Hit, Line, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON011",
    name="reserved-line",
    severity="warning",
    message="a line of text begins with {beginning}, as only markers may",
    help="put a backslash in front of it, or write <<<FILE id name>>> or <<<END count>>> if a marker was meant",
    good=[
        Good(b"<<<FILE 7 a.sh>>>\ncat \\\n\\<<<ENDING\nx\nENDING\n\n<<<END 1>>>\n", "escaped"),
        Good(b"<<<FILE 7 a.php>>>\n$x = <<<ENDING\nx\nENDING;\n\n<<<END 1>>>\n", "not at the beginning of a line"),
    ],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\n<<<ENDING\n\n<<<END 1>>>\n",
            ["all.bundle:2:1"],
            mended=b"<<<FILE 7 a.txt>>>\n\\<<<ENDING\n\n<<<END 1>>>\n",
        ),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<<FILENAME\n\n<<<END 1>>>\n", ["all.bundle:3:1"]),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<<END 1>>\n\n<<<END 1>>>\n", ["all.bundle:3:1"], note="a damaged end marker"),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>\n",
            ["all.bundle:4:1"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            note="the last line, and it counts the documents: a bracket was lost",
            also=["CON018"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n"
            b"| a.txt | 958426cd147c32a94aad7fd86e58f6a96ecb9d3778bec1022c6ccdc2c402fabd |\n\n"
            b"<<<FILE 7 a.txt>>>\nx\n<<<END>>>\n\n<<<END 2>>>\n",
            ["all.bundle:8:1"],
            note="an end marker of another format, which the digest proves to be text",
        ),
    ],
)
def reserved_line(container: Container) -> Iterator[Hit]:
    """A line of a document begins like a marker, is none, and is not escaped.

    Lines that begin with `<<<FILE` or `<<<END` are kept for markers, so that a reader can go by the first
    seven bytes. This one is still read as text, but the same document packed again would be written
    differently, and a marker that lost its end would look just like it.

    The fix puts a backslash in front. Where the line may be what is left of a marker, that is unsafe unless a
    digest proves the document; and an end marker in the last line that counts the documents is completed.
    """
    end = spoiled_end(container)
    for kind, line in lines_in_bodies(container):
        if kind == "reserved" and line.newline:  # without one the file was cut off here, of which CON021 tells
            beginning = "<<<END" if line.text.startswith(END) else "<<<FILE"
            yield Hit(line.span, {"beginning": beginning}, fix=_fix(container, line, end))


def _fix(container: Container, line: Line, end: Line | None) -> Fix | None:
    if line is end:
        return completed_end(container, line)
    record = record_at(container, line.span.start)
    rest = line.text.removeprefix(END).removeprefix(FILE).rstrip(b" \t\v\f\r>").lstrip(b" ")
    is_text = bool(rest.strip(b"0123456789")) or (record is not None and is_pinned(record))
    return Fix((Edit(Span(line.span.start, line.span.start), b"\\"),), safe=is_text)


@reserved_line.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    line = random.choice([b"<<<ENDING", b"<<<FILENAME", b"<<<END 1>>"])
    faults.edit_header(tree, random, lambda header: header + b"\n" + line)
