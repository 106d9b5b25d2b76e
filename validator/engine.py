"""Choose the rules, show them the collection, and put what they find in order."""

from __future__ import annotations

import os
from time import perf_counter

from validator import regular
from validator.loading import EVERY, Loader
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
    replaced,
    value,
)
from validator.names import block_names, loose_names
from validator.rules import Listed, listing
from validator.screening import NOT_TEXT
from validator.text import Lines, shown
from validator.trees import Folder, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from validator.cache import Cache
    from validator.loading import Known, Part
    from validator.model import Collection, Document, Severity
    from validator.trees import Tree

    Watch: TypeAlias = Callable[[int, int, int], None]
    """Is told how many files have been read, of how many, and how many bytes."""

_INCOMPLETE = ("unreadable", "changed", "over-limit")


def check(trees: Iterable[Tree], options: Options, notes: Sequence[str] = (), means: Means | None = None) -> Report:
    """Check each tree with the selected rules. Raises ``UsageError``."""
    rules, means = selected(options), means or Means()
    cache = means.cache
    reports = [Report((), rules=len(rules), notes=tuple(notes))]
    for tree in trees:
        if cache is not None and isinstance(tree, Folder):
            reports.append(_remembered(cache, tree, rules, options, means))
        else:
            judge = Judge(rules, options)
            reports.append(_looked_at(Loader(tree, options, judge.wanted, sparing=judge.is_sparing), judge, means))
    return merged(reports)


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


def selected(options: Options) -> list[Listed]:
    """The rules that the options choose: the longest selector that fits a rule decides; a tie excludes.

    Rules that are always on are not for choosing.
    """
    rules = listing()
    per_file = [selector for _, selectors in options.per_file_ignores for selector in selectors]
    for selector in (*options.select, *options.extend_select, *options.ignore, *per_file):
        if not any(_fit(rule, selector) for rule in rules):
            raise UsageError(_unknown(selector, rules))

    def chosen(rule: Listed) -> bool:
        wanted = [_fit(rule, s) for s in (*options.select, *options.extend_select)]
        if not options.select and rule.default:
            wanted.append(1)
        return max(wanted, default=0) > max((_fit(rule, s) for s in options.ignore), default=0)

    return [rule for rule in rules if rule.always or chosen(rule)]


def _fit(rule: Listed, selector: str) -> int:
    """How exactly a selector names a rule: 0 not at all, 1 as one of all, up to its whole code or name."""
    if selector == rule.name:
        return 1 + len(rule.code)
    if selector.upper() == "ALL":
        return 1
    return 1 + len(selector) if selector and rule.code.startswith(selector.upper()) else 0


def _unknown(selector: str, rules: Sequence[Listed]) -> str:
    from difflib import get_close_matches

    known = [word for rule in rules for word in (rule.code, rule.name)] + ["ALL"]
    near = get_close_matches(selector.upper(), known, 1) or get_close_matches(selector.lower(), known, 1)
    hint = f"; did you mean {near[0]}?" if near else "; `validate rules` lists them"
    return f"no rule is called {selector!r}{hint}"


@value
class _Found:
    """A hit with what is needed to turn it into a finding."""

    rule: Listed
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


