from __future__ import annotations

from collections.abc import Iterator

from validator import faults, text
from validator.framing import documents, end_names_id, endings, lines_in_bodies
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule

_SHOWN = 80


@container_rule(
    code="CON013",
    name="foreign-end-marker",
    severity="error",
    message="documents are closed by end markers of another format, {count} in all, of which {line} is the first",
    help="",
    good=[
        Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n", "one end marker, with the number of documents"),
        Good(b"<<<FILE 7 a.txt>>>\nx\n\\<<<END>>>\n\n<<<END 1>>>\n", "text, escaped"),
    ],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n<<<END>>>\n\n<<<FILE 8 b.txt>>>\ny\n<<<END>>>\n\n",
            ["all.bundle:3:1"],
            note="one finding for all of them",
        ),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<<END FILE>>>\n\n<<<END 1>>>\n", ["all.bundle:3:1"]),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<<END a.txt>>>\n\n<<<END 1>>>\n", ["all.bundle:3:1"]),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 7>>>\n<<<FILE 8 b.txt>>>\ny\n\n<<<END 8>>>\n",
            ["all.bundle:4:1"],
            note="each repeats the id of its document",
        ),
    ],
)
def foreign_end_marker(container: Container) -> Iterator[Hit]:
    """Documents are closed one by one, by `<<<END>>>`, `<<<END FILE>>>` or `<<<END name>>>`.

    That is another format. Here a document ends where the next header stands, and the one end marker, at
    the end of the file, says how many there are. A reader takes such a line for the last line of the
    document.
    """
    lines = [line for kind, line in lines_in_bodies(container) if kind == "foreign-end"]
    found = endings(container)
    if end_names_id(container, found):
        lines += [ending.line for ending in found]
    if lines:
        count = sum(1 for _ in documents(container))
        first = min(lines, key=lambda line: line.span.start)
        shown = text.shown(first.text[:_SHOWN].decode("utf-8", "surrogateescape"))
        yield Hit(
            first.span,
            {"count": len(lines), "line": shown},
            f"replace each by an empty line, and end the file with <<<END {count}>>>; if one is text, "
            "put a backslash in front of it",
        )


@foreign_end_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    line = random.choice([b"<<<END>>>", b"<<<END FILE>>>", b"<<<END a.txt>>>"])
    faults.change(tree, faults.CONTAINER, lambda data: data.replace(b"\n<<<", b"\n" + line + b"\n<<<"))
