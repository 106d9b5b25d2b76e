from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice, takewhile

from validator import faults, matching, prose
from validator.manifest import find_front_matter
from validator.model import TYPE_CHECKING, Collection, Hit, Place, Record, Span, replaced, value
from validator.rule import Bad, Good, collection_rule
from validator.sketching import LIMITS

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEWEST = 3
"""Documents that must share a block."""
_SHARE = 50
"""One in so many documents must share it."""
_LINES = 2
_LETTERS = 40
"""Letters that a block must have; less may be rules, headings or a greeting."""
_MOST = 100
"""Lines of a block that are looked at."""
_SHOWN = 60
"""Characters of a block that are shown."""

_FOOTER = (
    "The Quayside Gazette is printed and published at Port Ellery.\n"
    "All articles may be quoted as long as the paper is named.\n"
)
_NEWS = (
    "The ferry to Outer Holm stays at the pier until the new propeller comes, which may well take three weeks.\n",
    "Choir practice has moved to Thursdays, because the hall is needed for the exhibition of knitted lighthouses.\n",
    "Nobody has claimed the bicycle that the tide brought in; it hangs above the counter of the post office now.\n",
    "After forty years at the bakery Osk Tarrow hands the oven to his niece, who promises to change nothing.\n",
)
_FRONT = (
    "---\npublisher: The Quayside Gazette, printed at Port Ellery\nlicence: may be quoted as long as it is named\n---\n"
)
_INDEX = b"- [A](a.txt)\n- [B](b.txt)\n- [C](c.txt)\n"


def _papers(head: str = "", tail: str = "", suffix: str = ".txt") -> dict[str, bytes]:
    """Three documents with the same head and tail."""
    return {f"{name}{suffix}": f"{head}{news}{tail}".encode() for name, news in zip("abc", _NEWS, strict=False)}


@value
class _Block:
    """What documents begin or end with: lines of the first of them, from its edge, of which all share a number.

    ``at`` is the position of the first document, ``longest`` the size of the longest in bytes.
    """

    at: int
    place: Place
    spans: tuple[Span, ...]
    lines: tuple[bytes, ...]
    shared: int
    longest: int
    count: int = 1


