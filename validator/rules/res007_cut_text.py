from __future__ import annotations

from collections.abc import Iterator

from validator import faults, prose, residue, screening, sowing
from validator.model import TYPE_CHECKING, Document, Hit
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    from validator.prose import Line

_ENDS = ".!?…:;。！？；：।።؟۔"
_CLOSERS = "\"'”’»«“)]}*_`>›）」』】"
_TAIL = 400
"""Bytes at the end of a document that tell with what it ends."""
_LONG = 120
"""Characters of a line that is a paragraph of its own."""
_FULL = 60
"""Characters of a paragraph that is a sentence, not a heading or a line of a list."""
_SELDOM = 3
"""Split sentences in a document that nobody meant; more of them are its style."""
_LISTING = ("and", "or", "und", "oder", "et", "ou", "y", "o", "и", "или")
"""Words with which all but the last item of a list of sentences may end."""
_ENOUGH = 3
"""Sentences, or long lines, that make running prose."""
_TEXT = (
    b"The ferry leaves the island at six in the morning and comes back in the evening.\n\n"
    b"In winter it leaves an hour later, because the crew have to clear the deck of ice.\n\n"
    b"Nobody is allowed on deck before the captain has given a sign with the old bell.\n\n"
)
_PARAGRAPHS = b"".join(
    _TEXT.replace(b"\n\n", b" ").replace(b"ferry", boat) + b"\n" for boat in (b"boat", b"ship", b"ferry")
)
_LAST = (
    b"Once a boy who had rowed out to the island with his brothers to look for eggs was left behind there, and nobody "
    b"missed him before the evening. Since then nobody casts off before he has heard"
)


@document_rule(
    code="RES007",
    name="cut-text",
    severity="warning",
    message="{problem}",
    help="take the text from the source again and compare",
    wakes=screening.CUT | screening.BROKEN,
    good=[
        Good(_TEXT + b"Yours sincerely,\n", "a letter"),
        Good(b"- eggs,\n- flour and\n- milk,\n", "a list"),
        Good(_TEXT.replace(b"island at", b"island\nat") + b"It is paid for on board.\n", "short lines"),
        Good(
            {"guide.md": b"````\n```\nopen\n````\n", "INDEX.md": b"- [Guide](guide.md)\n"},
            "a fence within a longer one",
        ),
    ],
    bad=[
        Bad(_TEXT + b"Whoever misses it has to wait for the fishermen, who go across with the\n", ["doc.txt:7:71"]),
        Bad(_TEXT + b"Whoever misses it has to wait for the fishermen of the harbour,\n", ["doc.txt:7:63"], "a comma"),
        Bad(
            _PARAGRAPHS + _LAST + b"\nthe old bell, as their fathers and mothers did. He was found at dawn.\n",
            [f"doc.txt:4:{len(_LAST)}"],
            "a sentence over two lines",
        ),
        Bad(
            {"guide.md": b"Run this:\n\n```sh\nmake\n\nThen wait.\n", "INDEX.md": b"- [Guide](guide.md)\n"},
            ["guide.md:3:1"],
            "a fence left open",
        ),
    ],
)
def cut_text(document: Document) -> Iterator[Hit]:
    """The text breaks off: in a sentence, between two lines, or in code.

    A download that ended early, a limit on the length of a field or a copy of half a page leaves a text that
    stops in the middle. Sometimes only a line end got into a sentence. Take the text from the source again and
    compare; INDEX.md with sizes and digests shows such damage surely, wherever the cut falls.

    Found is a last line that ends in a comma, a hyphen behind a letter, or a word like "the" with which no sentence
    ends, but only where most paragraphs are finished sentences. Where each paragraph is one long line, found is also
    one that ends in a word while the next begins with a small letter and is finished, up to three times in a
    document; in Markdown, where a line end within a paragraph means nothing, only behind a blank line. In Markdown
    a fence of code that is never closed is found. Lists, tables and code are left alone.
    """
    if prose.is_markdown(document.name):
        fence = prose.open_fence(document.data)
        if fence is not None and len(fence.text) - len(fence.text.lstrip(" ")) < 4:
            yield Hit(fence.span(), {"problem": "code begins here, and its fence is never closed"})
    yield from _split(document)
    yield from _cut(document)


def _split(document: Document) -> Iterator[Hit]:
    """The long lines with which a sentence breaks off that goes on in the next."""
    if max(map(len, document.data.split(b"\n"))) <= _LONG:
        return
    is_wrapped = prose.suffix(document.name) not in ("", "txt", "text")
    long = finished = 0
    found: list[Line] = []
    before: Line | None = None
    for line in prose.lines(document.data):
        text = line.text.rstrip()
        is_apart = before is not None and (not is_wrapped or document.data.count(b"\n", before.start, line.start) > 1)
        if before is not None and is_apart and not line.masked and _goes_on(before.text.rstrip(), text):
            found.append(before)
        is_long = len(text) > _LONG and not line.masked
        if is_long:
            long += 1
            finished += _is_finished(text)
        before = line if is_long else None if text else before
    if long >= _ENOUGH and 4 * finished >= 3 * long and len(found) <= _SELDOM:
        for line in found:
            end = len(line.text.rstrip())
            yield Hit(line.span(end - 1, end), {"problem": "a sentence breaks off here and goes on in the next line"})


def _goes_on(text: str, following: str) -> bool:
    """Whether a line ends in a word within a sentence that the following one finishes."""
    word = text[-8:].rpartition(" ")[2]
    first = following.partition(" ")[0]
    begins = first[:1].islower() and first.islower() and "." not in first and first[1:2] != ")"
    return (
        text[-1:].isalpha() and word not in _LISTING and begins and len(following) >= _FULL and _is_finished(following)
    )


def _cut(document: Document) -> Iterator[Hit]:
    """The end of the last line, if running prose breaks off there."""
    what = residue.unfinished(document.data[-_TAIL:].decode("utf-8", "ignore").rstrip())
    found = list(prose.paragraphs(document.data, _LONG)) if what else []
    if not found or document.data[found[-1][-1].span().end :].strip():
        return
    last = found[-1][-1]
    text = last.text.rstrip()
    paragraphs = ["\n".join(line.text for line in paragraph).strip() for paragraph in found]
    full = [paragraph for paragraph in paragraphs[:-1] if len(paragraph) >= _FULL]
    is_running = len(full) >= _ENOUGH and 4 * sum(map(_is_finished, full)) >= 3 * len(full)
    begun = text if len(text) >= _FULL or _is_finished(paragraphs[-1].removesuffix(text)) else paragraphs[-1]
    if is_running and len(begun) >= _FULL and paragraphs[-1][0].isalpha():
        yield Hit(last.span(len(text) - 1, len(text)), {"problem": f"the text ends in {what}"})


def _is_finished(text: str) -> bool:
    return text.rstrip().rstrip(_CLOSERS)[-1:] in tuple(_ENDS)


@cut_text.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    word = random.choice(["the", "of", "which"]).encode()
    story = _TEXT + b"Whoever misses the ferry has to wait until the fishermen go across with " + word + b"\n"
    faults.write(tree, sowing.pick(tree, random), story)
