from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.matching import within
from validator.model import Edit, Fix, Hit, Scope
from validator.names import is_plain
from validator.rule import Bad, Good, index_rule

_DIGEST = b"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"


@index_rule(
    code="IDX004",
    name="renamed-document",
    severity="error",
    message="the index lists {name!r}, which is not there, but {other!r}{within} has its digest",
    help="correct the name in the index, or rename the document back",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n| a.txt | %b |\n\n<<<FILE 0 a.txt>>>\nx\n\n"
            % _DIGEST
        )
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n| a.txt | %b |\n\n<<<FILE 0 new.txt>>>\nx\n\n"
            % _DIGEST,
            ["INDEX.md:3:3"],
        ),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n| a.txt | %b |\n\n"
                b"<<<FILE 0 new.txt>>>\nx\n\n<<<END 2>>>\n" % _DIGEST
            },
            ["all.bundle:4:3"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n| new.txt | %b |\n\n"
            b"<<<FILE 0 new.txt>>>\nx\n\n<<<END 2>>>\n" % _DIGEST,
        ),
    ],
)
def renamed_document(scope: Scope) -> Iterator[Hit]:
    """A listed document is missing, and one that is not listed has exactly its content.

    It was renamed or moved, and the index was not. Nothing is lost: correct the name in the index, or
    give the document its old name. This is said once, and not as one missing and one unlisted document.
    The fix corrects the index.
    """
    if scope.index is None:
        return
    for entry, record in scope.renamed:
        span = manifest.locate(scope.index, entry)
        fix = Fix((Edit(span, record.name.encode()),), safe=False) if is_plain(record.name) else None
        words: dict[str, object] = {"name": entry.name, "other": record.block or record.name, "within": within(record)}
        yield Hit(span, words, at=scope.index.place, fix=fix)


@renamed_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    def is_unique(row: faults.Row) -> bool:
        return not row.spot.block and row.entry.sha256 is not None and digests.count(row.entry.sha256) == 1

    digests = [row.entry.sha256 for row in faults.rows(tree)]
    spot = faults.listed(tree, random, is_unique).spot
    faults.drop_copies(tree, spot.file)
    folder, _, last = spot.file.rpartition("/")
    tree[f"{folder}/renamed-{last}" if folder else f"renamed-{last}"] = tree.pop(spot.file)
