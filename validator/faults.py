"""Helpers for committing offences on a sound collection, for the faults of rules.

The collection is a mapping of names to bytes, which a fault changes in place: a plain dictionary, or what
``drilling`` lays over files. Documents lie loose or as blocks in containers, and so do indexes. A fault
that finds nothing to spoil raises ``Inapplicable``.
"""

from __future__ import annotations

from validator import container, manifest
from validator.matching import digest
from validator.model import TYPE_CHECKING, Index, Place, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from random import Random as Random
    from typing import NoReturn, TypeAlias, TypeVar

    from validator.model import Block, Entry
    from validator.rule import Spoilable

    Tree: TypeAlias = Spoilable

    Edit: TypeAlias = Callable[[bytes], bytes]
    Found = TypeVar("Found")

_TRIES = 100
"""Documents that are looked at in search of one that will do."""


class Inapplicable(LookupError):
    """The collection has nothing that could be spoilt in this way; the message says what is missing."""


@value
class Spot:
    """Where a document lies: in a file of its own or, with the name of a ``block``, in a container."""

    file: str
    block: str = ""

    @property
    def full(self) -> str:
        """The name that the document has, or would have if it were unpacked beside its container."""
        folder = self.file[: self.file.rfind("/") + 1]
        return folder + self.block if self.block else self.file


@value
class Row:
    """A document that an index lists: the index with the columns of its table, its entry, where the document lies."""

    index: Spot
    columns: tuple[str, ...]
    entry: Entry
    spot: Spot


def content(tree: Tree, spot: Spot | str) -> bytes:
    """The bytes of a document or a file."""
    if isinstance(spot, str):
        data = tree[spot]
        assert isinstance(data, bytes), spot
        return data
    data = content(tree, spot.file)
    if not spot.block:
        return data
    block = _block(data, spot.block)
    return container.unescape(data[block.header_end : block.body_end])[0]


def write(tree: Tree, spot: Spot | str, data: bytes) -> None:
    """Give a document or a file other bytes."""
    if isinstance(spot, str) or not spot.block:
        tree[spot if isinstance(spot, str) else spot.file] = data
        return
    whole = content(tree, spot.file)
    block = _block(whole, spot.block)
    tree[spot.file] = whole[: block.header_end] + container.escape(data) + whole[block.body_end :]


def change(tree: Tree, spot: Spot | str, edit: Edit) -> None:
    """Replace a document's content by what ``edit`` makes of it."""
    write(tree, spot, edit(content(tree, spot)))


def remove(tree: Tree, spot: Spot) -> None:
    """Take a document out, from its container too."""
    if not spot.block:
        del tree[spot.file]
        return
    data = content(tree, spot.file)
    block = _block(data, spot.block)
    tree[spot.file] = _recounted(data[: block.start] + data[block.end :])


def add_block(tree: Tree, file: str, identifier: bytes, name: bytes, body: bytes) -> None:
    """Put one more block behind those of a container."""
    data = content(tree, file)
    ends = container.parse(data).ends
    at = ends[-1].span.start if ends else len(data)
    block = container.header(identifier, name) + container.escape(body) + b"\n"
    tree[file] = _recounted(data[:at] + block + data[at:])


def add_document(tree: Tree, random: Random, name: str, data: bytes) -> None:
    """Put one more document into a folder, or into a container that is the whole collection."""
    if is_folder(tree):
        tree[name] = data
    else:
        add_block(tree, some(random, containers(tree), "container"), name.encode(), name.encode(), data)


def _recounted(data: bytes) -> bytes:
    """A container whose end marker, if it has one, counts its blocks again."""
    layout = container.parse(data)
    if not layout.ends:
        return data
    span = layout.ends[-1].span
    return data[: span.start] + container.end(len(layout.blocks))[:-1] + data[span.end :]


def _block(data: bytes, name: str) -> Block:
    return next(block for block in container.parse(data).blocks if _called(block) == name)


def _called(block: Block) -> str:
    return block.name.decode("utf-8", "surrogateescape")


def files(tree: Tree) -> Iterator[tuple[str, bytes]]:
    """The files that can be read, in order of name."""
    for name in sorted(tree):
        data = tree[name]
        if isinstance(data, bytes):
            yield name, data


def containers(tree: Tree, needs: Callable[[bytes], bool] = bool) -> list[str]:
    """The names of the container files that have what is needed. Raises ``Inapplicable``."""
    found = [name for name, data in files(tree) if container.looks_like_container(data) and needs(data)]
    return found or _nothing("container to spoil")


def is_ended(data: bytes) -> bool:
    """Whether a container has an end marker."""
    return bool(container.parse(data).ends)


def blocks(tree: Tree) -> list[tuple[str, Block]]:
    """The blocks of all containers, with the names of these, without those of indexes. Raises ``Inapplicable``."""
    found = [
        (name, block)
        for name in containers(tree)
        for block in container.parse(content(tree, name)).blocks
        if _called(block) != manifest.NAME
    ]
    return found or _nothing("block to spoil")


