from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.matching import changed, departure, within, wrong_digest
from validator.model import Edit, Fix, Hit, Scope
from validator.rule import Bad, Good, index_rule

_DIGEST = b"73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"
_INDEX = b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 |\n|---|---|\n| a.txt | %b |\n\n" % _DIGEST

_BLAKE3 = b"44c77418e27569db9213c6b43d9049ecffb5496f7d0e3d4254bb68410adecc3e"
_BOTH = b"<<<FILE INDEX INDEX.md>>>\n| name | sha256 | blake3 |\n|---|---|---|\n| a.txt | %b | %b |\n\n"


@index_rule(
    code="IDX006",
    name="digest-mismatch",
    severity="error",
    message="the content of {name!r}{within} is not what the index lists: {departure}",
    help="restore the document, or list its new digest",
    good=[
        Good(_INDEX + b"<<<FILE 0 a.txt>>>\nx\n\n"),
        Good(_BOTH % (_DIGEST, _BLAKE3) + b"<<<FILE 0 a.txt>>>\nx\n\n", "two digests are compared both"),
    ],
    bad=[
        Bad(_INDEX + b"<<<FILE 0 a.txt>>>\ny\n\n", ["INDEX.md:3:11"]),
        Bad(
            _INDEX + b"<<<FILE 0 a.txt>>>\nx\r\n\n",
            ["INDEX.md:3:11"],
            note="the message says that only the line ends differ",
        ),
        Bad(
            _BOTH % (b"-", _BLAKE3) + b"<<<FILE 0 a.txt>>>\ny\n\n",
            ["INDEX.md:3:15"],
            note="a BLAKE3 digest guards as well",
        ),
        Bad(
            _BOTH % (_DIGEST, _BLAKE3) + b"<<<FILE 0 a.txt>>>\ny\n\n",
            ["INDEX.md:3:11"],
            note="of two wrong digests, only the first is reported",
        ),
        Bad(
            {"all.bundle": _BOTH % (_DIGEST, b"0" * 64) + b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n"},
            ["all.bundle:4:78"],
            mended=_BOTH % (_DIGEST, _BLAKE3) + b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n",
            note="the other digest is right, so the index is wrong",
        ),
    ],
)
def digest_mismatch(scope: Scope) -> Iterator[Hit]:
    """A document's content has another digest than the index lists.

    At least one byte has changed since the index was written. Where the change is small and well known, a
    final newline, the line ends, a byte order mark, the Unicode normalisation, the message says so, and
    nothing else differs. If the change is meant, list the new digest, which the help gives; if not,
    restore the document.

    The digest is the SHA-256 of FIPS 180-4 in a column `sha256`, or BLAKE3 with 256 bits in a column `blake3`,
    over the bytes as they are, in hexadecimal. Where a row gives both and only one is right, that one proves
    the document, and the other is a mistake of the index; the fix corrects it.

    Where the front matter says that the rows are in a Parquet file (`rows`), its digest is compared as well.
    """
    if scope.index is None:
        return
    for defect in scope.index.defects:
        if defect.kind == "rows-digest":
            file = {"name": manifest.own_names(scope.index)[1], "within": "", "departure": "it has other bytes"}
            help = f"restore the file; if the change is meant, list its new digest, {defect.detail}"
            yield Hit(defect.span, {**file, "digest": defect.detail}, help, at=scope.index.place)
    for record in scope.records:
        column = wrong_digest(record) if not record.copy_of else ""
        if column and record.entry is not None:
            right = "sha256" if column == "blake3" else "blake3"
            wanted: str = getattr(record, column)
            about: dict[str, object] = {
                "name": record.block or record.name,
                "within": within(record),
                "departure": f"its {right} is right, but its {column} is not",
            }
            cell = manifest.locate(scope.index, record.entry, column)
            help = f"list its {column}, {wanted}: the other digest shows that the document is whole"
            yield Hit(cell, about, help, at=scope.index.place, fix=Fix((Edit(cell, wanted.encode()),)))
    for record in changed(scope.records):
        entry = record.entry
        if entry is None or not entry.has_digest or record.copy_of:
            continue
        said, help = departure(record)
        words: dict[str, object] = {
            "name": record.block or record.name,
            "within": within(record),
            "departure": said,
            "digest": record.sha256 or record.blake3,
        }
        column = "sha256" if entry.sha256 is not None else "blake3"
        yield Hit(manifest.locate(scope.index, entry, column), words, help, at=scope.index.place)


@digest_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random, lambda row: row.entry.has_digest)
    column = random.choice([name for name in manifest.DIGESTS if getattr(row.entry, name) is not None])
    faults.edit_cells(tree, row, {column: b"0" * 64})
