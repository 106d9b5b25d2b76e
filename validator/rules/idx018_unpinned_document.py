from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.model import Edit, Fix, Hit, Record, Scope, Span
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
        ),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|--|--|\n"
                b"| a.txt | %b |\n| b.txt | - |\n\n"
                b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\nx\n\n<<<END 3>>>\n" % _DIGEST
            },
            ["all.bundle:5:3"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|--|--|\n| a.txt | %b |\n| b.txt | %b |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\nx\n\n<<<END 3>>>\n" % (_DIGEST, _DIGEST),
        ),
    ],
)
def unpinned_document(scope: Scope) -> Iterator[Hit]:
    """An entry has no digest, while others have one.

    Whoever sees the column believes that the content of every document is guarded; of this one it is not,
    and it could change unseen. Fill the cell in, once you have made sure that the document is right. The fix
    does so, and is unsafe for that reason.
    """
    if scope.index is None or not any(entry.sha256 for entry in scope.index.entries):
        return
    present: dict[str, list[Record]] = {}
    for record in scope.records:
        present.setdefault(record.name, []).append(record)
    for entry in scope.index.entries:
        if entry.sha256 is None and entry.name in present:
            cell = manifest.locate(scope.index, entry, "sha256")
            if scope.index.data[cell.start : cell.end] in (b"", b"-", "–".encode(), "—".encode()):
                fix = _fix(scope.index.data, cell, {record.sha256 for record in present[entry.name]})
                yield Hit(manifest.locate(scope.index, entry), {"name": entry.name}, at=scope.index.place, fix=fix)


def _fix(data: bytes, cell: Span, digests: set[str]) -> Fix | None:
    """What writes the one digest into a cell, apart from the bars."""
    if len(digests) != 1 or "" in digests:
        return None
    before = b" " if data[cell.start - 1 : cell.start] == b"|" else b""
    after = b" " if data[cell.end : cell.end + 1] == b"|" else b""
    return Fix((Edit(cell, before + digests.pop().encode() + after),), safe=False)


@unpinned_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_cell(tree, random, 3, b"-")
