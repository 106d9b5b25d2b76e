from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import lines_in_bodies
from validator.model import Container, Hit
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
        Bad(b"<<<FILE 7 a.txt>>>\n<<<ENDING\n\n<<<END 1>>>\n", ["all.bundle:2:1"]),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<<FILENAME\n\n<<<END 1>>>\n", ["all.bundle:3:1"]),
        Bad(b"<<<FILE 7 a.txt>>>\nx\n<<<END 1>>\n\n<<<END 1>>>\n", ["all.bundle:3:1"], note="a damaged end marker"),
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
    """
    for kind, line in lines_in_bodies(container):
        if kind == "reserved" and line.newline:  # without one the file was cut off here, of which CON021 tells
            yield Hit(line.span, {"beginning": "<<<END" if line.text.startswith(b"<<<END") else "<<<FILE"})


@reserved_line.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    line = random.choice([b"<<<ENDING", b"<<<FILENAME", b"<<<END 1>>"])
    faults.change(tree, faults.CONTAINER, lambda data: data.replace(b">>>\n", b">>>\n" + line + b"\n", 1))
