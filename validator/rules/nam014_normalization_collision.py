from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit
from validator.names import collisions, groups, locate
from validator.rule import Bad, Good, collection_rule
from validator.trees import Odd


def _container(one: str, other: str) -> dict[str, bytes | Odd]:
    text = f"<<<FILE 0 {one}>>>\nx\n\n<<<FILE 1 {other}>>>\ny\n\n<<<END 2>>>\n"
    return {"INDEX.md": b"- [All](all.bundle)\n", "all.bundle": text.encode()}


@collection_rule(
    code="NAM014",
    name="normalization-collision",
    severity="error",
    message="{name!a} and {other!a} are two spellings of one name",
    help="rename one of the two, here and in the index: they look the same and differ in Unicode normalisation",
    good=[Good(_container("cafe.txt", "café.txt"))],
    bad=[
        Bad(_container("café.txt", "cafe\u0301.txt"), ["all.bundle:4:11"], also=["NAM008"]),
        Bad(_container("ب\u064e\u0651", "ب\u0651\u064e"), ["all.bundle:4:11"], note="the same marks in another order"),
        Bad(_container("é/a.txt", "e\u0301/b.txt"), ["all.bundle:4:11"], also=["NAM008"], note="two folders"),
    ],
)
def normalization_collision(collection: Collection) -> Iterator[Hit]:
    """Two names are written with different characters and are the same text all the same.

    An é may be one character or an e with an accent. macOS takes the two for one file, so that one
    document replaces the other; everywhere else nobody can tell them apart by looking. The message
    writes out what differs. Names are compared in Unicode's composed form (Unicode Standard Annex #15).
    """
    for texts, name_of in groups(collection):
        for number, text, other, difference in collisions(texts):
            if difference == "normalization":
                name = name_of(number)
                yield Hit(locate(name, 0, len(text)), {"name": text, "other": other}, at=name.place)


@normalization_collision.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    spellings = ["\u00e9.txt", "e\u0301.txt"]
    random.shuffle(spellings)
    spots = [spot for spot in faults.documents(tree) if spot.block or faults.is_folder(tree)]
    spot = faults.some(random, spots, "folder or container to put two names in")
    for spelling in spellings:
        if spot.block:
            faults.add_block(tree, spot.file, spelling[:-4].encode(), spelling.encode(), b"twin.\n")
        else:
            tree[spelling] = b"twin.\n"
