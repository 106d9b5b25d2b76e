"""How often each rule speaks, in place of the findings one by one.

::

    1,204  error    ENC012  truncated-utf8
        3  error    IDX002  missing-document
       17  warning  TXT004  missing-final-newline
"""

from __future__ import annotations

from validator.model import SEVERITIES, TYPE_CHECKING, Look, Report
from validator.reporters.words import paint, safe

if TYPE_CHECKING:
    from collections.abc import Iterator


def render_table(report: Report, look: Look) -> Iterator[str]:
    """A line for each rule and severity: count, severity, code, name; the severe first, then the frequent."""
    counts: dict[tuple[str, str, str], int] = {}
    for finding in report.findings:
        kind = (finding.severity, finding.code, finding.name)
        counts[kind] = counts.get(kind, 0) + 1 + finding.more
    rows = sorted((SEVERITIES.index(severity), -n, code, name) for (severity, code, name), n in counts.items())
    digits = max((len(f"{-count:,}") for _, count, _, _ in rows), default=0)
    severities = max((len(SEVERITIES[rank]) for rank, _, _, _ in rows), default=0)
    for rank, count, code, name in rows:
        severity = SEVERITIES[rank]
        blanks = " " * (severities - len(severity))
        yield f"{-count:>{digits},}  {paint(severity, severity, look.color)}{blanks}  {safe(code)}  {safe(name)}"
