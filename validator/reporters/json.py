r"""The stable report for programs; its form is ``schemas/report.schema.json``.

The text is ASCII. A byte of a name that is not UTF-8 stands as an escaped lone surrogate, ``\udc80`` to
``\udcff`` (PEP 383), and so does one in a replacement; a path with such bytes is given a second time,
as ``path_bytes``, in base64. Key order, too, stays as it is.
"""

from __future__ import annotations

import json

from validator.model import TYPE_CHECKING, Finding, Fix, Look, Report
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1
_INDENT = 2


def render(report: Report, look: Look) -> Iterator[str]:
    """The lines of one JSON object; no more than one finding is held as text at a time."""
    head = {
        "version": VERSION,
        "tool": {"name": "collection-validator", "version": __version__},
        "summary": _summary(report),
        "findings": [],
    }
    *lines, findings, end = _lines(head)
    yield from lines
    if not report.findings:
        yield findings
    else:
        yield findings.removesuffix("]")
        last = len(report.findings) - 1
        for number, finding in enumerate(report.findings):
            *inner, brace = _lines(_finding(finding))
            for line in inner:
                yield f"    {line}"
            yield f"    {brace}{',' if number < last else ''}"
        yield "  ]"
    yield end


def _lines(value: object) -> list[str]:
    # In a build log the runner would obey ##[command] anywhere; to a parser this is the same text.
    return json.dumps(value, indent=_INDENT).replace("##[", "#\\u0023[").split("\n")


def _summary(report: Report) -> dict[str, object]:
    return {
        "documents": report.documents,
        "indexes": report.indexes,
        "containers": report.containers,
        "bytes": report.bytes,
        "rules": report.rules,
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "infos": report.count("info"),
        "incomplete": report.incomplete,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
        **_path_bytes(finding.path),
        "document": finding.document,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "byte_start": finding.byte_start,
        "byte_end": finding.byte_end,
        "fix": finding.fix and _fix(finding.fix),
        "help": finding.help,
        "more": finding.more,
    }


def _path_bytes(path: str) -> dict[str, str]:
    try:
        path.encode()
    except UnicodeEncodeError:
        from base64 import b64encode

        return {"path_bytes": b64encode(_encoded(path)).decode("ascii")}
    return {}


def _encoded(path: str) -> bytes:
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that Windows allows in a name
        return path.encode("utf-8", "surrogatepass")


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "safe": fix.safe,
        "edits": [
            {
                "byte_start": edit.span.start,
                "byte_end": edit.span.end,
                "replacement": edit.replacement.decode("utf-8", "surrogateescape"),
            }
            for edit in fix.edits
        ],
    }
