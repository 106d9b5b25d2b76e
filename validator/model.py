"""The values that travel through the house: bytes → blocks → documents → findings → report.

Everything here is data without behaviour that touches a disk or a terminal. Offsets are bytes,
0-based, and spans are half-open; lines and columns count from 1 and columns count characters
(code points). Names are text in which a byte that is not UTF-8 stands as a lone surrogate
(PEP 383), so that every name that a file system can hold has a spelling here.

A run without options imports this module before it reads the first document, so it must not pull
in ``typing`` or ``dataclasses``: together they cost more than checking a hundred documents.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal, TypeAlias, TypeVar, dataclass_transform

    T = TypeVar("T")
    Severity: TypeAlias = Literal["error", "warning", "info"]
    Read: TypeAlias = Callable[[int, int], bytes]

    @dataclass_transform(frozen_default=True)
    def value(cls: type[T]) -> type[T]: ...

else:

    def value(cls):
        """Make a frozen, slotted class from annotations: what ``dataclass`` does, at a tenth of its import."""
        fields = tuple(cls.__annotations__)
        space = {k: v for k, v in vars(cls).items() if k not in (*fields, "__dict__", "__weakref__")}
        made = type(cls)(cls.__name__, cls.__bases__, {**space, "__slots__": fields})
        defaults = {f"default_{name}": vars(cls)[name] for name in fields if name in vars(cls)}

        def __init__(self, *args, **kwargs):  # noqa: N807
            """Write the function that takes this one's place: a run makes only some kinds of values."""
            setters = {f"set_{name}": vars(made)[name].__set__ for name in fields}
            arguments = ", ".join(f"{n}=default_{n}" if f"default_{n}" in defaults else n for n in fields)
            body = "; ".join(f"set_{n}(self, {n})" for n in fields)
            scope = {**defaults, **setters}
            exec(f"def __init__(self, {arguments}): {body}", scope)
            made.__init__ = scope["__init__"]
            made.__init__(self, *args, **kwargs)

        made.__init__ = __init__
        made.__setattr__ = made.__delattr__ = _frozen
        made.__eq__, made.__hash__, made.__repr__, made.__reduce__ = _equal, _hash, _repr, _reduce
        return made

    def _frozen(self, name, *_):
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot change")

    def _parts(self):
        return tuple(getattr(self, name) for name in self.__slots__)

    def _equal(self, other):
        return type(self) is type(other) and _parts(self) == _parts(other)

    def _hash(self):
        return hash(_parts(self))

    def _reduce(self):
        return type(self), _parts(self)

    def _repr(self):
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({parts})"


def replaced(one: T, **parts: object) -> T:
    """A value with some parts replaced."""
    fields = tuple(type(one).__annotations__)
    return type(one)(**{**{name: getattr(one, name) for name in fields}, **parts})


class UsageError(Exception):
    """A command line or settings that cannot be obeyed; the message, one line, says what to do."""


def no_bytes(start: int, end: int) -> bytes:
    """The reader of a place that has no bytes to show: a name, a folder, a special file."""
    return b""


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@value
class Span:
    """Bytes ``start`` up to, not including, ``end``."""

    start: int
    end: int


@value
class Edit:
    """Replace the bytes of ``span`` by ``replacement``."""

    span: Span
    replacement: bytes


@value
class Fix:
    """What mends a finding; ``safe`` when no reader could miss what it takes away."""

    edits: tuple[Edit, ...]
    safe: bool = True


@value
class Hit:
    """What a rule yields: where in its subject, the words for its message, and how to mend it.

    ``passages`` are what two documents have in common, side by side.
    ``span`` counts in the bytes of the subject (the body of a block, say); ``None`` means the
    subject as a whole. ``words`` fill the fields of the rule's message. ``help``, ``severity`` and
    ``at`` replace the rule's own help, its severity and the subject's place where they are given.
    """

    span: Span | None = None
    words: dict[str, object] = {}
    help: str = ""
    severity: Severity | None = None
    at: Place | None = None
    fix: Fix | None = None
    passages: tuple[tuple[Passage, Passage], ...] = ()