class Judge:
    """Asks rules about what is shown to it, and keeps what they find in ``findings``."""

    def __init__(self, rules: Sequence[Listed], options: Options) -> None:
        self.rules = rules
        self.findings: list[Finding] = []
        self.options = options
        self._by_scope = {
            scope: [rule for rule in rules if rule.scope == scope]
            for scope in ("document", "name", "container", "index", "collection")
        }
        self._lines: dict[str, Lines] = {}

    @property
    def wanted(self) -> int:
        """The facts about a document of which a rule may have something to say."""
        wanted = 0
        for rule in self._by_scope["document"]:
            wanted |= rule.wakes or EVERY
        return wanted

    @property
    def is_sparing(self) -> bool:
        """Whether no rule wants to see what is regular."""
        return all(rule.default for rule in self.rules if rule.scope != "document" or rule.wakes == 0)

    def document(self, document: Document, root: str) -> None:
        """Look at a document; only the rules that its facts wake are asked."""
        facts = document.facts
        woken = [
            rule
            for rule in self._by_scope["document"]
            if (rule.wakes & facts or not rule.wakes) and (rule.raw or not facts & NOT_TEXT)
        ]
        self._keep(self._hits(woken, document, document.place), root)
        if document.record.container is None and not document.is_index:
            self._lines.pop(document.place.path, None)  # it holds the document's bytes

    def collection(self, collection: Collection) -> None:
        """Look at names, containers, indexes and the whole."""
        root = collection.path
        for name in loose_names(collection.names):
            self._keep(self._hits(self._by_scope["name"], name, name.place), root)
        for container in collection.containers:
            self._keep(
                self._hits(self._asked("container", regular.container(container)), container, container.place), root
            )
            for name in block_names(container):
                self._keep(self._hits(self._by_scope["name"], name, name.place), root)
        for scope in collection.scopes:
            place = scope.index.place if scope.index is not None else Place(scope.path)
            self._keep(self._hits(self._asked("index", regular.index(scope)), scope, place), root)
        asked = self._asked("collection", regular.collection(collection))
        self._keep(self._hits(asked, collection, Place(collection.path)), root)
        self._lines.clear()

    def _asked(self, scope: str, is_regular: bool) -> Sequence[Listed]:
        """The rules of a scope that may have something to say of a subject; of a regular one few have."""
        rules = self._by_scope[scope]
        return [rule for rule in rules if not rule.default] if is_regular else rules

    def taken(self) -> list[Finding]:
        """The findings so far, which are forgotten here."""
        taken, self.findings = self.findings, []
        return taken

    def _hits(self, rules: Iterable[Listed], subject: Any, place: Place) -> Iterator[_Found]:
        """What each rule finds, in full up to ``max_findings`` for each place and severity, then as a number."""
        limit = self.options.max_findings
        for rule in rules:
            found: dict[tuple[str, str | None, Severity], list[tuple[Hit, Place]]] = {}
            times: dict[tuple[str, str | None, Severity], int] = {}
            whole = rule.load()
            for hit in whole.check(subject):
                at = hit.at if hit.at is not None else place
                key = (at.path, at.document, hit.severity or whole.severity)
                before = times.get(key, 0)
                if before < limit:
                    found.setdefault(key, []).append((hit, at))
                times[key] = before + 1
            for key, listed in found.items():
                for number, (hit, at) in enumerate(listed, 1):
                    yield _Found(rule, hit, at, times[key] - number if number == len(listed) else 0)

    def _keep(self, found: Iterable[_Found], root: str) -> None:
        items = sorted(found, key=lambda item: item.hit.span.start if item.hit.span is not None else -1)
        for item in items:
            if not self._suppressed(item, root):
                self.findings.append(self._finding(item))

    def _suppressed(self, item: _Found, root: str) -> bool:
        if not self.options.per_file_ignores or item.rule.always:
            return False
        path = item.place.path
        names = [path, path.removeprefix(root).lstrip("/"), item.place.document or path]
        return any(
            any(_fit(item.rule, selector) for selector in selectors) and any(matches(name, pattern) for name in names)
            for pattern, selectors in self.options.per_file_ignores
        )

    def _finding(self, item: _Found) -> Finding:
        rule, hit, place = item.rule.load(), item.hit, item.place
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


class Scan:
    """Reads files and looks at those that woke a rule; in another process, or to be done with in this one."""

    def __init__(self, loader: Loader, judge: Judge) -> None:
        self.loader = loader
        self.judge = judge

    def one(self, name: str) -> None:
        document = self.loader.loose(name)
        if document is not None:
            self.judge.document(document, self.loader.tree.path)

    def __call__(self, names: Sequence[str]) -> tuple[Part, list[Finding]]:
        """What is to be learnt from some files alone."""
        self.loader.apart = True
        self.loader.taken(())
        self.judge.taken()
        for name in names:
            self.one(name)
        return self.loader.taken(names), self.judge.taken()

    def __reduce__(self) -> tuple[Any, ...]:
        return _scan, (self.loader.tree, self.judge.rules, self.judge.options, self.loader.known)


