"""Choose the rules, ask them about what is shown, and turn what they say into findings."""

from __future__ import annotations

from validator import regular
from validator.loading import EVERY
from validator.model import TYPE_CHECKING, Edit, Finding, Fix, Hit, Options, Place, UsageError, value
from validator.names import block_names, loose_names
from validator.rules import Listed, listing
from validator.screening import NOT_TEXT
from validator.text import Lines, shown
from validator.trees import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from validator.model import Collection, Document, Severity


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
        self._woken: dict[int, list[Listed]] = {}  # by the facts of a document

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
        woken = self._woken.get(facts)
        if woken is None:
            rules = self._by_scope["document"]
            named = [rule for rule in rules if rule.wakes & facts or not rule.wakes]
            woken = self._woken[facts] = [rule for rule in named if rule.raw or not facts & NOT_TEXT]
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
