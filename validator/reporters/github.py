"""Workflow commands of GitHub Actions, which become annotations at the lines of a pull request.

GitHub shows ten annotations of each level for a step, so errors come first and no level has more than
ten. It takes columns only where a finding begins and ends on the same line.
"""

from __future__ import annotations

from validator.model import SEVERITIES, TYPE_CHECKING, Finding, Look, Report
from validator.reporters.words import message, number, safe, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_SHOWN = 10


def render(report: Report, look: Look) -> Iterator[str]:
    """A command for each finding that is shown, errors first; then, as plain text, what is not, and the summary."""
    left_out = []
    for severity in SEVERITIES:
        findings = [finding for finding in report.findings if finding.severity == severity]
        yield from map(_command, findings[:_SHOWN])
        rest = sum(1 + finding.more for finding in findings[_SHOWN:])
        if rest:
            left_out.append(f"{number(rest, f'more {severity}')}: see the full report")
    yield from left_out
    if not look.quiet:
        yield from summary(report)


def _command(finding: Finding) -> str:
    properties: dict[str, object] = {"file": safe(finding.path)}
    if finding.line is not None:
        properties |= {"line": finding.line, "endLine": finding.end_line}
        if finding.line == finding.end_line:
            properties |= {"col": finding.column, "endColumn": finding.end_column}
    properties["title"] = f"{finding.code} {finding.name}"
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {written}::{_data(_words(finding))}"


def _words(finding: Finding) -> str:
    return f"{message(finding)}\n{safe(finding.help)}" if finding.help else message(finding)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
