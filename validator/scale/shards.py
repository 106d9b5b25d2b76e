"""How a collection is divided: a listing of its files, and shards of it that come out alike from run to run.

Where a shard ends is decided by the names themselves, so that a new file changes one shard and not all behind it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from zlib import crc32

from validator import manifest
from validator.model import value
from validator.scale.indexes import Head
from validator.scale.scanning import Shard
from validator.trees import Folder, Odd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from validator.model import Options
    from validator.trees import Divisible, Tree

_SMALL, _LARGE = 9, 16
"""A shard holds about two to the power of this many files: in a small collection, and at most."""
_FIRST = 16
"""Shards grow from two to the power of this many files on."""
_SPREAD = 2
"""How many times larger than usual, or smaller, a shard may be."""
_TELLING = 2
"""Parts of a stamp of a store, of which the first is a size: the other is a version."""
_RACY = 2 * 10**9
"""Nanoseconds in which a file may change without a trace."""


@value
class Listing:
    """What was found at first: how many files, those that are no documents, and the indexes.

    ``indexes`` are the files that are, or may belong to, the index of a folder, by that folder; ``first`` is any.
    """

    count: int
    odd: dict[str, Odd]
    indexes: dict[str, tuple[str, ...]]
    first: str = ""


def listed(tree: Tree, options: Options) -> Listing:
    """Look through a tree, and remember little of it."""
    count, first = 0, ""
    odd: dict[str, Odd] = {}
    indexes: dict[str, tuple[str, ...]] = {}
    parquet: list[str] = []
    for file in tree.walk(options):
        count, first = count + 1, first or file.name
        if file.odd is not None:
            odd[file.name] = file.odd
        elif file.name.rpartition("/")[2] in (manifest.NAME, manifest.COLUMNAR):
            folder = file.name[: file.name.rfind("/") + 1]
            indexes[folder] = (*indexes.get(folder, ()), file.name)
        elif file.name.endswith(".parquet"):
            parquet.append(file.name)
    for folder in indexes:
        indexes[folder] += tuple(name for name in parquet if name.startswith(folder))
    return Listing(count, odd, indexes, first)


def divided(
    tree: Divisible, options: Options, heads: Mapping[str, Head], keeps: bool, listing: Listing, odd: dict[str, Odd]
) -> Iterator[Shard]:
    """The documents of a tree, some at a time, in order of place.

    What is no document any more goes into ``odd``; so does the tree as a whole, as changed, if there are more files
    or fewer than when it was listed.
    """
    stamped = _Stamps(tree, keeps)
    names: list[str] = []
    number = count = 0
    for file in tree.walk(options):
        count += 1
        if file.odd is not None:
            odd[file.name] = file.odd
            continue
        names.append(file.name)
        size = _size(number + len(names))
        is_end = _SPREAD * len(names) >= size and crc32(file.name.encode("utf-8", "surrogatepass")) % size == 0
        if is_end or len(names) >= _SPREAD * size:
            yield _shard(tree, number, names, heads, stamped)
            number, names = number + len(names), []
    if count != listing.count:
        odd[""] = Odd("changed")
    if names:
        yield _shard(tree, number, names, heads, stamped)


def containers_of(tree: Divisible, heads: Mapping[str, Head], names: Iterable[str], keeps: bool) -> Iterator[Shard]:
    """A shard for each container, in order of place."""
    stamped = _Stamps(tree, keeps)
    for number, name in enumerate(sorted(names, key=by_place)):
        yield _shard(tree, number, [name], heads, stamped, is_container=True)


def by_place(name: str) -> list[bytes]:
    """What files are put in order by: folder by folder."""
    return name.encode("utf-8", "surrogateescape").split(b"/")


def _size(seen: int) -> int:
    """How many files a shard holds, by how many there are up to there."""
    return 1 << min(_LARGE, _SMALL + (seen >> _FIRST).bit_length())


def _shard(
    tree: Divisible,
    number: int,
    names: list[str],
    heads: Mapping[str, Head],
    stamped: _Stamps,
    is_container: bool = False,
) -> Shard:
    folders = {name[: name.rfind("/") + 1] for name in names}
    for folder in list(folders):
        while folder:
            folder = folder[: folder.rfind("/", 0, -1) + 1]
            folders.add(folder)
    governing = tuple(heads[folder] for folder in sorted(folders) if folder in heads)
    opened = [*names, *(file for head in governing for file in head.files)]
    return Shard(number, tuple(names), governing, tree.narrowed(opened), stamped(names), is_container)


class _Stamps:
    """Tells of files what changes when they do, in one text; empty where that cannot be relied on."""

    def __init__(self, tree: Tree, keeps: bool) -> None:
        self._tree = tree
        self._stamp = getattr(tree, "stamp", None) if keeps else None
        self._since = time.time_ns() - _RACY

    def __call__(self, names: Iterable[str]) -> str:
        if self._stamp is None:
            return ""
        try:
            stamps = [self._stamp(name) for name in names]
        except OSError:
            return ""
        if not isinstance(self._tree, Folder) and any(len(stamp) < _TELLING for stamp in stamps):
            return ""
        if isinstance(self._tree, Folder) and any(max(stamp[1:3]) >= self._since for stamp in stamps):
            return ""
        return repr(stamps)
