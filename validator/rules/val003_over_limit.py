from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Collection, Hit, Place
from validator.rule import Bad, Good, collection_rule
from validator.trees import Odd


@collection_rule(
    code="VAL003",
    name="over-limit",
    severity="error",
    always=True,
    message="{name!r} is too large to be checked: {detail}",
    help="raise the setting `max-document-size`, split the document, or leave it out with `exclude`",
    good=[Good(b"<<<FILE INDEX INDEX.md>>>\n- [A](a.txt)\n\n<<<FILE 0 a.txt>>>\nx\n\n")],
    bad=[
        Bad(
            {"INDEX.md": b"- [A](a.txt)\n", "a.txt": b"A line of some length.\n"},
            ["a.txt"],
            settings={"max_document_size": 20},
        )
    ],
)
def over_limit(collection: Collection) -> Iterator[Hit]:
    """A document is larger than the settings allow, so its text was not looked at.

    The limit keeps a single huge file from taking all memory. A listed digest has been compared all the
    same, but no other rule has seen the document, and so the check is not complete.

    An archive that would expand to more than `max-archive-size` or `max-archive-ratio` allow, or that has more
    than `max-archive-entries`, is not looked into at all: such archives are made to fill disks.
    """
    for problem in collection.problems:
        if problem.kind == "over-limit":
            place = Place(problem.path, document=problem.document)
            words: dict[str, object] = {"name": problem.name or problem.path, "detail": problem.detail}
            yield Hit(words=words, help="" if problem.name else _TRUSTED, at=place)


_TRUSTED = "if you trust whoever made the archive, raise the setting that is named; otherwise do not unpack it"


@over_limit.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    detail = "3,221,225,472 bytes, and max-document-size is 1,073,741,824"
    tree[faults.pick(tree, random, loose=True).file] = Odd("over-limit", detail)
