from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from validator import faults, prose, screening, sowing
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule

_ENTITY = r"&amp;(?:[A-Za-z]{2,8}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
_ELEMENTS = "a|abbr|blockquote|div|em|font|h[1-6]|iframe|img|li|ol|p|small|span|strong|table|td|th|tr|ul"
_TAG = rf"(?i)<({_ELEMENTS})\s++[a-z][a-z-]{{1,20}}\s?=\s?[^<>\s][^<>]*+>"
_STARTERS = (
    "The This That These There They It He She We You But And If When After Then Our His Her At As For With "
    "Der Die Das Ein Eine Es Sie Wir Aber Und Wenn Nach Le La Les Il Elle Nous Mais El Los Las Pero Una "
    "Gli Ma Non Het De Een Maar Os Uma Det Den Men To Nie Это Он Она Они Мы Но На По Если Когда"
)
_GLUED = rf"(?<![\w./@:-])[^\W\d_A-Z]{{3,20}}\.(?:{'|'.join(_STARTERS.split())})(?=[ ][^\W\d_])"
_NEAR = 1_000
"""Bytes within which an element is closed."""
_FEW = 2
"""Glued sentences that may be slips of the pen."""


@document_rule(
    code="RES003",
    name="leftover-markup",
    severity="warning",
    message="{what}: {found!r}{more}",
    help="take the text from the source again with a converter that knows HTML",
    wakes=screening.MARKUP,
    good=[
        Good(b"Smith &amp; Daughters, 1 < 2, <b>bold</b>\n", "a single entity, a tag without attributes"),
        Good(
            {"page.md": b'See <a href="https://example.org/">the site</a>.\n', "INDEX.md": b"- [Page](page.md)\n"},
            "Markdown may hold HTML",
        ),
        Good({"page.md": b"Write `&amp;amp;` for it.\n", "INDEX.md": b"- [Page](page.md)\n"}, "code"),
        Good(b"Call java.Lang and node.Js, see threading.Thread for more.\n", "names"),
    ],
    bad=[
        Bad(b"Salt &amp;amp; pepper, fish &amp;#38; chips\n", ["doc.txt:1:6"], "escaped twice"),
        Bad(b'Read <a href="/more.html">more</a> of it.\nBye.\n', ["doc.txt:1:6"], "tags"),
        Bad(
            b"The gate was shut.\nNobody came to the door.The dog slept.\nA light went on.He turned.The end "
            b"was near.They left.\n",
            ["doc.txt:2:20"],
            "sentences that stood in paragraphs of their own",
        ),
        Bad(b'<html>\n<p class="x">The ferry is late.</p>\n</html>\n', ["doc.txt:2:1"], "a page as a whole"),
    ],
)
def leftover_markup(document: Document) -> Iterator[Hit]:
    """The text holds what a conversion from HTML left behind.

    Readers see ``&amp;nbsp;`` where a blank should be, tags with their attributes between the words, or sentences
    that run into each other because the tags between them went without a trace. Whoever counts words or cuts
    text into sentences gets wrong ones. Take the text from the source again with a converter that knows HTML;
    where that is gone, replace what is left by hand.

    Found are entities that were escaped twice, in all prose. In plain text (.txt, .text) also found are tags with
    attributes, where the element is closed soon behind, and sentences glued to the one before, where there are
    more than two. Markdown may hold HTML, so nothing is said about tags there. Code is left alone. Each kind is
    found once in a document, at its first place.
    """
    if "&amp;" in document.text:
        yield from _first(document, _ENTITY, "an entity was escaped twice")
    if prose.suffix(document.name) not in ("txt", "text"):
        return
    yield from _first(document, _TAG, "a tag of HTML is left", closed=True)
    yield from _first(document, _GLUED, "a sentence is glued to the one before", least=_FEW + 1)


def _first(document: Document, pattern: str, what: str, least: int = 1, closed: bool = False) -> Iterator[Hit]:
    """The first place of a pattern outside code, if there are enough."""
    import re

    search = re.compile(pattern).finditer
    if sum(1 for _ in islice(search(document.text), least)) < least:
        return
    found, count, excerpt = None, 0, ""
    for line in prose.lines(document.data):
        if line.masked:
            continue
        matches = list(search(prose.without_code(line.text)))
        for match, end in zip(matches, prose.offsets((line,), [match.end() for match in matches]), strict=True):
            if not closed or _is_closed(document.data, end, match[1]):
                count += 1
                if found is None:
                    found, excerpt = line.span(*match.span()), match[0]
    if found is not None and count >= least:
        more = f" and {count - 1:,} more" if count > 1 else ""
        yield Hit(found, {"what": what, "found": excerpt, "more": more})


def _is_closed(data: bytes, at: int, name: str) -> bool:
    """Whether the element of a tag is closed soon behind it, or need not be."""
    return name.lower() == "img" or b"</%b" % name.lower().encode() in data[at : at + _NEAR].lower()


@leftover_markup.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    entity = random.choice([b"&amp;amp;", b"&amp;nbsp;", b"&amp;lt;", b"&amp;#39;"])
    sowing.add_lines(tree, random, b"Left " + entity + b" over.")
