"""What the page says, computed from the report: the template only puts it in place."""

from __future__ import annotations

from itertools import groupby, islice

from validator.model import SEVERITIES, TYPE_CHECKING, Finding, Look, Report
from validator.reporters.cells import of_excerpt
from validator.reporters.html.charts import bars, by_rule, by_script, by_size, short_size
from validator.reporters.html.frames import changed, pieces, side_by_side
from validator.reporters.html.treemap import treemap
from validator.reporters.words import by_severity, number, suppressed
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

LIMIT = 10_000
"""How many findings are shown one by one, errors first, and how many suppressed ones."""
_WIDTHS = {True: 760, False: 1168}
"""How wide the map is, in pixels: with the rules beside it, or alone."""
SIGNS = {"error": "\u2715", "warning": "!", "info": "i", "": "\u2713"}
"""What says a severity where colour alone would not; the last is for what is well."""


def page(report: Report, look: Look, **own: str) -> dict[str, Any]:
    """What the template needs; ``own`` are parts that belong to the page itself."""
    listed = [*enumerate(_listed(report.findings), 1)]
    return {
        **own,
        "version": __version__,
        "number": number,
        "size": short_size,
        "signs": SIGNS,
        "severities": SEVERITIES,
        "report": report,
        "state": _state(report),
        "verdict": _verdict(report),
        "extent": _extent(report),
        "counts": _counts(report),
        "files": _files(listed),
        "listed": len(listed),
        "by_severity": {severity: sum(f.severity == severity for _, f in listed) for severity in SEVERITIES},
        "rules": by_rule(report.findings),
        "choices": sorted({(finding.code, finding.name) for _, finding in listed}),
        "map": treemap(report.inventory, listed, _WIDTHS[bool(listed)]),
        "scripts": by_script(report.inventory),
        "languages": bars((item.language for item in report.inventory), "not given"),
        "sizes": by_size([item.size for item in report.inventory]),
        "suppressed": report.suppressed[:LIMIT],
        "pages": look.docs,
    }


def _listed(findings: Sequence[Finding]) -> Sequence[Finding]:
    """The findings that are shown, in order of place."""
    if len(findings) <= LIMIT:
        return findings
    chosen = {id(finding) for finding in islice(by_severity(findings), LIMIT)}
    return [finding for finding in findings if id(finding) in chosen]


def _files(listed: Iterable[tuple[int, Finding]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for path, found in groupby(listed, lambda one: one[1].path):
        yield path, [_shown(number, finding) for number, finding in found]


def _shown(number: int, finding: Finding) -> dict[str, Any]:
    excerpt = finding.excerpt
    return {
        "number": number,
        "finding": finding,
        "frame": excerpt and [pieces(part) for part in of_excerpt(excerpt)],
        "changed": changed(finding),
        "passages": [(here, there, *side_by_side(here, there)) for here, there in finding.passages],
    }


def _state(report: Report) -> str:
    """The worst that can be said: a severity; empty where all is well."""
    if report.count("error"):
        return "error"
    if report.incomplete or report.empty or report.count("warning"):
        return "warning"
    return "info" if report.count("info") else ""


def _verdict(report: Report) -> str:
    counts = [(report.count(severity), severity) for severity in SEVERITIES]
    found = [number(count, severity) for count, severity in counts if count]
    if found:
        return f"{' and '.join([', '.join(found[:-1]), found[-1]] if found[:-1] else found)}"
    if report.incomplete:
        return "Not everything could be checked"
    return "Nothing was found wrong" if report.documents or not report.empty else "There was nothing to check"


def _extent(report: Report) -> str:
    """What was checked, in a sentence."""
    kinds = ((report.documents, "document"), (report.indexes, "index"), (report.containers, "container"))
    parts = [number(count, noun) for count, noun in kinds if count or noun == "document"]
    files = len({finding.path for finding in report.findings})
    where = f"; findings in {number(files, 'file')}" if files else ""
    return f"{', '.join(parts)} checked with {number(report.rules, 'rule')}{where}."


def _counts(report: Report) -> Mapping[str, tuple[str, str]]:
    """The figures at the top: by what they are called, how they look, and the severity that colours them."""
    allowed, baselined = suppressed(report), suppressed(report, "baseline")
    counts = [(f"{severity.capitalize()}s", report.count(severity), str(severity)) for severity in SEVERITIES]
    counts += [("Suppressed", allowed - baselined, "")] if allowed > baselined else []
    counts += [("In the baseline", baselined, "")] if baselined else []
    counts += [("Documents", report.documents, "")]
    shown = {name: (f"{count:,}", severity if count else "") for name, count, severity in counts}
    return {**shown, "Size": (short_size(report.bytes), "")}
