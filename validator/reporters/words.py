"""What several formats say alike: safe text, places, messages, the summary, colours."""

from __future__ import annotations

from validator.model import SEVERITIES, TYPE_CHECKING, Finding, Report
from validator.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMANDS = ("##", "##vso", "##teamcity")
"""What stands before a ``[`` that begins a command, anywhere in a line, for the runners of builds."""
UNCHECKED = ("VAL001", "VAL002", "VAL003")
"""The rules that speak where something could not be checked."""

_STYLES = {"error": "1;31", "warning": "1;33", "info": "1;34", "dim": "2"}
_PLURALS = {"index": "indexes"}


def safe(text: str) -> str:
    """Text from outside as it may stand in any terminal and in any build log, behind other words."""
    line = shown(text)
    if "##" in line:
        for command in COMMANDS:
            line = line.replace(f"{command}[", f"{command}\\x5b")
    return line


def first(text: str) -> str:
    """Text from outside, safe at the start of a line too."""
    line = safe(text)
    return line.replace("::", "\\x3a:", 1) if line.lstrip().startswith("::") else line  # GitHub would obey it


def place(finding: Finding) -> str:
    """``path:line:column``, or just the path where no position is known; safe at the start of a line."""
    path = first(finding.path)
    return path if finding.line is None else f"{path}:{finding.line}:{finding.column}"


def document(finding: Finding) -> str:
    """The block of a container that a finding is about, to stand behind other words; empty for a file."""
    return f" (document {safe(finding.document)})" if finding.document is not None else ""


def message(finding: Finding) -> str:
    """What is wrong, in which block, and how often it was not listed; safe behind other words."""
    more = f" (+{finding.more:,} more)" if finding.more else ""
    return f"{safe(finding.message)}{document(finding)}{more}"


def code_span(text: str) -> str:
    """Text as Markdown shows it to the letter: a code span (CommonMark 6.1), in which nothing has a meaning."""
    text = safe(text)
    fence = "`" * (1 + max(map(len, "".join(c if c == "`" else " " for c in text).split(" "))))
    pad = " " if text.strip(" ") and ("`" in (text[0], text[-1]) or text[0] == text[-1] == " ") else ""
    return f"{fence}{pad}{text or ' '}{pad}{fence}"


def line(finding: Finding, color: bool = False) -> str:
    """A whole finding in one line."""
    label = paint(f"{finding.severity}[{finding.code}]", finding.severity, color)
    return f"{place(finding)}: {label} {message(finding)}"


def by_severity(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Errors first, and otherwise as they come."""
    findings = tuple(findings)
    return (finding for severity in SEVERITIES for finding in findings if finding.severity == severity)


def summary(report: Report) -> Iterator[str]:
    """How much was found in how much, in a line; then, where there is any, what can be mended and what is unchecked."""
    counts = [(report.count(severity), severity) for severity in SEVERITIES]
    found = ", ".join(number(count, severity) for count, severity in counts if count)
    if found:
        files = len({finding.path for finding in report.findings})
        yield f"{found} in {number(files, 'file')}; {number(report.documents, 'document')} checked{_allowed(report)}"
    else:
        yield ("" if report.incomplete or report.empty else "OK  ") + _extent(report) + _allowed(report)
    yield from _mendable(report)
    if report.incomplete:
        yield "incomplete: not everything could be checked"


def _mendable(report: Report) -> Iterator[str]:
    """How much of it a command could mend."""
    counts = [0, 0]
    for finding in report.findings:
        if finding.fix is not None:
            counts[finding.fix.safe] += 1 + finding.more
    unsafe, safe = counts
    parts = [f"{safe:,} by validate fix"] if safe else []
    parts += [f"{unsafe:,} {'more ' if safe else ''}by validate fix --unsafe-fixes"] if unsafe else []
    if parts:
        yield f"can be mended: {', '.join(parts)}"


def suppressed(report: Report, by: str = "") -> int:
    """How many findings were allowed, or allowed by the ``settings``, the ``index`` or the ``baseline``."""
    return sum(1 + one.finding.more for one in report.suppressed if by in ("", one.by))


def number(count: int, noun: str) -> str:
    """A count with its noun, such as ``1,200 findings`` or ``1 index``."""
    return f"{count:,} {noun if count == 1 else _PLURALS.get(noun, noun + 's')}"


def paint(text: str, style: str, color: bool) -> str:
    """Text in the colour of a severity, or ``dim``; unchanged without ``color``."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color and text else text


def _allowed(report: Report) -> str:
    allowed, baselined = suppressed(report), suppressed(report, "baseline")
    rest = f" ({baselined:,} by the baseline)" if baselined else ""
    return f"; {number(allowed, 'finding')} suppressed{rest}" if allowed else ""


def _extent(report: Report) -> str:
    parts = [number(report.documents, "document")]
    parts += [number(n, noun) for n, noun in ((report.indexes, "index"), (report.containers, "container")) if n]
    return f"{', '.join(parts)}, {_size(report.bytes)}; {number(report.rules, 'rule')}"


def _size(size: float) -> str:
    if size < 1000:
        return number(int(size), "byte")
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:,.1f} TB"
