from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Suppression
from validator.rule import Bad, Good, suppression_rule


@suppression_rule(
    code="VAL005",
    name="malformed-suppression",
    severity="error",
    message="what the index allows for {pattern!r} cannot be obeyed: {problem}",
    help="write the code or the name of one rule and why it may be broken, such as `mojibake: it quotes the damage`",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | allow |\n|--|--|\n"
            b"| a.txt | missing-final-newline: written so by the instrument |\n\n<<<FILE 0 a.txt>>>\nx\n"
        ),
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | allow |\n|--|--|\n| a.txt | missing-final-newline |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n",
            ["INDEX.md:3:11"],
            note="without a reason",
            also=["TXT004"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n---\nallow:\n  a.txt:\n    misning-final-newline: as written\n---\n"
            b"- `a.txt`\n\n<<<FILE 0 a.txt>>>\nx\n",
            ["INDEX.md:4:5"],
            note="no such rule",
            also=["TXT004"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | allow |\n|--|--|\n| a.txt | VAL002: it is a log |\n\n"
            b"<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
            note="that something was not checked cannot be allowed",
        ),
    ],
)
def malformed_suppression(suppression: Suppression) -> Iterator[Hit]:
    """An index allows something, but does not say which rule, or why.

    Whoever reads the index later must be able to tell a decision from a mistake, so each permission has a
    reason: `mojibake: it quotes the damage`, in the column `allow` or in the front matter. Several rules are
    divided by a comma, several permissions by a semicolon. One that cannot be obeyed lets nothing pass.
    """
    if suppression.problem:
        words: dict[str, object] = {"pattern": suppression.pattern, "problem": suppression.problem}
        yield Hit(suppression.span, words, at=suppression.place)


@malformed_suppression.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random, lambda row: row.index.block == "")
    allowed = f'allow:\n  "{row.entry.name}":\n    noncharacter: ""\n'
    faults.add_front_matter(tree, random, allowed.encode(), b"allow")
