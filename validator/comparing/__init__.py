"""What is different between two collections: folders, containers and git revisions, in any mix.

**Documents** are the files of a folder, its indexes among them, or the blocks of a container. They are
matched by name, then by a name that differs only in case or normalisation, then by id, then by digest, each
time in order of name. So nothing is called renamed whose name is on both sides. An id counts among the
documents of the same index or, where no index gives it, of the same container.

**A container in a folder** is a document. Where it has changed, its blocks are told in its place, as
``container#block``; a change of nothing but its framing stays a change of the container. One that came or
went is told block by block only where one of them is known from elsewhere. A packed copy that fared like
its original is no document of its own: ``Version.copies`` names it.

**Metadata** are what an index says of a document beyond its name, size and digest. They are compared where
a document is listed on both sides.

Contents are hashed piece by piece. Those that differ are read again and, up to a size, compared.
"""

from __future__ import annotations

import os

from validator import container, discovery, matching, text
from validator.addresses import is_url
from validator.comparing.sides import UNREAD, Held, Side, Version
from validator.model import TYPE_CHECKING, Options, Problem, UsageError, value
from validator.revisions import is_spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from typing import TypeAlias

    from validator.trees import Tree

    Ends: TypeAlias = "tuple[Held | None, Held | None]"  # as it was, as it is
    Key: TypeAlias = "Callable[[Held], Hashable]"

_LONGEST = 4096
"""Characters of a name: no file system takes a longer one."""
_COUNTED = 1 << 23
"""Bytes of two texts up to which their lines are counted."""

__all__ = ["Difference", "Pair", "Version", "changed_lines", "compare", "diff", "kind_of"]


@value
class Pair:
    """A document on both sides.

    ``kind`` tells how its content departs from the old one: empty where it does not, else one of the
    differences of ``model.Record`` that need no container (``line-ends``, ``content`` and so on), or
    ``framing``, or ``blocks`` where those are listed on their own. ``lines`` is how many lines of a text
    only the new and only the old one has; ``None`` where they were not counted. ``metadata`` holds what
    the index said, and says now, where that has changed.
    """

    old: Version
    new: Version
    kind: str = ""
    lines: tuple[int, int] | None = None
    metadata: dict[str, tuple[str | None, str | None]] = {}


