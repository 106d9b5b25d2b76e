from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.model import Edit, Fix, Hit, Scope
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX019",
    name="misspelled-column",
    severity="warning",
    message="the column {column!r} is not known; {meant!r} seems to be meant",
    help="correct the header cell: until then, nothing in this column is compared",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| Name | SIZE | note |\n|--|--|--|\n| a.txt | 2 | - |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            "case does not matter, and other columns are welcome",
        ),
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | btyes |\n|--|--|\n| a.txt | 2 |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:1:10"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | checksum |\n|--|--|\n"
            b"| a.txt | 73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:1:10"],
            note="a column of SHA-256 digests under another name",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | b3sum |\n|--|--|\n"
            b"| a.txt | 44c77418e27569db9213c6b43d9049ecffb5496f7d0e3d4254bb68410adecc3e |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:1:10"],
            note="one of BLAKE3 digests",
        ),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| name | btyes |\n|--|--|\n| a.txt | 2 |\n\n"
                b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n"
            },
            ["all.bundle:2:10"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name | bytes |\n|--|--|\n| a.txt | 2 |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n",
        ),
    ],
)
def misspelled_column(scope: Scope) -> Iterator[Hit]:
    """A header cell of the index is nearly the name of a column that has a meaning.

    Columns that are not known are kept and not looked at. So a column `sha265` guards nothing, and nobody
    notices: for `bytes`, `sha256` and `blake3` this is an error. Correct the header. A column of such digests
    under any other name is reported too, unless that is the name of another hash function.
    """
    if scope.index is None:
        return
    for defect in scope.index.defects:
        if defect.kind == "column":
            column = scope.index.data[defect.span.start : defect.span.end].decode("utf-8", "replace")
            fix = Fix((Edit(defect.span, defect.detail.encode()),), safe=False)
            yield Hit(
                defect.span,
                {"column": column, "meant": defect.detail},
                severity="error" if defect.detail in ("bytes", *manifest.DIGESTS) else None,
                at=scope.index.place,
                fix=fix,
            )


@misspelled_column.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_head(tree, random, [(b"bytes", b"bites"), (b"sha256", b"sha265"), (b"title", b"titel")])
