"""What an old collection is forgiven, so that it can be checked from today on.

A baseline counts findings by document, rule and fingerprint, in a JSON file. It knows no lines: text that
moves keeps its pardon, text that changes loses it. Documents are named relative to the folder of the file,
so that it means the same from wherever it is used; a block of a container is ``container#name``. It speaks of
the collections that use it, and of no other. Of offences so many that not each was listed, it knows the
number only.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from posixpath import normpath

from validator.addresses import is_elsewhere
from validator.judging import Judge
from validator.model import TYPE_CHECKING, Finding, Place, Report, Suppressed, Suppression, UsageError, replaced, value
from validator.rules import listing
from validator.selection import selected
from validator.trees import Changed, Opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    from validator.model import Options

    Key: TypeAlias = tuple[str, str, str]
    """Document, code and fingerprint."""

NAME = ".validate-baseline.json"
NONE: Counter[Key] = Counter()
MOST = 10_000
"""Findings of one rule in one document that a baseline tells apart."""
_VERSION = 1
_UNLISTED = "unlisted"
_SHOWN = 80
"""Characters of a word of the file that a message shows."""
_LARGEST = 1 << 26
_HIGHEST = 1 << 53
"""Findings that are counted: the most that every reader of JSON can tell apart (RFC 8259, section 6)."""


@value
class Baseline:
    """How often each offence is forgiven, as the file at ``path`` says."""

    path: str
    counts: Counter[Key]

    @property
    def documents(self) -> set[str]:
        """The documents of which something is forgiven."""
        return {document for document, _, _ in self.counts}


def load(path: str, data: bytes | None = None) -> Baseline:
    """Read a baseline, or take ``data`` for its content. Raises ``UsageError``."""
    return parsed(path, _read(path) if data is None else data)


def _read(path: str) -> bytes:
    try:
        file = Opened(os.fsencode(os.path.realpath(path)))
        data = file.read(0, min(file.size, _LARGEST + 1))
        file.close()
    except FileNotFoundError:
        raise UsageError(f"there is no baseline {path!r}; `validate baseline update` writes one") from None
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path!r}: {(error.strerror or str(error)).lower()}") from None
    except Changed:
        raise UsageError(f"the baseline {path!r} changed while it was read: try again") from None
    return data


def parsed(path: str, data: bytes) -> Baseline:
    """The baseline in the bytes of a file. Raises ``UsageError``."""
    if len(data) > _LARGEST:
        raise UsageError(f"the baseline {path!r} is larger than {_LARGEST:,} bytes, which none should be")
    try:
        return Baseline(path, Counter(dict(_counts(json.loads(data, object_pairs_hook=_apart)))))
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        said = str(error) or type(error).__name__
        raise UsageError(f"{path!r} is no baseline: {said}; `validate baseline update` writes one") from None


def _apart(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, none of whose keys is there twice, as a merge may leave it."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise ValueError(f"the key {twice[:_SHOWN]!r} is there twice")
    return found


def _counts(content: Any) -> Iterator[tuple[Key, int]]:
    if content.get("version") != _VERSION:
        raise ValueError(f"its version is not {_VERSION}")
    for document, codes in content.get("findings").items():
        for code, fingerprints in codes.items():
            for fingerprint, count in fingerprints.items():
                if type(count) is not int or not 1 <= count <= _HIGHEST:
                    raise ValueError(f"it counts {repr(count)[:_SHOWN]} findings in {document[:_SHOWN]!r}")
                yield (document, code, fingerprint), count


def written(baseline: Baseline) -> str:
    """The text of the file: sorted, so that changes are small."""
    findings: dict[str, dict[str, dict[str, int]]] = {}
    for (document, code, fingerprint), count in sorted(baseline.counts.items()):
        if count > 0:
            findings.setdefault(document, {}).setdefault(code, {})[fingerprint] = count
    return json.dumps({"version": _VERSION, "findings": findings}, indent=1) + "\n"


def updated(baseline: Baseline, report: Report, paths: Sequence[str], options: Options) -> Baseline:
    """The baseline with all that was found under some paths, in place of what it said of that."""
    is_asked, called = _asked(baseline, paths, options), _calling(baseline.path)
    counts = Counter({key: count for key, count in baseline.counts.items() if not is_asked(key)})
    found: Counter[Key] = Counter()
    for finding in filter(_can_be_forgiven, report.findings):
        found.update(_needed(finding, called))
    return Baseline(baseline.path, counts | found)


def pruned(baseline: Baseline, report: Report, paths: Sequence[str], options: Options) -> Baseline:
    """The baseline without what is no longer found under some paths."""
    _, _, left = _divided(baseline, report.findings)
    gone = Counter({key: left[key] for key in _stale(baseline, left, paths, options)})
    return Baseline(baseline.path, baseline.counts - gone)


def applied(baseline: Baseline, report: Report, paths: Sequence[str], options: Options) -> Report:
    """The report without what is forgiven under some paths; what is forgiven for nothing is a finding (VAL004)."""
    lies_in, called = _within(baseline, paths), _calling(baseline.path)
    ours: list[Finding] = []
    others: list[Finding] = []
    for finding in report.findings:
        (ours if lies_in(_document(finding, called)) else others).append(finding)
    standing, forgiven, left = _divided(baseline, ours)
    judge = Judge(selected(options), options, "")
    stale = () if report.incomplete else _stale(baseline, left, paths, options)
    named = dict.fromkeys(key[:2] for key in stale)
    judge.suppressions([Suppression("baseline", document, code, Place(baseline.path)) for document, code in named])
    findings = (*others, *limited(standing, options.max_findings), *judge.findings)
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


def _divided(baseline: Baseline, findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding], Counter[Key]]:
    """The findings that stand, those that are forgiven, and the pardons that nobody needed."""
    left, called = Counter(baseline.counts), _calling(baseline.path)
    standing: list[Finding] = []
    forgiven: list[Finding] = []
    for finding in findings:
        needed = _needed(finding, called)
        if _can_be_forgiven(finding) and all(left[key] >= count for key, count in needed.items()):
            left.subtract(needed)
            forgiven.append(finding)
        else:
            standing.append(finding)
    return standing, forgiven, left


def _needed(finding: Finding, called: Callable[[str], str]) -> Counter[Key]:
    """The pardons that a finding needs."""
    document = _document(finding, called)
    needed = Counter({(document, finding.code, finding.fingerprint): 1})
    if finding.more:
        needed[document, finding.code, _UNLISTED] += finding.more
    return needed


def _stale(baseline: Baseline, left: Counter[Key], paths: Sequence[str], options: Options) -> list[Key]:
    """The pardons that nobody needed, of rules that were asked and documents that were looked at."""
    if options.only is not None:
        return []
    is_asked = _asked(baseline, paths, options)
    return [key for key, count in left.items() if count > 0 and is_asked(key)]


def _asked(baseline: Baseline, paths: Sequence[str], options: Options) -> Callable[[Key], bool]:
    """What tells whether a pardon is for a document under some paths, and for a rule that was asked, or is none.

    Of a path that is no folder, neither an index nor other names were looked at.
    """
    left_out = {rule.code for rule in listing()} - {rule.code for rule in selected(options)}
    of_files = {rule.code for rule in listing() if rule.scope in ("document", "container")}
    in_any, in_folders = _within(baseline, paths), _within(baseline, list(filter(_is_folder, paths)))
    return lambda key: key[1] not in left_out and (in_any if key[1] in of_files else in_folders)(key[0])


def _can_be_forgiven(finding: Finding) -> bool:
    """Whether it says something about the documents, and not about the run itself."""
    return not finding.code.startswith("VAL")


def _document(finding: Finding, called: Callable[[str], str]) -> str:
    """What the file calls the document that a finding is about."""
    name = called(finding.path)
    return name if finding.document is None else f"{name}#{finding.document}"


def _within(baseline: Baseline, paths: Sequence[str]) -> Callable[[str], bool]:
    """What tells whether a document, as the file calls it, lies in one of some paths."""
    called = _calling(baseline.path)
    within = {called(path) for path in paths} | {
        called(os.path.join(path, "")) for path in paths if os.path.isdir(path)
    }
    above = {path for path in within if path == "." or 3 * _steps_up(path) > len(path)}
    highest = max(map(_steps_up, above), default=-1)
    inside = tuple(f"{path}{mark}" for path in within - above for mark in "/#")

    def lies_in(document: str) -> bool:
        return document in within or document.startswith(inside) or _steps_up(document) <= highest

    return lies_in


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) or is_elsewhere(path)


def _steps_up(name: str) -> int:
    """How many folders above its own a relative name begins with."""
    steps = 0
    while name.startswith("../", 3 * steps) or name[3 * steps :] == "..":
        steps += 1
    return steps


def _calling(file: str) -> Callable[[str], str]:
    """What gives the name of a path relative to the folder of a file, with slashes; links to folders are followed."""
    home = os.path.realpath(os.path.dirname(file) or ".")
    folders: dict[str, str] = {}

    def called(path: str) -> str:
        if is_elsewhere(path):
            return path.rstrip("/")
        above, name = os.path.split(path)
        if above not in folders:
            folders[above] = _relative(os.path.realpath(above or "."), home)
        return normpath(f"{folders[above]}/{name}")

    return called


def _relative(path: str, home: str) -> str:
    try:
        found = os.path.relpath(path, home)
    except ValueError:  # another drive, on Windows
        found = path
    return found.replace(os.sep, "/")