def _scan(tree: Tree, rules: Sequence[Listed], options: Options, known: Mapping[str, Known] | None) -> Scan:
    judge = Judge(rules, options)
    return Scan(Loader(tree, options, judge.wanted, known, sparing=judge.is_sparing), judge)


_PATIENCE = 0.5
"""Seconds of work that are worth no further process."""
_BATCH = 256
"""Files that a process is given at once."""


@value
class Means:
    """What a run may use: ``jobs`` processes, as many as there are processors if 0 (and one for small work).

    ``cache`` remembers what it can between runs.
    """

    jobs: int = 1
    cache: Cache | None = None
    watch: Watch | None = None


def _remembered(cache: Cache, tree: Folder, rules: Sequence[Listed], options: Options, means: Means) -> Report:
    """Check a folder; if it was well and no file has changed since, only say so again."""
    found = list(tree.walk(options))
    listing = cache.listing(tree, found)
    report = cache.verdict(tree.root, listing, len(rules))
    if report is None:
        known, judge = cache.recall(tree.root), Judge(rules, options)
        loader = Loader(tree, options, judge.wanted, known, found, judge.is_sparing)
        report = _looked_at(loader, judge, means)
        cache.keep(tree.root, known, loader.learnt, listing, report)
    return replaced(report, notes=tuple(cache.notes))


def _looked_at(loader: Loader, judge: Judge, means: Means) -> Report:
    tree = loader.tree
    if loader.is_empty:
        return Report((), empty=(tree.path,))
    _read(Scan(loader, judge), means)
    for document in loader.packed():
        judge.document(document, tree.path)
    collection = loader.collection()
    judge.collection(collection)
    loader.close()
    return Report(
        findings=tuple(judge.findings),
        documents=loader.count,
        indexes=sum(scope.index is not None for scope in collection.scopes),
        containers=len(collection.containers),
        bytes=loader.bytes,
        rules=len(judge.rules),
        incomplete=any(problem.kind in _INCOMPLETE for problem in collection.problems),
    )


def _read(scan: Scan, means: Means) -> None:
    """Read the loose files; with the help of other processes, once it is worth it."""
    names, jobs, watch = scan.loader.names, means.jobs or _processors(), means.watch
    until = perf_counter() + (0 if means.jobs else _PATIENCE)
    for number, name in enumerate(names):
        if jobs > 1 and number < len(names) - 1 and perf_counter() >= until:
            _spread(scan, names[number:], jobs, means)
            return
        scan.one(name)
        if watch is not None:
            watch(number + 1, len(names), scan.loader.bytes)


def _spread(scan: Scan, names: Sequence[str], jobs: int, means: Means) -> None:
    from validator.parallel import Alone, Died, spread

    size = max(1, min(_BATCH, len(names) // (8 * jobs)))
    batches = [names[start : start + size] for start in range(0, len(names), size)]
    total = len(scan.loader.names)
    done = total - len(names)
    for batch, result in zip(batches, spread(scan, batches, jobs), strict=True):
        if isinstance(result, Alone):
            for name in batch:
                scan.one(name)
        elif not isinstance(result, Died):
            part, findings = result
            scan.loader.adopt(part)
            scan.judge.findings += findings
        elif len(batch) > 1:
            _spread(scan, batch, 1, replaced(means, watch=None))  # fewer at a time, to see which it was
        else:
            scan.loader.lost(batch, f"the process that read it died ({_ending(result.code)})")
        done += len(batch)
        if means.watch is not None:
            means.watch(done, total, scan.loader.bytes)


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return (
        finding.path,
        -1 if finding.byte_start is None else finding.byte_start,
        SEVERITIES.index(finding.severity),
        finding.code,
    )
