"""Ask rules about what is shown, and turn what they say into findings."""

from __future__ import annotations

from validator import regular
from validator.digests import sha256
from validator.loading import EVERY
from validator.model import (
    TYPE_CHECKING,
    Edit,
    Excerpt,
    Finding,
    Fix,
    Hit,
    Options,
    Place,
    Suppressed,
    replaced,
    value,
)
from validator.names import block_names, loose_names
from validator.rules import Listed
from validator.screening import DESCRIBED, NOT_TEXT
from validator.sketching import LIMITS
from validator.text import Lines, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    from validator.model import Collection, Document, Index, Name, Names, Severity, Suppression
    from validator.suppression import Key, Suppressions

    _Key: TypeAlias = tuple[str, str | None, Severity, Suppression | None]


@value
class _Found:
    """A hit with what is needed to turn it into a finding."""

    rule: Listed
    hit: Hit
    place: Place
    more: int = 0
    allowed: Suppression | None = None


_PASSED_OVER = ("link", "special")
"""Problems of what no rule would look into: they leave nothing unseen."""
_WORD = 300
"""Characters of a name that a message shows."""


class _Quoted(str):
    """A word of a message; ``{name!r}`` shows it in quotes and made safe, as a path is shown elsewhere."""

    __slots__ = ()

    def __repr__(self) -> str:
        text = shown(self)
        return f"'{text}'" if len(text) <= _WORD else f"'{text[:_WORD]}…'"


