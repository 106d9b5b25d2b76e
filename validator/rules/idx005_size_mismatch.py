from __future__ import annotations

from collections.abc import Iterator

from validator import faults, index
from validator.matching import changed, within
from validator.model import Hit, Scope
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
    """A document has another size than the index lists, and no digest is listed.

    It was cut short, edited, or converted on the way. Restore it, or correct the index. A size guards
    only against changes that alter it: a column `sha256` guards against all of them, and where it gives a
    digest, that alone is compared.
    """
    if scope.index is None:
        return
    for record in changed(scope.records):
        entry = record.entry
        if entry is None or entry.sha256 is not None or record.copy_of:
            continue
        words: dict[str, object] = {
            "name": record.block or record.name,
            "within": within(record),
            "size": record.size,
            "listed": entry.size or 0,
            "guess": _LOOKS_LIKE.get(record.difference, ""),
        }
        yield Hit(index.locate(scope.index, entry, "bytes"), words, at=scope.index.place)


@size_mismatch.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    tree[index.NAME] = b"| name | bytes |\n|---|--:|\n" + b"".join(
        b"| %b | %d |\n" % (entry.name.encode(), 1 + (entry.size or 0)) for entry in faults.entries(tree)
    )
