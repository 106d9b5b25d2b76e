"""A drill as text for people, and as JSON for programs."""

from __future__ import annotations

from validator.drilling.trying import ALLOWED, ELSEWHERE, FOUND, INAPPLICABLE, MISSED
from validator.model import TYPE_CHECKING
from validator.reporters.json import TOOL
from validator.reporters.jsontext import as_text
from validator.reporters.words import number, paint, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.drilling.trying import Drill, Tried

VERSION = 1
_NAMED = 10
"""Rules that are off and named one by one."""


def as_table(drill: Drill, color: bool) -> Iterator[str]:
    """A line for each rule: code, name, faults committed, faults found at their place; then what went wrong."""
    width = max(len(rule.name) for rule in drill.tried)
    yield f"{'rule':{width + 8}}  faults  found"
    for rule in drill.tried:
        tried, found = len(rule.trials) - rule.count(INAPPLICABLE), rule.count(FOUND)
        counts = f"{tried:6}  {found:5}" if tried else f"{'-':>6}  {'-':>5}"
        yield f"{rule.code}  {rule.name:{width}}  {counts}{_remark(rule, color)}".rstrip()
    yield ""
    for rule in drill.tried:
        for trial in rule.trials:
            if trial.outcome in (MISSED, ELSEWHERE):
                label = paint(f"{trial.outcome}[{rule.code}]", "error", color)
                yield f"{safe(trial.place)}: {label} {rule.name}: {safe(trial.detail)}"
    yield from summary(drill)


def _remark(rule: Tried, color: bool) -> str:
    if missed := rule.count(MISSED, ELSEWHERE):
        return "  " + paint(f"{missed} not found", "error", color)
    if allowed := rule.count(ALLOWED):
        return f"  {allowed} allowed where committed"
    idle = [trial.detail for trial in rule.trials if trial.outcome == INAPPLICABLE]
    return f"  {safe(idle[0])}" if len(idle) == len(rule.trials) else ""


def summary(drill: Drill) -> Iterator[str]:
    """How many faults were committed and found, and which rules were not tried and why."""
    tried = [rule for rule in drill.tried if len(rule.trials) > rule.count(INAPPLICABLE)]
    committed = sum(len(rule.trials) - rule.count(INAPPLICABLE) for rule in tried)
    found = sum(rule.count(FOUND) for rule in tried)
    allowed = sum(rule.count(ALLOWED) for rule in tried)
    what = f"{number(committed, 'fault')} of {number(len(tried), 'rule')} (seed {drill.seed})"
    rest = f", {allowed:,} allowed" if allowed else ""
    lost = committed - found - allowed
    yield f"OK  {what}: all found, at their places{rest}" if not lost else f"{what}: {lost:,} NOT FOUND{rest}"
    if len(tried) < len(drill.tried):
        yield f"{number(len(drill.tried) - len(tried), 'rule')} could not be tried: nothing here could be spoilt so"
    if drill.off:
        more = f" and {len(drill.off) - _NAMED:,} more" if len(drill.off) > _NAMED else ""
        yield f"{number(len(drill.off), 'rule')} off: {', '.join(drill.off[:_NAMED])}{more}"
    if drill.findings:
        yield f"the collection has {number(drill.findings, 'finding')} of its own, which count for nothing here"


def as_json(drill: Drill) -> Iterator[str]:
    """The lines of one JSON object; its form is ``schemas/drill.schema.json``."""
    yield from as_text(
        {
            "version": VERSION,
            "tool": TOOL,
            "path": drill.path,
            "seed": drill.seed,
            "passed": drill.is_passed,
            "documents": drill.documents,
            "findings": drill.findings,
            "rules": [_rule(rule) for rule in drill.tried],
            "off": list(drill.off),
        },
        2,
    ).split("\n")


def _rule(rule: Tried) -> dict[str, object]:
    trials = [{"place": trial.place, "outcome": trial.outcome, "detail": trial.detail} for trial in rule.trials]
    return {"code": rule.code, "name": rule.name, "severity": rule.severity, "faults": trials}
