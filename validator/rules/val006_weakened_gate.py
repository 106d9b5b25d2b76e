from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Suppression, Trust
from validator.rule import Bad, Good, suppression_rule

_BEFORE = Trust("main", frozenset(["INDEX.md"]), {"INDEX.md": b"- `a.txt`\n"})
_ALLOWED = b"| name | allow |\n|--|--|\n| a.txt | TXT004: written so by the instrument |\n"


@suppression_rule(
    code="VAL006",
    name="weakened-gate",
    severity="warning",
    message="this change weakens the gate that judges it: {said}",
    help="it is not obeyed here; review it as you would the workflow, and merge it first if it is meant",
    good=[
        Good(
            {"INDEX.md": _ALLOWED, "a.txt": b"x"},
            "allowed there too",
            {"trust": Trust("main", frozenset(["INDEX.md"]), {"INDEX.md": _ALLOWED + b"| gone.txt | |\n"})},
        ),
        Good({"INDEX.md": _ALLOWED, "a.txt": b"x"}, "unchanged", {"trust": Trust("main", frozenset(["a.txt"]))}),
    ],
    bad=[
        Bad(
            {"INDEX.md": _ALLOWED, "a.txt": b"x"},
            ["INDEX.md:3:11"],
            "what is allowed does not count",
            also=["TXT004"],
            settings={"trust": _BEFORE},
        ),
        Bad(
            {"INDEX.md": b"---\nallow:\n  '*.txt':\n    TXT004: written so\n---\n- `a.txt`\n", "a.txt": b"x"},
            ["INDEX.md:4:5"],
            "in the front matter",
            also=["TXT004"],
            settings={"trust": _BEFORE},
        ),
    ],
)
def weakened_gate(suppression: Suppression) -> Iterator[Hit]:
    """A change would make the check weaker that judges it.

    Settings, baseline, schemas and permissions lie in the collection, so a change can bring along what lets it
    pass: a rule left out, a folder excluded, a fault allowed. With `--trust REV` they are taken from that
    revision, and this rule tells what the change would have had otherwise. Without that option it is silent.

    Only what lets more pass is told, and only what the change did, not what the revision did in the meantime.
    """
    if suppression.untrusted:
        yield Hit(suppression.span, {"said": suppression.untrusted}, at=suppression.place)


@weakened_gate.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    raise faults.Inapplicable("it takes a trusted revision to tell")