@collection_rule(
    code="RES011",
    name="shared-block",
    severity="info",
    message="{name!r}{place} and {others:,} more documents {edge} with the same {lines:,} lines: {text!r}",
    help="take the lines out of all of them if they do not belong to the text",
    good=[
        Good({"INDEX.md": _INDEX, **_papers()}, "nothing in common"),
        Good({"INDEX.md": _INDEX, **_papers(tail="\n* * *\n\nThe End\n")}, "hardly any letters"),
        Good(
            {"INDEX.md": _INDEX.replace(b".txt", b".md"), **_papers(_FRONT, suffix=".md")},
            "front matter",
        ),
        Good(
            {"INDEX.md": _INDEX, **_papers(tail=f"\n{_FOOTER}")},
            "nobody wants to know",
            {"near_duplicates": "off"},
        ),
    ],
    bad=[
        Bad({"INDEX.md": _INDEX, **_papers(tail=f"\n{_FOOTER}")}, ["a.txt:3:1"], "the imprint of a newspaper"),
        Bad({"INDEX.md": _INDEX, **_papers(head=f"{_FOOTER}\n")}, ["a.txt:1:1"]),
    ],
)
def shared_block(collection: Collection) -> Iterator[Hit]:
    """Many documents begin or end with the same lines.

    A header, footer, licence or disclaimer was saved with every page of a site. It is no part of the texts, and
    what is trained with the collection learns it by heart. Take it out of all documents, or leave it where it
    belongs to them: this is a note, and no warning.

    A block counts if at least three documents and one in fifty have it, if it has at least two lines that are not
    blank, and 40 letters outside of headings. It ends where the first of the documents has code or a table. Front
    matter is passed over, and so are blanks at the edges of lines. All documents with one block give one finding,
    at the first of them.

    Only prose of at least 128 bytes is compared (see RES001 for the names), each content once, and not what an index
    declares as a copy, a version or a translation. The two lines at the edge must lie within the first or the last
    1,024 bytes. The setting `near-duplicates` says in which collections: by default in those with up to 4 MB of
    prose. A run with `--engine` does not compare.
    """
    sketched = collection.sketched
    if sketched is None:
        return
    records = sketched.records
    least = max(_FEWEST, -(-len(records) // _SHARE))
    often = {edge for edge, count in Counter(_edges(sketched.edges)).items() if count >= least}
    found: dict[tuple[int, int], _Block] = {}
    for at, checksums in enumerate(sketched.edges):
        edges = [edge for edge in enumerate(checksums) if edge in often]
        if edges:
            place, data = sketched.open(at)
            for edge in edges:
                is_tail = bool(edge[0])
                known = found.get(edge)
                found[edge] = _first(at, place, data, is_tail) if known is None else _next(known, data, is_tail)
    for edge, block in found.items():
        yield from _hit(records[block.at], block, bool(edge[0])) if block.count >= least else ()


def _edges(checksums: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The checksums of all first lines and all last lines, with 0 and 1 before them."""
    return (edge for pair in checksums for edge in enumerate(pair) if edge[1])


def _first(at: int, place: Place, data: bytes, is_tail: bool) -> _Block:
    """A block as far as its first document can tell."""
    masked = {line.start for line in prose.lines(data) if line.masked}
    found = takewhile(lambda one: one[0].start not in masked, _lines(data, is_tail))
    spans, lines = tuple(zip(*islice(found, _MOST), strict=True)) or ((), ())
    return _Block(at, place, spans, lines, len(lines), len(data))


def _next(block: _Block, data: bytes, is_tail: bool) -> _Block:
    """A block after one more document, which has it unless the checksums deceive."""
    pairs = zip(block.lines, _lines(data, is_tail), strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1][1], pairs))
    if shared < _LINES:
        return block
    return replaced(
        block, shared=min(block.shared, shared), longest=max(block.longest, len(data)), count=block.count + 1
    )


def _lines(data: bytes, is_tail: bool) -> Iterator[tuple[Span, bytes]]:
    """The lines that are not blank behind front matter, from one edge of a document: their bytes, and what they say."""
    start, end = 3 * data.startswith(b"\xef\xbb\xbf"), len(data)
    front = find_front_matter(data, start)
    start = front.end if front is not None else start
    while start < end:
        if is_tail:
            line = Span(max(start, data.rfind(b"\n", start, end) + 1), end)
            end = line.start - 1
        else:
            line = Span(start, data.find(b"\n", start) % (len(data) + 1))
            start = line.end + 1
        text = data[line.start : line.end].strip()
        if text:
            yield line, text


def _hit(record: Record, block: _Block, is_tail: bool) -> Iterator[Hit]:
    """What is said of a block, if it is one."""
    lines = [line.decode("utf-8", "replace") for line in block.lines[: block.shared]]
    letters = sum(sum(map(str.isalpha, line)) for line in lines if not line.startswith("#"))
    if block.shared < _LINES or letters < _LETTERS:
        return
    first, last = sorted((block.spans[0], block.spans[block.shared - 1]), key=lambda span: span.start)
    if block.longest - (last.end - first.start) < _LETTERS:
        return  # documents that are nothing else
    text = lines[-1 if is_tail else 0]
    words: dict[str, object] = {
        "name": record.name,
        "place": matching.within(record),
        "others": block.count - 1,
        "edge": "end" if is_tail else "begin",
        "lines": block.shared,
        "text": text[:_SHOWN] + "…" * (len(text) > _SHOWN),
    }
    yield Hit(Span(first.start, last.end), words, at=block.place)


@shared_block.fault
def _(tree: faults.Tree, random: faults.Random) -> None:
    number = random.randrange(10**6)
    needed = max(_FEWEST, len(faults.documents(tree)) // (_SHARE - 1) + 1)
    papers = [
        f"{random.choice(_NEWS)}\nIssue {number}, page {page}\n\n{_FOOTER}".encode() for page in range(1, needed + 1)
    ]
    room = LIMITS["fast"] - sum(map(len, papers))
    for _, data in faults.files(tree):
        room -= len(data)
        if room < 0:
            raise faults.Inapplicable("collection of up to 4 MB of prose")
    for page, paper in enumerate(papers, 1):
        faults.add_document(tree, random, f"gazette-{number}-{page}.txt", paper)