def documents(tree: Tree) -> list[Spot]:
    """The documents but for the copies that containers hold of files, in order. Raises ``Inapplicable``."""
    loose, packed = _documents(tree)
    taken = {spot.file for spot in loose}
    return [*loose, *(spot for spot in packed if spot.full not in taken)] or _nothing("document to spoil")


def _documents(tree: Tree) -> tuple[list[Spot], list[Spot]]:
    loose: list[Spot] = []
    packed: list[Spot] = []
    for name, data in files(tree):
        if container.looks_like_container(data):
            names = [_called(block) for block in container.parse(data).blocks]
            packed += [Spot(name, block) for block in names if block and block != manifest.NAME]
        elif data and name.rpartition("/")[2] not in (manifest.NAME, manifest.COLUMNAR):
            loose.append(Spot(name))
    return loose, packed


def pick(tree: Tree, random: Random, needs: Callable[[bytes], bool] = bool, loose: bool = False) -> Spot:
    """Some text that has what is needed, if need be one in a file of its own. Raises ``Inapplicable``."""
    found = [spot for spot in documents(tree) if not (loose and spot.block)]
    for spot in random.sample(found, min(len(found), _TRIES)):
        data = content(tree, spot)
        if _is_text(data) and needs(data):
            return spot
    return _nothing("text to spoil")


def _is_text(data: bytes) -> bool:
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        return False
    return "\0" not in lines[0] and any(len(line) > 1 for line in lines)


def insert(tree: Tree, random: Random, inserted: bytes) -> None:
    """Put bytes between two characters of some line of some document, never at a line's edge or in front matter."""

    def places(data: bytes) -> list[int]:
        head = manifest.find_front_matter(data)
        before = data.count(b"\n", 0, head.end) if head is not None else 0
        return [n for n, line in enumerate(data.decode().split("\n")) if n >= before and len(line.rstrip("\r")) > 1]

    spot = pick(tree, random, lambda data: bool(places(data)))
    data = content(tree, spot)
    lines = data.decode().split("\n")
    number = random.choice(places(data))
    at = random.randrange(1, len(lines[number].rstrip("\r")))
    before, after = (
        "\n".join([*lines[:number], lines[number][:at]]),
        "\n".join([lines[number][at:], *lines[number + 1 :]]),
    )
    write(tree, spot, before.encode() + inserted + after.encode())


def edit_header(
    tree: Tree, random: Random, edit: Edit, needs: Callable[[str, Block], bool] = lambda file, block: True
) -> None:
    """Replace the header line of some block, without its line end, by what ``edit`` makes of it."""
    file, block = some(random, [one for one in blocks(tree) if needs(*one)], "block that could be spoilt so")
    change(tree, file, lambda data: _spliced(data, block.header.start, block.header.end, edit))


def is_folder(tree: Tree) -> bool:
    """Whether files can be added and renamed: a collection that is one file has but that."""
    return bool(getattr(tree, "is_folder", True))


