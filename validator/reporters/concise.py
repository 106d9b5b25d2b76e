"""One line a finding, as editors and ``grep`` like it: ``path:line:column: error[CODE] message``."""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Look, Report
from validator.reporters.words import line, summary

if TYPE_CHECKING:
    from collections.abc import Iterator


def render(report: Report, look: Look) -> Iterator[str]:
    """One line for each finding, or one for each rule with ``statistics``, then the summary."""
    if look.statistics:
        from validator.reporters.statistics import render_table

        yield from render_table(report, look)
    else:
        for finding in report.findings:
            yield line(finding, look.color)
    if not look.quiet:
        yield from summary(report)
