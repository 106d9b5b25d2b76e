"""JUnit XML, which the dashboards of nearly all build servers read.

There is a suite for each file and a test for each finding; where nothing is wrong there is one test, and
it passes. An error fails its test. A warning or an info does not: its test passes, and what it says is the
output of the test. What could not be checked is an ``error``, which in JUnit says that a test could not
be carried out.

No standard defines the format. This keeps to the schema of Jenkins' xUnit plugin (``junit-10.xsd``), and
no two tests have the same names, which GitLab would take for one. The text is ASCII, with character
references, and no character in it is one that XML 1.0 forbids.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Finding, Look, Report, replaced, value
from validator.reporters.words import UNCHECKED, line, message, safe, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_RUN = "validate"
"""The suite of what is about no file."""
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "[[": "[ ["}
"""``[[ATTACHMENT|path]]`` in the output of a test would make Jenkins attach a file."""


@value
class _Test:
    """A test: ``outcome`` is ``failure``, ``error``, or ``system-out`` for one that passes and says something.

    ``kind`` is the code of the rule.
    """

    suite: str
    name: str
    outcome: str
    kind: str
    title: str
    words: str


def render(report: Report, look: Look) -> Iterator[str]:
    """The lines of a document; each test is a line."""
    suites: dict[str, list[_Test]] = {}
    tests = list(_apart(_tests(report)))
    for test in tests:
        suites.setdefault(test.suite, []).append(test)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites name="{_RUN}" {_counts(tests)}>'
    for name, inside in suites.items():
        yield f'<testsuite name="{_xml(name)}" {_counts(inside)}>'
        yield from map(_case, inside)
        yield "</testsuite>"
    yield "</testsuites>"


def _tests(report: Report) -> Iterator[_Test]:
    for finding in report.findings:
        yield _test(finding)
    for path in report.empty:
        words = f"there is nothing to check under {safe(path)}"
        yield _Test(_RUN, words, "error", _RUN, words, words)
    unchecked = any(finding.code in UNCHECKED for finding in report.findings)
    if report.incomplete and not unchecked:
        words = "not everything could be checked"
        yield _Test(_RUN, words, "error", _RUN, words, words)
    elif not report.findings and not report.empty:
        yield _Test(_RUN, "nothing is wrong", "system-out", _RUN, "", "\n".join(summary(report)))


def _test(finding: Finding) -> _Test:
    outcome = "failure" if finding.severity == "error" else "system-out"
    if finding.code in UNCHECKED:
        outcome = "error"
    name = f"{finding.code} {finding.name}: {message(finding)}"
    words = f"{line(finding)}\n{safe(finding.help)}" if finding.help else line(finding)
    return _Test(safe(finding.path), name, outcome, finding.code, message(finding), words)


def _apart(tests: Iterable[_Test]) -> Iterator[_Test]:
    """Each test under a name that no other in its suite has."""
    times: dict[tuple[str, str], int] = {}
    for test in tests:
        name = test.name
        while (test.suite, name) in times:
            times[test.suite, test.name] += 1
            name = f"{test.name} ({times[test.suite, test.name]})"
        times[test.suite, name] = 1
        yield replaced(test, name=name)


def _counts(tests: Sequence[_Test]) -> str:
    outcomes = [test.outcome for test in tests]
    return f'tests="{len(tests)}" failures="{outcomes.count("failure")}" errors="{outcomes.count("error")}"'


def _case(test: _Test) -> str:
    about = "" if test.outcome == "system-out" else f' type="{test.kind}" message="{_xml(test.title)}"'
    said = f"<{test.outcome}{about}>{_xml(test.words)}</{test.outcome}>"
    return f'<testcase classname="{_xml(test.suite)}" name="{_xml(test.name)}">{said}</testcase>'


def _xml(text: str) -> str:
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")
