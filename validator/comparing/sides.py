"""One side of a comparison: every document of a tree with its digest, and its bytes once more on request.

Unlike ``loading``, this asks no document what it says: they are hashed piece by piece, whatever their size.
"""

from __future__ import annotations

from hashlib import sha256

from validator import container, framing, manifest, matching
from validator.model import TYPE_CHECKING, Block, Entry, Options, Place, Problem, value
from validator.trees import Changed, matches, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    from validator.trees import Source, Tree

    T = TypeVar("T")

UNREAD = ("unreadable", "changed")
"""The kinds of problems that leave open what a document is."""

_CHUNK = 1 << 18
_COMPARED = 1 << 24
"""Bytes of a document that are read again to see how it has changed."""


@value
class Version:
    """A document as it is on one side.

    ``size`` is in bytes. ``id`` is what the index calls it or, where that says nothing, the container;
    ``metadata`` is ``None`` where no index lists the document. ``copies`` are its packed copies that
    fared alike, as ``container#block``.
    """

    name: str
    size: int
    sha256: str
    id: str | None = None
    metadata: dict[str, str] | None = None
    copies: tuple[str, ...] = ()


@value
class Held:
    """A document with what it takes to match it and to read it again.

    ``file`` is the name of its file in the tree, ``block`` where it is in that. ``carrier`` names the
    container in a folder that it is a block of, ``copy_of`` the loose file of which it is a packed copy.
    ``scope`` is what its id is unique in.
    """

    version: Version
    file: str
    block: Block | None = None
    carrier: str = ""
    copy_of: str = ""
    scope: str = ""
    is_container: bool = False


