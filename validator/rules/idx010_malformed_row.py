from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Edit, Fix, Hit, Scope
from validator.rule import Bad, Good, index_rule

_KINDS = {
    "cells-missing": (
        "the row has only {detail} cells",
        "add the cells that are missing, empty ones too",
    ),
    "cells-extra": (
        "the row has more cells than the table has columns, {detail}",
        r"write a bar that belongs in a cell as \|",
    ),
    "no-name": ("the row has no name", "write the document's name into its name column, or delete the row"),
    "cell": (
        "the {detail} holds a line end, which no cell of an index can",
        "take it out, and write the Parquet file anew; it is read as a blank",
    ),
    "gap": ("blank lines stand between the table and more of its rows", "delete them: a blank line ends a table"),
}


@index_rule(
    code="IDX010",
    name="malformed-row",
    severity="error",
    message="{problem}",
    help="give the row one cell for each column",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| name | title |\n|--|--|\n| a.txt | this \\| that |\n\n<<<FILE 0 a.txt>>>\nx\n\n"
        )
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| name | title | note |\n|--|--|--|\n| a.txt | A |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:1"],
            note="too few cells",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| name | title |\n|--|--|\n| a.txt | this | that |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:1"],
            note="a bar that is not escaped",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| name | title |\n|--|--|\n|  | B |\n| a.txt | A |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:1"],
            note="no name",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name |\n|--|\n| a.txt |\n\n| b.txt |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\ny\n\n",
            ["INDEX.md:4:1"],
            note="a row that a blank line cuts off; it still counts",
        ),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| name |\n|--|\n| a.txt |\n\n| b.txt |\n\n"
                b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\ny\n\n<<<END 3>>>\n"
            },
            ["all.bundle:5:1"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name |\n|--|\n| a.txt |\n| b.txt |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\ny\n\n<<<END 3>>>\n",
        ),
    ],
)
def malformed_row(scope: Scope) -> Iterator[Hit]:
    """A row of the index's table cannot be read as it was meant.

    It has too few or too many cells, or no name, or a blank line separates it from the table. All that can
    be read of it counts, and so do the other rows; but where a bar has cut a cell in two, say, only a
    person can tell what was meant. The fix deletes the blank lines. In an INDEX.parquet, a value with a line
    end is reported here.

    Tables follow the GitHub Flavored Markdown Spec, section 4.10, which would drop what this complains of.
    """
    if scope.index is None:
        return
    for defect in scope.index.defects:
        if defect.kind in _KINDS:
            problem, help = _KINDS[defect.kind]
            fix = Fix((Edit(defect.span, b""),)) if defect.kind == "gap" else None
            detail = defect.detail.replace(" of ", " for ") if defect.kind == "cells-extra" else defect.detail
            yield Hit(defect.span, {"problem": problem.format(detail=detail)}, help, at=scope.index.place, fix=fix)


@malformed_row.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random, faults.of_table())
    faults.edit_row(tree, row, lambda line: line.rstrip().rsplit(b"|", 2)[0] + b"|")
