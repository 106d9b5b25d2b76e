"""What the formats for people say alike: safe text, places, the summary, colours."""

from __future__ import annotations

from validator.model import SEVERITIES, TYPE_CHECKING, Finding, Report
from validator.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = ("##", "##vso", "##teamcity")
"""What stands before a ``[`` that begins a command, anywhere in a line, for the runners of builds."""

_STYLES = {"error": "1;31", "warning": "1;33", "info": "1;34", "dim": "2"}
_PLURALS = {"index": "indexes"}


def safe(text: str) -> str:
    """Text from outside as it may stand in any terminal and in any build log, behind other words."""
    line = shown(text)
    if "##" in line:
        for command in COMMANDS:
            line = line.replace(f"{command}[", f"{command}\\x5b")
    return line


def place(finding: Finding) -> str:
    """``path:line:column``, or just the path where no position is known; safe at the start of a line."""
    path = safe(finding.path)
    if path.lstrip().startswith("::"):
        path = path.replace("::", "\\x3a:", 1)  # GitHub would read a command there
    return path if finding.line is None else f"{path}:{finding.line}:{finding.column}"


def document(finding: Finding) -> str:
    """The block of a container that a finding is about, to stand behind other words; empty for a file."""
    return f" (document {safe(finding.document)})" if finding.document is not None else ""


def summary(report: Report) -> Iterator[str]:
    """How much was found in how much, in a line; and a second one where something was left unchecked."""
    counts = [(report.count(severity), severity) for severity in SEVERITIES]
    found = ", ".join(_number(count, severity) for count, severity in counts if count)
    if found:
        files = len({finding.path for finding in report.findings})
        yield f"{found} in {_number(files, 'file')}; {_number(report.documents, 'document')} checked"
    else:
        yield ("" if report.incomplete else "OK  ") + _extent(report)
    if report.incomplete:
        yield "incomplete: not everything could be checked"


def paint(text: str, style: str, color: bool) -> str:
    """Text in the colour of a severity, or ``dim``; unchanged without ``color``."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color and text else text


def _extent(report: Report) -> str:
    parts = [_number(report.documents, "document")]
    parts += [_number(n, noun) for n, noun in ((report.indexes, "index"), (report.containers, "container")) if n]
    return f"{', '.join(parts)}, {_size(report.bytes)}; {_number(report.rules, 'rule')}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else _PLURALS.get(noun, noun + 's')}"


def _size(size: float) -> str:
    if size < 1000:
        return _number(int(size), "byte")
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:,.1f} TB"
