"""What the user allows: findings that are looked for all the same, and let pass.

The settings allow rules for files that match a pattern (``per-file-ignores``). An index allows them for its
documents, one rule at a time and with a reason: in the column ``allow``, as ``rule: reason``, several
divided by ``;``, or in its front matter, by the name of a document or a pattern::

    allow:
      letters/first.txt:
        mojibake: the damage is what the letter is about

What the index allows for a document holds for findings in it, on its name, and on its row in the index. What
cannot be obeyed, and what lets nothing pass, is a finding in its turn.
"""

from __future__ import annotations

from validator import frontmatter, manifest
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

COLUMN = "allow"


class Suppressions:
    """What is allowed in the tree at ``root``: by the settings from the start, by an index once it was heeded."""

    def __init__(self, options: Options, root: str) -> None:
        self._root = root
        self._settings = [
            Suppression("settings", pattern, selector, Place(options.source or root or "."))
            for pattern, selectors in options.per_file_ignores
            for selector in selectors
        ]
        self._indexes: dict[tuple[str, str | None], _Allowing] = {}
        self.used: set[Key] = set()

    def heed(self, index: Index) -> None:
        """Take note of what an index allows."""
        key = index.place.path, index.place.document
        if key not in self._indexes:
            self._indexes[key] = _Allowing(index)

    def find(self, rule: Listed, place: Place, span: Span | None) -> Suppression | None:
        """What allows a finding of a rule at a place, if anything does; it counts as used from now on."""
        if rule.always:
            return None
        found = next(self._fitting(rule, place, span), None)
        if found is not None:
            self.used.add(key(found))
        return found

    def _fitting(self, rule: Listed, place: Place, span: Span | None) -> Iterator[Suppression]:
        names = [place.path, place.path.removeprefix(self._root).lstrip("/"), place.document or place.path]
        for one in self._settings:
            if fit(rule, one.selector) and any(matches(name, one.pattern) for name in names):
                yield one
        for allowing in self._indexes.values():
            for one in allowing.about(place, span):
                if not one.problem and one.selector in (rule.code, rule.name):
                    yield one

    def unsound(self) -> Iterator[Suppression]:
        """What an index allows that cannot be obeyed; each says why."""
        return (one for allowing in self._indexes.values() for one in allowing.all if one.problem)

    def unused(self, rules: Sequence[Listed], names: Sequence[str], is_folder: bool) -> Iterator[Suppression]:
        """What has let nothing pass, though the rules and the documents that it is about were looked at.

        ``names`` are the files of the tree. A pattern of the settings may be meant for other collections too:
        it is judged if it names a file of this one, or if it or the settings belong to this one alone.
        """
        for one in self._settings:
            is_here = is_folder and self._is_here(one, names)
            if key(one) not in self.used and is_here and _were_asked(one.selector, rules):
                yield one
        for allowing in self._indexes.values():
            for one in allowing.all:
                if not one.problem and key(one) not in self.used and _were_asked(one.selector, rules):
                    yield one

    def _is_here(self, one: Suppression, names: Sequence[str]) -> bool:
        within = "" if self._root in ("", ".") else f"{self._root.rstrip('/')}/"
        settings = one.place.path
        if settings == (self._root or ".") or (settings.startswith(within) and not settings.startswith(("/", "../"))):
            return True
        if within and one.pattern.removeprefix("/").startswith(within):
            return True
        is_plain = not any(wildcard in one.pattern for wildcard in "*?[")
        return is_plain and any(name == one.pattern or within + name == one.pattern for name in names)


def key(one: Suppression) -> Key:
    """What tells a suppression from others, in any process."""
    return one.place.path, one.place.document, one.span.start if one.span else -1, one.pattern, one.selector


def _were_asked(selector: str, rules: Sequence[Listed]) -> bool:
    """Whether all the rules that a selector may be about were among those asked."""
    asked = {rule.code for rule in rules}
    meant = [rule for rule in listing() if fit(rule, selector)]
    return any(rule.code in asked for rule in meant) and all(rule.code in asked for rule in meant if rule.default)


class _Allowing:
    """What one index allows, by the names of its documents, by patterns, and by its rows."""

    def __init__(self, index: Index) -> None:
        place = index.place
        self.path = place.path
        self.document = place.document
        self.base = place.path.removesuffix(manifest.NAME) if place.document is None else place.path
        self.all: list[Suppression] = []
        self._by_name: dict[str, list[Suppression]] = {}
        self._rows: dict[tuple[int, int], list[Suppression]] = {}
        self._patterns = list(_of_front_matter(index))
        self.all += self._patterns
        for entry in index.entries:
            own = list(_of_entry(index, entry))
            self.all += own
            if own:
                self._by_name.setdefault(entry.name, []).extend(own)
            about = own + [one for one in self._patterns if matches(entry.name, one.pattern)]
            if about:
                row = place.in_file(entry.row)
                self._rows[row.start, row.end] = about
        self._in_file = place.in_file

    def about(self, place: Place, span: Span | None) -> Iterator[Suppression]:
        """What is allowed where a finding stands; ``span`` counts in the bytes of the place."""
        if (place.path, place.document) == (self.path, self.document) and span is not None:
            at = self._in_file(span)
            for (start, end), about in self._rows.items():
                if start <= at.start and at.end <= end:
                    yield from about
        for name in self._names(place):
            yield from self._by_name.get(name, ())
            yield from (one for one in self._patterns if matches(name, one.pattern))

    def _names(self, place: Place) -> list[str]:
        """What this index may call the document at a place."""
        if self.document is not None:
            return [place.document] if place.path == self.path and place.document is not None else []
        if not place.path.startswith(self.base):
            return []
        name = place.path.removeprefix(self.base)
        if place.document is None:
            return [name]
        return [f"{name}#{place.document}", name[: name.rfind("/") + 1] + place.document]


def _of_entry(index: Index, entry: Entry) -> Iterator[Suppression]:
    """What the cell of an entry allows."""
    said = entry.metadata.get(COLUMN, "")
    if not said.strip():
        return
    span = manifest.locate(index, entry, COLUMN)
    for part in said.split(";"):
        selectors, _, reason = part.partition(":")
        for selector in selectors.split(","):
            one = Suppression("index", entry.name, selector.strip(" `"), index.place, span, reason.strip())
            yield replaced(one, problem=_problem(one))


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
                one = Suppression("index", pattern, selector, index.place, span, reason.strip())
                yield replaced(one, problem=_problem(one))


def _problem(one: Suppression) -> str:
    """Why something cannot be allowed; empty if it can."""
    rules = listing()
    fitting = [rule for rule in rules if one.selector in (rule.code, rule.name)]
    if not one.selector:
        return "it names no rule: write it as `rule: reason`"
    if not fitting:
        is_group = any(fit(rule, one.selector) for rule in rules)
        return f"{one.selector!r} names more than one rule" if is_group else unknown(one.selector, rules)
    if fitting[0].always:
        return f"{one.selector} says that something was not checked, which cannot be allowed"
    return "" if one.reason else "it gives no reason: write it as `rule: reason`"
