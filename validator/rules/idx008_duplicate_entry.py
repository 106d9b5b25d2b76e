from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.model import Edit, Fix, Hit, Scope
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
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n  of May\n- [A](a.txt)\n  of May\n\n"
                b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n"
            },
            ["all.bundle:4:7"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n  of May\n\n<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n- [A](a.txt)\n  a new version\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:2:7"],
            note="the same but for what stands below it",
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
    they do not, find out which describes the document. Until then the first one counts. The fix deletes an
    entry that is the same as the first.
    """
    if scope.index is None:
        return
    if not scope.repeated:
        return
    from validator.entries import Writer

    data, writer = scope.index.data, Writer(scope.index)
    for entry, first in scope.repeated:
        lines, others = writer.lines(entry), writer.lines(first)
        same = data[lines.start : lines.end].strip() == data[others.start : others.end].strip()
        yield Hit(
            manifest.locate(scope.index, entry),
            {"name": entry.name, "relation": "word for word" if same else "with different words"},
            at=scope.index.place,
            fix=Fix((Edit(lines, b""),)) if same else None,
        )


@duplicate_entry.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.edit_row(tree, faults.listed(tree, random), lambda row: row + b"\n" + row)
