"""A folder packed into one container, and a container unpacked into a folder: byte for byte, in bounded memory.

``pack`` writes the canonical form (``container.py``), the same bytes for the same files. INDEX.md comes
first, as it is, under the id INDEX; then the documents in the order of the index, each under its id
there; then the others in the order of their names. A document without an id gets the next one after the
pattern of the others: 000, 001 and so on where there is none.

``unpack`` looks at the whole container before it writes anything, and then writes all files as one change
(``writing.py``). So a refusal, a failure or Ctrl-C leaves nothing behind. What comes from a stream is
first copied to a file without a name beside the folder.

What ``pack`` writes ``unpack`` takes, so both refuse the same:

- names that lead elsewhere, or mean something else on some system: absolute ones, ``..``, empty parts,
  backslashes, control characters, devices of Windows, a blank or a dot at the end of a part, a blank at
  the beginning; hidden parts, ``.git`` among them, which belong to no collection; ``git~1``
- names that collide: equal but for case or Unicode normalisation, or a file that is also a folder
- a document that is missing, or has not the size or the digest that INDEX.md lists (not with
  ``verify=False``)

Besides, ``pack`` refuses links that are no documents and special files, rather than leave them out, and to
replace a file that is no container. ``unpack`` refuses a container that is not well formed, from which
something would be lost or whose documents may be cut, and existing files. ``force=True`` replaces both
kinds of file. Neither follows a link while it writes.

A selection is made by ids and by patterns (``trees.matches``). The index is part of it only if it is
selected itself: it would not be true of fewer documents.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from contextlib import ExitStack, contextmanager, suppress

from validator import container, framing, manifest, matching, writing
from validator.digests import BLAKE3, SHA256, Running
from validator.identifiers import Maker
from validator.model import TYPE_CHECKING, Block, Options, Place, UsageError, value
from validator.names import files_as_folders, is_absolute, is_device, parts, twins
from validator.trees import Changed, File, Folder, matches, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from typing import IO

    from validator.model import Entry, Index, Layout
    from validator.trees import Source, Tree

CHUNK = 1 << 18
INDEX_ID = "INDEX"

_LONGEST = 4096
"""Characters of a name: no file system takes a longer one."""


class PackingError(UsageError):
    """What cannot be packed or unpacked, and what to do."""


@value
class Packed:
    """A container that was written: its documents, its bytes, their names in order, and what else to tell."""

    documents: int
    bytes: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


@value
class Unpacked:
    """Files that were written: how many, the bytes in them, their names in order, and what else to tell."""

    documents: int
    bytes: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def pack(
    tree: Tree,
    target: str | IO[bytes],
    options: Options | None = None,
    *,
    select: Sequence[str] = (),
    verify: bool = True,
    force: bool = False,
) -> Packed:
    """Pack a folder into a container: a file, which appears whole or not at all, or a stream.

    A stream that breaks off lacks the end marker. Raises ``UsageError``.
    """
    if not tree.is_folder:
        raise PackingError(f"cannot pack {tree.path!r}: it is not a folder")
    own = _name_in(tree, target) if isinstance(target, str) else None
    names, listing = _walked(tree, options or Options(), own, select)
    entries = matching.by_name(listing) if listing is not None else {}
    items = _selected(_arranged(names, entries), select, tree.path)
    if not items:
        raise PackingError(f"nothing to pack under {tree.path!r}")
    _refuse_names([name for _, name in items], lambda name: f"cannot pack {tree.shown(name)!r}")
    if own in entries and not select:
        raise PackingError(f"cannot pack {tree.path!r}: {own!r}, which {manifest.NAME} lists, is the container itself")
    for name in _missing(entries, names) if verify and not select else ():
        raise PackingError(f"cannot pack {tree.path!r}: {name!r}, which {manifest.NAME} lists, is not there")
    names = [name for _, name in items]
    headers = [_header(identifier, name, tree) for identifier, name in items]
    bodies = (_document(tree, name, listing, entries.get(name) if verify else None) for name in names)
    pieces = _joined(_container(headers, bodies))
    if isinstance(target, str):
        done = writing.write(target, pieces, _may_replace(target, force, None if own is None else names))
        return Packed(len(items), done.bytes, tuple(names), done.notes)
    size = 0
    for piece in pieces:
        target.write(piece)
        size += len(piece)
    target.flush()
    return Packed(len(items), size, tuple(names))


def unpack(
    source: str | IO[bytes],
    folder: str,
    options: Options | None = None,
    *,
    select: Sequence[str] = (),
    verify: bool = True,
    force: bool = False,
) -> Unpacked:
    """Unpack a container, a file or a stream, into a folder, which is made if need be. Raises ``UsageError``."""
    shown = source if isinstance(source, str) else "standard input"
    with _Input(source, folder, shown) as opened:
        layout = _layout(opened)
        items = [(_text(block.id), _text(block.name)) for block in layout.blocks]
        bodies = {name: block for (_, name), block in zip(items, layout.blocks, strict=True)}
        entries = _entries(opened, bodies.get(manifest.NAME), options or Options())
        flaw = _flaw(layout, entries, options or Options())
        if flaw:
            raise PackingError(f"cannot unpack {shown!r}: {flaw} (validate check says more)")
        _refuse_names([name for _, name in items], lambda name: f"cannot unpack {name!r} of {shown!r}")
        for name in _missing(entries, bodies) if verify else ():
            raise PackingError(f"cannot unpack {shown!r}: {name!r}, which its {manifest.NAME} lists, is not in it")
        names = [name for _, name in _selected(items, select, shown)]
        if not force:
            _refuse_existing(folder, names)
        own = os.path.realpath(source) if isinstance(source, str) else ""
        if any(os.path.realpath(os.path.join(folder, name)) == own for name in names):
            raise PackingError(f"cannot unpack {shown!r} over itself; unpack it into another folder")
        before = writing.ANY if force else writing.ABSENT
        contents = (_Body(opened, bodies[name], entries.get(name) if verify else None) for name in names)
        changes = (writing.Change(name, body, before) for name, body in zip(names, contents, strict=True))
        done = writing.apply(folder, changes, opened.finish)
    notes = [*done.notes]
    if not layout.ends:
        notes.append(f"{shown!r} has no end marker, so nothing shows whether it is whole")
    if not select and _arranged([name for _, name in items], entries) != items:
        notes.append(f"the ids or the order of the documents stand only in {shown!r}: no index lists them")
    return Unpacked(len(names), done.bytes, tuple(names), tuple(notes))


def _walked(tree: Tree, options: Options, own: str | None, select: Sequence[str]) -> tuple[list[str], Index | None]:
    """The names of a folder's documents, without the container's own, and its index."""
    names = []
    for found in tree.walk(options):
        if found.name == own:
            continue
        if found.name.rpartition("/")[2] == manifest.COLUMNAR:
            raise PackingError(f"cannot pack {tree.shown(found.name)!r}: a container holds text (exclude it)")
        if found.odd is None:
            names.append(found.name)
        elif not select or any(matches(found.name, pattern) for pattern in select):
            kinds = {"link": "it is a link, and ", "special": "it is a "}
            why = kinds.get(found.odd.kind, "") + found.odd.detail
            raise PackingError(f"cannot pack {tree.shown(found.name)!r}: {why} (mend that, or exclude it)")
    if manifest.NAME not in names:
        return names, None
    with _reading(tree.shown(manifest.NAME)):
        source = tree.open(manifest.NAME)
        data = source.read(0, source.size) if source.size <= options.max_document_size else None
        source.close()
    if data is None:
        raise PackingError(f"cannot pack {tree.shown(manifest.NAME)!r}: it is larger than max-document-size")
    return names, manifest.parse(data, Place(tree.shown(manifest.NAME)))


def _arranged(names: Iterable[str], entries: Mapping[str, Entry]) -> list[tuple[str, str]]:
    """The documents as (id, name), in the order in which they are packed."""
    waiting = {*names}
    first = [manifest.NAME] if manifest.NAME in waiting else []
    listed = [name for name in entries if name in waiting and name != manifest.NAME]
    ordered = listed + sorted(waiting.difference(listed, first))
    known = [entry.id or "" for entry in entries.values()]
    given = [entries[name].id or "" if name in entries else "" for name in ordered]
    maker = Maker(known if any(known) else (), given, "pattern")
    return [(INDEX_ID, name) for name in first] + [
        (identifier or maker.make(name, ""), name) for identifier, name in zip(given, ordered, strict=True)
    ]


def _selected(items: list[tuple[str, str]], select: Sequence[str], shown: str) -> list[tuple[str, str]]:
    """The documents that ids and patterns choose; each must choose one."""
    if not select:
        return items
    chosen: set[str] = set()
    for pattern in select:
        found = {name for identifier, name in items if identifier == pattern or matches(name, pattern)}
        if not found:
            raise PackingError(f"no document in {shown!r} has the id {pattern!r} or a name that it fits")
        chosen |= found
    return [item for item in items if item[1] in chosen]


def _missing(entries: Iterable[str], names: Container[str]) -> Iterator[str]:
    """What an index lists and is not there; ``all.bundle#a.txt`` is a part of a container that is."""
    for name in entries:
        if name in names or name == manifest.NAME or matching.leads_out(name):
            continue
        marks = (at for at, character in enumerate(name[:_LONGEST]) if character == "#")
        if not any(name[:at] in names for at in marks):
            yield name


