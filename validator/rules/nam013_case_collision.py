from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit
from validator.names import collisions, groups, locate
from validator.rule import Bad, Good, collection_rule


@collection_rule(
    code="NAM013",
    name="case-collision",
    severity="error",
    message="{name!r} and {other!r} are one name where upper and lower case do not count",
    help="rename one of the two, here and in the index",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](a/A.txt)\n- [B](b/a.txt)\n\n"
            b"<<<FILE 0 a/A.txt>>>\nx\n\n<<<FILE 1 b/a.txt>>>\ny\n\n"
        )
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- [A](A.txt)\n- [B](a.txt)\n\n"
            b"<<<FILE 0 A.txt>>>\nx\n\n<<<FILE 1 a.txt>>>\ny\n\n",
            ["a.txt"],
        ),
        Bad(
            {
                "INDEX.md": b"- [All](all.bundle)\n",
                "all.bundle": b"<<<FILE 0 q/a.txt>>>\nx\n\n<<<FILE 1 Q/A.txt>>>\ny\n\n<<<END 2>>>\n",
            },
            ["all.bundle:4:11"],
            note="two blocks of a container",
        ),
        Bad(
            {
                "INDEX.md": b"- [All](all.bundle)\n",
                "all.bundle": b"<<<FILE 0 q/a.txt>>>\nx\n\n<<<FILE 1 Q/b.txt>>>\ny\n\n<<<END 2>>>\n",
            },
            ["all.bundle:4:11"],
            note="two folders",
        ),
    ],
)
def case_collision(collection: Collection) -> Iterator[Hit]:
    """Two names differ in nothing but upper and lower case.

    On Windows and macOS they are one file: whichever is written last replaces the other, without a
    word. Two folders become one, and the files of one of them have other names than the index says.
    Rename one of the two. Letters are compared as the Unicode Standard folds them (section 5.18), the
    loose files of a collection among themselves, and the blocks of each container.
    """
    for texts, name_of in groups(collection):
        for number, text, other, difference in collisions(texts):
            if difference == "case":
                name = name_of(number)
                yield Hit(locate(name, 0, len(text)), {"name": text, "other": other}, at=name.place)


@case_collision.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    spots = [spot for spot in faults.documents(tree) if spot.block or faults.is_folder(tree)]
    cased = [spot for spot in spots if spot.full.isprintable() and spot.full.swapcase() != spot.full]
    spot = faults.some(random, cased, "name with letters of two cases")
    if spot.block:
        faults.add_block(tree, spot.file, b"twin", spot.block.swapcase().encode(), b"twin.\n")
    else:
        tree[spot.file.swapcase()] = b"twin.\n"
