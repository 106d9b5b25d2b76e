from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import documents, lines_in_bodies
from validator.model import Container, Hit
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON018",
    name="missing-end-marker",
    severity="info",
    message="the container has no end marker, so a loss at its end would not show",
    help="",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(b"<<<FILE 7 a.txt>>>\nx\n\n", ["all.bundle"]),
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n",
            ["all.bundle"],
            note="an error where the settings require the end marker",
            settings={"require_end_marker": True},
        ),
    ],
)
def missing_end_marker(container: Container) -> Iterator[Hit]:
    """The container does not close with `<<<END count>>>`.

    Without that line nobody can tell a whole container from one that was cut off between two lines. It
    is a plain `print` away. With the setting `require-end-marker` its absence is an error. Where the last
    line lacks even its newline, or end markers of another format stand, that is said instead.
    """
    layout = container.layout
    if not layout.blocks or layout.ends or not layout.final_newline:
        return
    if any(kind == "foreign-end" for kind, _ in lines_in_bodies(container)):
        return
    count = sum(1 for _ in documents(container))
    help = f"if all documents are there, append the line <<<END {count}>>>"
    yield Hit(None, {}, help, "error" if container.require_end else None)


@missing_end_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.change(tree, faults.CONTAINER, lambda data: data[: data.rindex(b"<<<END ")])
