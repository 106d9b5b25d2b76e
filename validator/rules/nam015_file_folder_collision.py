from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit
from validator.names import files_as_folders, groups
from validator.rule import Bad, Good, collection_rule


@collection_rule(
    code="NAM015",
    name="file-folder-collision",
    severity="error",
    message="{file!r} is a document, and {inside!r} takes it for a folder",
    help="rename one of the two, here and in the index",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n- [B](a/b.txt)\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n<<<FILE 1 a/b.txt>>>\ny\n\n"
        )
    ],
    bad=[
        Bad(
            {
                "INDEX.md": b"- [All](all.bundle)\n",
                "all.bundle": b"<<<FILE 0 a/b.txt>>>\nx\n\n<<<FILE 1 a>>>\ny\n\n<<<END 2>>>\n",
            },
            ["all.bundle:4:11"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](A)\n- [B](a/b.txt)\n\n<<<FILE 0 A>>>\nx\n\n<<<FILE 1 a/b.txt>>>\ny\n\n",
            ["a/b.txt"],
            note="one name where upper and lower case do not count",
        ),
    ],
)
def file_folder_collision(collection: Collection) -> Iterator[Hit]:
    """One name is both a document and a folder that another document lies in.

    No file system can hold both, so one of the two is lost when the container is unpacked. Rename one
    of them. Case and Unicode normalisation do not count here, as on Windows and macOS.
    """
    for texts, name_of in groups(collection):
        for file, inside in files_as_folders(texts):
            name = name_of(max(file, inside))
            yield Hit(name.span, {"file": texts[file], "inside": texts[inside]}, at=name.place)


@file_folder_collision.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    file, block = random.choice(faults.blocks(tree))
    faults.add_block(tree, file, b"inner", block.name + b"/inner.txt", b"inner.\n")
