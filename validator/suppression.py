"""What the user allows: findings that are looked for all the same, and let pass.

The settings allow rules for files that match a pattern (``per-file-ignores``). An index allows them for its
documents, one rule at a time and with a reason: in the column ``allow``, as ``rule: reason``, several
divided by ``;``, or in its front matter, by the name of a document or a pattern::

    allow:
      letters/first.txt:
        mojibake: the damage is what the letter is about

What the index allows for a document holds for findings in it, on its name, and on its row in the index, as
long as no nearer index governs the document. What is said of a row is said of the document that it lists, and
not of the INDEX.md. What cannot be obeyed, and what lets nothing pass, is a finding in its turn.
"""

from __future__ import annotations

import os
from bisect import bisect_right

from validator import frontmatter, manifest
from validator.addresses import is_elsewhere
from validator.model import TYPE_CHECKING, Index, Options, Place, Span, Suppression, replaced
from validator.rules import listing
from validator.selection import fit, unknown
from validator.trees import matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from validator.model import Entry
    from validator.rules import Listed

    Key: TypeAlias = tuple[str, str | None, int, str, str]
    _Trusted: TypeAlias = tuple[str, bytes]
    """A revision, and what an index says there."""

COLUMN = "allow"
_HINTS = 20
"""Rules that nobody knows for which it is guessed, index by index, what was meant."""


class Suppressions:
    """What is allowed in the tree at ``root``: by the settings from the start, by an index once it was heeded.

    All indexes of a tree are to be heeded, since each keeps those above it from speaking of its documents.
    """

    def __init__(self, options: Options, root: str) -> None:
        self._root = root
        home = os.path.dirname(os.path.abspath(options.source)) if options.source else os.getcwd()
        self._above = _below(home, root) if root and not is_elsewhere(root) else ""
        self._is_ours = not options.source or _below(root or ".", options.source) is not None
        self._settings = [
            Suppression("settings", pattern, selector, Place(options.source or root or "."))
            for pattern, selectors in options.per_file_ignores
            for selector in selectors
        ]
        self._trust = options.trust
        self._indexes: dict[tuple[str, str | None], _Allowing] = {}
        self.used: set[Key] = set()

    def heed(self, index: Index) -> None:
        """Take note of what an index allows."""
        key = index.place.path, index.place.document
        if key not in self._indexes:
            self._indexes[key] = _Allowing(index, self._held_against(index.place))

    def _held_against(self, place: Place) -> _Trusted | None:
        """What an index is held against that has changed since the trusted revision."""
        if self._trust is None:
            return None
        paths = [path for path in (place.path, place.beyond) if path]
        said = [self._trust.of(path.removeprefix(self._root).lstrip("/")) for path in paths]
        changed = [data for data in said if data is not None]
        return (self._trust.revision, changed[0]) if changed else None

    def find(self, rule: Listed, place: Place, span: Span | None, is_within: bool) -> Suppression | None:
        """What allows a finding of a rule at a place, if anything does; all that does counts as used from now on.

        ``is_within`` where the finding is about the text there, and not about what the text says of others.
        """
        if rule.always:
            return None
        found = list(self._fitting(rule, place, span, is_within))
        self.used.update(map(key, found))
        return found[0] if found else None

    def _fitting(self, rule: Listed, place: Place, span: Span | None, is_within: bool) -> Iterator[Suppression]:
        names = self._names(place) if self._settings else []
        for one in self._settings:
            if fit(rule, one.selector) and any(matches(name, one.pattern) for name in names):
                yield one
        for allowing in self._governing(place):
            entry = allowing.listed_at(place, span)
            if entry is not None:
                yield from allowing.about(rule, [entry.name])
                if not is_within:
                    return
            yield from allowing.about(rule, allowing.called(place))

    def _names(self, place: Place) -> list[str]:
        """What the settings may call a file: as it is called in the collection, from their folder, or as a block."""
        name = place.path.removeprefix(self._root).lstrip("/")
        names = [name or place.path.rpartition("/")[2]]
        if self._above:
            names.append(f"{self._above}/{name}" if name else self._above)
        return names if place.document is None else [*names, place.document]

    def _governing(self, place: Place) -> Iterator[_Allowing]:
        """The index that governs a document; of an INDEX.md, that is itself and the one above."""
        inside = self._indexes.get((place.path, manifest.NAME)) if place.document is not None else None
        if inside is not None:
            yield inside
            return
        itself = self._indexes.get((place.path, None))
        if itself is not None:
            yield itself
        folder = place.path
        while folder:
            folder = folder.rpartition("/")[0]
            above = f"{folder}/" if folder else ""
            found = self._indexes.get(
                (above + manifest.NAME, None), self._indexes.get((above + manifest.COLUMNAR, None))
            )
            if found is not None and found is not itself:
                yield found
                return

    def unsound(self) -> Iterator[Suppression]:
        """What an index allows that cannot be obeyed; each says why."""
        return (one for allowing in self._indexes.values() for one in allowing.all if one.problem or one.untrusted)

    def unused(self, rules: Sequence[Listed], names: Sequence[str], is_folder: bool) -> Iterator[Suppression]:
        """What has let nothing pass, though the rules and the documents that it is about were looked at.

        ``names`` are the files of the tree. A pattern of the settings may be meant for other collections too:
        it is judged if it names a file of this one, or if it or the settings belong to this one alone.
        """
        asked = {rule.code for rule in rules}
        known: dict[str, bool] = {}
        ours = [one for one in self._settings if is_folder and self._is_here(one, names)]
        theirs = [one for allowing in self._indexes.values() for one in allowing.obeyed]
        for one in (*ours, *theirs):
            if one.selector not in known:
                known[one.selector] = _were_asked(one.selector, asked)
            if known[one.selector] and key(one) not in self.used:
                yield one

    def _is_here(self, one: Suppression, names: Sequence[str]) -> bool:
        if self._is_ours:
            return True
        within = f"{self._above}/" if self._above else ""
        pattern = one.pattern.removeprefix("./").removeprefix("/")
        if within and pattern.startswith(within):
            return True
        is_plain = not any(wildcard in pattern for wildcard in "*?[")
        return is_plain and any(pattern in (name, within + name) for name in names)


