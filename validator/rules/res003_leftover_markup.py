from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, residue, screening, sowing
from validator.model import Document, Hit
from validator.rule import Bad, Good, document_rule

_ENTITY = r"&amp;(?:[A-Za-z]{2,8}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
_TAG = rf"(?ai)<({residue.ELEMENTS})\s++[a-z][a-z-]{{1,20}}\s?=\s?[^<>\s][^<>]*+>"
_GLUED = rf"(?<![\w./@:-])[^\W\d_A-Z]{{3,20}}\.(?:{residue.STARTERS})(?=[ ][^\W\d_])"
_NEAR = 1_000
"""Bytes within which an element is closed."""


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
    yield from _first(document, _ENTITY, "&amp;", "an entity was escaped twice")
    if prose.suffix(document.name) in ("txt", "text"):
        yield from _first(document, _TAG, "<", "a tag of HTML is left", closed=True)
        yield from _first(document, _GLUED, ".", "a sentence is glued to the one before", least=residue.GLUED)


def _first(
    document: Document, pattern: str, sign: str, what: str, least: int = 1, closed: bool = False
) -> Iterator[Hit]:
    """The first place of a pattern outside code, if there are enough; none is without the sign."""
    found, count, excerpt = None, 0, ""
    for line, matches in prose.matches(document.data, pattern, sign):
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
