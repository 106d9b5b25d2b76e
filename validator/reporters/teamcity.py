"""Service messages of TeamCity, which become the inspections of a build.

Each rule is announced as an inspection type before its first finding. TeamCity shows descriptions as HTML,
so what could be taken for it is escaped; and so is all that is not ASCII, which makes the encoding of the
build log unimportant.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Look, Report
from validator.reporters.catalogue import rule
from validator.reporters.words import message, safe, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}
_LIMIT = 800
"""Characters of a message: TeamCity takes 4,000, and one that is escaped as HTML makes up to five."""
_PATH_LIMIT = 2000
"""Characters of a path: TeamCity takes 4,000 UTF-16 code units, of which a character makes up to two."""


def render(report: Report, look: Look) -> Iterator[str]:
    """A message for each rule that speaks and for each finding, then the summary as plain text."""
    announced: set[str] = set()
    for finding in report.findings:
        if finding.code not in announced:
            announced.add(finding.code)
            yield _type(finding)
        yield _instance(finding)
    if not look.quiet:
        yield from summary(report)


def _type(finding: Finding) -> str:
    said = rule(finding.code)
    description = _html(said.summary if said is not None else finding.name)
    values = {"id": finding.code, "name": finding.name, "category": "Documents", "description": description}
    return _service_message("inspectionType", values)


def _instance(finding: Finding) -> str:
    help = f" ({safe(finding.help)})" if finding.help else ""
    values = {"typeId": finding.code, "message": _html(message(finding) + help)}
    values["file"] = safe(finding.path)[:_PATH_LIMIT]
    if finding.line is not None:
        values["line"] = str(finding.line)
    return _service_message("inspection", {**values, "SEVERITY": _SEVERITIES[finding.severity]})


def _html(text: str) -> str:
    return text[:_LIMIT].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _service_message(name: str, values: dict[str, str]) -> str:
    written = " ".join(f"{key}='{_escaped(value)}'" for key, value in values.items())
    return f"##teamcity[{name} {written}]"


def _escaped(value: str) -> str:
    for character in "|'[]":
        value = value.replace(character, f"|{character}")
    return value if value.isascii() else "".join(c if c.isascii() else _units(c) for c in value)


def _units(character: str) -> str:
    """A character by its UTF-16 code units."""
    digits = character.encode("utf-16-be").hex()
    return "".join(f"|0x{digits[at : at + 4]}" for at in range(0, len(digits), 4))