def key(one: Suppression) -> Key:
    """What tells a suppression from others, in any process."""
    return one.place.path, one.place.document, one.span.start if one.span else -1, one.pattern, one.selector


def _below(folder: str, path: str) -> str | None:
    """A path relative to a folder that it lies in; empty for the folder itself, ``None`` if it lies elsewhere."""
    top, target = os.path.realpath(folder), os.path.realpath(path)
    if target == top:
        return ""
    top = os.path.join(top, "")
    return target[len(top) :].replace(os.sep, "/") if target.startswith(top) else None


def _were_asked(selector: str, asked: set[str]) -> bool:
    """Whether all the rules that a selector may be about were among those asked."""
    meant = [rule for rule in listing() if fit(rule, selector)]
    return any(rule.code in asked for rule in meant) and all(rule.code in asked for rule in meant if rule.default)


class _Allowing:
    """What one index allows, by the names of its documents and by patterns, each for one rule.

    A text in the front matter that is the name of a listed document means that one, and is no pattern. Where it
    is held against a trusted revision, only what that one allows too is obeyed.
    """

    def __init__(self, index: Index, trusted: _Trusted | None = None) -> None:
        place = index.place
        self._revision, known = trusted or ("", b"")
        self._trusted = _keys(manifest.parse(known, place)) if trusted is not None else None
        self._index = index
        self._base = place.path[: place.path.rfind("/") + 1] if place.document is None else place.path
        self._starts: list[int] = []  # of the rows
        self._hints = _HINTS
        self.all: list[Suppression] = []
        self._by_name: dict[tuple[str, str], list[Suppression]] = {}
        self._patterns: dict[str, list[Suppression]] = {}
        for one in _of_entries(index):
            self._take(one, is_name=True)
        in_general = list(_of_front_matter(index))
        names = {entry.name for entry in index.entries} if in_general else ()
        for one in in_general:
            self._take(one, is_name=one.pattern in names)

    def _take(self, one: Suppression, is_name: bool) -> None:
        rule = _named(one.selector)
        one = replaced(one, problem=self._problem(one, rule))
        if not one.problem and self._trusted is not None and _key(one, is_name) not in self._trusted:
            said = f"{one.selector!r} is allowed for {one.pattern!r}, which {self._revision!r} does not do"
            one = replaced(one, untrusted=said)
        self.all.append(one)
        if rule is None or one.problem or one.untrusted:
            return
        if is_name:
            self._by_name.setdefault((rule.code, one.pattern), []).append(one)
        else:
            self._patterns.setdefault(rule.code, []).append(one)

    def _problem(self, one: Suppression, rule: Listed | None) -> str:
        """Why something cannot be allowed; empty if it can."""
        if not one.selector:
            return "it names no rule: write it as `rule: reason`"
        if rule is not None and rule.code.startswith("VAL"):
            return f"{one.selector} says something of the check itself, which cannot be allowed"
        if rule is not None:
            return "" if one.reason else "it gives no reason: write it as `rule: reason`"
        rules = listing()
        if any(fit(rule, one.selector) for rule in rules):
            return f"{one.selector!r} names more than one rule"
        self._hints -= 1
        return unknown(one.selector, rules if self._hints >= 0 else ())

    @property
    def obeyed(self) -> Iterator[Suppression]:
        """What can be obeyed, and is trusted."""
        return (one for one in self.all if not (one.problem or one.untrusted))

    def about(self, rule: Listed, names: Sequence[str]) -> Iterator[Suppression]:
        """What is allowed for a document that may be called so."""
        for name in names:
            yield from self._by_name.get((rule.code, name), ())
            yield from (one for one in self._patterns.get(rule.code, ()) if matches(name, one.pattern))

    def listed_at(self, place: Place, span: Span | None) -> Entry | None:
        """The entry whose row a finding stands on, if that is one of this index; ``span`` counts in the place."""
        own, entries = self._index.place, self._index.entries
        if span is None or (place.path, place.document, place.start) != (own.path, own.document, own.start):
            return None
        if len(self._starts) < len(entries):
            self._starts = [entry.row.start for entry in entries]
        at = bisect_right(self._starts, span.start) - 1
        return entries[at] if at >= 0 and span.end <= entries[at].row.end else None

    def called(self, place: Place) -> list[str]:
        """What this index may call the document at a place."""
        if self._index.place.document is not None:
            return [place.document] if place.path == self._base and place.document is not None else []
        name = place.path.removeprefix(self._base)
        if place.document is None:
            return [name]
        return [f"{name}#{place.document}", name[: name.rfind("/") + 1] + place.document]


