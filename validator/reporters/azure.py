"""Logging commands of Azure Pipelines, which become errors and warnings in the summary of a run.

Azure knows no third level, so an info is a plain line of the log.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Look, Report
from validator.reporters.words import by_severity, line, message, safe, summary

if TYPE_CHECKING:
    from collections.abc import Iterator


def render(report: Report, look: Look) -> Iterator[str]:
    """A line for each finding, errors first, then the summary as plain text."""
    for finding in by_severity(report.findings):
        yield line(finding) if finding.severity == "info" else _command(finding)
    if not look.quiet:
        yield from summary(report)


def _command(finding: Finding) -> str:
    properties: dict[str, object] = {"type": finding.severity, "sourcepath": safe(finding.path)}
    if finding.line is not None:
        properties |= {"linenumber": finding.line, "columnnumber": finding.column}
    properties["code"] = finding.code
    written = "".join(f"{key}={_property(str(value))};" for key, value in properties.items())
    help = f"\n{safe(finding.help)}" if finding.help else ""
    return f"##vso[task.logissue {written}]{_data(f'{finding.name}: {message(finding)}{help}')}"


def _data(text: str) -> str:
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(";", "%3B").replace("]", "%5D")
