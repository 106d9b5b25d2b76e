from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.matching import changed, within
from validator.model import Edit, Fix, Hit, Scope
from validator.rule import Bad, Good, index_rule

_LOOKS_LIKE = {
    "final-newline-lost": ", as if only its final newline were missing",
    "final-newline-added": ", as if only a final newline had been added",
    "line-ends": ", as if only its line ends were others",
}


@index_rule(
    code="IDX005",
    name="size-mismatch",
    severity="error",
    message="{name!r}{within} has {size:,} bytes, and the index lists {listed:,}{guess}",
    help="restore the document; if the change is meant, list its new size, and better its sha256 too",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n| name | bytes |\n|---|--:|\n| a.txt | 2 |\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | bytes | sha256 |\n|---|--:|---|\n| a.txt | 7 | "
            b"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
            note="the digest is right, so the index is wrong",
        ),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| name | bytes | sha256 |\n|---|--:|---|\n| a.txt | 17 | "
                b"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac |\n\n"
                b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n"
            },
            ["all.bundle:4:11"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name | bytes | sha256 |\n|---|--:|---|\n| a.txt |  2 | "
            b"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | bytes |\n|---|--:|\n| a.txt | 7 |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | bytes |\n|---|--:|\n| a.txt | 2 |\n\n<<<FILE 0 a.txt>>>\nx\r\n\n",
            ["INDEX.md:3:11"],
            note="the message says that it looks as if only the line ends were others",
        ),
    ],
)
def size_mismatch(scope: Scope) -> Iterator[Hit]:
    """A document has another size than the index lists.

    It was cut short, edited, or converted on the way. Restore it, or correct the index. A size guards
    only against changes that alter it: a column `sha256` guards against all of them. Where the digest is
    right and the size is not, the index is wrong, and the fix corrects it; where the digest is wrong too,
    IDX006 speaks.
    """
    if scope.index is None:
        return
    departing = {id(record) for record in changed(scope.records)}
    for record in scope.records:
        entry = record.entry
        if entry is None or entry.size in (None, record.size) or record.copy_of or not (record.sha256 or record.blake3):
            continue
        is_pinned = entry.has_digest
        if record.difference if is_pinned else id(record) not in departing:
            continue  # a digest decides, and IDX006 or a rule on the container speaks
        words: dict[str, object] = {
            "name": record.block or record.name,
            "within": within(record),
            "size": record.size,
            "listed": entry.size or 0,
            "guess": ", though the digest is right" if is_pinned else _LOOKS_LIKE.get(record.difference, ""),
        }
        help = f"list {record.size} bytes: the digest shows that the document is whole" if is_pinned else ""
        cell = manifest.locate(scope.index, entry, "bytes")
        digits = str(record.size).encode().rjust(cell.end - cell.start)
        fix = Fix((Edit(cell, digits),)) if is_pinned else None
        yield Hit(cell, words, help, at=scope.index.place, fix=fix)


@size_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random, faults.of_table("bytes"))
    size = len(faults.content(tree, row.spot))
    faults.edit_cells(tree, row, {"bytes": b"%d" % (size + 1), "sha256": b"-", "blake3": b"-"})
