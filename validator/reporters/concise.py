"""One line a finding, as editors and ``grep`` like it: ``path:line:column: error[CODE] message``."""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Look, Report
from validator.reporters.words import document, paint, place, safe, summary

if TYPE_CHECKING:
    from collections.abc import Iterator


def render(report: Report, look: Look) -> Iterator[str]:
    """One line for each finding, then the summary."""
    for finding in report.findings:
        label = paint(f"{finding.severity}[{finding.code}]", finding.severity, look.color)
        more = f" (+{finding.more:,} more)" if finding.more else ""
        yield f"{place(finding)}: {label} {safe(finding.message)}{document(finding)}{more}"
    if not look.quiet:
        yield from summary(report)
