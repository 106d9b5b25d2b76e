"""The Code Quality report of GitLab: a JSON array that a merge request shows beside the changed lines.

GitLab keeps one finding for each fingerprint, and tells by it which ones a merge request brings or mends;
so no two are alike, and they stay when lines move. A finding about a whole file stands at its first line.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Look, Report
from validator.reporters.identity import identities
from validator.reporters.jsontext import path_of, rows
from validator.reporters.words import message

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def render(report: Report, look: Look) -> Iterator[str]:
    """The lines of one array; each finding is a line."""
    identified = zip(report.findings, identities(report.findings), strict=True)
    yield "["
    yield from rows(_violation(finding, identity) for finding, identity in identified)
    yield "]"


def _violation(finding: Finding, identity: str) -> dict[str, object]:
    return {
        "description": f"{finding.name}: {message(finding)}",
        "check_name": finding.code,
        "fingerprint": identity,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": path_of(finding.path), "lines": {"begin": finding.line or 1}},
    }
