from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, pairwise

from validator import faults, prose, screening, sowing
from validator.model import TYPE_CHECKING, Document, Edit, Fix, Hit, Span, value
from validator.rule import Bad, Good, document_rule

if TYPE_CHECKING:
    from validator.prose import Line

_WORDS = 4
_CHARACTERS = 25
_WIDE = 12
"""Characters without blanks between words that are as good as so many words."""
_FULL = 60
"""Columns that a line of prose has; verses, items and addresses mostly have fewer."""
_CODE = frozenset("{}<>=;$\\`_@^~#")
"""What seldom stands in a sentence, but often in code, logs and marked-up lists."""
_ITEMS = ("- ", "* ", "+ ", "• ", "· ", "> ", ". ", ".. ", "$ ", "% ", "-- ", "// ", "/*", ":")


@document_rule(
    code="RES009",
    name="doubled-line",
    severity="warning",
    message="the line {text!r} stands here {count:,} times in a row",
    help="delete the copies if nobody meant them",
    wakes=screening.DOUBLED,
    good=[
        Good(
            b"Row the long boat over the bay,\nRow the long boat over the bay,\nThe gulls are up, the nets are grey,\n"
            b"Row the long boat home.\n",
            "a refrain",
        ),
        Good(b"She said no.\nShe said no.\n\nThe harbour was closed for the rest of that long and windy week.\n"),
        Good(b"    turn the valve to the left\n    turn the valve to the left\n\nThat is all.\n", "code"),
        Good(b"- fixed a spelling mistake in the manual\n- fixed a spelling mistake in the manual\n", "a list"),
    ],
    bad=[
        Bad(
            b"Harbour wall to be raised by spring\nHarbour wall to be raised by spring\n\n"
            b"The council of Port Ellery decided on Tuesday that the wall must grow by a metre.\n",
            ["doc.txt:2:1"],
            "a title and its copy",
            mended=b"Harbour wall to be raised by spring\n\n"
            b"The council of Port Ellery decided on Tuesday that the wall must grow by a metre.\n",
        ),
        Bad(
            b"The wall was built when most of the houses on the quay were sheds,\n" * 3 + b"and nobody minded.\n",
            ["doc.txt:2:1"],
            mended=b"The wall was built when most of the houses on the quay were sheds,\nand nobody minded.\n",
        ),
        Bad(
            ("潮水退去以后我们沿着海堤慢慢地走回村子里去，一路上谁也没有说话。\n" * 2).encode(),
            ["doc.txt:2:1"],
            "a script without blanks",
            mended="潮水退去以后我们沿着海堤慢慢地走回村子里去，一路上谁也没有说话。\n".encode(),
        ),
    ],
)
def doubled_line(document: Document) -> Iterator[Hit]:
    """A line of prose is directly repeated.

    Titles come twice when a page gives them once for readers and once for a picture; lines come twice when
    texts are pasted or merged. Readers stumble, and whoever counts words counts them twice. Delete the copies.
    The fix does so, but it is not a safe one: nobody but the author knows whether the copy was meant.

    A line counts from four words and 25 characters on; where words have no blanks between them, from twelve
    characters on. It must read like a sentence or a title: items of lists, lines with signs of code, tables
    and code are passed over. A line shorter than 60 columns counts only if it stands alone with its copies
    between blank lines, and if the document also has longer lines: else it may be a refrain. Several copies in
    a row are one finding, at the first of them.
    """
    is_wide: bool | None = None
    before = ""
    for run, behind in pairwise(chain(_runs(prose.lines(document.data)), (None,))):
        if run is not None and run.count > 1 and _counts(run.first.text):
            around = before, behind.first.text if behind is not None else ""
            is_full = _columns(run.first.text) >= _FULL
            if not is_full and is_wide is None:
                is_wide = any(_columns(line.text) >= _FULL for line in prose.lines(document.data) if not line.masked)
            if is_full or (is_wide and _are_apart(around)):
                yield _hit(run)
        before = run.first.text if run is not None else ""


@value
class _Run:
    """Lines in a row that are equal, and how many; a masked line stands alone."""

    first: Line
    second: Line
    last: Line
    count: int = 1


def _runs(lines: Iterable[Line]) -> Iterator[_Run]:
    for _, equal in groupby(lines, lambda line: -line.start if line.masked else line.text):
        count, heads = 0, []
        for line in equal:
            count += 1
            if count <= 2:
                heads.append(line)
        yield _Run(heads[0], heads[-1], line, count)


def _counts(text: str) -> bool:
    """Whether a line is long enough, and reads like a sentence or a title."""
    bare = text.strip()
    if len(bare) < _WIDE or bare.startswith(_ITEMS) or not _CODE.isdisjoint(bare):
        return False
    others = sum(character.isascii() and not (character.isalpha() or character.isspace()) for character in bare)
    is_long = len(bare) >= _CHARACTERS and sum(map(_has_letters, bare.split())) >= _WORDS
    return (is_long or _unspaced(bare) >= _WIDE) and others * 4 < len(bare)


def _has_letters(word: str) -> bool:
    return any(map(str.isalpha, word))


def _unspaced(text: str) -> int:
    """How many characters of scripts without blanks a text has."""
    return 0 if text.isascii() else sum(map(_is_unspaced, text))


def _is_unspaced(character: str) -> bool:
    return "\u3041" <= character <= "\u9fff" or "\u0e01" <= character <= "\u0eff" or "\u1780" <= character <= "\u17ff"


def _columns(text: str) -> int:
    """The width of a line, ideographs and kana counting two."""
    return len(text) if text.isascii() else len(text) + sum("\u3041" <= character <= "\uffef" for character in text)


def _are_apart(around: Iterable[str]) -> bool:
    """Whether the lines around are blank, long or not there."""
    return all(not text.strip() or _columns(text) > 2 * _FULL for text in around)


def _hit(run: _Run) -> Hit:
    second = run.second
    fix = Fix((Edit(Span(run.first.span().end, run.last.span().end), b""),), safe=False)
    start = len(second.text) - len(second.text.lstrip())
    words: dict[str, object] = {"text": run.first.text.strip(), "count": run.count}
    return Hit(second.span(start, len(second.text.rstrip())), words, fix=fix)


@doubled_line.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    words = (
        "ferry",
        "before",
        "anybody",
        "pier",
        "counted",
        "crates",
        "herring",
        "again",
        "lantern",
        "harbour",
        "tide",
    )
    line = " ".join(random.sample(words, len(words))).encode()
    sowing.add_lines(tree, random, b"\n".join([line] * random.randint(2, 4)))
