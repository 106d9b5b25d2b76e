"""Markdown, as for the summary of a job: the findings as lists, errors first, under their files.

GitHub takes 1 MiB; what goes beyond is left out and counted. Whatever comes from the collection stands in
code spans, so nothing in it is taken for Markdown or HTML, for a link or a mention.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Look, Report
from validator.reporters.words import by_severity, code_span, number, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 1 << 20
"""Bytes of a whole report."""
_RESERVE = 200
"""Bytes that the last line takes, which says what was left out."""
_WORDS = 1000
"""Characters that are shown of a path, a message or a help."""


def render(report: Report, look: Look) -> Iterator[str]:
    """The summary as a heading, then the findings."""
    room = LIMIT - _RESERVE
    for paragraph, left_out in _paragraphs(report, look):
        room -= sum(len(line.encode()) + 1 for line in paragraph)
        if room < 0:
            yield ""
            yield f"**{number(left_out, 'more finding')}**: see the full report."
            return
        yield from paragraph


def _paragraphs(report: Report, look: Look) -> Iterator[tuple[list[str], int]]:
    """Lines that belong together, each time with how many findings are left out if they are."""
    left = sum(1 + finding.more for finding in report.findings)
    if not look.quiet:
        first, *others = summary(report)
        yield [f"### {first}", *(part for other in others for part in ("", f"**{other}**"))], left
    for path in report.empty:
        yield ["", f"Nothing to check under {_code(path)}."], left
    before: Finding | None = None
    for finding in by_severity(report.findings):
        heading = ["", f"#### {_code(finding.path)}", ""] if before is None or before.path != finding.path else []
        yield [*heading, *_item(finding, look.docs)], left
        left -= 1 + finding.more
        before = finding


def _item(finding: Finding, docs: str) -> Iterator[str]:
    code = f"[{finding.code}](<{docs}rules/{finding.code}/>)" if docs else finding.code
    where = f", line {finding.line}, column {finding.column}" if finding.line is not None else ""
    more = f" (+{finding.more:,} more)" if finding.more else ""
    block = f" in {_code(finding.document)}" if finding.document is not None else ""
    yield f"- **{finding.severity}** {code} {finding.name}{where}{block}: {_code(finding.message)}{more}"
    if finding.help:
        yield f"  - what to do: {_code(finding.help)}"


def _code(text: str) -> str:
    return code_span(text if len(text) <= _WORDS else f"{text[:_WORDS]}…")