def edit_name(tree: Tree, random: Random, edit: Edit, loose: bool = True) -> None:
    """Replace the name of some block, or of some file if that may be, by what ``edit`` makes of it."""
    try:
        packed = blocks(tree)
    except Inapplicable:
        packed = []
    found = [(edit(block.name), file, block) for file, block in packed if edit(block.name) != block.name]
    alone = [spot.file for spot in _documents(tree)[0]] if loose and is_folder(tree) else []
    if not found and not alone:
        _nothing("block whose name could be spoilt")
    if found and random.random() * (len(found) + len(alone)) < len(found):
        name, file, block = random.choice(found)
        header = b"%b %b %b>>>" % (container.FILE, block.id, name)
        change(tree, file, lambda data: _spliced(data, block.header.start, block.header.end, lambda _: header))
    else:
        folder, slash, last = random.choice(alone).rpartition("/")
        new = edit(last.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
        tree[folder + slash + new] = tree.pop(folder + slash + last)


def _spliced(data: bytes, start: int, end: int, edit: Edit) -> bytes:
    return data[:start] + edit(data[start:end]) + data[end:]


def drop_copies(tree: Tree, name: str) -> None:
    """Take the packed copies of a document out of all containers."""
    for spot in [spot for spot in _documents(tree)[1] if spot.full == name]:
        remove(tree, spot)


def twins(tree: Tree) -> list[Spot]:
    """The blocks that are copies of files. Raises ``Inapplicable``."""
    loose, packed = _documents(tree)
    names = {spot.file for spot in loose}
    return [spot for spot in packed if spot.full in names] or _nothing("packed copy to spoil")


def indexes(tree: Tree) -> list[Spot]:
    """The indexes, loose and in containers. Raises ``Inapplicable``."""
    loose = [Spot(name) for name, _ in files(tree) if name.rpartition("/")[2] == manifest.NAME]
    packed = [
        Spot(name, manifest.NAME)
        for name, data in files(tree)
        if container.looks_like_container(data)
        and any(_called(block) == manifest.NAME for block in container.parse(data).blocks)
    ]
    return [*loose, *packed] or _nothing("index to spoil")


def parsed(tree: Tree, spot: Spot) -> Index:
    """An index as its parser sees it; spans count in its own bytes."""
    return manifest.parse(content(tree, spot), Place(spot.file))


def rows(tree: Tree) -> list[Row]:
    """The documents that are there and that an index lists, in order. Raises ``Inapplicable``."""
    loose, packed = _documents(tree)
    places = indexes(tree)
    apart = {spot.file for spot in places if spot.block}
    beside = {one.full: one for one in (*(one for one in packed if one.file not in apart), *loose)}
    found = []
    for spot in places:
        index = parsed(tree, spot)
        folder = spot.file[: spot.file.rfind("/") + 1]
        within = {one.block: one for one in packed if one.file == spot.file} if spot.block else {}
        for entry in index.entries:
            there = within.get(entry.name) if spot.block else beside.get(folder + entry.name)
            if there is not None:
                found.append(Row(spot, index.columns, entry, there))
    return found or _nothing("listed document to spoil")


def listed(tree: Tree, random: Random, needs: Callable[[Row], bool] = lambda row: True) -> Row:
    """Some document that is there and that an index lists, as it is needed. Raises ``Inapplicable``."""
    return some(random, [row for row in rows(tree) if needs(row)], "listed document that could be spoilt so")


def of_table(*columns: str) -> Callable[[Row], bool]:
    """Whether a document is listed in a table that has all of these columns."""
    return lambda row: bool(row.columns) and set(columns) <= set(row.columns)


def edit_row(tree: Tree, row: Row, edit: Edit) -> None:
    """Replace the line that lists a document by what ``edit`` makes of it."""
    change(tree, row.index, lambda data: _spliced(data, row.entry.row.start, row.entry.row.end, edit))


def edit_cells(tree: Tree, row: Row, cells: dict[str, bytes]) -> None:
    """Write something else into some cells of a row, by column; columns that there are not are passed over."""
    index = parsed(tree, row.index)
    found = [
        (manifest.locate(index, row.entry, column), text) for column, text in cells.items() if column in row.columns
    ]
    data = index.data
    for span, text in sorted(found, key=lambda one: one[0].start, reverse=True):
        data = data[: span.start] + text + data[span.end :]
    write(tree, row.index, data)


def edit_head(tree: Tree, random: Random, words: Iterable[tuple[bytes, bytes]]) -> None:
    """Replace the first of some words that stands in the first line of an index's table."""
    for spot in random.sample(found := indexes(tree), len(found)):
        head = manifest.head(parsed(tree, spot))
        if head is None:
            continue
        data = content(tree, spot)
        line = data[head[0].start : head[0].end]
        for old, new in words:
            if old in line.split():
                at = head[0].start + line.index(old)
                write(tree, spot, data[:at] + new + data[at + len(old) :])
                return
    _nothing("table with such a column")


def relist(tree: Tree, row: Row, data: bytes) -> None:
    """Let the index give a document the size and digest of ``data``."""
    cells = {"bytes": b"%d" % len(data), "sha256": digest(data).encode(), "blake3": b"-"}
    edit_cells(tree, row, cells)


def rely_on(tree: Tree, file: str) -> None:
    """Take out the loose files that a container holds too, so that their entries speak of its blocks."""
    for spot in _documents(tree)[1]:
        if spot.file == file:
            tree.pop(spot.full, None)


def add_front_matter(tree: Tree, random: Random, lines: bytes, without: bytes = b"\0") -> None:
    """Put lines at the beginning of the front matter of some index in which a word does not stand yet."""
    read = [spot for spot in indexes(tree) if _is_text(content(tree, spot))]
    found = [spot for spot in read if without not in _front_matter(content(tree, spot))]
    spot = some(random, found, "index without such front matter")

    def edit(data: bytes) -> bytes:
        head = _front_matter(data)
        return b"---\n" + lines + (head and head.split(b"\n", 1)[1]) + (b"" if head else b"---\n") + data[len(head) :]

    change(tree, spot, edit)


def _front_matter(data: bytes) -> bytes:
    span = manifest.find_front_matter(data)
    return data[: span.end] if span is not None else b""


def some(random: Random, found: Sequence[Found], what: str) -> Found:
    """One of several things. Raises ``Inapplicable`` if there is none of ``what`` they would be."""
    return random.choice(found) if found else _nothing(what)


def _nothing(what: str) -> NoReturn:
    raise Inapplicable(f"there is no {what}")
