"""From a tree of files to documents, and what is remembered of them.

``Loader`` walks a tree and reads its indexes; ``documents`` hands out the documents that somebody wants
to see, each once, with its bytes and its facts; ``collection`` sums up. Bytes are let go as soon as the
next document is asked for, so memory grows with the number of documents and not with their size; a large
file that nobody wants to see is never held whole.
"""

from __future__ import annotations

from validator import container, framing, manifest, matching, prose, screening, text
from validator.blocks import Body, Held, body, departure, equals, local_name, rejoined, schema_in
from validator.digests import BLAKE3, SHA256, Running, digests
from validator.governing import Indexes
from validator.looking import Screen
from validator.model import (
    TYPE_CHECKING,
    Block,
    Collection,
    Document,
    Entry,
    Index,
    Item,
    Names,
    Near,
    Options,
    Place,
    Problem,
    Record,
    Scope,
    Sketched,
    Span,
    replaced,
    value,
)
from validator.sketching import LEAST, Made, Sketches, Whereabouts
from validator.trees import Changed, Folder, Memory, Opened, changed, is_divisible, matches, reader, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from validator.model import Read
    from validator.trees import Found, Source, Tree

CHUNK = 1 << 18
_LARGE = 1 << 20
"""Bytes of a document that is looked at before it is read whole."""
_SAMPLE = 4096
"""Bytes of a document that show in which script it is written."""
_PAIR = 2
_SHARES = 8
"""In so many parts digests are compared, so that not all of them have to be in one set."""
EVERY = -1
"""Every fact; ``Loader`` then hands out every document."""
UNJUDGED = EVERY & ~screening.PROSE
"""Every fact but those for which prose has to be looked at: for whoever judges nothing."""


@value
class Known:
    """What was learnt of a loose document at a time when its file had this stamp (see ``trees``).

    ``sketch`` is its sketch, in hexadecimal, and its two edges (see ``sketching``), if they were made.
    """

    stamp: tuple[int, ...]
    sha256: str
    facts: int
    blake3: str = ""
    sketch: tuple[str, int, int] | None = None


