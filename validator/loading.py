"""From a tree of files to documents, and what is remembered of them.

``Loader`` walks a tree and reads its indexes; ``documents`` hands out every document once, with its
bytes and its facts; ``collection`` sums up. Bytes are let go as soon as the next document is asked
for, so memory grows with the number of documents and not with their size.
"""

from __future__ import annotations

from hashlib import sha256

from validator import container, framing, frontmatter, manifest, matching, screening, text
from validator.model import (
    TYPE_CHECKING,
    Block,
    Collection,
    Container,
    Document,
    Entry,
    Index,
    Layout,
    Name,
    Near,
    Options,
    Place,
    Problem,
    Record,
    Scope,
    Span,
    value,
)
from validator.trees import Changed, matches, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from validator.model import Read
    from validator.trees import Source, Tree

CHUNK = 1 << 18
_PARTS = 16
_WORTH_VECTORS = 32 << 20
"""Bytes of text, if none of it is ASCII, with which NumPy repays its import."""


class Loader:
    """One pass over one tree: first the indexes, then ``documents``, then ``collection``."""

    def __init__(self, tree: Tree, options: Options) -> None:
        self._tree = tree
        self._options = options
        self._names: list[str] = []
        self._problems: list[Problem] = []
        self._indexes: dict[str, Index] = {}  # by folder, which ends in "/" or is empty
        self._entries: dict[str, dict[str, Entry]] = {}
        self._records: dict[str, list[Record]] = {}  # by folder, or by container with an index of its own
        self._containers: list[_Held] = []
        self._loose: dict[str, Record] = {}
        self._again: tuple[str, Source] | None = None
        self._screen = _Screen()
        self.bytes = 0
        for found in tree.walk(options):
            if found.odd is None:
                self._names.append(found.name)
            else:
                self._problem(found.odd.kind, found.name, found.odd.detail)
        self._present = frozenset(self._names)
        for name in [*self._names, *(problem.name for problem in self._problems)]:
            if _is_index(name) and tree.is_folder:
                self._read_index(name)

    @property
    def is_empty(self) -> bool:
        """Whether the tree holds nothing that could be looked at."""
        return not self._names and not self._problems

    def documents(self) -> Iterator[Document]:
        """Every document, once: the loose ones in order of name, then each container's in its own order.

        A packed copy that equals its original is the same document and is not handed out again.
        """
        containers: list[str] = []
        for name in self._names:
            yield from self._attempt(name, containers)
        for name in containers:
            yield from self._attempt(name, None)

    def _attempt(self, name: str, containers: list[str] | None) -> Iterator[Document]:
        """Read one file; a container is put off, onto the list, if there is one."""
        document = None
        try:
            source = self._tree.open(name)
            try:
                head = source.read(0, min(source.size, CHUNK))
                is_container = self._is_container(name, head)
                if not is_container:
                    document = self._read_loose(name, source, head)
                elif containers is None:
                    yield from self._read_container(name, source, head)
            finally:
                source.close()
        except OSError as error:
            self._problem("unreadable", name, reason(error))
        except Changed:
            self._problem("changed", name, "")
            self._forget(name)
        else:
            if document is not None:
                yield document
            elif is_container and containers is not None:
                containers.append(name)

    def _is_container(self, name: str, head: bytes) -> bool:
        return self._is_named_container(name) or container.looks_like_container(head) or _wide_container(head)

    def _is_named_container(self, name: str) -> bool:
        return any(matches(name, pattern) for pattern in self._options.containers)

    def collection(self) -> Collection:
        """What is remembered, compared with the indexes. Call it once all documents have been taken."""
        unread = [problem.name for problem in self._problems]
        own = {held.name for held in self._containers if held.key == held.name}
        hidden: dict[str, set[str]] = {}
        for held in self._containers:
            hidden.setdefault(held.key, set()).update(near.hides for near in held.near)
        scopes: dict[str, Scope] = {}
        for key in dict.fromkeys(["", *self._indexes, *self._records]):
            records = tuple(self._records.get(key, ()))
            scope = Scope(
                self._tree.shown(key.rstrip("/")) if key else self._tree.path,
                self._indexes.get(key),
                records,
                unread=frozenset(name.removeprefix(key) for name in unread if key not in own and name.startswith(key)),
                hidden=frozenset(hidden.get(key, ())),
                needs_index=key == "" and self._tree.is_folder and any(record.name not in own for record in records),
            )
            scopes[key] = matching.compare(scope)
        stale = tuple(
            (record, self._loose[record.copy_of])
            for held in self._containers
            for record in matching.changed(held.records)
            if record.copy_of in self._loose
        )
        names = tuple(Name(name, Place(self._tree.shown(name))) for name in self._names) if self._tree.is_folder else ()
        containers = tuple(held.summed_up(scopes[held.key], self._options) for held in self._containers)
        return Collection(self._tree.path, tuple(scopes.values()), containers, tuple(self._problems), names, stale)

    def close(self) -> None:
        """Let go of the file that was read again last. Places can be read no more."""
        if self._again is not None:
            try:
                self._again[1].close()
            except Changed:
                pass  # said when it was read first, or changed since: what was found then stands
        self._again = None

    def _reread(self, name: str) -> Read:
        """Read a file again, later, where a finding needs to be shown; one file stays open at a time."""

        def read(start: int, end: int) -> bytes:
            try:
                if self._again is None or self._again[0] != name:
                    self.close()
                    self._again = name, self._tree.open(name)
                return self._again[1].read(start, end)
            except OSError:
                return b""

        return read

    def _problem(self, kind: str, name: str, detail: str, block: str | None = None) -> None:
        called = name if block is None else f"{name}#{block}"
        self._problems.append(Problem(kind, self._tree.shown(name), called, detail, block))

    def _read_index(self, name: str) -> None:
        """Read an index; one that cannot be read governs its folder all the same."""
        folder, limit = name.removesuffix(manifest.NAME), self._options.max_document_size
        data = self._beginning(name, limit + 1)
        if data is None or len(data) > limit:
            self._indexes[folder] = Index(b"", Place(self._tree.shown(name)), readable=False)
            return
        place = Place(self._tree.shown(name), _reader(data), len(data))
        self._add_index(folder, data, place, lambda schema: self._beginning(folder + schema, CHUNK + 1))

    def _beginning(self, name: str, limit: int) -> bytes | None:
        """The first bytes of a file; ``None`` if it cannot be read, which is said when its turn comes."""
        if name not in self._present:
            return None
        try:
            source = self._tree.open(name)
            try:
                return source.read(0, min(source.size, limit))
            finally:
                source.close()
        except (OSError, Changed):
            return None

    def _add_index(self, key: str, data: bytes, place: Place, find: Callable[[str], bytes | None]) -> None:
        """Read an index; ``find`` gives the bytes of the schema that it names."""
        if screening.screen(data[:4096]) & (screening.WIDE | screening.BINARY):
            self._indexes[key] = Index(data, place, readable=False)  # its encoding is the one finding
        else:
            schema = frontmatter.schema_name(data)
            self._indexes[key] = manifest.parse(data, place, find(schema) if schema else None)
        self._entries[key] = matching.by_name(self._indexes[key])

    def _folder_of(self, name: str) -> str:
        """The folder whose index governs a file: the nearest with an index, for an index the one above."""
        folder, _, last = name.rpartition("/")
        if last == manifest.NAME:
            folder = folder.rpartition("/")[0] if folder else ""
        while folder and f"{folder}/" not in self._indexes:
            folder = folder.rpartition("/")[0]
        return f"{folder}/" if folder else ""

    def _read_loose(self, name: str, source: Source, head: bytes) -> Document | None:
        folder = self._folder_of(name)
        limit = self._options.max_document_size
        if source.size > limit:
            self._problem("over-limit", name, f"{source.size:,} bytes, and max-document-size is {limit:,}")
            self._remember(folder, name, source.size, _digest(source, head), None)
            return None
        data = head if source.size <= len(head) else source.read(0, source.size)
        record = self._remember(folder, name, len(data), sha256(data).hexdigest(), data)
        self.bytes += len(data)
        place = Place(self._tree.shown(name), _reader(data), len(data))
        governing = self._indexes.get(name.removesuffix(manifest.NAME) if _is_index(name) else folder)
        return Document(record.name, data, place, self._screen(data), record, governing, _is_index(name))

    def _forget(self, name: str) -> None:
        """Hold nothing against the index that was read of a file while it changed."""
        record = self._loose.pop(name, None)
        records = self._records.get(self._folder_of(name), [])
        records[:] = [other for other in records if other is not record]

    def _remember(self, folder: str, name: str, size: int, digest: str, data: bytes | None) -> Record:
        local = name.removeprefix(folder)
        entry = self._entries.get(folder, {}).get(local)
        difference = matching.difference(data, digest, entry) if data is not None else _digest_only(digest, entry)
        record = Record(local, self._tree.shown(name), size, digest, entry, difference)
        self._loose[name] = record
        if name != folder + manifest.NAME:
            self._records.setdefault(folder, []).append(record)
        return record

    def _read_container(self, name: str, source: Source, head: bytes) -> Iterator[Document]:
        place = Place(self._tree.shown(name), self._reread(name), source.size)
        folder = self._folder_of(name)
        encoding = text.wide_encoding(head[:4096])
        reader, hashed = container.Reader(), sha256()
        blocks: list[Block] = []
        for start in range(0, source.size, CHUNK):
            chunk = head if start == 0 else source.read(start, min(start + CHUNK, source.size))
            hashed.update(chunk)
            if not encoding:
                blocks += reader.feed(chunk)
        blocks += reader.close()
        self.bytes += source.size
        self._remember(folder, name, source.size, hashed.hexdigest(), None)
        key = self._container_key(name, source, place, blocks, folder)
        held = _Held(name, key, place, reader.layout(blocks), self._is_named_container(name), encoding)
        self._containers.append(held)
        number = 0
        while number < len(blocks):
            document, parts = self._read_block(source, blocks, number, held)
            for fragment in blocks[number + 1 : number + parts]:
                held.add_fragment(fragment)
            number += parts
            if document is not None:
                yield document

    def _container_key(self, name: str, source: Source, place: Place, blocks: list[Block], folder: str) -> str:
        """What governs the blocks: the container, if it carries an index, else its folder."""
        for block in blocks:
            if framing.intended(block)[1] == manifest.NAME.encode():
                body, escapes = container.unescape(source.read(block.header_end, block.body_end))
                packed = Place(place.path, place.read, place.size, manifest.NAME, block.header_end, escapes)
                self._add_index(name, body, packed, lambda schema: _block_called(schema, blocks, source))
                return name
        return folder if self._tree.is_folder else ""

    def _called(self, held: _Held, local: str) -> tuple[str, str, str]:
        """What a block is called by its index, the container's name there, and its name as a loose file."""
        beside = held.name.rpartition("/")[0]
        full = f"{beside}/{local}" if beside else local
        if held.key == held.name or not self._tree.is_folder:
            return local, "", full
        return full.removeprefix(held.key), held.name.removeprefix(held.key), full

    def _entry(self, held: _Held, local: str) -> Entry | None:
        """What the index says of a block, under its own name or as ``container#name``."""
        called, carrier, _ = self._called(held, local)
        entries = self._entries.get(held.key, {})
        return (entries.get(f"{carrier}#{local}") if carrier else None) or entries.get(called)

    def _read_block(self, source: Source, blocks: list[Block], number: int, held: _Held) -> tuple[Document | None, int]:
        """The document of a block, if it can be read, and the number of blocks that it took."""
        block, key, place = blocks[number], held.key, held.place
        local = _local(block)
        identifier = framing.intended(block)[0].decode("utf-8", "surrogateescape")
        called, carrier, full = self._called(held, local)
        is_copy = self._tree.is_folder and full in self._present and full != held.name and local != manifest.NAME
        entry = None if local in held.seen else self._entry(held, local)
        held.seen.add(local)
        read, parts = self._body(source, block, block.body_end), 1
        if read is not None and entry is not None and entry.sha256 not in (None, read.sha256):
            read, parts = self._rejoined(source, blocks, number, entry) or (read, 1)
        size = block.body_end - block.header_end if read is None else len(read.data)
        if read is None:
            limit = self._options.max_document_size
            self._problem("over-limit", held.name, f"{size:,} bytes, and max-document-size is {limit:,}", local)
        original = self._loose.get(full) if is_copy else None
        proof = {known.sha256 for known in (entry, original) if known is not None}
        near: list[Near] = []
        if read is not None and read.sha256 not in proof:
            raw = source.read(block.header_end, block.body_end)
            near = [self._near(held, *found, block.header_end) for found in container.near_markers(raw)]
            held.near.extend(near)
        difference = self._difference(read, block, original, entry, source.size)
        if difference and any(one.hides for one in near):
            difference = "swallowing"
        record = Record(
            called,
            place.path,
            size,
            read.sha256 if read is not None else "",
            entry,
            difference,
            identifier,
            place,
            block.header,
            carrier,
            local,
            copy_of=full if is_copy else "",
        )
        held.records.append(record)
        if local != manifest.NAME:
            self._records.setdefault(key, []).append(record)
        if read is None or (original is not None and original.sha256 == read.sha256):
            return None, parts
        where = Place(place.path, place.read, place.size, local or None, block.header_end, read.escapes)
        facts = self._screen(read.data)
        return Document(called, read.data, where, facts, record, self._indexes.get(key), local == manifest.NAME), parts

    def _near(self, held: _Held, kind: str, span: Span, words: bytes, start: int) -> Near:
        """A near miss, and the listed document that is missing because of it."""
        meant = _local(framing.meant_by(words))
        called, carrier, full = self._called(held, meant)
        entries = self._entries.get(held.key, {})
        listed = [name for name in (f"{carrier}#{meant}" if carrier else "", called) if name and name in entries]
        is_there = meant in held.names or (carrier and full in self._present)
        hides = listed[0] if listed and not is_there else ""
        return Near(kind, Span(start + span.start, start + span.end), words, hides)

    def _difference(
        self, read: _Body | None, block: Block, original: Record | None, entry: Entry | None, end: int
    ) -> str:
        """How a block departs from its original or, where it is no copy, from its entry."""
        if read is None:
            return ""
        if original is not None:
            entry = Entry(original.name, block.header, size=original.size, sha256=original.sha256)
        found = matching.difference(read.data, read.sha256, entry)
        if found == "line-ends" and block.newline == b"\r\n":
            return "converted"
        if found in ("content", "final-newline-lost") and block.body_end == end:
            return "cut-off"
        if found == "content" and entry is not None and entry.sha256 is not None:
            text_end = read.data.rfind(b"\n", 0, -1) + 1
            if read.data.startswith(b"<<<END", text_end):
                bodies = read.data[:text_end], read.data[: max(0, text_end - 1)]
                return "end-marker" if entry.sha256 in map(matching.digest, bodies) else found
        return found

    def _body(self, source: Source, block: Block, end: int) -> _Body | None:
        """The body of a block, taken to end at ``end``; ``None`` if it is over the limit."""
        if end - block.header_end > self._options.max_document_size:
            return None
        data, escapes = container.unescape(source.read(block.header_end, end))
        return _Body(data, sha256(data).hexdigest(), escapes)

    def _rejoined(self, source: Source, blocks: list[Block], number: int, entry: Entry) -> tuple[_Body, int] | None:
        """The body with the listed digest that unescaped markers split into several blocks, and how many."""
        for last in range(number + 1, min(number + _PARTS, len(blocks))):
            size = blocks[last].body_end - blocks[number].header_end
            if entry.size is not None and size < entry.size:
                continue
            if entry.size is not None and size > 2 * entry.size:
                return None
            body = self._body(source, blocks[number], blocks[last].body_end)
            if body is None:
                return None
            if body.sha256 == entry.sha256:
                return body, last - number + 1
        return None


