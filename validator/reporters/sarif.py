"""SARIF 2.1.0, the interchange format of code scanning (OASIS Standard, with Errata 01).

Paths are relative to ``%SRCROOT%``, which each reader knows for itself; the log names no machine and no
time, so the same findings give the same log. A result has its region twice, as lines with columns in code
points and as bytes. Fixes are replacements of bytes (section 3.57). What was allowed is among the results,
with a suppression (3.35). What could not be checked is among them too, and among the notifications
(3.20.21), so that no reader takes the run for whole.

GitHub takes 25,000 results a run and shows 5,000. So errors come first, and what goes beyond the former is
left out and counted in a notification. A place or a fix beyond numbers of 32 bits is left out, since many
readers take no larger ones.
"""

from __future__ import annotations

import os
from base64 import b64encode
from inspect import cleandoc
from urllib.parse import quote

from validator.addresses import is_spelled
from validator.model import TYPE_CHECKING, Edit, Finding, Look, Passage, Report, Suppressed
from validator.reporters.catalogue import rule
from validator.reporters.identity import identities
from validator.reporters.jsontext import LARGEST, as_text, encoded, rows
from validator.reporters.words import UNCHECKED, by_severity, message, safe
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    Object: TypeAlias = dict[str, object]
    Listed: TypeAlias = tuple[Finding, Suppressed | None]

LIMIT = 25_000
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_ROOT = "%SRCROOT%"
_WINDOWS = os.name == "nt"


def render(report: Report, look: Look) -> Iterator[str]:
    """One log with one run; each result is a line."""
    everything: list[Listed] = [(finding, None) for finding in by_severity(report.findings)]
    everything += [(one.finding, one) for one in report.suppressed]
    listed = everything[:LIMIT]
    rules = {finding.code: finding.name for finding, _ in listed}
    driver: Object = {
        "name": "collection-validator",
        "version": __version__,
        **({"informationUri": look.docs} if look.docs else {}),
        "rules": [_rule(code, rules[code], look.docs) for code in sorted(rules)],
    }
    run: Object = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report, listed, len(everything) - len(listed))],
        "originalUriBaseIds": {_ROOT: {"description": _text("The folder that the check ran in.")}},
        "columnKind": "unicodeCodePoints",
        "results": [],
    }
    end = "]}]}"
    yield as_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}).removesuffix(end)
    ranks = {code: rank for rank, code in enumerate(sorted(rules))}
    identified = zip(listed, identities(finding for finding, _ in listed), strict=True)
    yield from rows(_result(finding, ranks, identity, allowed) for (finding, allowed), identity in identified)
    yield end


def _rule(code: str, name: str, docs: str) -> Object:
    said = rule(code)
    known: Object = {}
    if said is not None:
        page = cleandoc(said.page)
        first, *others = page.split("\n\n")
        in_markdown = said.help.replace("&", "&amp;").replace("<", "&lt;")
        known = {
            "shortDescription": _text(first),
            "fullDescription": _text(others[0] if others else first),
            "help": {
                **_text(f"{page}\n\nWhat to do: {said.help}"),
                "markdown": _escaped(f"{page}\n\n**What to do:** {in_markdown}"),
            },
            "defaultConfiguration": {"level": _LEVELS[said.severity]},
            "properties": {"tags": [said.scope]},
        }
    address = {"helpUri": f"{docs}rules/{quote(code)}/"} if docs else {}
    return {"id": code, "name": name, **known, **address}


def _invocation(report: Report, listed: Sequence[Listed], left_out: int) -> Object:
    unchecked = [finding for finding, allowed in listed if finding.code in UNCHECKED and allowed is None]
    notifications: list[Object] = [
        {
            "level": "error",
            "message": _text(message(finding)),
            "locations": [_location(finding)],
            "associatedRule": {"id": finding.code},
        }
        for finding in unchecked
    ]
    notifications += [
        {"level": "error", "message": _text(f"There is nothing to check under {safe(path)}.")} for path in report.empty
    ]
    if left_out:
        words = f"{left_out:,} more results are left out, the least severe: a run has at most {LIMIT:,}."
        notifications.append({"level": "warning", "message": _text(words)})
    is_whole = not (report.incomplete or report.empty or unchecked)
    return {"executionSuccessful": is_whole, "toolExecutionNotifications": notifications}


