"""Helpers for committing offences on a clean collection, for the faults of rules.

A clean collection is a folder in memory: an ``INDEX.md`` with a table, loose documents, and one
container, ``all.bundle``, that holds packed copies of some of them.
"""

from __future__ import annotations

from validator import container, manifest
from validator.matching import digest
from validator.model import TYPE_CHECKING, Place
from validator.rule import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random as Random

    from validator.model import Entry
    from validator.rule import Tree as Tree

CONTAINER = "all.bundle"


def content(tree: Tree, name: str) -> bytes:
    """The bytes of a file that is known to be a regular one."""
    data = tree[name]
    assert isinstance(data, bytes), name
    return data


def pick(tree: Tree, random: Random) -> str:
    """The name of some loose document."""
    return random.choice(sorted(name for name in tree if name not in (manifest.NAME, CONTAINER)))


def insert(tree: Tree, random: Random, inserted: bytes) -> None:
    """Put bytes between two characters of some line of some loose document, never at a line's edge."""
    name = pick(tree, random)
    lines = content(tree, name).split(b"\n")
    number = random.choice([n for n, line in enumerate(lines) if len(line.decode()) > 1])
    text = lines[number].decode()
    at = random.randrange(1, len(text))
    lines[number] = text[:at].encode() + inserted + text[at:].encode()
    tree[name] = b"\n".join(lines)


def change(tree: Tree, name: str, edit: Callable[[bytes], bytes]) -> None:
    """Replace a file's content by what ``edit`` makes of it."""
    tree[name] = edit(content(tree, name))


def entries(tree: Tree) -> tuple[Entry, ...]:
    """The entries of the root index."""
    return manifest.parse(content(tree, manifest.NAME), Place(manifest.NAME)).entries


def edit_row(tree: Tree, random: Random, edit: Callable[[bytes], bytes]) -> None:
    """Replace the row of some loose document in the index by what ``edit`` makes of it."""
    name = pick(tree, random)
    entry = next(entry for entry in entries(tree) if entry.name == name)
    data = content(tree, manifest.NAME)
    row = data[entry.row.start : entry.row.end]
    tree[manifest.NAME] = data[: entry.row.start] + edit(row) + data[entry.row.end :]


def edit_header(tree: Tree, random: Random, edit: Callable[[bytes], bytes]) -> None:
    """Replace some header line of the container, without its line end, by what ``edit`` makes of it."""
    data = content(tree, CONTAINER)
    block = random.choice(container.parse(data).blocks)
    header = block.header
    tree[CONTAINER] = data[: header.start] + edit(data[header.start : header.end]) + data[header.end :]


def repack(tree: Tree, edit: Callable[[list[tuple[bytes, bytes, bytes]]], list[tuple[bytes, bytes, bytes]]]) -> None:
    """Write the container again from what ``edit`` makes of its (id, name, body) triples."""
    data = content(tree, CONTAINER)
    blocks = container.parse(data).blocks
    triples = [(block.id, block.name, body) for block, (_, body) in zip(blocks, unpacked(data), strict=True)]
    tree[CONTAINER] = b"".join(container.pack(edit(triples)))


def drop_copies(tree: Tree, name: str) -> None:
    """Take the packed copies of a document out of the container."""
    repack(tree, lambda blocks: [block for block in blocks if block[1] != name.encode()])


def edit_cell(tree: Tree, random: Random, number: int, text: bytes) -> None:
    """Write something else into a cell (0 id, 1 name, 2 bytes, 3 sha256) of some loose document's row."""

    def edited(row: bytes) -> bytes:
        cells = row.split(b"|")
        return b"|".join([*cells[: number + 1], b" " + text + b" ", *cells[number + 2 :]])

    edit_row(tree, random, edited)


def rely_on_container(tree: Tree) -> None:
    """Take out the loose files that the container holds too, so that their entries speak of its blocks."""
    for name, _ in unpacked(content(tree, CONTAINER)):
        del tree[name]


def relist(tree: Tree, name: str, data: bytes) -> None:
    """Let the index give a document the size and digest of ``data``."""
    entry = next(entry for entry in entries(tree) if entry.name == name)
    listed = content(tree, manifest.NAME)
    row = b"| %b | %b | %d | %b |" % ((entry.id or "").encode(), name.encode(), len(data), digest(data).encode())
    tree[manifest.NAME] = listed[: entry.row.start] + row + listed[entry.row.end :]


def edit_name(tree: Tree, random: Random, edit: Callable[[bytes], bytes]) -> None:
    """Replace the name of some block of the container by what ``edit`` makes of it."""

    def edited(line: bytes) -> bytes:
        marker, identifier, name = line.split(b" ", 2)
        return b"%b %b %b>>>" % (marker, identifier, edit(name.removesuffix(b">>>")))

    edit_header(tree, random, edited)
