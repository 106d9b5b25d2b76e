"""The Reviewdog Diagnostic Format (``rdjson``), which reviewdog turns into comments on many kinds of reviews.

It counts columns in bytes of UTF-8, and they are given where the excerpt of a finding shows its line from
the start; elsewhere there are lines only. A fix of one edit is suggested where both its ends are known as
well and its text is UTF-8. A place beyond numbers of 32 bits is left out, since reviewdog reads no larger
ones. It posts messages as Markdown, so what was found stands in a code span.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Look, Report
from validator.reporters.jsontext import LARGEST, as_text, path_of, rows
from validator.reporters.words import code_span, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    Object: TypeAlias = dict[str, object]
    Position: TypeAlias = dict[str, int]

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(report: Report, look: Look) -> Iterator[str]:
    """The lines of one object; each diagnostic is a line."""
    source = {"name": "validate", **({"url": look.docs} if look.docs else {})}
    yield f'{{"source": {as_text(source)}, "diagnostics": ['
    yield from rows(_diagnostic(finding, look.docs) for finding in report.findings)
    yield "]}"


def _diagnostic(finding: Finding, docs: str) -> Object:
    help = f"\n{code_span(finding.help)}" if finding.help else ""
    where, suggestions = _range(finding), _suggestions(finding)
    return {
        "message": f"{finding.name}: {code_span(message(finding))}{help}",
        "location": {"path": path_of(finding.path), **({"range": where} if where else {})},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code, **({"url": f"{docs}rules/{finding.code}/"} if docs else {})},
        **({"suggestions": suggestions} if suggestions else {}),
    }


def _range(finding: Finding) -> dict[str, Position]:
    """From where to where, with columns if both are known; without, it is whole lines that are meant."""
    if finding.line is None or finding.end_line is None:
        return {}
    start, end = _position(finding, finding.byte_start), _position(finding, finding.byte_end)
    if start is None or end is None:
        last = finding.end_line - 1 if finding.end_column == 1 else finding.end_line
        start, end = {"line": finding.line}, {"line": max(finding.line, last)}
    return {"start": start, "end": end} if _fits(start) and _fits(end) else {}


def _suggestions(finding: Finding) -> list[Object]:
    edits = finding.fix.edits if finding.fix is not None else ()
    if len(edits) != 1:
        return []
    (edit,) = edits
    start, end = _position(finding, edit.span.start), _position(finding, edit.span.end)
    if start is None or end is None or not (_fits(start) and _fits(end)):
        return []
    try:
        return [{"range": {"start": start, "end": end}, "text": edit.replacement.decode("utf-8")}]
    except UnicodeDecodeError:
        return []


def _position(finding: Finding, offset: int | None) -> Position | None:
    """The line of a byte and its column in bytes, if what is known of the finding tells."""
    excerpt, line, start = finding.excerpt, finding.line, finding.byte_start
    if excerpt is None or excerpt.clipped_before or line is None or start is None or offset is None:
        return None
    line_start = start - len(excerpt.before)
    seen = start + len(excerpt.marked.partition(b"\n")[0]) + len(excerpt.after)
    if line_start <= offset <= seen or (line_start <= offset == finding.byte_end and finding.end_line == line):
        return {"line": line, "column": offset - line_start + 1}
    if offset == finding.byte_end and finding.end_line is not None and finding.end_column == 1:
        return {"line": finding.end_line, "column": 1}
    return None


def _fits(position: Position) -> bool:
    return all(number <= LARGEST for number in position.values())
