"""Choose the rules, show them the collection, and put what they find in order."""

from __future__ import annotations

from validator.loading import Loader
from validator.model import (
    SEVERITIES,
    TYPE_CHECKING,
    Edit,
    Finding,
    Fix,
    Hit,
    Options,
    Place,
    Report,
    UsageError,
    value,
)
from validator.names import block_names, loose_names
from validator.rules import catalogue
from validator.screening import NOT_TEXT
from validator.text import Lines, shown
from validator.trees import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from validator.model import Severity
    from validator.rule import Rule
    from validator.trees import Tree

_INCOMPLETE = ("unreadable", "changed", "over-limit")


def check(trees: Iterable[Tree], options: Options, notes: Sequence[str] = ()) -> Report:
    """Check each tree with the selected rules. Raises ``UsageError``."""
    run = _Run(selected(options), options)
    for tree in trees:
        run.check(tree)
    return run.report(notes)


def merged(reports: Sequence[Report]) -> Report:
    """One report of several runs."""
    return Report(
        findings=tuple(sorted((finding for report in reports for finding in report.findings), key=_order)),
        documents=sum(report.documents for report in reports),
        indexes=sum(report.indexes for report in reports),
        containers=sum(report.containers for report in reports),
        bytes=sum(report.bytes for report in reports),
        rules=max((report.rules for report in reports), default=0),
        incomplete=any(report.incomplete for report in reports),
        empty=tuple(path for report in reports for path in report.empty),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
    )


def selected(options: Options) -> list[Rule]:
    """The rules that the options choose: the longest selector that fits a rule decides; a tie excludes.

    Rules that are always on are not for choosing.
    """
    rules = catalogue()
    per_file = [selector for _, selectors in options.per_file_ignores for selector in selectors]
    for selector in (*options.select, *options.extend_select, *options.ignore, *per_file):
        if not any(_fit(rule, selector) for rule in rules):
            raise UsageError(_unknown(selector, rules))

    def chosen(rule: Rule) -> bool:
        wanted = [_fit(rule, s) for s in (*options.select, *options.extend_select)]
        if not options.select and rule.default:
            wanted.append(1)
        return max(wanted, default=0) > max((_fit(rule, s) for s in options.ignore), default=0)

    return [rule for rule in rules if rule.always or chosen(rule)]


def _fit(rule: Rule, selector: str) -> int:
    """How exactly a selector names a rule: 0 not at all, 1 as one of all, up to its whole code or name."""
    if selector == rule.name:
        return 1 + len(rule.code)
    if selector.upper() == "ALL":
        return 1
    return 1 + len(selector) if selector and rule.code.startswith(selector.upper()) else 0


def _unknown(selector: str, rules: Sequence[Rule]) -> str:
    from difflib import get_close_matches

    known = [word for rule in rules for word in (rule.code, rule.name)] + ["ALL"]
    near = get_close_matches(selector.upper(), known, 1) or get_close_matches(selector.lower(), known, 1)
    hint = f"; did you mean {near[0]}?" if near else "; `validate rules` lists them"
    return f"no rule is called {selector!r}{hint}"


@value
class _Found:
    """A hit with what is needed to turn it into a finding."""

    rule: Rule
    hit: Hit
    place: Place
    more: int = 0


_WORD = 300
"""Characters of a name that a message shows."""


class _Quoted(str):
    """A word of a message; ``{name!r}`` shows it in quotes and made safe, as a path is shown elsewhere."""

    __slots__ = ()

    def __repr__(self) -> str:
        text = shown(self)
        return f"'{text}'" if len(text) <= _WORD else f"'{text[:_WORD]}…'"