@value
class Difference:
    """How collection ``b`` departs from collection ``a``, each in order of name.

    ``problems`` are what could be no document, or could not be read; of the latter nothing is said,
    ``notes`` what else the user should know.
    """

    a: str
    b: str
    added: tuple[Version, ...] = ()
    removed: tuple[Version, ...] = ()
    renamed: tuple[Pair, ...] = ()
    changed: tuple[Pair, ...] = ()
    unchanged: tuple[Pair, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no document differs."""
        return not (self.added or self.removed or self.renamed or self.changed)

    @property
    def incomplete(self) -> bool:
        """Whether something could not be compared."""
        return any(problem.kind in UNREAD for problem in self.problems)


def diff(a: str, b: str, options: Options | None = None) -> Difference:
    """Compare two collections, each a folder, a container, a document, an archive or ``REV:path``.

    A path that exists is taken before a revision that is spelled like it. Raises ``UsageError``.
    """
    options = options or Options()
    trees: list[Tree] = []
    notes: list[str] = []
    try:
        for path in (a, b):
            tree, note = _tree_at(path, options)
            trees.append(tree)
            notes += [note] if note else []
        return compare(trees[0], trees[1], options, notes)
    finally:
        for tree in trees:
            discovery.let_go(tree)


def _tree_at(path: str, options: Options) -> tuple[Tree, str]:
    """The tree of a path, and a note if git could not be asked what it ignores."""
    if discovery.is_archive(path):
        return discovery.archive(path, options), ""
    if os.path.lexists(path):
        return discovery.tree_at(path)
    if is_url(path):
        discovery.refuse_elsewhere(path, "fetch it, and compare it here")
    if not is_spelled(path):
        raise UsageError(f"no such file or folder: {path!r}; a git revision is written REV:path, or REV: for all of it")
    return discovery.revision(path), ""


def compare(a: Tree, b: Tree, options: Options, notes: Iterable[str] = ()) -> Difference:
    """Compare two trees. Raises ``UsageError`` where git fails."""
    one, other = Side(a, options), Side(b, options)
    old, new = list(one.documents), list(other.documents)
    pairs = [*_pair(old, new, _same), *_pair(old, new, _moved_container)]
    containers = _open_containers(one, old, other, new)
    unread = one.unread | other.unread
    old, new = ([held for held in side if not _is_unread(held.version.name, unread)] for side in (old, new))
    for key in _KEYS:
        pairs += _pair(old, new, key)
    fates = [_Fate(left, right, _compared(one, left, other, right)) for left, right in pairs]
    fates += [_Fate(held, None) for held in old] + [_Fate(None, held) for held in new]
    told = _with_copies(_with_containers(fates, containers))

    def versions(word: str) -> tuple[Version, ...]:
        found = [held.version for fate in told if fate.word == word for held in (fate.old, fate.new) if held]
        return tuple(sorted(found, key=lambda version: (version.name, version.sha256)))

    def changes(word: str) -> tuple[Pair, ...]:
        found = [fate.pair for fate in told if fate.word == word and fate.pair]
        return tuple(sorted(found, key=lambda pair: (pair.new.name, pair.old.name, pair.new.sha256, pair.old.sha256)))

    return Difference(
        a.path,
        b.path,
        versions("added"),
        versions("removed"),
        changes("renamed"),
        changes("changed"),
        changes("unchanged"),
        (*one.problems.values(), *other.problems.values()),
        tuple(dict.fromkeys(notes)),
    )


@value
class _Fate:
    """What became of a document: ``pair`` where it is on both sides."""

    old: Held | None
    new: Held | None
    pair: Pair | None = None

    @property
    def word(self) -> str:
        if self.pair is None:
            return "added" if self.old is None else "removed"
        if self.pair.old.name != self.pair.new.name:
            return "renamed"
        return "changed" if self.pair.kind or self.pair.metadata else "unchanged"


def _same(held: Held) -> Hashable:
    return held.version.name, held.version.sha256


def _moved_container(held: Held) -> Hashable:
    return held.version.sha256 if held.is_container else None


def _identity(held: Held) -> Hashable:
    return (held.scope, held.version.id) if held.version.id else None


def _last(held: Held) -> str:
    """The last part of a name; that of a block is the one that it has in its container."""
    return held.version.name[len(held.carrier) :].removeprefix("#").rpartition("/")[2]


_KEYS: tuple[Key, ...] = (
    _same,
    lambda held: held.version.name,
    lambda held: (held.carrier, matching.spelling(held.version.name)),
    lambda held: (identity := _identity(held)) and (identity, held.version.sha256, held.carrier),
    lambda held: (identity := _identity(held)) and (identity, held.carrier),
    _identity,
    lambda held: (held.version.sha256, _last(held), held.carrier),
    lambda held: (held.version.sha256, _last(held)),
    lambda held: (held.version.sha256, held.carrier),
    lambda held: held.version.sha256,
)
"""What documents have in common that are taken for the same, the surest first."""


def _pair(old: list[Held], new: list[Held], key: Key) -> list[tuple[Held, Held]]:
    """Take pairs with equal keys out of both lists, each time the first of the one and the first of the other."""
    waiting: dict[Hashable, list[Held]] = {}
    for held in reversed(new):
        waiting.setdefault(key(held), []).append(held)
    waiting.pop(None, None)
    pairs = [(held, found.pop()) for held in old if (found := waiting.get(key(held)))]
    if pairs:
        taken = {id(held) for pair in pairs for held in pair}
        old[:] = [held for held in old if id(held) not in taken]
        new[:] = [held for held in new if id(held) not in taken]
    return pairs


def _open_containers(one: Side, old: list[Held], other: Side, new: list[Held]) -> dict[str, Ends]:
    """Put blocks in the place of their containers where nothing but containers has the name; return those."""
    opened: dict[str, Ends] = {}
    before, after = ({held.version.name: held for held in side} for side in (old, new))
    for name in sorted({held.version.name for held in (*old, *new) if held.is_container}):
        left, right = before.get(name), after.get(name)
        if not all(held.is_container for held in (left, right) if held):
            continue
        inside = one.blocks(left) if left else None, other.blocks(right) if right else None
        if [] in inside:
            continue
        opened[name] = left, right
        old += inside[0] or []
        new += inside[1] or []
    for side in (old, new):
        side[:] = [held for held in side if not (held.is_container and held.version.name in opened)]
        side.sort(key=lambda held: held.version.name)
    return opened


def _is_unread(name: str, unread: frozenset[str]) -> bool:
    """Whether a document, a folder that it lies in, or its container could not be read."""
    if not unread:
        return False
    ends = [at for at, character in enumerate(name[:_LONGEST]) if character in "/#"]
    return name in unread or "" in unread or any(name[:end] in unread for end in ends)


def _with_containers(fates: list[_Fate], opened: dict[str, Ends]) -> list[_Fate]:
    """The fates, with those of opened containers where their blocks do not tell them."""
    words: dict[str, set[str]] = {}
    for fate in fates:
        for held in (fate.old, fate.new):
            if held is not None and held.carrier:
                words.setdefault(held.carrier, set()).add(fate.word)
    told, whole = [], set()
    for name, (old, new) in opened.items():
        inside = words.get(name, set())
        if old is None or new is None:
            if inside in ({"added"}, {"removed"}):
                whole.add(name)
                told.append(_Fate(old, new))
            continue
        metadata = _metadata(old.version, new.version)
        kind = "framing" if inside <= {"unchanged"} else "blocks"
        if kind == "framing" or metadata:
            told.append(_Fate(old, new, Pair(old.version, new.version, kind, None, metadata)))
    kept = [fate for fate in fates if not any(held and held.carrier in whole for held in (fate.old, fate.new))]
    return kept + told


def _with_copies(fates: list[_Fate]) -> list[_Fate]:
    """The fates, but for those of packed copies that fared like their originals; the originals name them."""
    copies: dict[Hashable, list[_Fate]] = {_key(fate, _file): [] for fate in fates if not _is_block(fate)}
    kept = []
    for fate in fates:
        found = copies.get(_key(fate, _original))
        if found is not None:
            found.append(fate)
        else:
            kept.append(fate)
    return [_naming(fate, copies.get(_key(fate, _file), [])) for fate in kept]


def _key(fate: _Fate, part: Callable[[Held], str]) -> Hashable:
    return fate.word, *(part(held) if held is not None else None for held in (fate.old, fate.new))


def _file(held: Held) -> str:
    return held.file if held.block is None else ""


def _original(held: Held) -> str:
    return held.copy_of


def _is_block(fate: _Fate) -> bool:
    return any(held is not None and held.block is not None for held in (fate.old, fate.new))


def _naming(fate: _Fate, copies: list[_Fate]) -> _Fate:
    """A fate whose versions name the packed copies."""
    if not copies:
        return fate
    old = _with_names(fate.old, [copy.old for copy in copies])
    new = _with_names(fate.new, [copy.new for copy in copies])
    pair = fate.pair
    if pair is not None and old is not None and new is not None:
        pair = Pair(old.version, new.version, pair.kind, pair.lines, pair.metadata)
    return _Fate(old, new, pair)


def _with_names(held: Held | None, copies: list[Held | None]) -> Held | None:
    if held is None:
        return None
    one = held.version
    names = tuple(sorted(copy.version.name for copy in copies if copy is not None))
    return Held(Version(one.name, one.size, one.sha256, one.id, one.metadata, names), held.file)


def _compared(one: Side, old: Held, other: Side, new: Held) -> Pair:
    kind, lines = "", None
    if old.version.sha256 != new.version.sha256:
        before = one.content(old)
        after = other.content(new) if before is not None else None
        kind = "content"
        if before is not None and after is not None:
            kind, lines = kind_of(before, after), changed_lines(before, after)
    return Pair(old.version, new.version, kind, lines, _metadata(old.version, new.version))


def _metadata(old: Version, new: Version) -> dict[str, tuple[str | None, str | None]]:
    """What the index says otherwise than before."""
    before, after = old.metadata, new.metadata
    changes = {}
    has_id = False
    if before is not None and after is not None:
        keys = sorted((before.keys() | after.keys()) - {"id"})
        changes = {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}
        has_id = "id" in before or "id" in after
    # An id that only a container gives may be one that was made up when it was written.
    if old.id != new.id and (has_id or (old.id and new.id)):
        return {"id": (old.id, new.id), **changes}
    return changes


def kind_of(old: bytes, new: bytes) -> str:
    """By which small change, if it is one, a content departs from the old one; see ``Pair``."""
    if old in (new + b"\n", new + b"\r\n"):
        return "final-newline-lost"
    if new in (old + b"\n", old + b"\r\n"):
        return "final-newline-added"
    if old.replace(b"\r\n", b"\n") == new.replace(b"\r\n", b"\n"):
        return "line-ends"
    if old.removeprefix(container.BOM) == new.removeprefix(container.BOM):
        return "byte-order-mark"
    if old.count(b"\n") == new.count(b"\n") and not (old.isascii() and new.isascii()):
        from unicodedata import normalize

        before, after = (data.decode("utf-8", "surrogateescape") for data in (old, new))
        if normalize("NFC", before) == normalize("NFC", after):
            return "normalization"
    return "content"


def changed_lines(old: bytes, new: bytes) -> tuple[int, int] | None:
    """How many lines only the new, and only the old text has; ``None`` where one is long or no text.

    A line that has moved counts as the same, so that the time grows with the lengths alone.
    """
    if len(old) + len(new) > _COUNTED or text.binary_kind(old) or text.binary_kind(new):
        return None
    from collections import Counter

    before, after = (Counter(data.removesuffix(b"\n").split(b"\n")) if data else Counter() for data in (old, new))
    return (after - before).total(), (before - after).total()