@value
class Place:
    """A file on disk, or a block in one, and how its bytes lie there.

    ``path`` is what the user would open, ``document`` the block's name inside a container, else
    ``None``. ``read(start, end)`` returns bytes of the file, which is ``size`` bytes long. ``start``
    is the file offset of the subject's first byte; ``escapes`` are the offsets in the subject, in
    rising order, before which the file holds one backslash more. What lies behind ``size`` is rendered from
    the file that ``beyond`` names, if it does, and has no lines and no bytes there.
    """

    path: str
    read: Read = no_bytes
    size: int = 0
    document: str | None = None
    start: int = 0
    escapes: tuple[int, ...] = ()
    beyond: str = ""

    def in_file(self, span: Span) -> Span:
        """Translate a span of the subject into a span of the file."""
        start = self._offset(span.start)
        return Span(start, self._offset(span.end - 1) + 1 if span.end > span.start else start)

    def _offset(self, offset: int) -> int:
        if not self.escapes:
            return self.start + offset
        from bisect import bisect_right

        return self.start + offset + bisect_right(self.escapes, offset)


@value
class Excerpt:
    """The marked bytes of a finding with what stands around them on the first line, each clipped."""

    before: bytes
    marked: bytes
    after: bytes
    clipped_before: bool = False
    clipped_after: bool = False


@value
class Passage:
    """A passage of a document that another one shares: its lines, 1-based, and its text, which may be cut short."""

    path: str
    document: str | None
    line: int
    end_line: int
    text: str


@value
class Finding:
    """One thing that is wrong, where, and what to do.

    ``line`` and ``column`` are 1-based, ``column`` in characters; ``end_line`` and ``end_column``
    point just past the last character. ``byte_start`` and ``byte_end`` are 0-based and half-open.
    All of them speak of the file named by ``path``, and are ``None`` where a file as a whole, or its
    name, is meant. ``more`` counts further findings of the same rule in the same document that were
    not listed. ``fingerprint`` is the same as long as the rule and what it speaks of are the same, wherever
    in the document that stands: 32 hexadecimal digits. ``passages`` are what two documents have in common, as they
    stand in the one and in the other.
    """

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    document: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    byte_start: int | None = None
    byte_end: int | None = None
    fix: Fix | None = None
    help: str = ""
    more: int = 0
    excerpt: Excerpt | None = None
    fingerprint: str = ""
    passages: tuple[tuple[Passage, Passage], ...] = ()


@value
class Suppression:
    """Something that the user allows, where ``place`` and ``span`` say.

    It allows what ``selector`` names, a rule or several, for what ``pattern`` names: a document or several.
    ``by`` is ``settings``, ``index`` or ``baseline``; ``problem`` says why it cannot be obeyed, if so.
    ``untrusted`` says what a change allows itself that a trusted revision does not; it is not obeyed either.
    """

    by: str
    pattern: str
    selector: str
    place: Place
    span: Span | None = None
    reason: str = ""
    problem: str = ""
    untrusted: str = ""


@value
class Suppressed:
    """A finding that the user has allowed: ``by`` the ``settings``, the ``index`` or the ``baseline``."""

    finding: Finding
    by: str
    reason: str = ""


@value
class Item:
    """A document that was looked at, as an inventory lists it.

    ``document`` is the block's name inside a container, else ``None``; ``size`` is in bytes. ``script`` is
    the one that most letters at its beginning belong to, by its English name, empty where there are no
    letters; ``language`` is what the index says.
    """

    path: str
    document: str | None
    size: int
    script: str = ""
    language: str = ""