class _Run:
    """One run over any number of trees."""

    def __init__(self, rules: Sequence[Rule], options: Options) -> None:
        self._options = options
        self._by_scope = {
            scope: [rule for rule in rules if rule.scope == scope]
            for scope in ("document", "name", "container", "index", "collection")
        }
        self._rules = len(rules)
        self._findings: list[Finding] = []
        self._lines: dict[str, Lines] = {}
        self._documents = self._indexes = self._containers = self._bytes = 0
        self._incomplete = False
        self._empty: list[str] = []

    def check(self, tree: Tree) -> None:
        loader = Loader(tree, self._options)
        if loader.is_empty:
            self._empty.append(tree.path)
            return
        rules = self._by_scope["document"]
        for document in loader.documents():
            self._documents += not document.is_index
            facts = document.facts
            woken = [
                rule for rule in rules if (rule.wakes & facts or not rule.wakes) and (rule.raw or not facts & NOT_TEXT)
            ]
            self._keep(self._hits(woken, document, document.place), tree.path)
            if document.record.container is None and not document.is_index:
                self._lines.pop(document.place.path, None)  # it holds the document's bytes
        collection = loader.collection()
        for name in loose_names(collection.names):
            self._keep(self._hits(self._by_scope["name"], name, name.place), tree.path)
        for container in collection.containers:
            self._keep(self._hits(self._by_scope["container"], container, container.place), tree.path)
            for name in block_names(container):
                self._keep(self._hits(self._by_scope["name"], name, name.place), tree.path)
        for scope in collection.scopes:
            place = scope.index.place if scope.index is not None else Place(scope.path)
            self._keep(self._hits(self._by_scope["index"], scope, place), tree.path)
        self._keep(self._hits(self._by_scope["collection"], collection, Place(collection.path)), tree.path)
        self._indexes += sum(scope.index is not None for scope in collection.scopes)
        self._containers += len(collection.containers)
        self._bytes += loader.bytes
        self._incomplete |= any(problem.kind in _INCOMPLETE for problem in collection.problems)
        self._lines.clear()
        loader.close()

    def report(self, notes: Sequence[str]) -> Report:
        self._findings.sort(key=_order)
        return Report(
            findings=tuple(self._findings),
            documents=self._documents,
            indexes=self._indexes,
            containers=self._containers,
            bytes=self._bytes,
            rules=self._rules,
            incomplete=self._incomplete,
            empty=tuple(self._empty),
            notes=tuple(notes),
        )

    def _hits(self, rules: Iterable[Rule], subject: Any, place: Place) -> Iterator[_Found]:
        """What each rule finds, in full up to ``max_findings`` for each place and severity, then as a number."""
        limit = self._options.max_findings
        for rule in rules:
            found: dict[tuple[str, str | None, Severity], list[tuple[Hit, Place]]] = {}
            beyond: dict[tuple[str, str | None, Severity], int] = {}
            for hit in rule.check(subject):
                at = hit.at if hit.at is not None else place
                key = (at.path, at.document, hit.severity or rule.severity)
                listed = found.setdefault(key, [])
                if len(listed) < limit:
                    listed.append((hit, at))
                else:
                    beyond[key] = beyond.get(key, 0) + 1
            for key, listed in found.items():
                for number, (hit, at) in enumerate(listed, 1):
                    yield _Found(rule, hit, at, beyond.get(key, 0) if number == len(listed) else 0)

    def _keep(self, found: Iterable[_Found], root: str) -> None:
        items = sorted(found, key=lambda item: item.hit.span.start if item.hit.span is not None else -1)
        for item in items:
            if not self._suppressed(item, root):
                self._findings.append(self._finding(item))

    def _suppressed(self, item: _Found, root: str) -> bool:
        if not self._options.per_file_ignores or item.rule.always:
            return False
        path = item.place.path
        names = [path, path.removeprefix(root).lstrip("/"), item.place.document or path]
        return any(
            any(_fit(item.rule, selector) for selector in selectors) and any(matches(name, pattern) for name in names)
            for pattern, selectors in self._options.per_file_ignores
        )

    def _finding(self, item: _Found) -> Finding:
        rule, hit, place = item.rule, item.hit, item.place
        severity = hit.severity or rule.severity
        words = {key: _Quoted(word) if isinstance(word, str) else word for key, word in hit.words.items()}
        message = rule.message.format(**words)
        help = hit.help or rule.help
        fix = hit.fix and Fix(tuple(Edit(place.in_file(e.span), e.replacement) for e in hit.fix.edits), hit.fix.safe)
        if hit.span is None:
            return Finding(
                rule.code,
                rule.name,
                severity,
                message,
                place.path,
                place.document,
                fix=fix,
                help=help,
                more=item.more,
            )
        lines = self._lines.get(place.path)
        if lines is None:
            lines = self._lines[place.path] = Lines(place)
        span = place.in_file(hit.span)
        line, column = lines.position(span.start)
        excerpt = lines.excerpt(span)
        end_line, end_column = lines.position(span.end)
        return Finding(
            rule.code, rule.name, severity, message, place.path, place.document, line, column, end_line, end_column,
            span.start, span.end, fix, help, item.more, excerpt,
        )  # fmt: skip


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return (
        finding.path,
        -1 if finding.byte_start is None else finding.byte_start,
        SEVERITIES.index(finding.severity),
        finding.code,
    )
