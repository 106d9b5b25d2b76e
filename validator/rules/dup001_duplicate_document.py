from __future__ import annotations

from collections.abc import Iterator

from validator import faults, matching
from validator.model import Collection, Hit
from validator.rule import Bad, Good, collection_rule

_LOG = b"Tide at six, wind from the west, two boats out for herring before the light.\n"
_INDEX = b"| name | copy-of |\n|------|---------|\n| a.txt | |\n| b.txt | %s |\n"


@collection_rule(
    code="DUP001",
    name="duplicate-document",
    severity="warning",
    message="{name!r}{place} has the same content as {other!r}{elsewhere}{rest}",
    help="delete what is there twice, or restore the document that was overwritten; "
    "a copy that is meant is declared in a column `copy-of` of the index",
    good=[
        Good({"INDEX.md": _INDEX % b"a.txt", "a.txt": _LOG, "b.txt": _LOG}, "a copy that the index declares"),
        Good({"INDEX.md": _INDEX % b"", "a.txt": b"none\n", "b.txt": b"none\n"}, "hardly more than a word"),
        Good(
            {
                "INDEX.md": b"- [A](a.txt)\n- [All](old/all.bundle)\n",
                "a.txt": _LOG,
                "old/all.bundle": b"<<<FILE 0 a.txt>>>\n" + _LOG + b"\n<<<END 1>>>\n",
            },
            "the same document, packed",
        ),
    ],
    bad=[
        Bad({"INDEX.md": _INDEX % b"", "a.txt": _LOG, "b.txt": _LOG}, ["b.txt"]),
        Bad(
            {
                "INDEX.md": b"- [A](a.txt)\n- [B](b.txt)\n- [C](c/d.txt)\n- [All](all.bundle)\n",
                "a.txt": _LOG,
                "b.txt": _LOG,
                "c/d.txt": _LOG,
                "all.bundle": b"<<<FILE 0 e.txt>>>\n" + _LOG + b"\n<<<END 1>>>\n",
            },
            ["b.txt"],
            note="one finding for all that are alike",
        ),
        Bad(
            {
                "INDEX.md": b"- [All](all.bundle)\n",
                "all.bundle": b"<<<FILE 0 a.txt>>>\n" + _LOG + b"\n<<<FILE 1 b.txt>>>\n" + _LOG + b"\n<<<END 2>>>\n",
            },
            ["all.bundle:4:1"],
            note="two blocks of a container",
        ),
    ],
)
def duplicate_document(collection: Collection) -> Iterator[Hit]:
    """Two documents have the same bytes under different names.

    Most often something was saved twice, and what uses the collection counts it twice. Or one document was
    written over another, which is then lost. Delete the one that is too many, or restore the other; where a
    copy is meant, say so in the index, in a column `copy-of` (or `version-of`, `translation-of`).

    Documents are compared by size and digest, which have been computed anyway. All that are alike give one
    finding, at the second of them. Nothing is said of copies in containers that have the last name of the
    loose file, of blocks with one name (CON023 speaks of these), and of documents of fewer than 64 bytes, which
    may well be alike.

    A document that an index lists with BLAKE3 alone is compared with all whose BLAKE3 is known: those that this
    index governs, or another one with a column for it. With others it is not, because all would have to be read
    again for the sake of two ways to list them.
    """
    for first, second, *others in matching.copies(matching.comparable(collection.scopes)):
        words: dict[str, object] = {
            "name": second.name,
            "place": matching.within(second),
            "other": first.name,
            "elsewhere": matching.within(first) if first.path != second.path else "",
            "rest": f", and so have {len(others):,} more" if others else "",
        }
        yield Hit(second.header, words, at=second.at)


@duplicate_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    spot = faults.pick(tree, random)
    data = faults.content(tree, spot)
    if len(data) < len(_LOG):
        faults.write(tree, spot, data := _LOG)
    if spot.block:
        faults.add_block(tree, spot.file, b"twin", f"{spot.block}.copy".encode("utf-8", "surrogateescape"), data)
    elif faults.is_folder(tree):
        tree[f"{spot.file}.copy"] = data
    else:
        raise faults.Inapplicable("folder or container for a second document")