class _Listing:
    """What the indexes of a folder or a container say of the documents that they govern."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Entry]] = {}  # by folder, which ends in "/" or is empty
        self._longest = 0

    def add(self, name: str, data: bytes) -> None:
        folder = name.removesuffix(manifest.NAME)
        self._entries.setdefault(folder, matching.by_name(manifest.parse(data, Place(name))))
        self._longest = max(self._longest, len(folder))

    @property
    def has_root(self) -> bool:
        return "" in self._entries

    def folder_of(self, name: str) -> str:
        """The folder whose index governs a file: the nearest with an index, for an index the one above."""
        above = name.removesuffix(manifest.NAME).removesuffix("/") if _is_index(name) else name
        end = above.rfind("/", 0, self._longest) + 1
        while end and above[:end] not in self._entries:
            end = above.rfind("/", 0, end - 1) + 1
        return above[:end]

    def entry(self, folder: str, *names: str) -> Entry | None:
        """What the index of a folder says under the first of the names that it has."""
        entries = self._entries.get(folder, {})
        return next((entries[name] for name in names if name in entries), None)


class Side:
    """One of the two collections, as far as it is known."""

    def __init__(self, tree: Tree, options: Options) -> None:
        self._tree = tree
        self._options = options
        self._listing = _Listing()
        self.problems: dict[str, Problem] = {}
        names = []
        for found in tree.walk(options):
            if found.odd is None:
                names.append(found.name)
            else:
                self._problem(found.odd.kind, found.name, found.odd.detail)
        for name in names:
            if tree.is_folder and _is_index(name):
                self._listing.add(name, self._attempt(name, _whole) or b"")
        files = [held for name in names if (held := self._attempt(name, self._loose))]
        self._digests = {held.file: held.version.sha256 for held in files}
        if not tree.is_folder:
            files = [held for file in files for held in (file.is_container and self.blocks(file)) or [file]]
        self.documents = files

    @property
    def unread(self) -> frozenset[str]:
        """The names of which nothing is known but that they are there; an empty one stands for all."""
        names = frozenset(name for name, problem in self.problems.items() if problem.kind in UNREAD)
        return names if self._tree.is_folder or not names else frozenset([""])

    def blocks(self, held: Held) -> list[Held]:
        """The documents of a container; none where it could not be read."""
        return self._attempt(held.file, self._blocks) or []

    def content(self, held: Held) -> bytes | None:
        """The bytes of a document, unless they are many, or no longer what they were."""
        if held.version.size > _COMPARED:
            return None
        data = self._attempt(held.file, lambda _, source: b"".join(_pieces(source, held.block)))
        return data if data is not None and matching.digest(data) == held.version.sha256 else None

    def _problem(self, kind: str, name: str, detail: str) -> None:
        self.problems.setdefault(name, Problem(kind, self._tree.shown(name), name, detail))

    def _attempt(self, name: str, use: Callable[[str, Source], T]) -> T | None:
        """Do something with an open file; where it cannot be read, say so."""
        try:
            source = self._tree.open(name)
            try:
                return use(name, source)
            finally:
                source.close()
        except OSError as error:
            self._problem("unreadable", name, reason(error))
        except Changed:
            self._problem("changed", name, "it changed while it was being read")
        return None

    def _loose(self, name: str, source: Source) -> Held:
        head = source.read(0, min(source.size, _CHUNK))
        digest = sha256(head)
        for start in range(_CHUNK, source.size, _CHUNK):
            digest.update(source.read(start, min(start + _CHUNK, source.size)))
        folder = self._listing.folder_of(name)
        entry = self._listing.entry(folder, name.removeprefix(folder))
        version = _version(name, source.size, digest.hexdigest(), entry)
        named = any(matches(name, pattern) for pattern in self._options.containers)
        return Held(version, name, scope=folder, is_container=named or container.looks_like_container(head))

    def _blocks(self, name: str, source: Source) -> list[Held]:
        reader = container.Reader()
        blocks = [block for piece in _raw(source, 0, source.size) for block in reader.feed(piece)]
        blocks += reader.close()
        own = _Listing()
        for block in blocks:
            if _is_index(_local(block)):
                own.add(_local(block), b"".join(_pieces(source, block)))
        return [self._block(name, source, block, own) for block in blocks]

    def _block(self, file: str, source: Source, block: Block, own: _Listing) -> Held:
        size, digest = 0, sha256()
        for piece in _pieces(source, block):
            size += len(piece)
            digest.update(piece)
        local, found = _local(block), digest.hexdigest()
        identifier = _text(framing.intended(block)[0])
        carrier = file if self._tree.is_folder else ""
        address = f"{carrier}#{local}" if carrier else local
        beside = file[: file.rfind("/") + 1] + local
        scope, entry = carrier, None
        if own.has_root or not carrier:
            folder = own.folder_of(local)
            entry = own.entry(folder, local.removeprefix(folder))
            scope = f"{carrier}#{folder}" if carrier else folder
        else:
            folder = self._listing.folder_of(file)
            entry = self._listing.entry(folder, address.removeprefix(folder), beside.removeprefix(folder))
            if entry is not None and entry.id:
                scope = folder
        is_copy = bool(carrier) and self._digests.get(beside) == found
        version = _version(address, size, found, entry, identifier)
        return Held(version, file, block, carrier, beside if is_copy else "", scope)


def _version(name: str, size: int, digest: str, entry: Entry | None, identifier: str = "") -> Version:
    if entry is None:
        return Version(name, size, digest, identifier or None)
    said = {"id": entry.id, "title": entry.title, "language": entry.language, **entry.metadata}
    metadata = {key: content for key, content in said.items() if content}
    return Version(name, size, digest, entry.id or identifier or None, metadata)


def _whole(_: str, source: Source) -> bytes:
    return source.read(0, source.size)


def _pieces(source: Source, block: Block | None) -> Iterator[bytes]:
    """A document piece by piece: a whole file, or a block as it was before it was packed."""
    if block is None:
        yield from _raw(source, 0, source.size)
    elif block.body_end - block.header_end <= _CHUNK:
        yield container.unescape(source.read(block.header_end, block.body_end))[0]
    else:
        yield from unescaped(_raw(source, block.header_end, block.body_end))


def _raw(source: Source, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, _CHUNK):
        yield source.read(at, min(at + _CHUNK, end))


def unescaped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What ``container.unescape`` makes of a body that arrives in pieces of any size; little is held back."""
    held = b""  # from the beginning of a line
    inside = False  # a line of which it is clear whether it begins like a marker
    for piece in pieces:
        line_end = piece.find(b"\n") + 1 if inside else 0
        if inside and not line_end:
            yield piece
            continue
        yield piece[:line_end]
        held += piece[line_end:]
        line = held.rfind(b"\n") + 1
        rest = held[line:].lstrip(b"\\")
        inside = len(rest) >= len(container.FILE)
        if inside:
            yield container.unescape(held)[0]
            held = b""
        else:
            # Of several backslashes it does not matter which one is taken away.
            kept = min(len(rest) + 1, len(held) - line)
            yield container.unescape(held[:line])[0]
            yield held[line : len(held) - kept]
            held = held[len(held) - kept :]
    yield container.unescape(held)[0]


def _local(block: Block) -> str:
    """The name of a block, as it was meant."""
    return _text(framing.intended(block)[1])


def _is_index(name: str) -> bool:
    return name.rpartition("/")[2] == manifest.NAME


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
