from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, screening, sowing
from validator.model import Document, Hit, Span
from validator.rule import Bad, Good, document_rule

_ELEMENTS = (
    "a|abbr|article|aside|audio|b|big|blockquote|body|br|button|center|cite|code|dd|del|details|div|dl|dt|em|figure|"
    "font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|main|mark|meta|nav|ol|option|p|pre|"
    "q|s|samp|script|section|select|small|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|th|thead|title|"
    "tr|tt|u|ul|var|video"
)
_TAG = rf"(?i)<(?:{_ELEMENTS})(?:\s[^<>]*+)?/?>"


@document_rule(
    code="RES013",
    name="html-tag",
    severity="info",
    default=False,
    message="a tag of HTML: {tag!r}",
    help="write it in the markup of the document, or take it out",
    wakes=0,
    good=[
        Good(b"1 < 2, <https://example.org/>, <name>, `<b>`\n", "other things in angle brackets"),
        Good({"page.html": b"<p>A page.</p>\n", "INDEX.md": b"- [Page](page.html)\n"}, "no prose"),
    ],
    bad=[Bad(b"A <b>bold</b> word.\nAnd<br/> so on.\n", ["doc.txt:1:3", "doc.txt:2:4"])],
)
def html_tag(document: Document) -> Iterator[Hit]:
    """The text holds a tag of HTML.

    Where only plain text or Markdown of its own is wanted, a tag shows that something was pasted from a page.
    Write it in the markup of the document, or take it out.

    The rule is off unless it is selected: Markdown may hold HTML, and texts about HTML have to. Found are the
    opening tags of elements that HTML knows, outside code.
    """
    if not _is_text(document):
        return
    import re

    for line in prose.lines(document.data):
        if not line.masked and "<" in line.text:
            tags = list(re.finditer(_TAG, prose.without_code(line.text)))
            places = prose.offsets((line,), [place for tag in tags for place in tag.span()])
            for tag, start, end in zip(tags, places, places, strict=False):
                yield Hit(Span(start, end), {"tag": tag[0]})


def _is_text(document: Document) -> bool:
    return prose.is_prose(document.name) and not document.is_index and not document.facts & screening.NOT_TEXT


@html_tag.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    tag = random.choice([b"<br>", b"<b>", b'<p class="x">'])
    sowing.add_lines(tree, random, b"A" + tag + b"word.")
