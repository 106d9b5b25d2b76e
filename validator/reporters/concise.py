"""One line a finding, as editors and ``grep`` like it: ``path:line:column: error[CODE] message``."""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Report
from validator.reporters.words import document, paint, place, safe, summary

if TYPE_CHECKING:
    from collections.abc import Iterator


def render(report: Report, *, color: bool = False, quiet: bool = False, verbose: bool = False) -> Iterator[str]:
    """One line for each finding, then the summary."""
    for finding in report.findings:
        label = paint(f"{finding.severity}[{finding.code}]", finding.severity, color)
        more = f" (+{finding.more:,} more)" if finding.more else ""
        yield f"{place(finding)}: {label} {safe(finding.message)}{document(finding)}{more}"
    if not quiet:
        yield from summary(report)