def _refuse_names(names: Sequence[str], said: Callable[[str], str]) -> None:
    """Raise ``PackingError`` for a name that does not travel, or for two that collide."""
    for name in names:
        flaw = flaw_of(name)
        if flaw:
            raise PackingError(f"{said(name)}: {flaw}")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise PackingError(f"{said(name)}: there are two of this name")
        seen.add(name)
    for number, other, kind in twins(names):
        what = "upper and lower case" if kind == "case" else "Unicode normalisation"
        raise PackingError(f"{said(names[number])}: its name and {names[other]!r} differ only in {what}")
    for number, other in files_as_folders(names):
        raise PackingError(f"{said(names[number])}: it would be a file, and a folder for {names[other]!r}")


def flaw_of(name: str) -> str:
    """Why no document should be packed or unpacked under a name, in words; empty if nothing is wrong with it."""
    if not name or any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in name):
        return "its name holds control characters" if name else "it has no name"
    if is_absolute(name) or name[1:2] == ":":  # to Windows, any character before a colon is a drive
        return "its name begins at a root or a drive"
    if "\\" in name:
        return "its name holds a backslash, which separates folders on Windows"
    if name[0] == " ":
        return "its name begins with a blank"
    return next((flaw for _, part in parts(name) if (flaw := _flaw_of_part(part))), "")


