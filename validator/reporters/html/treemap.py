"""The map of a collection: a tile for each document, as large as its bytes are many, grouped by folder.

Both the folders on the map and the documents in a folder are laid out as squarified treemaps. Documents that
would be too small to be seen share a tile with their neighbours, and small folders a place. So the number of
tiles depends on the size of the map and not on that of the collection.
"""

from __future__ import annotations

import os
from itertools import takewhile

from validator.model import SEVERITIES, TYPE_CHECKING, Finding, Item, replaced, value
from validator.reporters.cells import columns
from validator.reporters.html.charts import short_size
from validator.reporters.words import number
from validator.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeVar

    T = TypeVar("T", "Folder", "Tile")

_HEIGHTS = ((8, 180), (80, 300))
_HEIGHT = 420
"""Of the map, in pixels: up to so many documents so high, and otherwise this."""
_FOLDERS = 40
"""How many folders have a place of their own at most."""
_SMALL_FOLDER = 3600
_SMALL_TILE = 320
"""The least areas that can be told apart."""
_HEADER = 20
_GAP = 2
_CHARACTER = 6.4
"""The width of a character of a label, more or less."""
_LEAST_LABEL = 5
"""How many characters of a name are worth showing."""


@value
class Box:
    """A rectangle of the map."""

    x: float
    y: float
    width: float
    height: float


@value
class Leaf:
    """A document, its name in its folder, and the findings about it, each with its number."""

    name: str
    size: int
    found: Sequence[tuple[int, Finding]]

    @property
    def weight(self) -> int:
        """What its area is in proportion to; nobody would see an empty document."""
        return max(self.size, 1)


@value
class Tile:
    """A document, or several neighbours, and the worst that was found in them (a severity, or empty).

    ``target`` is the number of the first finding, 0 if there is none. ``label`` and ``note`` fit into the box
    and may be empty.
    """

    title: str
    weight: int
    worst: str
    target: int
    label: str
    note: str
    box: Box = Box(0, 0, 0, 0)


@value
class Folder:
    """A folder, a container, or several small ones, with its documents."""

    name: str
    leaves: Sequence[Leaf]

    @property
    def weight(self) -> int:
        """What its area is in proportion to."""
        return sum(leaf.weight for leaf in self.leaves)


@value
class Group:
    """The place of a folder on the map; ``label`` fits above its tiles and may be empty."""

    label: str
    title: str
    box: Box
    tiles: tuple[Tile, ...]


@value
class Map:
    """All of it; ``elsewhere`` counts findings that are about no document of the map."""

    width: int
    height: int
    groups: tuple[Group, ...]
    elsewhere: int


def treemap(items: Sequence[Item], listed: Sequence[tuple[int, Finding]], width: int) -> Map | None:
    """The map of an inventory, so many pixels wide, with links to findings, which are given with their numbers."""
    if not items:
        return None
    height = next((height for most, height in _HEIGHTS if len(items) <= most), _HEIGHT)
    found: dict[tuple[str, str | None], list[tuple[int, Finding]]] = {}
    for one in listed:
        found.setdefault((one[1].path, one[1].document), []).append(one)
    leaves = [(_home(item), item.size, found.pop((item.path, item.document), ())) for item in items]
    folders = _with_small_ones_together(_folders(leaves), width * height)
    groups = [_group(folder, box) for folder, box in _placed(folders, Box(0, 0, width, height), _SMALL_FOLDER)]
    elsewhere = sum(1 + finding.more for ones in found.values() for _, finding in ones)
    return Map(width, height, tuple(groups), elsewhere)


def _home(item: Item) -> tuple[str, str]:
    """The folder or the container of a document, and its name there."""
    path = item.path.replace(os.sep, "/")
    if item.document is not None:
        return path, item.document
    cut = path.rfind("/") + 1
    return path[:cut] or "./", path[cut:]


def _folders(leaves: Sequence[tuple[tuple[str, str], int, Sequence[tuple[int, Finding]]]]) -> list[Folder]:
    """Documents by folder, as far down as there are not too many; without what is above all of them."""
    homes = {home for (home, _), _, _ in leaves}
    above = _shared(min(homes), max(homes)).rfind("/") + 1 if len(homes) > 1 else 0
    depths = range(max(home.count("/") for home in homes) + 1, 0, -1)
    tops = {home: home[above:] for home in homes}
    for depth in depths:
        if len(set(tops.values())) <= _FOLDERS:
            break
        tops = {home: _top(home[above:], depth) for home in homes}
    found: dict[str, list[Leaf]] = {}
    for (home, name), size, ones in leaves:
        top = tops[home]
        inside = home[above + len(top) :]
        container = "" if inside[-1:] in ("", "/") else "#"
        found.setdefault(top or home, []).append(Leaf(f"{inside}{container}{name}", size, ones))
    return [Folder(*one) for one in found.items()]


