from __future__ import annotations

from collections.abc import Iterator

from validator import faults, manifest
from validator.matching import within
from validator.model import Hit, Index, Record, Scope
from validator.rule import Bad, Good, index_rule


@index_rule(
    code="IDX003",
    name="unlisted-document",
    severity="error",
    message="{name!r}{within} is not in the index",
    help="add it to INDEX.md, or delete the document",
    good=[
        Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n"),
        Good(
            {
                "INDEX.md": b"- [A](a.txt)\n- [All](all.bundle)\n",
                "a.txt": b"x\n",
                "all.bundle": b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 1>>>\n",
            },
            "a packed copy needs no entry of its own",
        ),
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 b.txt>>>\ny\n\n", ["b.txt"]
        ),
        Bad(
            {
                "all.bundle": b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n"
                b"<<<FILE 1 b.txt>>>\ny\n\n<<<END 3>>>\n"
            },
            ["all.bundle:7:1"],
            note="a block is shown at its header",
        ),
    ],
)
def unlisted_document(scope: Scope) -> Iterator[Hit]:
    """A document is there, and the index does not list it.

    Somebody added it and forgot the index, or it does not belong here: a backup, an export, a file for
    another folder. Whoever copies the collection by its index leaves it behind. Add it, with the row that
    the help gives, or delete it; what is never to be listed goes into the setting `exclude`.
    """
    for record in scope.unlisted:
        help = _row(scope.index, record) if scope.index is not None else ""
        yield Hit(record.header, {"name": record.block or record.name, "within": within(record)}, help, at=record.at)


def _row(listing: Index, record: Record) -> str:
    if listing.place.beyond:
        return f"delete the document, or let `validate index` add it to {listing.place.beyond!r}"
    values = {"name": record.name, "id": record.id or "", "bytes": str(record.size)}
    values |= {"sha256": record.sha256, "blake3": record.blake3}
    try:
        row = manifest.written(listing.columns, values)
    except ValueError:
        return ""
    return f"delete the document, or add it to {listing.place.path!r}, as `{row}`" if row.isprintable() else ""


@unlisted_document.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    spot = faults.listed(tree, random).index
    if spot.block:
        faults.add_block(tree, spot.file, b"new", b"unlisted/new.txt", b"Something new.\n")
    else:
        folder = spot.file[: spot.file.rfind("/") + 1]
        tree[f"{folder}unlisted/new.txt"] = b"Something new.\n"