def _keys(index: Index) -> frozenset[tuple[str, str, bool]]:
    """What an index allows, by document or pattern, by rule, and whether it means a document."""
    names = {entry.name for entry in index.entries}
    in_general = frozenset(_key(one, one.pattern in names) for one in _of_front_matter(index))
    return in_general | {_key(one, True) for one in _of_entries(index)}


def _key(one: Suppression, is_name: bool) -> tuple[str, str, bool]:
    rule = _named(one.selector)
    return one.pattern, rule.code if rule is not None else one.selector, is_name


def _of_entries(index: Index) -> Iterator[Suppression]:
    """What the rows of an index allow."""
    return (one for entry in index.entries if COLUMN in index.columns for one in _of_entry(index, entry))


def _of_entry(index: Index, entry: Entry) -> Iterator[Suppression]:
    """What the cell of an entry allows."""
    said = entry.metadata.get(COLUMN, "")
    if not said.strip():
        return
    span = manifest.locate(index, entry, COLUMN)
    for part in said.split(";"):
        selectors, _, reason = part.partition(":")
        for selector in selectors.split(","):
            yield Suppression("index", entry.name, selector.strip(" `"), index.place, span, reason.strip())


def _of_front_matter(index: Index) -> Iterator[Suppression]:
    """What the front matter of an index allows."""
    found = frontmatter.read(index.data) if index.front_matter is not None else None
    said = found.values.get(COLUMN) if found is not None else None
    if found is None or not isinstance(said, dict):
        return  # it is told by the schema if it is anything else
    for pattern, rules in said.items():
        for selector, reason in rules.items() if isinstance(rules, dict) else ():
            if isinstance(reason, str):
                span = found.spans.get((COLUMN, pattern, selector))
                yield Suppression("index", pattern, selector, index.place, span, reason.strip())


def _named(selector: str) -> Listed | None:
    """The rule that has this code or this name."""
    if not _BY_NAME:
        _BY_NAME.update((word, rule) for rule in listing() for word in (rule.code, rule.name))
    return _BY_NAME.get(selector)


_BY_NAME: dict[str, Listed] = {}
