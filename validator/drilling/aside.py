"""A collection as it lies, with changes that only memory holds."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

from validator.drilling.places import Change
from validator.trees import Found, Memory, Odd, excluded

if TYPE_CHECKING:
    from validator.model import Finding, Options
    from validator.trees import Source, Tree

_LARGEST = 64 << 20
"""Bytes of a file that is spoilt; larger ones are checked, and left as they are."""


class Aside(MutableMapping[str, "bytes | Odd"]):
    """A tree, and at the same time a mapping of its files in which they can be replaced.

    Nothing is ever written: a file that was replaced is read from here, every other one from its place.
    """

    def __init__(self, tree: Tree, options: Options) -> None:
        self.is_folder = tree.is_folder
        self.path = tree.path
        self._tree = tree
        self._found = {found.name: found.odd for found in tree.walk(options)}
        self._large = {name for name, odd in self._found.items() if odd is None and self._size(name) > _LARGEST}
        self._changed: dict[str, bytes | Odd | None] = {}

    def __getitem__(self, name: str) -> bytes | Odd:
        content = self._changed[name] if name in self._changed else self._original(name)
        if content is None:
            raise KeyError(name)
        return content

    def __setitem__(self, name: str, content: bytes | Odd) -> None:
        self._changed[name] = content

    def __delitem__(self, name: str) -> None:
        self._changed[name] = None

    def __iter__(self) -> Iterator[str]:
        names = {*self._found, *self._changed} - self._large
        return (name for name in names if self._changed.get(name, b"") is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(one == name for one in self)

    def restore(self) -> None:
        """Forget all changes."""
        self._changed.clear()

    def changes(self) -> list[Change]:
        """The files that are not as they lie, in order of name."""
        return [
            Change(name, self.shown(name), before, after)
            for name, after in sorted(self._changed.items())
            if (before := self._original(name)) != after
        ]

    def lines(self, finding: Finding) -> bytes:
        """The lines that a finding marks, nothing where it speaks of a file as a whole."""
        name = next((name for name in self if self.shown(name) == finding.path), None)
        data = self[name] if name is not None else None
        if finding.byte_start is None or finding.byte_end is None or not isinstance(data, bytes):
            return b""
        end = data.find(b"\n", finding.byte_end)
        return data[data.rfind(b"\n", 0, finding.byte_start) + 1 : end if end >= 0 else len(data)]

    def walk(self, options: Options) -> Iterator[Found]:
        """Every file once, in order of name."""
        for name in sorted({*self._found, *self._changed}):
            content = self._changed[name] if name in self._changed else self._found[name] or b""
            if content is not None and not excluded(name, options):
                yield Found(name, content if isinstance(content, Odd) else None)

    def open(self, name: str) -> Source:
        """Open a file that was walked past. Raises ``OSError``."""
        content = self._changed.get(name)
        return self._tree.open(name) if content is None else Memory({name: content}).open(name)

    def shown(self, name: str) -> str:
        """The name as the user would write it."""
        return self._tree.shown(name)

    def _original(self, name: str) -> bytes | Odd | None:
        odd = self._found.get(name, Odd("absent"))
        if odd is not None:
            return None if odd.kind == "absent" else odd
        source = self._tree.open(name)
        try:
            return source.read(0, source.size)
        finally:
            source.close()

    def _size(self, name: str) -> int:
        try:
            source = self._tree.open(name)
        except OSError:
            self._found[name] = Odd("unreadable")
            return 0
        try:
            return source.size
        finally:
            source.close()