def _result(finding: Finding, ranks: dict[str, int], identity: str, allowed: Suppressed | None) -> Object:
    help = f"\n{safe(finding.help)}" if finding.help else ""
    result: Object = {
        "ruleId": finding.code,
        "ruleIndex": ranks[finding.code],
        "level": _LEVELS[finding.severity],
        "message": _text(message(finding) + help or finding.name),
        "locations": [_location(finding)],
        "partialFingerprints": {"findingIdentity/v1": identity},
    }
    replacements = _replacements(finding)
    if replacements:
        change = {"artifactLocation": _artifact(finding.path), "replacements": replacements}
        result["fixes"] = [{"description": _text(safe(finding.help)), "artifactChanges": [change]}]
    if finding.passages:
        result["relatedLocations"] = [_passage(there) for _, there in finding.passages]
    if allowed is not None:
        reason = f": {safe(allowed.reason)}" if allowed.reason else ""
        justification = f"allowed by the {allowed.by}{reason}"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return result


def _passage(passage: Passage) -> Object:
    region = _known({"startLine": passage.line, "endLine": passage.end_line})
    physical: Object = {"artifactLocation": _artifact(passage.path), **({"region": region} if region else {})}
    return {"physicalLocation": physical, "message": _text("a passage that stands in both")}


def _location(finding: Finding) -> Object:
    region = _region(finding)
    physical: Object = {"artifactLocation": _artifact(finding.path), **({"region": region} if region else {})}
    if finding.document is None:
        return {"physicalLocation": physical}
    block = {"fullyQualifiedName": safe(finding.document), "kind": "resource"}
    return {"physicalLocation": physical, "logicalLocations": [block]}


def _region(finding: Finding) -> dict[str, int]:
    text = {"startLine": finding.line, "startColumn": finding.column}
    text |= {"endLine": finding.end_line, "endColumn": finding.end_column}
    start, end = finding.byte_start, finding.byte_end
    length = end - start if start is not None and end is not None else None
    return {**_known(text), **_known({"byteOffset": start, "byteLength": length})}


def _known(numbers: dict[str, int | None]) -> dict[str, int]:
    """The numbers, if each is known and not too large."""
    known = {key: number for key, number in numbers.items() if number is not None and number <= LARGEST}
    return known if len(known) == len(numbers) else {}


def _artifact(path: str) -> Object:
    """Where a file is: a URL as it is, an absolute path as one (RFC 8089), else a relative reference (RFC 3986)."""
    if is_spelled(path):
        scheme, _, rest = path.partition("://")
        return {"uri": f"{scheme}://{quote(encoded(rest), safe='/:@?%*')}"}
    names = [quote(encoded(name), safe="") for name in path.split("/") if name not in ("", ".")]
    uri = "/".join(names) or "."
    if _WINDOWS and path.startswith("//"):
        return {"uri": f"file://{uri}"}
    if _WINDOWS and path[1:3] == ":/":
        return {"uri": f"file:///{uri.replace('%3A', ':', 1)}"}
    return {"uri": f"file:///{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": _ROOT}


def _replacements(finding: Finding) -> list[Object]:
    """The edits of a fix that change something; none where one of them is too far down for a reader."""
    edits = finding.fix.edits if finding.fix is not None else ()
    if any(edit.span.end > LARGEST for edit in edits):
        return []
    return [_replacement(edit) for edit in edits if edit.span.start < edit.span.end or edit.replacement]


def _replacement(edit: Edit) -> Object:
    deleted = {"byteOffset": edit.span.start, "byteLength": edit.span.end - edit.span.start}
    if not edit.replacement:
        return {"deletedRegion": deleted}
    return {"deletedRegion": deleted, "insertedContent": {"binary": b64encode(edit.replacement).decode("ascii")}}


def _text(words: str) -> Object:
    return {"text": _escaped(words)}


def _escaped(words: str) -> str:
    """Words in which no reader takes anything for a placeholder (3.11.5) or for a link (3.11.6)."""
    return words.replace("{", "{{").replace("}", "}}").replace("](", "] (")
