from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit
from validator.rule import Bad, Good, collection_rule


@collection_rule(
    code="IDX015",
    name="stale-packed-copy",
    severity="error",
    message="{name!r} in {container!r} is not the same as the file {path!r}",
    help="pack the container again; if it is the container that is right, unpack the document from it",
    good=[
        Good(
            {
                "INDEX.md": b"- [A](a.txt)\n- [All](all.bundle)\n",
                "a.txt": b"x\n",
                "all.bundle": b"<<<FILE 0 a.txt>>>\nx\n\n<<<END 1>>>\n",
            }
        )
    ],
    bad=[
        Bad(
            {
                "INDEX.md": b"- [A](a.txt)\n- [All](all.bundle)\n",
                "a.txt": b"new words\n",
                "all.bundle": b"<<<FILE 0 a.txt>>>\nold words\n\n<<<END 1>>>\n",
            },
            ["all.bundle:1:1"],
        )
    ],
)
def stale_packed_copy(collection: Collection) -> Iterator[Hit]:
    """A container holds a copy of a loose file, and the two differ.

    The file was edited after the container was packed, or the other way round, and readers get one text or
    the other by chance. A block whose name is also that of a file beside the container is its copy, byte
    for byte. Pack the container again, or take the copy out of it.
    """
    for copy, original in collection.stale:
        words: dict[str, object] = {
            "name": copy.block or copy.name,
            "container": copy.path,
            "path": original.path,
            "digest": (copy.sha256, original.sha256 or original.blake3),
        }
        yield Hit(copy.header, words, at=copy.at)


@stale_packed_copy.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    faults.change(tree, random.choice(faults.twins(tree)), lambda body: body + b"More.\n")