def _flaw_of_part(part: str) -> str:
    if part == "..":
        return "its name leads to a folder above"
    if part in ("", "."):
        return "a part of its name is empty"
    if part[0] == ".":
        return f"{part!r} is hidden, and so no part of a collection"
    if part[-1] in ". ":
        return f"{part!r} ends in what Windows takes away"
    if is_device(part):
        return f"{part!r} is a device on Windows"
    if part[:4].lower() == "git~" and part[4:].isdigit():
        return f"{part!r} is the folder of git on Windows"
    return ""


def _header(identifier: str, name: str, tree: Tree) -> bytes:
    """The header of a document, if it is read again as it is meant."""
    try:
        line = container.header(_bytes(identifier), _bytes(name))
    except ValueError:
        line = b""
    read = Block(*container.read_header(line[:-1])[:2], 0, 0, 0, 0)
    if not line or framing.departures(read) or framing.intended(read) != (_bytes(identifier), _bytes(name)):
        raise PackingError(f"cannot pack {tree.shown(name)!r}: no header can hold it with the id {identifier!r}")
    return line


def _container(headers: Iterable[bytes], bodies: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    count = 0
    for header, body in zip(headers, bodies, strict=True):
        yield header
        yield from container.escaped(body)
        yield b"\n"
        count += 1
    yield container.end(count)


def _joined(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces, because each costs a call of the system."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _document(tree: Tree, name: str, listing: Index | None, entry: Entry | None) -> Iterable[bytes]:
    """A document in pieces, read when its turn comes; the index is the one that was read already."""
    if name == manifest.NAME and listing is not None:
        return (listing.data,)
    return _checked(_file(tree, name), entry, f"cannot pack {tree.shown(name)!r}")


def _file(tree: Tree, name: str) -> Iterator[bytes]:
    with _reading(tree.shown(name)):
        source = tree.open(name)
        try:
            yield from _range(source, 0, source.size)
        except BaseException:
            with suppress(Changed):
                source.close()
            raise
        source.close()


def _range(source: Source, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a range, piece by piece. Raises ``Changed`` where they are not there any more."""
    while start < end:
        piece = source.read(start, min(end, start + CHUNK))
        if not piece:
            raise Changed
        yield piece
        start += len(piece)


def _checked(pieces: Iterable[bytes], entry: Entry | None, said: str) -> Iterator[bytes]:
    """The same pieces; raises ``PackingError`` behind the last if they are not what an index lists."""
    if entry is None:
        yield from pieces
        return
    size, hashed = 0, Running(SHA256 * (entry.sha256 is not None) | BLAKE3 * (entry.blake3 is not None))
    for piece in pieces:
        size += len(piece)
        hashed.update(piece)
        yield piece
    sha256, blake3 = hashed.digests()
    are_right = entry.sha256 in (None, sha256) and entry.blake3 in (None, blake3)
    if entry.size not in (None, size) or not are_right:
        what = "digest" if entry.size in (None, size) else "size"
        raise PackingError(f"{said}: its {what} is not the one that {manifest.NAME} lists (validate check says more)")


@contextmanager
def _reading(shown: str) -> Iterator[None]:
    """Say of which file it is that it cannot be read."""
    try:
        yield
    except Changed:
        raise PackingError(f"{shown!r} changed while it was being read: run again") from None
    except OSError as error:
        raise PackingError(f"cannot read {shown!r}: {reason(error)}") from error


def _name_in(tree: Tree, target: str) -> str | None:
    """The name that a file has, or would have, in a folder; ``None`` if it lies elsewhere."""
    if not isinstance(tree, Folder):
        return None
    folder, last = os.path.split(target)
    real = os.path.join(os.path.realpath(folder or "."), last)
    root = os.path.join(os.path.realpath(tree.path), "")
    is_inside = os.path.normcase(real).startswith(os.path.normcase(root))
    return _text(os.fsencode(real[len(root) :])).replace(os.sep, "/") if is_inside else None


def _may_replace(target: str, force: bool, kept: Sequence[str] | None) -> str:
    """What may be at the place of a new container: another one, or with ``force`` any file.

    A container in the folder itself may hold what is nowhere else: all its documents have to be ``kept``.
    """
    if not os.path.lexists(target):
        return writing.ABSENT
    if os.path.isfile(target) and not force:
        reader, blocks = container.Reader(), []
        with _reading(target), open(target, "rb") as file:
            piece = file.read(CHUNK)
            if piece and not container.looks_like_container(piece):
                raise PackingError(f"will not replace {target!r}, which is no container (--force does)")
            while piece and kept is not None:
                blocks += reader.feed(piece)
                piece = file.read(CHUNK)
        blocks += reader.close()
        lost = {_text(block.name): None for block in blocks} if kept is not None else {}
        for name in kept or ():
            lost.pop(name, None)
        for name in lost:
            raise PackingError(f"will not replace {target!r}, which alone holds {name!r} (--force does)")
    return writing.ANY


class _Input:
    """A container that is being unpacked, open for reading at any place."""

    def __init__(self, source: str | IO[bytes], folder: str, shown: str) -> None:
        self.shown = shown
        self._is_open = True
        self._source: Source
        if isinstance(source, str):
            with _reading(shown):
                self._source = File(source).open("")
        else:
            self._source = _Copy(source, folder)

    def __enter__(self) -> _Input:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_open:
            with suppress(Changed):
                self._source.close()

    def finish(self) -> None:
        """Close it. Raises ``PackingError`` if it is not what it was when it was opened."""
        self._is_open = False
        with _reading(self.shown):
            self._source.close()

    @property
    def size(self) -> int:
        return self._source.size

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes of a range, piece by piece."""
        with _reading(self.shown):
            yield from _range(self._source, start, end)


class _Copy:
    """What came from a stream, in a file without a name, on the disk that the documents go to."""

    def __init__(self, stream: IO[bytes], folder: str) -> None:
        import shutil
        import tempfile

        while not os.path.isdir(folder or "."):
            folder = os.path.dirname(folder)
        try:
            with ExitStack() as stack:
                self._file = stack.enter_context(tempfile.TemporaryFile(dir=folder or "."))
                shutil.copyfileobj(stream, self._file, CHUNK)
                self.size = self._file.tell()
                stack.pop_all()
        except OSError as error:
            raise PackingError(f"cannot copy standard input to {folder or '.'!r}: {reason(error)}") from error

    def read(self, start: int, end: int) -> bytes:
        self._file.seek(start)
        return self._file.read(end - start)

    def close(self) -> None:
        self._file.close()


@value
class _Body:
    """The content of a document in a container, to be read when its turn comes."""

    opened: _Input
    block: Block
    entry: Entry | None

    def __iter__(self) -> Iterator[bytes]:
        pieces = container.unescaped(self.opened.pieces(self.block.header_end, self.block.body_end))
        said = f"cannot unpack {_text(self.block.name)!r} of {self.opened.shown!r}"
        return _checked(pieces, self.entry, said)


def _layout(opened: _Input) -> Layout:
    reader = container.Reader()
    blocks: list[Block] = []
    for piece in opened.pieces(0, opened.size):
        blocks += reader.feed(piece)
    blocks += reader.close()
    return reader.layout(blocks)


def _entries(opened: _Input, block: Block | None, options: Options) -> dict[str, Entry]:
    """What the index in a container lists."""
    if block is None or block.body_end - block.header_end > options.max_document_size:
        return {}
    data = b"".join(container.unescaped(opened.pieces(block.header_end, block.body_end)))
    return matching.by_name(manifest.parse(data, Place("")))


def _flaw(layout: Layout, entries: Mapping[str, Entry], options: Options) -> str:
    """Why a container cannot be unpacked without losing or mistaking something, in words; else empty."""
    blocks, ends = layout.blocks, layout.ends
    if not blocks:
        return "no line in it begins a document"
    if layout.preamble.start < layout.preamble.end:
        return "there is text before the first document"
    for block in blocks:
        if framing.departures(block):
            return f"{framing.header_of(block)} is malformed"
        if not block.has_body:
            return f"{framing.called(block)!r} has no line for its content"
    if len({block.newline for block in blocks} | {line.newline for line in ends if line.newline}) > 1:
        return "some of its headers end in LF and some in CR LF"
    if len(ends) > 1 or layout.gaps or (ends and ends[0].span.start < blocks[-1].start):
        return "something follows its end marker"
    if ends and ends[0].count != len(blocks):
        return f"its end marker counts {ends[0].count}, and the documents in it are {len(blocks)}"
    if not ends and (options.require_end_marker or not layout.final_newline):
        return "it has no end marker, and may be cut off"
    for line in layout.lines:
        block = blocks[bisect_right(blocks, line.span.start, key=lambda block: block.start) - 1]
        entry = entries.get(_text(block.name))
        if line.kind == "foreign-end" and (entry is None or not entry.has_digest):
            return f"{_text(line.text)[:80]!r} in {framing.called(block)!r} may be a marker or part of the text"
    return ""


def _refuse_existing(folder: str, names: Sequence[str]) -> None:
    """Raise ``PackingError`` if there is something in the way; ``writing`` looks again, when it counts."""
    found = [name for name in names if os.path.lexists(os.path.join(os.fsencode(folder), _bytes(name)))]
    if found:
        first = _text(os.fsencode(os.path.join(folder, "")).replace(os.sep.encode(), b"/")) + found[0]
        rest = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise PackingError(f"will not replace {first!r}{rest} (--force does)")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
