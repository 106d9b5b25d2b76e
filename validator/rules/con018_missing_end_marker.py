from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.framing import documents, end_marker, is_proven, lines_in_bodies, spoiled_end
from validator.model import Container, Edit, Fix, Hit, Span
from validator.rule import Bad, Good, container_rule


@container_rule(
    code="CON018",
    name="missing-end-marker",
    severity="info",
    message="the container has no end marker, so a loss at its end would not show",
    help="",
    good=[Good(b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n")],
    bad=[
        Bad(
            b"<<<FILE 7 a.txt>>>\nx\n\n",
            ["all.bundle"],
            mended=b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 1>>>\n",
        ),
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

    The fix appends the line. It is safe where digests prove every document and none that the index lists is
    missing; otherwise make sure yourself that the container is whole.
    """
    layout = container.layout
    if not layout.blocks or layout.ends or not layout.final_newline:
        return
    if any(kind == "foreign-end" for kind, _ in lines_in_bodies(container)):
        return
    count = sum(1 for _ in documents(container))
    help = f"if all documents are there, append the line <<<END {count}>>>"
    yield Hit(None, {}, help, "error" if container.require_end else None, fix=_fix(container, count))


def _fix(container: Container, count: int) -> Fix | None:
    if spoiled_end(container) is not None or any(near.hides for near in container.near):
        return None  # the end marker is there, or the count is not yet right
    end = Span(container.layout.size, container.layout.size)
    return Fix((Edit(end, end_marker(container, count)),), safe=is_proven(container))


@missing_end_marker.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    name = random.choice(faults.containers(tree, faults.is_ended))
    faults.change(tree, name, lambda data: data[: data.rindex(b"<<<END ")])
