r"""The stable report for programs; its form is ``schemas/report.schema.json``.

The text is ASCII. A byte of a name that is not UTF-8 stands as an escaped lone surrogate, ``\udc80`` to
``\udcff`` (PEP 383), and so does one in a replacement; a path with such bytes is given a second time,
as ``path_bytes``, in base64. Key order, too, stays as it is.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Fix, Look, Passage, Report, Suppressed
from validator.reporters.jsontext import as_text, encoded, is_utf8
from validator.reporters.words import suppressed
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = 1
TOOL = {"name": "collection-validator", "version": __version__}
_INDENT = 2


def render(report: Report, look: Look) -> Iterator[str]:
    """The lines of one JSON object; no more than one finding is held as text at a time."""
    *head, last, _ = _lines({"version": VERSION, "tool": TOOL, "summary": summary(report)})
    yield from head
    yield f"{last},"
    yield from _array("findings", map(finding_object, report.findings), ",")
    yield from _array("suppressed", map(_suppressed, report.suppressed), "")
    yield "}"


def _lines(value: object) -> list[str]:
    return as_text(value, _INDENT).split("\n")


def _array(name: str, objects: Iterable[object], behind: str) -> Iterator[str]:
    waiting = f'  "{name}": ['
    is_empty = True
    for value in objects:
        yield waiting
        *lines, brace = _lines(value)
        yield from (f"    {line}" for line in lines)
        waiting = f"    {brace},"
        is_empty = False
    if is_empty:
        yield f"{waiting}]{behind}"
    else:
        yield waiting.removesuffix(",")
        yield f"  ]{behind}"


def summary(report: Report) -> dict[str, object]:
    """How much was found in how much."""
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
        "suppressed": suppressed(report),
        "baselined": suppressed(report, "baseline"),
    }


def finding_object(finding: Finding) -> dict[str, object]:
    """A finding as the schema describes it."""
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
        "fingerprint": finding.fingerprint,
        **({"passages": [[*map(_passage, pair)] for pair in finding.passages]} if finding.passages else {}),
    }


def _passage(passage: Passage) -> dict[str, object]:
    return {
        "path": passage.path,
        **_path_bytes(passage.path),
        "document": passage.document,
        "line": passage.line,
        "end_line": passage.end_line,
        "text": passage.text,
    }


def _suppressed(one: Suppressed) -> dict[str, object]:
    return {**finding_object(one.finding), "by": one.by, "reason": one.reason}


def _path_bytes(path: str) -> dict[str, str]:
    if is_utf8(path):
        return {}
    from base64 import b64encode

    return {"path_bytes": b64encode(encoded(path)).decode("ascii")}


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
