from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.model import Edit, Fix, Hit, Scope
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX014",
    name="self-listed-index",
    severity="warning",
    message="the index lists itself",
    help="take the entry out",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n- [Old](old/INDEX.md)\n\n"
            b"<<<FILE 1 old/INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 2 old/a.txt>>>\nx\n\n",
            "the index of a folder below is a document like others",
        )
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [Index](INDEX.md)\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:1:11"],
        ),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n| name |\n|--|\n| INDEX.md |\n| a.txt |\n\n"
                b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n"
            },
            ["all.bundle:4:3"],
            mended=b"<<<FILE INDEX INDEX.md>>>\n| name |\n|--|\n| a.txt |\n\n<<<FILE 0 a.txt>>>\nx\n\n<<<END 2>>>\n",
        ),
    ],
)
def self_listed_index(scope: Scope) -> Iterator[Hit]:
    """The index has an entry for itself.

    It cannot hold its own digest, so such an entry guards nothing and is never compared. Take it out. What
    guards an index is the index of the folder above, which lists it with its digest, or the version
    control that it is kept in. The fix takes the entry out, unless it is the only one.
    """
    if scope.index is None:
        return
    own = [entry for entry in scope.index.entries if manifest.is_own(entry.name, scope.index)]
    if not own:
        return
    from validator.entries import Writer

    writer = Writer(scope.index) if len(own) < len(scope.index.entries) else None
    for entry in own:
        fix = Fix((Edit(writer.lines(entry), b""),)) if writer is not None else None
        yield Hit(manifest.locate(scope.index, entry), at=scope.index.place, fix=fix)


@self_listed_index.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random)
    line = manifest.written(row.columns, {"name": manifest.NAME})
    faults.edit_row(tree, row, lambda row: row + b"\n" + line.encode())
