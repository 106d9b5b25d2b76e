from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, screening, sowing
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule

_FILTER = r"[ ]?\|[ ]?[a-z_]\w{0,30}(?:[(:][^{}\n]{0,80})?"
_FIELD = rf"(?<!\{{)\{{\{{-?[ ]?[A-Za-z_][\w.]{{0,60}}(?:{_FILTER}){{0,4}}[ ]?-?\}}\}}(?!\}})"
_STATEMENT = r"(?<![%{])\{%-?[ ][a-z]\w{1,20}(?:[ ][^{}%\n]{0,200})?-?%\}"
_OF_MARKDOWN = r"(?<!\{)\{\{[ ]?(?!(?:site|page|book|config)\.)[a-z_][\w.]{0,60}[ ]?\}\}(?!\})"
"""Site generators fill the others in, and writers of standards cite with capitals. Three brackets are code in wikis."""
_FILLER = r"^([Ll]orem [Ii]psum [Dd]olor)"
_MEANT = ("template", "tmpl", "cookiecutter", "skeleton", "boilerplate")


@document_rule(
    code="RES004",
    name="placeholder",
    severity="warning",
    message="{found!r} {meaning}{more}",
    help="put in what belongs there",
    wakes=screening.TEMPLATE | screening.PHRASED,
    good=[
        Good({"help.md": b"Write `{{ name }}` where the name belongs.\n", "INDEX.md": b"- [Help](help.md)\n"}, "code"),
        Good(
            {"templates/letter.txt": b"Dear {{ name }},\n", "INDEX.md": b"- [Letter](templates/letter.txt)\n"},
            "a template",
        ),
        Good(b"Filler text begins with lorem ipsum dolor sit amet.\n", "words about it"),
        Good(b"Sets {{a, b}, {c}} and {%} and ${HOME}\n"),
        Good(b"{{boat.png|A boat}}, {{{dock}}} and %{% tide %}\n", "pictures and code in wikis, and a format"),
    ],
    bad=[
        Bad(b"Dear {{ customer.name }},\nyour order {{ number }} is ready.\n", ["doc.txt:1:6"]),
        Bad(b"Rates\n\n{% if summer %}\nFive crowns.\n{% endif %}\n", ["doc.txt:3:1"]),
        Bad(b"About us\n\nLorem ipsum dolor sit amet, consectetur.\n", ["doc.txt:3:1"], "filler text"),
    ],
)
def placeholder(document: Document) -> Iterator[Hit]:
    """The text holds a placeholder that nothing was put in for.

    A letter says ``Dear {{ name }}``, or a page shows the pseudo-Latin with which its designer filled it. The text
    is a draft, or the program that should have filled it in did not run. Put in what belongs there, or take the
    document out.

    Found are fields and statements of the template languages that write ``{{ name }}`` and ``{% if … %}``, and
    "lorem ipsum dolor" at the beginning of a line. Code is left alone, and so are documents that say in their
    path that they are templates. In Markdown, which site generators fill in, found are only fields in small
    letters that do not speak of the site, and none where there are statements too. Each kind is found once in a
    document, at its first place.
    """
    name, is_markdown = document.name, prose.is_markdown(document.name)
    if any(word in name.lower() for word in _MEANT):
        return
    if not (is_markdown and b"{%" in document.data):
        yield from _first(document, _OF_MARKDOWN if is_markdown else f"{_FIELD}|{_STATEMENT}", "{")
    yield from _first(document, _FILLER, "olor")


def _first(document: Document, pattern: str, sign: str) -> Iterator[Hit]:
    """The first place of a placeholder outside code; none is without the sign."""
    found, first, count = None, "", 0
    for line, matches in prose.matches(document.data, pattern, sign):
        for match in matches:
            count += 1
            if found is None:
                group = match.lastindex or 0
                found, first = line.span(*match.span(group)), match[group].strip("{}%- ")
    if found is not None and pattern is _FILLER:
        yield Hit(found, {"found": first, "meaning": "is filler text", "more": ""})
    elif found is not None:
        more = f"; nor were {count - 1:,} more" if count > 1 else ""
        yield Hit(found, {"found": first, "meaning": "was not filled in", "more": more})


@placeholder.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    text = random.choice([b"Dear {{ name }},", b"Lorem ipsum dolor sit amet."])
    sowing.add_lines(tree, random, text, fits=_can_hold_one)


def _can_hold_one(name: str, data: bytes) -> bool:
    return b"{%" not in data and not any(word in name.lower() for word in _MEANT)