def _shared(a: str, b: str) -> str:
    """The beginning that two names have in common."""
    return a[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))]


def _top(home: str, depth: int) -> str:
    """The folder above, so many steps down."""
    parts = home.rstrip("/").split("/")
    return home if len(parts) <= depth else "/".join(parts[:depth]) + "/"


def _with_small_ones_together(folders: Sequence[Folder], area: float) -> list[Folder]:
    whole = sum(folder.weight for folder in folders)
    largest = sorted(folders, key=lambda folder: folder.weight, reverse=True)
    own = sum(folder.weight / whole * area >= _SMALL_FOLDER for folder in largest[:_FOLDERS])
    if len(folders) - own < 2:
        return largest
    small = sorted(largest[own:], key=lambda folder: folder.name)
    leaves = [replaced(leaf, name=f"{folder.name}{leaf.name}") for folder in small for leaf in folder.leaves]
    return [*largest[:own], Folder(number(len(small), "small folder"), leaves)]


def _group(folder: Folder, box: Box) -> Group:
    inner = Box(box.x, box.y + _HEADER, box.width - _GAP, box.height - _HEADER - _GAP)
    if inner.height < _HEADER or inner.width < 2 * _GAP:
        inner = Box(box.x, box.y, max(box.width - _GAP, 1), max(box.height - _GAP, 1))
    label = _fitting(folder.name, box.width) if inner.y > box.y else ""
    tiles = [_tile(run) for run in _runs(folder, inner.width * inner.height)]
    size = short_size(sum(leaf.size for leaf in folder.leaves))
    title = f"{folder.name}, {number(len(folder.leaves), 'document')}, {size}"
    return Group(label, title, box, tuple(_labelled(tile, place) for tile, place in _placed(tiles, inner, _SMALL_TILE)))


def _runs(folder: Folder, area: float) -> Iterator[list[Leaf]]:
    """The documents of a folder, each alone if it is large enough, else with the small ones that follow it."""
    least = _SMALL_TILE * folder.weight / area
    small: list[Leaf] = []
    weight = 0
    for leaf in folder.leaves:
        if leaf.weight >= least:
            yield [leaf]
            continue
        small.append(leaf)
        weight += leaf.weight
        if weight >= least:
            yield small
            small, weight = [], 0
    if small:
        yield small


def _tile(run: Sequence[Leaf]) -> Tile:
    found = [one for leaf in run for one in leaf.found]
    counts = [(sum(1 + one.more for _, one in found if one.severity == severity), severity) for severity in SEVERITIES]
    size = short_size(sum(leaf.size for leaf in run))
    label = run[0].name if len(run) == 1 else number(len(run), "document")
    name = label if len(run) == 1 else f"{label}, {run[0].name} to {run[-1].name}"
    title = ", ".join([name, size, *(number(count, severity) for count, severity in counts if count)])
    worst = next((severity for count, severity in counts if count), "")
    return Tile(title, sum(leaf.weight for leaf in run), worst, found[0][0] if found else 0, label, size)


def _placed(things: Iterable[T], box: Box, least: float) -> list[tuple[T, Box]]:
    """Things with their boxes, the largest first; what would be smaller than ``least`` is made about as large."""
    import squarify  # type: ignore[import-untyped]

    largest = sorted(things, key=lambda thing: thing.weight, reverse=True)
    scale = box.width * box.height / sum(thing.weight for thing in largest)
    areas = [max(thing.weight * scale, least) for thing in largest]
    areas = squarify.normalize_sizes(areas, box.width, box.height)
    boxes = squarify.squarify(areas, box.x, box.y, box.width, box.height)
    sides = ("x", "y", "dx", "dy")
    return [(thing, Box(*(round(one[side], 1) for side in sides))) for thing, one in zip(largest, boxes, strict=True)]


def _labelled(tile: Tile, box: Box) -> Tile:
    """A tile in its box, with as many of its words as there is room for."""
    room = box.width - (16 if tile.worst else 4)
    label = _fitting(tile.label, room) if box.height >= 20 else ""
    note = tile.note if label and box.height >= 38 and box.width >= 60 else ""
    return replaced(tile, label=label, note=note, box=box)


def _fitting(text: str, room: float) -> str:
    """The beginning of a text, as far as it fits; empty where hardly any does."""
    text = shown(text)
    most = int((room - 10) / _CHARACTER)
    if len(text) <= most and columns(text) <= most:
        return text
    for length in range(min(len(text), most - 1), _LEAST_LABEL - 1, -1):
        if columns(text[:length]) < most:
            return f"{text[:length]}…"
    return ""