class Loader:
    """One pass over one tree: first the indexes, then ``documents``, then ``collection``.

    A loose document is handed out only if one of its facts is among those ``wanted`` (see ``screening``).
    ``count`` and ``bytes`` tell how many documents there were, indexes aside, and how much. What is ``known``
    of a file that has not changed since is believed; ``learnt`` is what is known now of those that nobody
    wanted to see. While ``listing``, every document goes into the ``inventory``. ``indexes``, by folder, are those
    that need not be read. Up to ``sketching`` bytes of prose are sketched. Of the Parquet indexes of the folders in
    ``rows`` only the rows with these names are.
    """

    def __init__(
        self,
        tree: Tree,
        options: Options,
        wanted: int = UNJUDGED,
        known: Mapping[str, Known] | None = None,
        found: Iterable[Found] | None = None,
        sparing: bool = False,
        listing: bool = False,
        indexes: Mapping[str, Index] | None = None,
        rows: Mapping[str, frozenset[str]] | None = None,
        sketching: int = 0,
    ) -> None:
        self.tree = tree
        self.listing = listing
        self.inventory: list[Item] = []
        self.apart = False
        self.learnt: dict[str, Known] = {}
        self.known = known
        self.count = self.bytes = 0
        self.names: list[str] = []
        self._options = options
        self._wanted = wanted
        self._problems: list[Problem] = []
        self._records: dict[str, list[Record]] = {}  # by folder, or by container with an index of its own
        self._containers: list[Held] = []
        self._put_off: list[str] = []  # containers, which are read after all loose files
        self._loose: dict[str, Record] = {}
        self._again: tuple[str, Source] | None = None
        self._screen = Screen(bool(wanted & screening.PROSE))
        self._sketches = Sketches(sketching) if sketching else None
        if known and self._sketches is not None:
            self._sketches.expect(sum(one.stamp[0] for name, one in known.items() if prose.is_prose(name)))
        for file in tree.walk(options) if found is None else found:
            if file.odd is None:
                self.names.append(file.name)
            else:
                self._problem(file.odd.kind, file.name, file.odd.detail)
        self._gone_by = bytearray()  # the beginnings of the digests of documents that were read in step
        self._indexes = Indexes(tree, options, self.names, rows)
        self._indexes.know(indexes or {})
        self._indexes.read([problem.name for problem in self._problems], sparing)

    @property
    def is_empty(self) -> bool:
        """Whether the tree holds nothing that could be looked at."""
        return not self.names and not self._problems

    @property
    def indexes(self) -> Mapping[str, Index]:
        """The indexes by folder, those that cannot be read among them."""
        return self._indexes.of

    @property
    def problems(self) -> Sequence[Problem]:
        """What is known by now to be no document, or over a limit."""
        return (*self._problems, *self._indexes.problems)

    @property
    def unsound(self) -> Mapping[str, tuple[str, str]]:
        """The indexes that changed or could not be read when that was tried first, by name: kind and detail."""
        return self._indexes.unsound

    def _fall_out(self, folder: str) -> None:
        """Read an index whole after all, and remember the documents that have been as it says."""
        for entry in self._indexes.fall_out(folder):
            self._remember(folder, folder + entry.name, entry, entry.size or 0, (entry.sha256 or "", ""), "")

    def documents(self) -> Iterator[Document]:
        """Every document: the loose ones in order of name, then each container's in its own order.

        A packed copy that equals its original is the same document and is not handed out again.
        """
        for name in self.names:
            document = self.loose(name)
            if document is not None:
                yield document
        yield from self.packed()

    def loose(self, name: str) -> Document | None:
        """Read one file: its document, if somebody wants to see it. A container is put off."""
        if name in self._indexes.parts:
            return None
        if self.known and self._is_known(name):
            return None
        document = None
        try:
            source = self.tree.open(name)
            try:
                head = source.read(0, min(source.size, CHUNK))
                is_container = self._is_container(name, head)
                if not is_container:
                    document = self._read_loose(name, source, head)
            finally:
                source.close()
        except OSError as error:
            self._problem("unreadable", name, reason(error))
        except Changed:
            self._changed(name)
        else:
            if is_container:
                self._put_off.append(name)
            elif source.size <= self._options.max_document_size:
                self.count += not (manifest.is_index(name) or name in self._indexes.files)
                self.bytes += source.size
            is_index = manifest.is_index(name) or name in self._indexes.files
            if self.listing and not is_container and not is_index and name in self._loose:
                self.inventory.append(_item(self._loose[name], head))
            return document
        return None

    def _is_known(self, name: str) -> bool:
        """Whether a file can go unread; then it is remembered as it was."""
        known = self.known.get(name) if self.known else None
        if known is None:
            return False
        folder = self._indexes.folder_of(name)
        entry, size = self._entry_of(folder, name), known.stamp[0]
        facts = known.facts | _described(self._indexes.of.get(folder), entry)
        found, kinds = (known.sha256, known.blake3), self._kinds(folder, entry)
        if (kinds & SHA256 and not known.sha256) or (kinds & BLAKE3 and not known.blake3):
            return False
        if self._is_wanted(facts) or not matching.is_same(entry, size, *found):
            return False
        is_sketched = self._sketches is not None and self._is_to_be_sketched(name, facts, entry)
        if is_sketched and known.sketch is None and size >= LEAST:
            return False
        try:
            if not isinstance(self.tree, Folder) or self.tree.stamp(name) != known.stamp:
                return False
        except OSError:
            return False
        if is_sketched and self._sketches is not None:
            hashes, *edges = known.sketch or ("", 0, 0)
            self._sketches.know(Whereabouts(name), bytes.fromhex(hashes), (edges[0], edges[1]), size)
        self._remember(folder, name, entry, size, found, "")
        self.learnt[name] = known
        self.count += 1
        self.bytes += size
        return True

    def packed(self) -> Iterator[Document]:
        """The documents of the containers that were put off."""
        while self._put_off and self._indexes.in_step:
            self._fall_out(next(iter(self._indexes.in_step)))
        for name in self._put_off:
            try:
                source = self.tree.open(name)
                try:
                    yield from self._read_container(name, source, source.read(0, min(source.size, CHUNK)))
                finally:
                    source.close()
            except OSError as error:
                self._problem("unreadable", name, reason(error))
            except Changed:
                self._changed(name)

    def taken(self, names: Sequence[str]) -> Part:
        """What was learnt from these loose files, for another loader of the same tree; it is forgotten here."""
        seen = tuple(
            (name, record.size, (record.sha256, record.blake3), record.difference)
            for name in names
            if (record := self._loose.get(name)) is not None
        )
        problems, put_off, listed = tuple(self._problems), tuple(self._put_off), tuple(self.inventory)
        sketches = self._sketches.taken() if self._sketches is not None else None
        part = Part(seen, problems, put_off, self.learnt, self.count, self.bytes, listed, sketches)
        self._loose, self._records, self.learnt = {}, {}, {}
        self._problems, self._put_off, self.inventory = [], [], []
        self.count = self.bytes = 0
        return part

    def foresee(self, files: int) -> None:
        """Get ready for so many files more, which processes will read that are forked off from this one."""
        self._screen.foresee(files / max(1, len(self.names) - files))

    def adopt(self, part: Part) -> None:
        """Learn what another loader has learnt."""
        for name, size, found, difference in part.seen:
            folder = self._indexes.folder_of(name)
            entry = self._entry_of(folder, name)
            if not difference and not matching.is_same(entry, size, *found):
                difference = self._difference_of(name, size, found, entry)
            self._remember(folder, name, entry, size, found, difference)
        self._problems += part.problems
        self._put_off += part.containers
        self.learnt |= part.learnt
        self.inventory += part.inventory
        self.count += part.count
        self.bytes += part.bytes
        if self._sketches is not None:
            self._sketches.adopt(part.sketches)

    def _difference_of(self, name: str, size: int, found: tuple[str, str], entry: Entry | None) -> str:
        """How a document that was read apart departs from its entry."""
        if size > self._options.max_document_size:
            return "content"
        try:
            source = self.tree.open(name)
            try:
                return matching.difference(source.read(0, size), found[0], entry, found[1])
            finally:
                source.close()
        except (OSError, Changed):
            return "content"

    def lost(self, names: Sequence[str], detail: str) -> None:
        """Say of files that they could not be read."""
        for name in names:
            self._problem("unreadable", name, detail)

    def _is_container(self, name: str, head: bytes) -> bool:
        if self._is_named_container(name):
            return True
        return not head[:1].isalnum() and (container.looks_like_container(head) or _wide_container(head))

    def _is_named_container(self, name: str) -> bool:
        return any(matches(name, pattern) for pattern in self._options.containers)

    def collection(self) -> Collection:
        """What is remembered, compared with the indexes. Call it once all documents have been taken."""
        known = {problem.name for problem in self.problems}
        for name in changed(self.tree):
            if name not in known:
                self._changed(name)
        is_sketched = self._sketches is not None and not self._sketches.is_over
        is_double = bool(self._gone_by) and (is_sketched or self._has_twins())
        for folder, rows in list(self._indexes.in_step.items()):
            if rows.ended and not is_double:
                self._indexes.let_go(folder)
            else:
                self._fall_out(folder)
        self._problems[:0] = self._indexes.problems
        self._indexes.problems.clear()
        said = {problem.name for problem in self._problems}
        for name, (kind, detail) in self._indexes.unsound.items():
            if name not in said:
                self._problem(kind, name, detail)
        unread = [problem.name for problem in self._problems]
        own = {held.name for held in self._containers if held.key == held.name}
        hidden: dict[str, set[str]] = {}
        for held in self._containers:
            hidden.setdefault(held.key, set()).update(near.hides for near in held.near)
        scopes: dict[str, Scope] = {}
        for key in dict.fromkeys(["", *self._indexes.of, *self._records]):
            records = tuple(self._records.get(key, ()))
            scope = Scope(
                self.tree.shown(key.rstrip("/")) if key else self.tree.path,
                self._indexes.of.get(key),
                records,
                unread=frozenset(name.removeprefix(key) for name in unread if key not in own and name.startswith(key)),
                hidden=frozenset(hidden.get(key, ())),
                needs_index=key == "" and self.tree.is_folder and any(record.name not in own for record in records),
            )
            scopes[key] = matching.compare(scope)
        stale = tuple(
            (record, self._loose[record.copy_of])
            for held in self._containers
            for record in matching.changed(held.records)
            if record.copy_of in self._loose
        )
        names = Names(self._in_order(), self.tree.shown) if self.tree.is_folder else Names()
        containers = tuple(held.summed_up(scopes[held.key], self._options) for held in self._containers)
        sketched = self._sketched()
        return Collection(
            self.tree.path, tuple(scopes.values()), containers, tuple(self._problems), names, stale, sketched
        )

    def _has_twins(self) -> bool:
        """Whether two documents seem to have the same content, of which one was read in step with its index."""
        records = (record for some in self._records.values() for record in some if record.size >= matching.TELLING)
        others = b"".join(bytes.fromhex(record.sha256[:16]) for record in records)
        digests = memoryview(bytes(self._gone_by) + others).cast("Q")
        shares = ({one for one in digests if one % _SHARES == share} for share in range(_SHARES))
        return sum(map(len, shares)) < len(digests)

    def _in_order(self) -> Sequence[str]:
        """The names of the files, folder by folder, in whatever order an archive holds them."""
        if isinstance(self.tree, Memory) or is_divisible(self.tree):
            return self.names
        return sorted(self.names, key=lambda name: name.encode("utf-8", "surrogateescape").split(b"/"))

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
                    self._again = name, self.tree.open(name)
                return self._again[1].read(start, end)
            except OSError:
                return b""

        return read

    def _problem(self, kind: str, name: str, detail: str, block: str | None = None) -> None:
        called = name if block is None else f"{name}#{block}"
        self._problems.append(Problem(kind, self.tree.shown(name), called, detail, block))

    def _over_limit(self, name: str, size: int, block: str | None = None) -> None:
        limit = self._options.max_document_size
        self._problem("over-limit", name, f"{size:,} bytes, and max-document-size is {limit:,}", block)

    def _kinds(self, folder: str, entry: Entry | None) -> int:
        """The digests of a loose file that are asked for: of one that BLAKE3 alone is to prove, only that."""
        if not self._indexes.has_blake3(folder):
            return SHA256
        is_enough = entry is not None and entry.blake3 is not None and entry.sha256 is None
        return BLAKE3 if is_enough and self._wanted >= 0 else SHA256 | BLAKE3

    def folder_of(self, name: str) -> str:
        """The folder whose index governs a file."""
        return self._indexes.folder_of(name)

    def _read_loose(self, name: str, source: Source, head: bytes) -> Document | None:
        folder, size = self._indexes.folder_of(name), source.size
        entry = self._entry_of(folder, name)
        kinds = self._kinds(folder, entry)
        if size > self._options.max_document_size or name in self._indexes.files:
            if size > self._options.max_document_size:
                self._over_limit(name, size)
            found = _digests(source, head, kinds)
            self._remember(folder, name, entry, size, found, _departs(entry, *found))
            return None
        data = None
        if size > _LARGE:
            found, facts = self._screen.surveyed(name, source, 0, size, kinds) or (("", ""), 0)
        else:
            data = head if size <= len(head) else source.read(0, size)
            found, facts = digests(data, kinds), self._screen.facts(name, data)
        is_index = manifest.is_index(name)
        governing = self._indexes.of.get(name.removesuffix(manifest.NAME) if is_index else folder)
        if governing is not None:
            facts |= _described(governing, entry)
        is_same, is_wanted = matching.is_same(entry, size, *found), self._is_wanted(facts)
        if data is None and (is_wanted or not is_same):
            data = source.read(0, size)
        difference = "" if is_same or data is None else matching.difference(data, found[0], entry, found[1])
        record = self._remember(folder, name, entry, size, found, difference)
        if self._is_to_be_sketched(name, facts, entry):
            self._sketch(Whereabouts(name), source.read(0, min(size, prose.COMPARED)) if data is None else data)
        if data is not None and is_wanted:
            place = Place(self.tree.shown(name), reader(data), size)
            return Document(record.name, data, place, facts, record, governing, is_index)
        if isinstance(source, Opened) and self.known is not None and not (is_index or difference):
            self.learnt[name] = Known(source.stamp, found[0], facts, found[1])
        return None

    def _is_to_be_sketched(self, name: str, facts: int, entry: Entry | None) -> bool:
        """Whether it matters which other documents this one resembles."""
        if self._sketches is None or self._sketches.is_over or facts & screening.NOT_TEXT:
            return False
        return (
            prose.is_prose(name)
            and not manifest.is_index(name)
            and not (entry is not None and matching.is_declared(entry))
        )

    def _sketch(self, whereabouts: Whereabouts, data: bytes) -> None:
        if self._sketches is not None:
            self._sketches.take(whereabouts, data)

    @property
    def is_unsketched(self) -> bool:
        """Whether there was too much prose to remember which documents resemble each other."""
        return self._sketches is not None and self._sketches.is_over

    def _sketched(self) -> Sketched | None:
        """The documents that may resemble others, in order, each content once."""
        made = self._sketches.taken() if self._sketches is not None else None
        if made is None:
            return None
        for one, hashes in made.sketches.items():
            if not one.block and one.name in self.learnt:
                sketch = hashes.hex(), *made.edges[one]
                self.learnt[one.name] = replaced(self.learnt[one.name], sketch=sketch)
        if len(made.sketches) < _PAIR:
            return None
        records = [(Whereabouts(name), record) for name, record in self._loose.items()]
        records += [found for held in self._containers for found in held.whereabouts()]
        distinct: dict[str, tuple[Whereabouts, Record]] = {}
        for one, record in sorted(records, key=lambda one: matching.place_of(one[1])):
            if one in made.sketches:
                distinct.setdefault(record.sha256 or record.blake3, (one, record))
        found = tuple(distinct.values())
        if len(found) < _PAIR:
            return None

        def opened(at: int) -> tuple[Place, bytes]:
            one, record = found[at]
            read = self._reread(one.name)
            if record.container is None:
                return Place(record.path, read, record.size), read(0, min(record.size, prose.COMPARED))
            data, escapes = container.unescape(read(one.start, one.end))
            return replaced(record.container, read=read, document=one.block, start=one.start, escapes=escapes), data

        sketches = tuple(made.sketches[one] for one, _ in found)
        return Sketched(
            tuple(record for _, record in found), sketches, tuple(made.edges[one] for one, _ in found), opened
        )

    def _is_wanted(self, facts: int) -> bool:
        return self._wanted < 0 or bool(facts & self._wanted)

    def _changed(self, name: str) -> None:
        """Hold nothing against the index that was read of a file while it changed."""
        self._problem("changed", name, "")
        folder = self._indexes.folder_of(name)
        if folder in self._indexes.in_step and not self.apart:
            self._fall_out(folder)
        self.learnt.pop(name, None)
        record = self._loose.pop(name, None)
        records = self._records.get(folder, [])
        records[:] = [other for other in records if other is not record]

    def _entry_of(self, folder: str, name: str) -> Entry | None:
        if folder in self._indexes.in_step:
            if self.apart:
                return None
            row = self._indexes.in_step[folder].next
            if row is not None and row.name == name.removeprefix(folder):
                return row
            if name == folder + manifest.NAME:
                return None
            self._fall_out(folder)
        return self._indexes.entries(folder).get(name.removeprefix(folder))

    def _remember(
        self, folder: str, name: str, entry: Entry | None, size: int, found: tuple[str, str], difference: str
    ) -> Record:
        digest, other = found
        local, path = name.removeprefix(folder), self.tree.shown(name)
        record = Record(local, path, size, digest, entry, difference, blake3=other)
        rows = self._indexes.in_step.get(folder)
        if rows is not None and not self.apart and name != folder + manifest.NAME:
            if entry is rows.next and entry is not None and entry.size == size and not difference:
                rows.take()
                if size >= matching.TELLING:
                    self._gone_by += bytes.fromhex(digest[:16])
                return record
            self._fall_out(folder)
            entry = self._entry_of(folder, name)
            record = Record(local, path, size, digest, entry, difference, blake3=other)
        self._loose[name] = record
        if not self._indexes.is_own(folder, name):
            self._records.setdefault(folder, []).append(record)
        return record

    def _read_container(self, name: str, source: Source, head: bytes) -> Iterator[Document]:
        place = Place(self.tree.shown(name), self._reread(name), source.size)
        folder = self._indexes.folder_of(name)
        encoding = "" if container.looks_like_container(head) else text.wide_encoding(head[:4096])
        entry = self._entry_of(folder, name)
        reader, hashed = container.Reader(), Running(self._kinds(folder, entry))
        blocks: list[Block] = []
        for start in range(0, source.size, CHUNK):
            chunk = head if start == 0 else source.read(start, min(start + CHUNK, source.size))
            hashed.update(chunk)
            if not encoding:
                blocks += reader.feed(chunk)
        blocks += reader.close()
        self.bytes += source.size
        found = hashed.digests()
        self._remember(folder, name, entry, source.size, found, _departs(entry, *found))
        key = self._container_key(name, source, place, blocks, folder)
        held = Held(name, key, place, reader.layout(blocks), self._is_named_container(name), encoding)
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
                data, escapes = container.unescape(source.read(block.header_end, block.body_end))
                packed = Place(place.path, place.read, place.size, manifest.NAME, block.header_end, escapes)
                self._indexes.add(name, data, packed, schema_in(data, blocks, source))
                return name
        return folder if self.tree.is_folder else ""

    def _called(self, held: Held, local: str) -> tuple[str, str, str]:
        """What a block is called by its index, the container's name there, and its name as a loose file."""
        beside = held.name.rpartition("/")[0]
        full = f"{beside}/{local}" if beside else local
        if held.key == held.name or not self.tree.is_folder:
            return local, "", full
        return full.removeprefix(held.key), held.name.removeprefix(held.key), full

    def _entry(self, held: Held, local: str) -> Entry | None:
        """What the index says of a block, under its own name or as ``container#name``."""
        called, carrier, _ = self._called(held, local)
        entries = self._indexes.entries(held.key)
        return (entries.get(f"{carrier}#{local}") if carrier else None) or entries.get(called)

    def _read_block(self, source: Source, blocks: list[Block], number: int, held: Held) -> tuple[Document | None, int]:
        """The document of a block, if it can be read, and the number of blocks that it took."""
        block, key, place = blocks[number], held.key, held.place
        local = local_name(block)
        identifier = framing.intended(block)[0].decode("utf-8", "surrogateescape")
        called, carrier, full = self._called(held, local)
        is_copy = self.tree.is_folder and full in self._indexes.present and full != held.name and local != manifest.NAME
        entry = None if local in held.seen else self._entry(held, local)
        held.seen.add(local)
        original = self._loose.get(full) if is_copy else None
        with_blake3 = self._indexes.has_blake3(key) or (original is not None and not original.sha256)
        kinds = SHA256 | BLAKE3 if with_blake3 else SHA256
        skimmed = self._skimmed(source, block, entry, original, self._indexes.of.get(key), kinds)
        limit = self._options.max_document_size
        read, parts = skimmed or body(source, block, block.body_end, kinds, limit), 1
        if read is not None and entry is not None and _departs(entry, *read.digests):
            read, parts = rejoined(source, blocks, number, entry, kinds, limit) or (read, 1)
        size = block.body_end - block.header_end if read is None or skimmed else len(read.data)
        if read is None:
            self._over_limit(held.name, size, local)
        is_true = read is not None and original is not None and equals(original, *read.digests)
        is_proved = is_true or (read is not None and entry is not None and entry.proves(*read.digests))
        near: list[Near] = []
        if read is not None and not skimmed and not is_proved:
            raw = source.read(block.header_end, block.body_end)
            near = [self._near(held, *found, block.header_end) for found in container.near_markers(raw)]
            held.near.extend(near)
        difference = departure(read, block, original, entry, source.size) if read is not None and not skimmed else ""
        if difference and any(one.hides for one in near):
            difference = "swallowing"
        record = Record(
            called,
            place.path,
            size,
            read.digests[0] if read is not None else "",
            entry,
            difference,
            identifier,
            place,
            block.header,
            carrier,
            local,
            copy_of=full if is_copy else "",
            blake3=read.digests[1] if read is not None else "",
        )
        held.records.append(record)
        if local != manifest.NAME:
            self._records.setdefault(key, []).append(record)
        if read is None or is_true:
            return None, parts
        self.count += local != manifest.NAME
        if self.listing and local != manifest.NAME:
            sampled = min(block.body_end, block.header_end + _SAMPLE)
            self.inventory.append(_item(record, source.read(block.header_end, sampled)))
        if skimmed:
            return None, parts
        governing = self._indexes.of.get(key)
        facts = self._screen.facts(local, read.data) | _described(governing, entry)
        if self._is_to_be_sketched(local, facts, entry):
            self._sketch(Whereabouts(held.name, local, block.header_end, block.body_end), read.data)
        if not self._is_wanted(facts):
            return None, parts
        where = replaced(place, document=local or None, start=block.header_end, escapes=read.escapes)
        return Document(called, read.data, where, facts, record, governing, local == manifest.NAME), parts

    def _skimmed(
        self,
        source: Source,
        block: Block,
        entry: Entry | None,
        original: Record | None,
        governing: Index | None,
        kinds: int,
    ) -> Body | None:
        """The body of a large block, not held, if it is what it should be and nobody wants to see it."""
        size = block.body_end - block.header_end
        if not _LARGE < size <= self._options.max_document_size:
            return None
        read = self._screen.surveyed(local_name(block), source, block.header_end, block.body_end, kinds, is_raw=True)
        if read is None or self._is_wanted(read[1] | _described(governing, entry)):
            return None
        is_same = matching.is_same(entry, size, *read[0]) and (original is None or equals(original, *read[0]))
        return Body(b"", read[0], ()) if is_same else None

    def _near(self, held: Held, kind: str, span: Span, words: bytes, start: int) -> Near:
        """A near miss, and the listed document that is missing because of it."""
        meant = local_name(framing.meant_by(words))
        called, carrier, full = self._called(held, meant)
        entries = self._indexes.entries(held.key)
        listed = [name for name in (f"{carrier}#{meant}" if carrier else "", called) if name and name in entries]
        is_there = meant in held.names or (carrier and full in self._indexes.present)
        hides = listed[0] if listed and not is_there else ""
        return Near(kind, Span(start + span.start, start + span.end), words, hides)


