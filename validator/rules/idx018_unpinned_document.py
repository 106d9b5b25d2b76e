from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from validator import faults, manifest
from validator.model import Edit, Fix, Hit, Record, Scope, Span
from validator.rule import Bad, Good, index_rule

_NOTHING = (b"", b"-", "–".encode(), "—".encode())
_DIGEST = b"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"

_BLAKE3 = b"44c77418e27569db9213c6b43d9049ecffb5496f7d0e3d4254bb68410adecc3e"


@index_rule(
    code="IDX018",
    name="unpinned-document",
    severity="info",
    message="{name!r} is listed without a digest, and others with one",
    help="write its digest into the column, as `sha256sum` or `b3sum` prints it",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|--|--|\n| a.txt | %b |\n\n<<<FILE 0 a.txt>>>\nx\n\n"
            % _DIGEST
        ),
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|--|--|\n| a.txt | |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            "no document has one",
        ),
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 | blake3 |\n|--|--|--|\n| a.txt | %b | |\n| b.txt | | %b |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\nx\n\n" % (_DIGEST, _BLAKE3),
            "either kind of digest will do",
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
    if scope.index is None or not any(entry.has_digest for entry in scope.index.entries):
        return
    columns = [column for column in manifest.DIGESTS if column in scope.index.columns]
    present: dict[str, list[Record]] = {}
    for record in scope.records:
        present.setdefault(record.name, []).append(record)
    for entry in scope.index.entries:
        if not entry.has_digest and entry.name in present:
            cells = [manifest.locate(scope.index, entry, column) for column in columns]
            if all(scope.index.data[cell.start : cell.end] in _NOTHING for cell in cells):
                found = {(record.sha256, record.blake3) for record in present[entry.name]}
                fix = _fix(scope.index.data, dict(zip(columns, cells, strict=True)), found)
                yield Hit(manifest.locate(scope.index, entry), {"name": entry.name}, at=scope.index.place, fix=fix)


def _fix(data: bytes, cells: Mapping[str, Span], found: set[tuple[str, str]]) -> Fix | None:
    """What writes the digests of the one document into the cells, apart from the bars."""
    if len(found) != 1:
        return None
    digests = dict(zip(manifest.DIGESTS, found.pop(), strict=True))
    if not all(digests[column] for column in cells):
        return None
    edits = []
    for column, cell in cells.items():
        before = b" " if data[cell.start - 1 : cell.start] == b"|" else b""
        after = b" " if data[cell.end : cell.end + 1] == b"|" else b""
        edits.append(Edit(cell, before + digests[column].encode() + after))
    return Fix(tuple(edits), safe=False)


@unpinned_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    pinned = [row for row in faults.rows(tree) if row.entry.has_digest]
    row = faults.listed(tree, random, lambda row: row.entry.has_digest and _is_one_of_several(row, pinned))
    faults.edit_cells(tree, row, dict.fromkeys(manifest.DIGESTS, b"-"))


def _is_one_of_several(row: faults.Row, pinned: Sequence[faults.Row]) -> bool:
    """Whether an index pins other documents besides this one."""
    return any(one.index == row.index and one.entry is not row.entry and one.entry != row.entry for one in pinned)
