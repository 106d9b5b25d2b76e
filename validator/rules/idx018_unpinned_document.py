from __future__ import annotations

from collections.abc import Iterator

from validator import faults, index
from validator.model import Hit, Scope
from validator.rule import Bad, Good, index_rule

_DIGEST = b"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"


@index_rule(
    code="IDX018",
    name="unpinned-document",
    severity="info",
    message="{name!r} is listed without a digest, and others with one",
    help="write its SHA-256 into the column, as `sha256sum` prints it",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|--|--|\n| a.txt | %b |\n\n<<<FILE 0 a.txt>>>\nx\n\n"
            % _DIGEST
        ),
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|--|--|\n| a.txt | |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            "no document has one",
        ),
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|--|--|\n| a.txt | %b |\n| b.txt | |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\ny\n\n" % _DIGEST,
            ["INDEX.md:4:3"],
        )
    ],
)
def unpinned_document(scope: Scope) -> Iterator[Hit]:
    """An entry has no digest, while others have one.

    Whoever sees the column believes that the content of every document is guarded; of this one it is not,
    and it could change unseen. Fill the cell in, once you have made sure that the document is right.
    """
    if scope.index is None or not any(entry.sha256 for entry in scope.index.entries):
        return
    present = {record.name for record in scope.records}
    for entry in scope.index.entries:
        if entry.sha256 is None and entry.name in present:
            cell = index.locate(scope.index, entry, "sha256")
            if scope.index.data[cell.start : cell.end] in (b"", b"-", "–".encode(), "—".encode()):
                yield Hit(index.locate(scope.index, entry), {"name": entry.name}, at=scope.index.place)


@unpinned_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_cell(tree, random, 3, b"-")
