from __future__ import annotations

from collections.abc import Iterator

from validator import faults
from validator.model import Hit, Suppression
from validator.rule import Bad, Good, suppression_rule


@suppression_rule(
    code="VAL004",
    name="unused-suppression",
    severity="warning",
    message="{selector!r} is allowed for {pattern!r}, but nothing of that kind was found",
    help="take it out, lest it hides something later",
    good=[
        Good(
            b"<<<FILE INDEX INDEX.md>>>\n| name | allow |\n|--|--|\n"
            b"| a.txt | missing-final-newline: written so by the instrument |\n\n<<<FILE 0 a.txt>>>\nx\n"
        ),
    ],
    bad=[
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n| name | allow |\n|--|--|\n"
            b"| a.txt | missing-final-newline: written so by the instrument |\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:3:11"],
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n---\nallow:\n  a.txt:\n    TXT004: written so by the instrument\n---\n"
            b"- `a.txt`\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["INDEX.md:4:5"],
            note="in the front matter",
        ),
        Bad(
            b"<<<FILE INDEX INDEX.md>>>\n- `a.txt`\n\n<<<FILE 0 a.txt>>>\nx\n\n",
            ["."],
            note="in the settings",
            settings={"per_file_ignores": (("a.txt", ("TXT004",)),)},
        ),
    ],
)
def unused_suppression(suppression: Suppression) -> Iterator[Hit]:
    """Something is allowed that was not found.

    An index may allow a rule for a document, with a reason; the settings may, with `per-file-ignores`; and a
    baseline lists what an old collection is forgiven. Once the cause is gone, the permission stays behind, and
    lets the same fault pass when it comes back. Take it out; for a baseline, `validate baseline prune` does.

    It is only judged where the rule was asked and the document was looked at. A pattern of the settings may be
    meant for other collections as well, so it is judged if it names a file of this one, or begins with the
    path of this one, or if the settings file lies in it.
    """
    if not (suppression.problem or suppression.untrusted):
        words: dict[str, object] = {"selector": suppression.selector, "pattern": suppression.pattern}
        help = "`validate baseline prune` takes it out" if suppression.by == "baseline" else ""
        yield Hit(suppression.span, words, help, at=suppression.place)


@unused_suppression.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    row = faults.listed(tree, random, lambda row: row.index.block == "")
    allowed = f'allow:\n  "{row.entry.name}":\n    noncharacter: said to be needed\n'
    faults.add_front_matter(tree, random, allowed.encode(), b"allow")