class _Screen:
    """``screening.screen``; once enough text was not ASCII, the vectorised one, where it is installed."""

    def __init__(self) -> None:
        self._look: Callable[[bytes], int] = screening.look
        self._patience = _WORTH_VECTORS

    def __call__(self, data: bytes) -> int:
        if self._patience > 0:
            self._patience -= len(data) // (8 if data.isascii() else 1)
            if self._patience <= 0:
                self._look = _vectorised()
        return screening.screened(data, self._look)


def _vectorised() -> Callable[[bytes], int]:
    try:
        from validator.vectorised import looker
    except ImportError:
        return screening.look
    return looker()


@value
class _Body:
    data: bytes
    sha256: str
    escapes: tuple[int, ...]


class _Held:
    """A container while its blocks are being read."""

    def __init__(self, name: str, key: str, place: Place, layout: Layout, named: bool, encoding: str) -> None:
        self.name = name
        self.key = key
        self.place = place
        self.names = frozenset(_local(block) for block in layout.blocks)
        self.seen: set[str] = set()
        self.records: list[Record] = []
        self._layout = layout
        self.near: list[Near] = []
        self._named = named
        self._encoding = encoding

    def add_fragment(self, block: Block) -> None:
        name = _local(block)
        self.records.append(
            Record(name, self.place.path, 0, "", difference="fragment", container=self.place, header=block.header)
        )

    def summed_up(self, scope: Scope, options: Options) -> Container:
        return Container(
            self.name,
            self.place,
            self._layout,
            tuple(self.records),
            scope,
            near=tuple(self.near),
            named=self._named,
            encoding=self._encoding,
            require_end=options.require_end_marker,
        )


def _local(block: Block) -> str:
    """The name of a block, as it was meant."""
    return framing.intended(block)[1].decode("utf-8", "surrogateescape")


def _block_called(name: str, blocks: list[Block], source: Source) -> bytes | None:
    for block in blocks:
        if _local(block) == name:
            return container.unescape(source.read(block.header_end, block.body_end))[0]
    return None


def _is_index(name: str) -> bool:
    return name.rpartition("/")[2] == manifest.NAME


def _wide_container(head: bytes) -> bool:
    encoding = text.wide_encoding(head[:4096])
    return bool(encoding) and head[:64].decode(encoding, "replace").removeprefix("\ufeff").startswith("<<<FILE ")


def _digest(source: Source, head: bytes) -> str:
    hashed = sha256()
    for start in range(0, source.size, CHUNK):
        hashed.update(head if start == 0 else source.read(start, min(start + CHUNK, source.size)))
    return hashed.hexdigest()


def _digest_only(digest: str, entry: Entry | None) -> str:
    return "content" if entry is not None and entry.sha256 not in (None, digest) else ""


def _reader(data: bytes) -> Read:
    return lambda start, end: data[start:end]
