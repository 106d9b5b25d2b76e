"""What an old collection is forgiven, so that it can be checked from today on.

A baseline counts findings by document, rule and fingerprint, in a JSON file. It knows no lines: text that
moves keeps its pardon, text that changes loses it. Documents are named relative to the folder of the file,
so that it means the same from wherever it is used; a block of a container is ``container#name``. Of
offences so many that not each was listed, it knows the number only.
"""

from __future__ import annotations

import json
import os
from collections import Counter

from validator.judging import Judge
from validator.model import TYPE_CHECKING, Finding, Place, Report, Suppressed, Suppression, UsageError, replaced, value
from validator.selection import selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    from validator.model import Options

    Key: TypeAlias = tuple[str, str, str]
    """Document, code and fingerprint."""

NAME = ".validate-baseline.json"
MOST = 10_000
"""Findings of one rule in one document that a baseline tells apart."""
_VERSION = 1
_UNLISTED = "unlisted"
_LARGEST = 1 << 28


@value
class Baseline:
    """How often each offence is forgiven, as the file at ``path`` says."""

    path: str
    counts: Counter[Key]

    @property
    def documents(self) -> set[str]:
        """The documents of which something is forgiven."""
        return {document for document, _, _ in self.counts}

    def named(self, finding: Finding) -> str:
        """What the file calls the document that a finding is about."""
        name = _relative(finding.path, self.path)
        return name if finding.document is None else f"{name}#{finding.document}"


def load(path: str) -> Baseline:
    """Read a baseline. Raises ``UsageError``."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(f"there is no baseline {path!r}; `validate baseline update` writes one") from None
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path!r}: {(error.strerror or str(error)).lower()}") from None
    if len(data) > _LARGEST:
        raise UsageError(f"the baseline {path!r} is larger than {_LARGEST:,} bytes, which none should be")
    try:
        return Baseline(path, Counter(dict(_counts(json.loads(data)))))
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        said = str(error) or type(error).__name__
        raise UsageError(f"{path!r} is no baseline: {said}; `validate baseline update` writes one") from None


def _counts(content: Any) -> Iterator[tuple[Key, int]]:
    if content.get("version") != _VERSION:
        raise ValueError(f"its version is not {_VERSION}")
    for document, codes in content.get("findings").items():
        for code, fingerprints in codes.items():
            for fingerprint, count in fingerprints.items():
                if type(count) is not int or count < 1:
                    raise ValueError(f"it counts {count!r} findings in {document!r}")
                yield (document, code, fingerprint), count


def written(baseline: Baseline) -> str:
    """The text of the file: sorted, so that changes are small."""
    findings: dict[str, dict[str, dict[str, int]]] = {}
    for (document, code, fingerprint), count in sorted(baseline.counts.items()):
        if count > 0:
            findings.setdefault(document, {}).setdefault(code, {})[fingerprint] = count
    return json.dumps({"version": _VERSION, "findings": findings}, indent=1) + "\n"


def updated(baseline: Baseline, report: Report, paths: Sequence[str]) -> Baseline:
    """The baseline with all that was found under some paths, in place of what it said of them."""
    counts = Counter({key: count for key, count in baseline.counts.items() if not _lies_in(key, paths, baseline.path)})
    for finding in report.findings:
        if _can_be_forgiven(finding):
            counts.update(_needed(baseline, finding))
    return Baseline(baseline.path, counts)


def pruned(baseline: Baseline, report: Report, paths: Sequence[str], options: Options) -> Baseline:
    """The baseline without what is no longer found under some paths."""
    _, _, left = _divided(baseline, report)
    gone = Counter({key: left[key] for key in _stale(baseline, left, paths, options)})
    return Baseline(baseline.path, baseline.counts - gone)


def applied(baseline: Baseline, report: Report, paths: Sequence[str], options: Options) -> Report:
    """The report without what is forgiven; what is forgiven for nothing is a finding (VAL004)."""
    standing, forgiven, left = _divided(baseline, report)
    judge = Judge(selected(options), options, "")
    for document, code in dict.fromkeys(key[:2] for key in _stale(baseline, left, paths, options)):
        judge.suppression(Suppression("baseline", document, code, Place(baseline.path)))
    findings = (*limited(standing, options.max_findings), *judge.findings)
    suppressed = (*report.suppressed, *(Suppressed(finding, "baseline") for finding in forgiven))
    return replaced(report, findings=findings, suppressed=suppressed)


def limited(findings: Iterable[Finding], most: int) -> list[Finding]:
    """The findings with at most so many of each rule, document and severity; the last counts the others."""
    groups: dict[tuple[str, str, str | None, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.path, finding.document, finding.severity), []).append(finding)
    listed: list[Finding] = []
    for group in groups.values():
        kept, beyond = group[:most], group[most:]
        more = sum(1 + finding.more for finding in beyond)
        listed += [*kept[:-1], replaced(kept[-1], more=kept[-1].more + more)] if more else kept
    return listed


def _divided(baseline: Baseline, report: Report) -> tuple[list[Finding], list[Finding], Counter[Key]]:
    """The findings that stand, those that are forgiven, and the pardons that nobody needed."""
    left = Counter(baseline.counts)
    standing: list[Finding] = []
    forgiven: list[Finding] = []
    for finding in report.findings:
        needed = _needed(baseline, finding)
        if _can_be_forgiven(finding) and all(left[key] >= count for key, count in needed.items()):
            left.subtract(needed)
            forgiven.append(finding)
        else:
            standing.append(finding)
    return standing, forgiven, left


def _needed(baseline: Baseline, finding: Finding) -> Counter[Key]:
    """The pardons that a finding needs."""
    document = baseline.named(finding)
    needed = Counter({(document, finding.code, finding.fingerprint): 1})
    if finding.more:
        needed[document, finding.code, _UNLISTED] += finding.more
    return needed


def _stale(baseline: Baseline, left: Counter[Key], paths: Sequence[str], options: Options) -> list[Key]:
    """The pardons that nobody needed, of rules that were asked and documents that were looked at."""
    if options.only is not None:
        return []
    asked = {rule.code for rule in selected(options)}
    return [key for key, count in left.items() if count > 0 and key[1] in asked and _lies_in(key, paths, baseline.path)]


def _can_be_forgiven(finding: Finding) -> bool:
    """Whether it says something about the documents, and not about the run itself."""
    return not finding.code.startswith("VAL")


def _lies_in(key: Key, paths: Iterable[str], file: str) -> bool:
    within = [_relative(path, file) for path in paths]
    return any(path == "." or key[0].startswith((f"{path}/", f"{path}#")) or key[0] == path for path in within)


def _relative(path: str, file: str) -> str:
    """A path relative to the folder of a file, with slashes."""
    try:
        found = os.path.relpath(path, os.path.dirname(os.path.abspath(file)))
    except ValueError:  # another drive, on Windows
        found = os.path.abspath(path)
    return found.replace(os.sep, "/")
