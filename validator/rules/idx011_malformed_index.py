from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Scope
from validator.rule import Bad, Good, index_rule

_KINDS = {
    "no-name-column": (
        "the table has no name column, so the index lists nothing",
        "call the column with the names `name`",
    ),
    "no-rows": ("the index's table has no rows", "add a row for each document"),
    "open": ("this is never closed, and behind it the index lists nothing", "close the code fence or the comment"),
    "other-table": (
        "a second table with other columns lists documents, and is not read",
        "give all tables that list documents the same columns in the same order",
    ),
    "no-entries": (
        "the index lists nothing",
        "add a table that begins with these two lines: `| name | bytes | sha256 |` and `|------|------:|--------|`",
    ),
}

_UNREAD = "restore the file, or delete it and have it written anew by `validate index --format parquet`"


@index_rule(
    code="IDX011",
    name="malformed-index",
    severity="error",
    message="{problem}",
    help="add a table with a column `name`",
    good=[
        Good(b"<<<FILE INDEX INDEX.md>>>\n| name |\n|------|\n| a.txt |\n\n<<<FILE 0 a.txt>>>\nx\n\n"),
        Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n"),
        Good(b"<<<FILE INDEX INDEX.md>>>\n| name |\n|------|\n\n", "a collection that has no documents yet"),
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\nThe papers of the society.\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:1:1"],
            note="neither a table nor a list of links; that a.txt is not listed is not said as well",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n"
            b"| what | bytes |\n|------|-------|\n| a.txt | 2 |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:1:1"],
            note="no name column",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n```\n| name |\n|------|\n| a.txt |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:1:1"],
            note="the table is inside a code fence",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name |\n|------|\n| a.txt |\n<!-- to do\n| b.txt |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:4:1"],
            note="a comment hides the rest of the table",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name |\n|------|\n| a.txt |\n\n"
            b"## More\n\n| name | bytes |\n|------|-------|\n| b.txt | 2 |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:7:1"],
            note="a second table with other columns",
        ),
    ],
)
def malformed_index(scope: Scope) -> Iterator[Hit]:
    """The index, or a part of it, lists nothing, because it cannot be read as a table or a list.

    It has no table with a name column, and no list of links or code spans; then nothing can be said of the
    documents, whether they are all there and whole, and nothing is. Or a part that was meant to be one is
    hidden in a comment or a code fence, or has columns of its own. Write one table with a column `name`,
    which may also be called `file` or `path`, and best with `bytes` and `sha256`, or a list such as
    `- [Title](name.txt)`. An INDEX.parquet is reported here if it is no Parquet file, is damaged, or holds values
    that are neither text nor numbers.
    """
    if scope.index is None:
        return
    for defect in scope.index.defects:
        if defect.kind in _KINDS and (scope.records or defect.kind != "no-rows"):
            problem, help = _KINDS[defect.kind]
            help = f"is the column {defect.detail!r} meant? Call it `name`" if defect.detail else help
            yield Hit(defect.span, {"problem": problem}, help, at=scope.index.place)
        elif defect.kind == "rows-unread":
            problem = f"it cannot be read as an index in Parquet, and lists nothing: {defect.detail}"
            yield Hit(defect.span, {"problem": problem}, _UNREAD, at=scope.index.place)


@malformed_index.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_head(tree, random, [(name.encode(), b"what") for name in ("name", "path", "file", "document")])