@value
class Found:
    """What rules have found in some files, what of it is allowed, and by what."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    used: frozenset[Key] = frozenset()


class Judge:
    """Asks rules about the tree at ``root``, and keeps what they find in ``findings``, or in ``suppressed``."""

    def __init__(self, rules: Sequence[Listed], options: Options, root: str) -> None:
        self.rules = rules
        self.findings: list[Finding] = []
        self.suppressed: list[Suppressed] = []
        self.options = options
        self.root = root
        self._heeded: dict[int, Index] = {}
        self._allowed: Suppressions | None = None
        if options.per_file_ignores:
            self._suppressions()
        self._by_scope = {
            scope: [rule for rule in rules if rule.scope == scope]
            for scope in ("document", "name", "container", "index", "collection", "suppression")
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
        is_default = all(rule.default for rule in self.rules if rule.scope != "document" or rule.wakes == 0)
        return is_default and self.sketching < LIMITS["full"]

    @property
    def sketching(self) -> int:
        """Bytes of prose up to which a rule wants to know which documents resemble each other."""
        is_asked = any(rule.code in ("DUP002", "RES011") for rule in self._by_scope["collection"])
        return LIMITS[self.options.near_duplicates] if is_asked else 0

    def document(self, document: Document) -> None:
        """Look at a document; only the rules that its facts wake are asked.

        Of one that nobody asked about, what its index says is judged all the same if the index was asked about.
        """
        is_asked = self._is_asked(document.place)
        facts = document.facts if is_asked else document.facts & (DESCRIBED | NOT_TEXT)
        if not is_asked and not (facts & DESCRIBED and self._is_listing_asked(document)):
            return
        if document.index is not None:
            self.heed(document.index)
        woken = self._woken.get(facts)
        if woken is None:
            rules = self._by_scope["document"]
            named = [rule for rule in rules if rule.wakes & facts or not rule.wakes]
            woken = self._woken[facts] = [rule for rule in named if rule.raw or not facts & NOT_TEXT]
        found = self._hits(woken, document, document.place)
        self._keep(found if is_asked else (one for one in found if one.place != document.place))
        if document.record.container is None and not document.is_index:
            self._lines.pop(document.place.path, None)  # it holds the document's bytes

    def collection(self, collection: Collection) -> None:
        """Look at names, containers, indexes and the whole."""
        for scope in collection.scopes:
            if scope.index is not None:
                self.heed(scope.index)
        for name in loose_names(collection.names):
            if self._is_asked(name.place):
                self._keep(self._hits(self._by_scope["name"], name, name.place))
        for container in filter(lambda one: self._is_asked(one.place), collection.containers):
            asked = self._asked("container", regular.container(container))
            self._keep(self._hits(asked, container, container.place))
            for name in block_names(container):
                self._keep(self._hits(self._by_scope["name"], name, name.place))
        for scope in collection.scopes:
            place = scope.index.place if scope.index is not None else Place(scope.path)
            self._keep(self._hits(self._asked("index", regular.index(scope)), scope, place))
        asked = self._asked("collection", regular.collection(collection))
        self._keep(self._hits(asked, collection, Place(collection.path)))
        self._look_at_suppressions(collection)
        self._lines.clear()

    def heed(self, index: Index) -> None:
        """Take note of what an index allows. It costs nothing as long as none allows anything."""
        if id(index) not in self._heeded:
            self._heeded[id(index)] = index  # which keeps the number from being given to another
            if self._allowed is not None:
                self._allowed.heed(index)
            elif may_allow(index):
                self._suppressions()

    def _suppressions(self) -> Suppressions:
        if self._allowed is None:
            from validator.suppression import Suppressions

            self._allowed = Suppressions(self.options, self.root)
            for index in self._heeded.values():
                self._allowed.heed(index)
        return self._allowed

    def _look_at_suppressions(self, collection: Collection) -> None:
        if self._allowed is None:
            return
        names, is_folder = collection.names.texts, bool(collection.names.texts)
        all_seen = self.options.only is None and all(one.kind in _PASSED_OVER for one in collection.problems)
        unused = self._allowed.unused(self.rules, names, is_folder) if all_seen else ()
        self.suppressions([*self._allowed.unsound(), *unused])

    def suppressions(self, some: Sequence[Suppression]) -> None:
        """Look at what was allowed for nothing, or cannot be obeyed."""
        for rule in self._by_scope["suppression"]:
            check = rule.load().check
            self._keep(self._listed(rule, (hit for one in some for hit in check(one)), Place(self.root)))

    def _is_asked(self, place: Place) -> bool:
        """Whether a file is among those that rules are asked about one by one."""
        only = self.options.only
        return only is None or place.path.removeprefix(self.root).lstrip("/") in only

    def _is_listing_asked(self, document: Document) -> bool:
        """Whether the index that lists a document, or the file with its rows, is among those asked about."""
        place = document.index.place if document.index is not None else document.place
        return self._is_asked(place) or (bool(place.beyond) and self._is_asked(Place(place.beyond)))

    def _asked(self, scope: str, is_regular: bool) -> Sequence[Listed]:
        """The rules of a scope that may have something to say of a subject; of a regular one few have."""
        rules = self._by_scope[scope]
        return [rule for rule in rules if not rule.default] if is_regular else rules

    def misnamed(self, found: Names) -> list[str]:
        """The loose files of whose names, or of whose folders, something is to be said."""
        return [name.text for name in loose_names(found) if self.is_misnamed(name)]

    def is_misnamed(self, name: Name) -> bool:
        """Whether something is to be said of a name alone."""
        return any(True for _ in self._hits(self._by_scope["name"], name, name.place))

    def taken(self) -> Found:
        """What was found so far, which is forgotten here."""
        used: frozenset[Key] = frozenset(self._allowed.used if self._allowed is not None else ())
        found = Found(tuple(self.findings), tuple(self.suppressed), used)
        self.findings, self.suppressed = [], []
        return found

    def adopt(self, found: Found) -> None:
        """Take over what another judge of the same tree has found."""
        self.findings += found.findings
        self.suppressed += found.suppressed
        if found.used:
            self._suppressions().used |= found.used

    def _hits(self, rules: Iterable[Listed], subject: Any, place: Place) -> Iterator[_Found]:
        """What each rule finds."""
        for rule in rules:
            yield from self._listed(rule, rule.load().check(subject), place)

    def _listed(self, rule: Listed, hits: Iterable[Hit], place: Place) -> Iterator[_Found]:
        """What a rule finds, in full up to ``max_findings`` for each place and severity, then as a number."""
        limit, usual = self.options.max_findings, rule.load().severity
        found: dict[_Key, list[tuple[Hit, Place]]] = {}
        times: dict[_Key, int] = {}
        for hit in hits:
            at = hit.at if hit.at is not None else place
            allowed = self._allowing(rule, hit, at) if self._allowed is not None else None
            key = at.path, at.document, hit.severity or usual, allowed
            before = times.get(key, 0)
            if before < limit:
                found.setdefault(key, []).append((hit, at))
            times[key] = before + 1
        for key, listed in found.items():
            for number, (hit, at) in enumerate(listed, 1):
                yield _Found(rule, hit, at, times[key] - number if number == len(listed) else 0, key[3])

    def _allowing(self, rule: Listed, hit: Hit, at: Place) -> Suppression | None:
        is_within = rule.scope == "document" and hit.at is None
        return self._suppressions().find(rule, at, hit.span, is_within)

    def _keep(self, found: Iterable[_Found]) -> None:
        items = sorted(found, key=lambda item: item.hit.span.start if item.hit.span is not None else -1)
        for item in items:
            finding = self._finding(item)
            if item.allowed is None:
                self.findings.append(finding)
            else:
                self.suppressed.append(Suppressed(finding, item.allowed.by, item.allowed.reason))

    def _finding(self, item: _Found) -> Finding:
        rule, hit, place = item.rule.load(), item.hit, item.place
        severity = hit.severity or rule.severity
        words = {key: _Quoted(word) if isinstance(word, str) else word for key, word in hit.words.items()}
        message = rule.message.format(**words)
        help = hit.help or rule.help
        fix = hit.fix and Fix(tuple(Edit(place.in_file(e.span), e.replacement) for e in hit.fix.edits), hit.fix.safe)
        if place.beyond and hit.span is not None and hit.span.start >= place.size:
            hit, place, fix = replaced(hit, span=None), Place(place.beyond), None
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
                fingerprint=_fingerprint(rule.code, hit),
                passages=hit.passages,
            )
        lines = self._lines.get(place.path)
        if lines is None:
            lines = self._lines[place.path] = Lines(place)
        span = place.in_file(hit.span)
        line, column = lines.position(span.start)
        excerpt = lines.excerpt(span)
        marked = place.read(span.start, min(span.end, span.start + _MARKED))
        end_line, end_column = lines.position(span.end)
        return Finding(
            rule.code, rule.name, severity, message, place.path, place.document, line, column, end_line, end_column,
            span.start, span.end, fix, help, item.more, excerpt, _fingerprint(rule.code, hit, excerpt, marked),
            hit.passages,
        )  # fmt: skip


def may_allow(index: Index) -> bool:
    """Whether an index may allow anything; nearly none does, and then nothing is imported for it."""
    span = index.front_matter
    return "allow" in index.columns or (span is not None and index.data.find(b"allow", span.start, span.end) >= 0)


_IDENTIFYING = (
    *("name", "other", "id", "digest", "detail", "problem"),
    *("relation", "closed", "size", "listed", "what"),
)
"""Words of a message that say what is meant, and not how often or how far."""
_MARKED = 1 << 16
"""Bytes of a marked text by which a finding is known."""


def _fingerprint(code: str, hit: Hit, excerpt: Excerpt | None = None, marked: bytes = b"") -> str:
    """What stays the same while the offence does, wherever it moves to; see ``model.Finding``.

    Blanks do not count: an index is aligned anew when a row grows.
    """
    parts = [code.encode()]
    parts += [str(hit.words[key]).encode("utf-8", "surrogatepass") for key in _IDENTIFYING if key in hit.words]
    if excerpt is not None:
        parts += [b" ".join(part.split()) for part in (excerpt.before, marked, excerpt.after)]
    return sha256(b"\0".join(parts)).hexdigest()[:32]