@value
class Look:
    """How a report should look to whoever reads it.

    ``color`` allows ANSI colours. ``columns`` is the width of the terminal. ``links`` is the ``file:`` URL of
    the working folder, ending in ``/``, where a terminal can follow hyperlinks, else empty; ``docs`` the URL
    below which the pages of the rules are published, ending in ``/``, else empty. ``quiet`` leaves the summary
    out, ``verbose`` adds what a format has to add, ``statistics`` counts findings by rule in place of showing
    each. A format that knows no difference ignores it.
    """

    color: bool = False
    columns: int = 100
    links: str = ""
    docs: str = ""
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False


@value
class Report:
    """The outcome of a run: what was looked at and what was found, in order of place.

    ``incomplete``: something could not be checked, and a finding says what. ``empty`` are the paths
    under which there was nothing to check, ``notes`` what else the user should know. ``suppressed`` are
    findings that were allowed, in order of place; they count for nothing. ``inventory`` are the documents,
    in order of place, where somebody asked for them.
    """

    findings: tuple[Finding, ...]
    documents: int = 0
    indexes: int = 0
    containers: int = 0
    bytes: int = 0
    rules: int = 0
    incomplete: bool = False
    empty: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    inventory: tuple[Item, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have this severity, those not listed one by one included."""
        return sum(1 + f.more for f in self.findings if f.severity == severity)


@value
class Entry:
    """One document as an index lists it; a value that the index does not give is ``None``.

    ``name`` is relative to the index; ``row`` spans the whole line. Where in the row a value stands,
    ``index.locate`` tells.
    """

    name: str
    row: Span
    id: str | None = None
    size: int | None = None
    sha256: str | None = None
    title: str | None = None
    language: str | None = None
    metadata: dict[str, str] = {}
    blake3: str | None = None

    @property
    def has_digest(self) -> bool:
        """Whether the index gives a digest of the content."""
        return self.sha256 is not None or self.blake3 is not None

    def proves(self, sha256: str, blake3: str = "") -> bool:
        """Whether one of the digests is that of the content; then a second that is not is itself wrong."""
        return self.sha256 == sha256 or self.blake3 == blake3


@value
class Defect:
    """Something that the index parser could not read as intended; a rule judges it by its kind."""

    kind: str
    span: Span
    detail: str = ""


@value
class Index:
    """An INDEX.md: its entries and what is odd about it.

    ``columns`` are the canonical names of the table's columns, empty where the entries are a list.
    ``place`` says where its bytes are. Where it is not ``readable``, it says nothing about documents.
    ``schema`` is the JSON Schema that its front matter names for the documents' own, unread; ``None``
    where it names none, or none that could be found.
    """

    data: bytes
    place: Place
    entries: tuple[Entry, ...] = ()
    defects: tuple[Defect, ...] = ()
    columns: tuple[str, ...] = ()
    front_matter: Span | None = None
    readable: bool = True
    schema: bytes | None = None


@value
class Block:
    """One document in a container, as offsets into the file; the parser judges nothing.

    From ``start`` to ``header_end`` runs the marker line with its line end, from there to
    ``body_end`` the body (still escaped), from there to ``end`` the framing line end. ``newline`` is
    the line end of the marker line. ``oddities`` say how the marker line departs from the grammar
    (see ``container.py``) and ``line`` keeps it where it does. ``has_body`` is false where the marker
    line is followed by another one, or by nothing.
    """

    id: bytes
    name: bytes
    start: int
    header_end: int
    body_end: int
    end: int
    newline: bytes = b"\n"
    has_body: bool = True
    oddities: tuple[str, ...] = ()
    line: bytes = b""

    @property
    def header(self) -> Span:
        """The marker line without its line end."""
        return Span(self.start, self.header_end - len(self.newline))


@value
class Line:
    """A line of a container that looks like framing and heads no block.

    ``kind`` is ``end`` (an end marker, ``count`` its number), ``foreign-end`` or ``reserved``;
    ``span`` leaves the line end out, ``newline`` is that line end.
    """

    kind: str
    span: Span
    text: bytes
    newline: bytes = b"\n"
    count: int = 0
    oddities: tuple[str, ...] = ()


@value
class Layout:
    """How a container file is divided: nothing is lost, nothing judged.

    The byte order mark, the preamble, the blocks, the end markers with their line ends and the gaps
    (what stands behind an end marker) partition the file.
    """

    size: int
    bom: bool
    preamble: Span
    blocks: tuple[Block, ...]
    lines: tuple[Line, ...] = ()
    gaps: tuple[Span, ...] = ()
    final_newline: bool = True

    @property
    def ends(self) -> tuple[Line, ...]:
        """The end markers, in order."""
        return tuple(line for line in self.lines if line.kind == "end")


@value
class Record:
    """What is remembered of a document once its bytes have been let go.

    ``name`` is relative to the index that governs it, ``path`` the file on disk, ``id`` the block's id
    (``None`` for a loose file). ``entry`` is what the index says of it, and ``difference`` how its
    content departs from that: empty where it does not, else ``final-newline-lost``,
    ``final-newline-added``, ``line-ends``, ``byte-order-mark``, ``normalization`` or ``content``. A
    block may also be ``converted`` (its line ends, with those of its container), ``cut-off`` with it, end
    in a foreign ``end-marker`` or be ``swallowing`` the one behind it, whose header was spoiled; one that
    an unescaped marker split off is a ``fragment``, and no document.
    A block also knows its container, where its header stands, and, where a folder's index governs it,
    the container's name as that index would list it (``carrier``) and its own name in it (``block``).
    ``copy_of`` names the loose file of the tree that a block has the name of; the difference of a packed
    copy is the one from its original.
    Of ``sha256`` and ``blake3`` one is empty where nobody asks for it; both are, where a block was too long
    to be read.
    """

    name: str
    path: str
    size: int
    sha256: str
    entry: Entry | None = None
    difference: str = ""
    id: str | None = None
    container: Place | None = None
    header: Span | None = None
    carrier: str = ""
    block: str = ""
    copy_of: str = ""
    blake3: str = ""

    @property
    def address(self) -> str:
        """``container#block``, where a folder's index governs a block; else empty."""
        return f"{self.carrier}#{self.block}" if self.carrier else ""

    @property
    def is_pinned(self) -> bool:
        """Whether a size, a digest or an original says what the content should be."""
        entry = self.entry
        return bool(self.copy_of) or (entry is not None and (entry.has_digest or entry.size is not None))

    @property
    def at(self) -> Place:
        """Where a finding about the document as a whole belongs."""
        return self.container if self.container is not None else Place(self.path)


@value
class Problem:
    """Something in the collection that could not be taken as a document.

    ``kind`` is ``unreadable``, ``changed``, ``over-limit``, ``link`` or ``special``; ``detail`` says
    more in plain words. ``document`` is the block's name where a block of a container is meant.
    """

    kind: str
    path: str
    name: str
    detail: str
    document: str | None = None


@value
class Document:
    """One document while its bytes are in hand.

    ``facts`` are the bits that screening found (``text.py``). ``name`` is relative to the index that
    governs the document; ``is_index`` is true for an INDEX.md.
    """

    name: str
    data: bytes
    place: Place
    facts: int
    record: Record
    index: Index | None = None
    is_index: bool = False

    @property
    def text(self) -> str:
        """The document decoded as UTF-8, each ill-formed byte as a lone surrogate."""
        return self.data.decode("utf-8", "surrogateescape")


@value
class Name:
    """The name of a loose file or of a block, and where it stands.

    ``span`` is the name within the header line of a container; ``None`` for a loose file, whose name
    stands in no file.
    """

    text: str
    place: Place
    span: Span | None = None


@value
class Names:
    """The names of the loose files of a collection; each is made a ``Name`` when it is asked for."""

    texts: Sequence[str] = ()
    shown: Callable[[str], str] = str

    def __getitem__(self, number: int) -> Name:
        return Name(self.texts[number], Place(self.shown(self.texts[number])))


@value
class Near:
    """A line of a body that was nearly a header; see ``container.near_markers``.

    ``hides`` is what the index calls the document that is missing because of it; mostly empty.
    """

    kind: str
    span: Span
    text: bytes
    hides: str = ""


@value
class Container:
    """A container file, divided and read.

    ``records`` are its blocks' documents in order, one for each of ``layout.blocks``. ``near`` are the
    near misses in bodies that no digest proves, ``scope`` what governs its documents.
    ``named`` is true where the settings, not the first line, say that it is a container. ``encoding``
    names UTF-16 or UTF-32 where the file is in one of them; then nothing else is known of it.
    """

    name: str
    place: Place
    layout: Layout
    records: tuple[Record, ...]
    scope: Scope
    near: tuple[Near, ...] = ()
    named: bool = False
    encoding: str = ""
    require_end: bool = False


@value
class Scope:
    """An index with the documents that it governs, and how the two agree.

    ``path`` is the folder or the container as the user would write it. ``index`` is ``None`` where
    there is none, and then nothing is missing or unlisted.

    - ``missing``: entries without a document; ``unlisted``: documents without an entry
    - ``renamed``: pairs of both with the same digest; ``respelled``: pairs whose names differ only in
      case or Unicode normalisation
    - ``repeated``: entries whose name an earlier one has, with that one
    - ``hidden``: listed names whose headers in a container were spoiled, of which a rule on it speaks
    - ``unread``: names that are there but could not be read; ``needs_index``: an index belongs here
    """

    path: str
    index: Index | None
    records: tuple[Record, ...] = ()
    missing: tuple[Entry, ...] = ()
    unlisted: tuple[Record, ...] = ()
    renamed: tuple[tuple[Entry, Record], ...] = ()
    respelled: tuple[tuple[Entry, Record], ...] = ()
    repeated: tuple[tuple[Entry, Entry], ...] = ()
    hidden: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    needs_index: bool = False


@value
class Sketched:
    """Documents of prose with what is remembered of their words (see ``likeness``) and of their first and last lines.

    ``open`` reads one again, by its position: its place, and its bytes.
    """

    records: tuple[Record, ...]
    sketches: tuple[bytes, ...]
    edges: tuple[tuple[int, int], ...]
    open: Callable[[int], tuple[Place, bytes]]


@value
class Collection:
    """All that was looked at under one path.

    ``names`` are the loose files' names, ``stale`` pairs of a block and the loose file that it should
    be a copy of. ``sketched`` are those that may resemble others, unless nobody wants to know.
    """

    path: str
    scopes: tuple[Scope, ...]
    containers: tuple[Container, ...]
    problems: tuple[Problem, ...]
    names: Names = Names()
    stale: tuple[tuple[Record, Record], ...] = ()
    sketched: Sketched | None = None


@value
class Trust:
    """What speaks for the gate in place of what a change says of itself.

    ``changed`` are the files that differ from the trusted revision, by relative name (of a collection that is one
    file, the empty one), and ``files`` the bytes that those of them have there which may speak: indexes (of a
    container the one in it) and schemas.
    """

    revision: str
    changed: frozenset[str] = frozenset()
    files: dict[str, bytes] = {}

    def of(self, name: str) -> bytes | None:
        """What a file says in the trusted revision, empty where that is nothing; ``None`` if it has not changed."""
        return self.files.get(name, b"") if name in self.changed else None


@value
class Options:
    """The settings that the engine and the loader obey; ``config.py`` documents each for users.

    ``source`` is the file that they come from, if they come from one. Rules on documents, names and
    containers speak ``only`` of the files with these names, relative to the tree, unless that is ``None``.
    ``trust`` says what the schemas and the permissions in the collection are held against, if anything.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    source: str = ""
    only: frozenset[str] | None = None
    trust: Trust | None = None
    exclude: tuple[str, ...] = ()
    containers: tuple[str, ...] = ("*.bundle",)
    require_end_marker: bool = False
    max_document_size: int = 1 << 30
    max_archive_size: int = 1 << 40
    max_archive_entries: int = 2_000_000
    max_archive_ratio: int = 200
    max_findings: int = 10
    near_duplicates: str = "fast"