@value
class Part:
    """What one loader has learnt for another.

    ``seen`` are loose documents by name, size, digests and difference; ``containers`` are still to be read.
    """

    seen: tuple[tuple[str, int, tuple[str, str], str], ...]
    problems: tuple[Problem, ...]
    containers: tuple[str, ...]
    learnt: dict[str, Known]
    count: int
    bytes: int
    inventory: tuple[Item, ...] = ()
    sketches: Made | None = None


def _item(record: Record, beginning: bytes) -> Item:
    """A document as an inventory lists it."""
    from validator import scripts

    block = record.block if record.container is not None else None
    language = record.entry.language if record.entry is not None else None
    script = scripts.main(beginning[:_SAMPLE].decode("utf-8", "ignore"))
    return Item(record.path, block, record.size, script, language or "")


def _described(governing: Index | None, entry: Entry | None) -> int:
    """Whether an index says of a document what only rules can judge."""
    if governing is None or (governing.schema is None and (entry is None or not entry.language)):
        return 0
    return screening.DESCRIBED


def _wide_container(head: bytes) -> bool:
    encoding = text.wide_encoding(head[:4096])
    return bool(encoding) and head[:64].decode(encoding, "replace").removeprefix("\ufeff").startswith("<<<FILE ")


def _departs(entry: Entry | None, sha256: str, blake3: str) -> str:
    """The difference of what has none of the digests that are listed, where its bytes are not to be looked at."""
    return "content" if entry is not None and entry.has_digest and not entry.proves(sha256, blake3) else ""


def _digests(source: Source, head: bytes, kinds: int) -> tuple[str, str]:
    hashed = Running(kinds)
    for start in range(0, source.size, CHUNK):
        hashed.update(head if start == 0 else source.read(start, min(start + CHUNK, source.size)))
    return hashed.digests()
