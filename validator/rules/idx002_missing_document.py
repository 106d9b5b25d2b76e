from __future__ import annotations

from collections.abc import Iterator

from validator import faults, index
from validator.model import Hit, Scope
from validator.rule import Bad, Good, index_rule

_SUGGESTIONS = 50
_CANDIDATES = 2000


@index_rule(
    code="IDX002",
    name="missing-document",
    severity="error",
    message="the index lists {name!r}, which is not there",
    help="put the document back, or take its entry out of the index",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[
        Bad(b"<<<FILE INDEX INDEX.md>>>\n- [B](b.txt)\n\n", ["INDEX.md:1:7"]),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name |\n|------|\n| `winter.txt` |\n\n<<<FILE 0 wintr.txt>>>\nx\n\n",
            ["INDEX.md:3:4"],
            note="a file with nearly that name is there and not listed",
        ),
    ],
)
def missing_document(scope: Scope) -> Iterator[Hit]:
    """The index lists a document that is not there.

    It was deleted, renamed, moved, or never added. Put it back, correct the entry, or take the entry
    out. Where a file with nearly the same name is there and not listed, the help names it.
    """
    if scope.index is None:
        return
    unlisted = [record.name for record in scope.unlisted[:_CANDIDATES]]
    for number, entry in enumerate(scope.missing):
        help = ""
        if unlisted and number < _SUGGESTIONS:
            from difflib import get_close_matches

            near = get_close_matches(entry.name, unlisted, 1)
            help = f"{near[0]!r} is there and not listed: is it the same document?" if near else ""
        if entry.name.endswith("/"):
            help = "this names a folder: list its documents, or its INDEX.md"
        yield Hit(index.locate(scope.index, entry), {"name": entry.name}, help, at=scope.index.place)


@missing_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    name = faults.pick(tree, random)
    del tree[name]
    if faults.CONTAINER in tree:
        faults.repack(tree, lambda blocks: [block for block in blocks if block[1] != name.encode()])
