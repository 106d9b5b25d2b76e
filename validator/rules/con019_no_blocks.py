from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.container import near_markers
from validator.framing import first_ink, spoiled_headers
from validator.model import Container, Fix, Hit
from validator.rule import Bad, Good, container_rule

_SEARCHED = 1 << 16


@container_rule(
    code="CON019",
    name="no-blocks",
    severity="error",
    message="a container by its name, it holds no document",
    help="if it is no container, take its name out of the setting `containers`",
    good=[
        Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n"),
        Good({"INDEX.md": b"- [Notes](notes.txt)\n", "notes.txt": b"A bundle.\n"}, "no container by its name"),
    ],
    bad=[
        Bad(b"", ["all.bundle"], note="empty"),
        Bad(b"Some text.\n", ["all.bundle"]),
        Bad(
            b"<<<file 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            ["all.bundle"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
            note="the help shows the line that is nearly a header",
        ),
        Bad(b"<<<END 0>>>\n", ["all.bundle"]),
    ],
)
def no_blocks(container: Container) -> Iterator[Hit]:
    """A file that is a container by its name holds no document.

    It was cut to nothing, overwritten, or written in another format; or it is no container at all, and
    only its name says so. The setting `containers` holds the patterns of names that do, by default
    `*.bundle`. Where it begins with a line that is nearly a header, the fix makes headers of all such lines;
    that is safe where the index misses all of their documents.
    """
    if container.layout.blocks or container.encoding:
        return
    for _, _, line in near_markers(container.place.read(0, _SEARCHED)):
        near = line[:80].decode("utf-8", "surrogateescape")
        help = f"{near!r} is nearly a header: write <<<FILE id name>>>, at the beginning of a line"
        yield Hit(help=help, fix=_fix(container))
        return
    yield Hit()


def _fix(container: Container) -> Fix | None:
    ink = first_ink(container, container.layout.preamble)
    return spoiled_headers(container, ink) if ink is not None else None


@no_blocks.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    found = [name for name in faults.containers(tree) if name.endswith(".bundle")]
    name = faults.some(random, found, "container whose name says so")
    tree[name] = random.choice([b"", b"Some words, and no header.\n"])
