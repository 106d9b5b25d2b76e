from __future__ import annotations

from collections.abc import Iterator

from validator import faults, index
from validator.model import Edit, Fix, Hit, Scope, Span
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX008",
    name="duplicate-entry",
    severity="error",
    message="the index lists {name!r} twice, {relation}",
    help="delete one of the two entries; the first is the one that counts",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:2:7"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | bytes |\n|--|--|\n| a.txt | 2 |\n| a.txt | 3 |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:4:3"],
            note="the message says that the two do not agree",
        ),
    ],
)
def duplicate_entry(scope: Scope) -> Iterator[Hit]:
    """The index lists a document twice.

    Mostly two people added it, or two indexes were merged. If the entries agree, one of them can go; if
    they do not, find out which describes the document. Until then the first one counts.
    """
    if scope.index is None:
        return
    data = scope.index.data
    for entry, first in scope.repeated:
        same = data[entry.row.start : entry.row.end].strip() == data[first.row.start : first.row.end].strip()
        row = Span(entry.row.start, min(entry.row.end + 1, len(data)))
        yield Hit(
            index.locate(scope.index, entry),
            {"name": entry.name, "relation": "word for word" if same else "with different words"},
            at=scope.index.place,
            fix=Fix((Edit(row, b""),)) if same else None,
        )


@duplicate_entry.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_row(tree, random, lambda row: row + b"\n" + row)
