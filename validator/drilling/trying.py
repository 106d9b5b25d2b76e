"""Every rule's fault, committed on a collection as it lies, and looked for.

The faults exist in memory alone: what is checked is the collection itself, with a few files replaced
(``aside``). A fault counts as found where its rule speaks anew, and speaks at its place (``places``).
Places are drawn from a seed, so that the same collection gives the same drill again.
"""

from __future__ import annotations

from random import Random

from validator import engine, faults
from validator.drilling.aside import Aside
from validator.drilling.places import Change, is_at, of_first
from validator.model import TYPE_CHECKING, Finding, Options, UsageError, replaced, value
from validator.parallel import Alone, Died, spread
from validator.rules import listing
from validator.selection import selected
from validator.trees import File, Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from validator.model import Severity
    from validator.rule import Rule
    from validator.trees import Tree

FOUND, ALLOWED, ELSEWHERE, MISSED, INAPPLICABLE = "found", "allowed", "elsewhere", "missed", "inapplicable"
_EVERY = 1_000_000
_DRAWS = 5
"""Times that a place is drawn for a fault which changes nothing where it was to be committed."""


@value
class Trial:
    """One fault and what became of it.

    ``place`` is where it was committed, as ``path:line:column`` or as a path. ``outcome`` is ``found``; or
    ``allowed`` (the collection permits it there), ``elsewhere`` (the rule spoke, but not at the place),
    ``missed``, or ``inapplicable`` (there is nothing that could be spoilt so); ``detail`` says more in words.
    """

    place: str
    outcome: str
    detail: str = ""


@value
class Tried:
    """A rule and the trials of its fault."""

    code: str
    name: str
    severity: Severity
    trials: tuple[Trial, ...]

    def count(self, *outcomes: str) -> int:
        """How many trials had one of these outcomes."""
        return sum(trial.outcome in outcomes for trial in self.trials)


@value
class Drill:
    """The outcome of a drill: the rules that are in force, as they were tried, and the codes of those that are not.

    ``documents`` and ``findings`` are those of the collection as it lies.
    """

    path: str
    seed: int
    tried: tuple[Tried, ...]
    off: tuple[str, ...]
    documents: int
    findings: int

    @property
    def is_passed(self) -> bool:
        """Whether no fault went unnoticed."""
        return not any(rule.count(MISSED, ELSEWHERE) for rule in self.tried)


def drill(
    tree: Tree, options: Options, seed: int, places: int, jobs: int, watch: Callable[[int, int, int], None] | None
) -> Drill:
    """Try every rule that the options select at so many places, in so many processes. Raises ``UsageError``."""
    options = replaced(options, max_findings=_EVERY)
    rules = selected(options)
    before = engine.check([tree], options)
    if not before.documents:
        raise UsageError(f"there is no document under {tree.path!r} on which a fault could be committed")
    work = _Work(Aside(tree, options), options, frozenset(before.findings), seed, places)
    codes = [rule.code for rule in rules]
    jobs = (jobs or engine.processors()) if isinstance(tree, (File, Folder)) else 1  # a line to git is not shared
    tried = []
    for code, result in zip(codes, spread(work, codes, jobs) if jobs > 1 else map(work, codes), strict=True):
        if isinstance(result, Died):
            raise UsageError(f"the process that tried {code} died (exit code {result.code}): try -j 1")
        tried.append(work(code) if isinstance(result, Alone) else result)
        if watch is not None:
            watch(len(tried), len(codes), before.bytes * places * len(tried))
    if all(rule.count(INAPPLICABLE) == len(rule.trials) for rule in tried):
        raise UsageError(f"nothing under {tree.path!r} could be spoilt, so nothing was tried")
    off = tuple(rule.code for rule in listing() if rule.code not in codes)
    return Drill(tree.path, seed, tuple(tried), off, before.documents, len(before.findings))


@value
class _Work:
    """What a process needs to try rules."""

    aside: Aside
    options: Options
    before: frozenset[Finding]
    seed: int
    places: int

    def __call__(self, code: str) -> Tried:
        rule = next(listed for listed in listing() if listed.code == code).load()
        trials = tuple(self._trial(rule, f"{self.seed}:{code}:{number}") for number in range(self.places))
        return Tried(code, rule.name, rule.severity, trials)

    def _trial(self, rule: Rule, seed: str) -> Trial:
        random = Random(seed)  # noqa: S311
        for _ in range(_DRAWS):
            try:
                self.aside.restore()
                rule.inject(self.aside, random)
            except faults.Inapplicable as why:
                return Trial("", INAPPLICABLE, str(why))
            changes = self.aside.changes()
            if changes:
                return self._judged(rule, changes)
        return Trial("", INAPPLICABLE, "the fault would change nothing here")

    def _judged(self, rule: Rule, changes: Sequence[Change]) -> Trial:
        report = engine.check([self.aside], self.options)
        place = of_first(changes)

        def is_there(finding: Finding) -> bool:
            return finding.code == rule.code and is_at(finding, changes, rule, self.aside.lines(finding))

        new = [finding for finding in report.findings if finding not in self.before]
        if any(is_there(finding) for finding in new):
            return Trial(place, FOUND)
        for one in report.suppressed:
            if is_there(one.finding):
                return Trial(place, ALLOWED, f"by the {one.by}" + (f": {one.reason}" if one.reason else ""))
        for finding in new:
            if finding.code == rule.code:
                return Trial(place, ELSEWHERE, f"at {finding.path}:{finding.line}:{finding.column}")
        others = ", ".join(sorted({finding.code for finding in new}))
        return Trial(place, MISSED, f"only {others} spoke" if others else "nothing spoke")
