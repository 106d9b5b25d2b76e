"""Each format is what its readers take, whatever stands in names and texts, and however much was found.

Where a reader can be installed (junitparser, a Markdown parser), it reads; elsewhere a small reader here
does, written after the reader's documentation and not after the format's module.
"""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode
from collections.abc import Callable, Sequence
from html import unescape
from typing import Any, get_args
from unicodedata import category
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree

import junitparser
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from tests.test_reporters import (
    HOSTILE,
    command,
    finding,
    finding_as_json,
    finding_in,
    report_of,
    reports,
    shown,
    unhurried,
)
from validator import contracts, reporters
from validator.config import Settings
from validator.model import SEVERITIES, Edit, Finding, Fix, Report, Span, Suppressed, replaced
from validator.reporters import markdown, sarif
from validator.reporters.identity import identities
from validator.reporters.jsontext import encoded
from validator.reporters.words import UNCHECKED, message, safe, summary
from validator.rules import listing

FORMATS = reporters.FORMATS
DOCS = "https://docs.example/guide/"

some_findings = reports.map(lambda report: report.findings)


def text(report: Report, format: str, **options: Any) -> str:
    return "\n".join(shown(report, format, **options))


def test_settings_know_every_format() -> None:
    assert get_args(Settings.model_fields["output_format"].annotation) == reporters.FORMATS


# For every format


@pytest.mark.parametrize("format", FORMATS)
@unhurried
@given(report=reports)
@example(report=report_of(finding(path="::error::x", message="##vso[x]y"), finding(path="##teamcity[x]", help="##[x]")))
def test_a_report_is_lines_that_are_safe_anywhere(format: str, report: Report) -> None:
    for line in shown(report, format, docs=DOCS, verbose=True):
        assert [c for c in line if category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")] == []
        line.encode("utf-8")


@pytest.mark.parametrize("format", FORMATS)
@unhurried
@given(report=reports)
@example(report=report_of(finding(path="::error::x", message="##vso[x]y"), finding(path="##teamcity[x]", help="##[x]")))
@example(report=report_of(empty=("::error::x", "##[error]x", "##vso[x]"), incomplete=True))
def test_builds_obey_a_format_only_where_it_is_theirs(format: str, report: Report) -> None:
    for line in shown(report, format, docs=DOCS, verbose=True):
        assert format == "github" or command(line) is None
        assert line.count("##vso[") == (format == "azure" and line.startswith("##vso["))
        assert line.count("##teamcity[") == (format == "teamcity" and line.startswith("##teamcity["))


@pytest.mark.parametrize("format", ["json", "jsonl", "sarif", "junit", "gitlab", "teamcity", "rdjson"])
@unhurried
@given(report=reports)
def test_formats_for_machines_do_not_depend_on_the_encoding_of_a_log(format: str, report: Report) -> None:
    assert text(report, format, docs=DOCS).isascii()


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_found_is_a_report_too(format: str) -> None:
    assert shown(report_of(), format)


def many(count: int) -> Report:
    return report_of(*(finding(path=f"{number % 50:03}.txt", message=f"{number:06}") for number in range(count)))


@pytest.mark.parametrize("format", FORMATS)
def test_the_work_grows_with_the_findings_and_not_faster(format: str) -> None:
    def calls(count: int) -> int:
        seen = 0

        def note(frame: object, event: str, argument: object) -> None:
            nonlocal seen
            seen += event in ("call", "c_call")

        sys.setprofile(note)
        try:
            shown(many(count), format)
        finally:
            sys.setprofile(None)
        return seen

    calls(10)  # what is imported and remembered once
    few, more, most = calls(100), calls(400), calls(700)
    assert most - more <= 1.1 * (more - few) + 100


RECORDS: dict[str, Callable[[list[str]], int]] = {
    "concise": len,
    "full": lambda lines: sum(line.startswith("error[") for line in lines),
    "json": lambda lines: len(json.loads("\n".join(lines))["findings"]),
    "jsonl": lambda lines: len(lines) - 1,
    "sarif": lambda lines: len(json.loads("\n".join(lines))["runs"][0]["results"]),
    "junit": lambda lines: len(ElementTree.fromstring("\n".join(lines)).findall("*/testcase")),
    "gitlab": lambda lines: len(json.loads("\n".join(lines))),
    "azure": len,
    "teamcity": lambda lines: sum(line.startswith("##teamcity[inspection ") for line in lines),
    "rdjson": lambda lines: len(json.loads("\n".join(lines))["diagnostics"]),
}


@pytest.mark.parametrize("format", RECORDS)
def test_ten_thousand_findings_are_ten_thousand_records(format: str) -> None:
    assert RECORDS[format](shown(many(10_000), format, quiet=True)) == 10_000


@pytest.mark.parametrize("format", RECORDS)
@unhurried
@given(report=reports)
def test_one_finding_is_one_record(format: str, report: Report) -> None:
    findings = tuple(replaced(found, severity="error") for found in report.findings)
    alone = Report(findings or (finding(),))
    assert RECORDS[format](shown(alone, format, quiet=True)) == len(alone.findings)


def test_concise_counts_as_full_does() -> None:
    report = report_of(finding(more=3), finding(severity="info"))
    assert shown(report, "concise", statistics=True, quiet=True) == shown(report, "full", statistics=True, quiet=True)


# Identity


@unhurried
@given(some_findings.map(lambda some: some * 3), st.lists(st.just(finding(fingerprint="f" * 32)), max_size=3))
def test_no_two_findings_of_a_report_are_the_same(some: Sequence[Finding], alike: Sequence[Finding]) -> None:
    everything = [*some, *alike]
    found = list(identities(everything))
    assert len(set(found)) == len(everything)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in found)


@unhurried
@given(some_findings, some_findings)
def test_a_finding_stays_itself_when_lines_move_and_others_come(
    some: Sequence[Finding], others: Sequence[Finding]
) -> None:
    moved = [replaced(one, line=one.line and one.line + 7, message=f"{one.message}!") for one in some]
    before = [
        *(replaced(one, path=f"before/{one.path}") for one in others),
        *(replaced(one, document=f"{one.document}, before") for one in some),
    ]
    assert list(identities([*before, *moved]))[len(before) :] == list(identities(some))


# JSON Lines


@unhurried
@given(report=reports)
def test_jsonl_says_what_json_says(report: Report) -> None:
    *lines, last = map(json.loads, shown(report, "jsonl"))
    whole = json.loads(text(report, "json"))
    assert lines == [{"kind": "finding", **found} for found in whole["findings"]]
    assert last == {"kind": "summary", "version": whole["version"], "tool": whole["tool"], **whole["summary"]}


def test_jsonl_keeps_to_the_schema_of_findings() -> None:
    schema = contracts.load("report")
    *lines, _ = map(json.loads, shown(report_of(finding(), finding(path="\udce9")), "jsonl"))
    for found in lines:
        assert found.pop("kind") == "finding"
        Draft202012Validator({**schema["$defs"]["Finding"], "$defs": schema["$defs"]}).validate(found)
        assert finding_as_json(finding()).keys() <= found.keys()


# SARIF


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


WORDS = {"type": "string", "minLength": 1}
WHOLE = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
LINE = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
URI = {"type": "string", "pattern": r"^([A-Za-z0-9\-._~/:]|%[0-9A-F]{2})+$"}
WORDED = closed({"text": {"type": "string"}})
BYTES = {"byteOffset": WHOLE, "byteLength": WHOLE}
COLUMNS = {"startLine": LINE, "startColumn": LINE, "endLine": LINE, "endColumn": LINE}
ARTIFACT = {"anyOf": [closed({"uri": URI, "uriBaseId": {"const": "%SRCROOT%"}}), closed({"uri": URI})]}
LOCATION = closed(
    {"physicalLocation": closed({"artifactLocation": ARTIFACT}, {"region": closed({}, {**COLUMNS, **BYTES})})},
    {"logicalLocations": {"type": "array", "items": closed({"fullyQualifiedName": {"type": "string"}, "kind": WORDS})}},
)
LEVEL = {"enum": ["error", "warning", "note"]}
REPLACEMENT = closed({"deletedRegion": closed(BYTES)}, {"insertedContent": closed({"binary": WORDS})})
CHANGE = closed({"artifactLocation": ARTIFACT, "replacements": {"type": "array", "minItems": 1, "items": REPLACEMENT}})
RESULT = closed(
    {
        "ruleId": {"type": "string", "pattern": "^[A-Z]{3}[0-9]{3}$"},
        "ruleIndex": WHOLE,
        "level": LEVEL,
        "message": WORDED,
        "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": LOCATION},
        "partialFingerprints": closed({"findingIdentity/v1": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}),
    },
    {
        "fixes": {
            "type": "array",
            "items": closed({"artifactChanges": {"type": "array", "items": CHANGE}}, {"description": WORDED}),
        },
        "suppressions": {
            "type": "array",
            "items": closed({"kind": {"const": "external"}, "status": {"const": "accepted"}, "justification": WORDS}),
        },
    },
)
RULE = closed(
    {"id": WORDS, "name": WORDS},
    {
        "shortDescription": WORDED,
        "fullDescription": WORDED,
        "help": closed({"text": WORDS, "markdown": WORDS}),
        "helpUri": WORDS,
        "defaultConfiguration": closed({"level": LEVEL}),
        "properties": closed({"tags": {"type": "array", "items": WORDS, "uniqueItems": True}}),
    },
)
NOTIFICATION = closed(
    {"level": LEVEL, "message": WORDED},
    {"locations": {"type": "array", "items": LOCATION}, "associatedRule": closed({"id": WORDS})},
)
RUN = closed(
    {
        "tool": closed(
            {
                "driver": closed(
                    {"name": WORDS, "version": WORDS, "rules": {"type": "array", "items": RULE, "uniqueItems": True}},
                    {"informationUri": WORDS},
                )
            }
        ),
        "invocations": {
            "type": "array",
            "items": closed(
                {
                    "executionSuccessful": {"type": "boolean"},
                    "toolExecutionNotifications": {"type": "array", "items": NOTIFICATION},
                }
            ),
        },
        "originalUriBaseIds": closed({"%SRCROOT%": closed({"description": WORDED})}),
        "columnKind": {"const": "unicodeCodePoints"},
        "results": {"type": "array", "items": RESULT},
    }
)
SARIF = closed(
    {
        "$schema": {"type": "string", "pattern": "^https://docs.oasis-open.org/sarif/sarif/v2.1.0/"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": RUN},
    }
)
"""The part of SARIF 2.1.0 that is written here, each property as the standard has it, and none besides."""


def run_of(report: Report, **options: Any) -> dict[str, Any]:
    log = json.loads(text(report, "sarif", **options))
    run: dict[str, Any] = log["runs"][0]
    return run


@settings(deadline=None, max_examples=50)
@given(report=reports, docs=st.sampled_from(["", DOCS]))
def test_sarif_keeps_to_the_standard(report: Report, docs: str) -> None:
    Draft202012Validator(SARIF).validate(json.loads(text(report, "sarif", docs=docs)))


def unescaped_sarif(words: str) -> str:
    """What a reader shows of a message without arguments (3.11.5); it must not find a link (3.11.6)."""
    assert re.search(r"\[(?:[^\\\[\]]|\\.)*\]\(", words) is None
    assert re.search(r"\{\d+\}", words.replace("{{", "").replace("}}", "")) is None
    return words.replace("{{", "{").replace("}}", "}")


@unhurried
@given(report=reports)
@example(report=report_of(finding(message="[x](http://evil.example) {0}", help="}{ {1}}")))
def test_sarif_tells_every_finding_errors_first_then_what_was_allowed(report: Report) -> None:
    run = run_of(report)
    in_order = sorted(report.findings, key=lambda found: SEVERITIES.index(found.severity))
    everything = [*in_order, *(one.finding for one in report.suppressed)]
    results = run["results"]
    assert [result["ruleId"] for result in results] == [found.code for found in everything]
    for result, found in zip(results, everything, strict=True):
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert (rule["id"], rule["name"]) == (found.code, found.name)
        assert result["level"] == {"error": "error", "warning": "warning", "info": "note"}[found.severity]
        said = message(found) + (f"\n{safe(found.help)}" if found.help else "")
        assert unescaped_sarif(result["message"]["text"]) == (said or found.name).replace("](", "] (")
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {found.code for found in everything}
    assert len({result["partialFingerprints"]["findingIdentity/v1"] for result in results}) == len(results)
    assert ["suppressions" in result for result in results] == [False] * len(in_order) + [True] * len(report.suppressed)


paths = st.lists(
    (st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=4))
    .map(lambda name: name.replace("/", ""))
    .filter(lambda name: name not in ("", ".")),
    min_size=1,
    max_size=4,
).map("/".join)


@unhurried
@given(path=paths)
@example(path="caf\udce9/50%?a#b c:d;e\\f")
@example(path="c:/x")
@example(path="../x")
def test_sarif_paths_come_back_byte_for_byte(path: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sarif, "_WINDOWS", False)
        for prefix, scheme in (("", ""), ("/", "file")):
            (result,) = run_of(report_of(finding(path=prefix + path)))["results"]
            reference = result["locations"][0]["physicalLocation"]["artifactLocation"]
            parts = urlsplit(reference["uri"])
            assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == (scheme, "", "", "")
            assert unquote_to_bytes(parts.path) == encoded(prefix + path)
            assert reference.get("uriBaseId") == (None if prefix else "%SRCROOT%")


@pytest.mark.parametrize(
    ("path", "uri"),
    [("./a//b.txt", "a/b.txt"), (".", "."), ("/a//./b", "file:///a/b"), ("//a/b", "file:///a/b"), ("c:/a", "c%3A/a")],
)
def test_sarif_paths_have_no_empty_parts(path: str, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_WINDOWS", False)
    location = run_of(report_of(finding(path=path)))["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("C:/some docs/a.txt", "file:///C:/some%20docs/a.txt"),
        ("//server/share/a.txt", "file://server/share/a.txt"),
        ("docs/a.txt", "docs/a.txt"),
    ],
)
def test_sarif_knows_drives_and_shares_of_windows(path: str, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_WINDOWS", True)
    location = run_of(report_of(finding(path=path)))["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == uri


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[bytes, int, int]:
    """A text that is UTF-8, and where in it something is marked: between characters."""
    pieces = draw(st.lists(st.sampled_from(["a", "é", "天", "😀", "\n", "\r\n", " ", "x" * 90]), max_size=12))
    start = draw(st.integers(0, len(pieces)))
    end = draw(st.integers(start, len(pieces)))
    ends = [len("".join(pieces[:count]).encode()) for count in range(len(pieces) + 1)]
    return "".join(pieces).encode(), ends[start], ends[end]


def offset_of(content: bytes, line: int, column: int) -> int:
    """The byte at which a line and a column in characters stand."""
    lines = content.split(b"\n")
    before = sum(len(one) + 1 for one in lines[: line - 1])
    return before + len((lines[line - 1] + b"\n").decode()[: column - 1].encode())


@unhurried
@given(marked_texts())
def test_both_regions_of_sarif_are_the_same_bytes(marked: tuple[bytes, int, int]) -> None:
    content, start, end = marked
    (result,) = run_of(report_of(finding_in(content, start, end)))["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["byteOffset"], region["byteOffset"] + region["byteLength"]) == (start, end)
    assert offset_of(content, region["startLine"], region["startColumn"]) == start
    assert offset_of(content, region["endLine"], region["endColumn"]) == end


@unhurried
@given(content=st.binary(max_size=40), replacement=st.binary(max_size=5), data=st.data())
def test_fixes_of_sarif_do_what_the_edits_do(content: bytes, replacement: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    fix = Fix((Edit(Span(start, end), replacement),))
    (result,) = run_of(report_of(finding(fix=fix)))["results"]
    mended = content
    for change in result.get("fixes", [{"artifactChanges": []}])[0]["artifactChanges"]:
        assert change["artifactLocation"] == result["locations"][0]["physicalLocation"]["artifactLocation"]
        for one in change["replacements"]:
            at, length = one["deletedRegion"]["byteOffset"], one["deletedRegion"]["byteLength"]
            inserted = b64decode(one.get("insertedContent", {"binary": ""})["binary"])
            mended = mended[:at] + inserted + mended[at + length :]
    assert mended == content[:start] + replacement + content[end:]


def test_places_beyond_32_bits_are_left_out_of_sarif() -> None:
    far = {
        "line": 1 << 31,
        "column": 1,
        "end_line": 1 << 31,
        "end_column": 2,
        "byte_start": 5 << 30,
        "byte_end": 6 << 30,
    }
    fix = Fix((Edit(Span(0, 1), b"x"), Edit(Span(5 << 30, 6 << 30), b"x")))
    (result,) = run_of(report_of(finding(fix=fix, **far)))["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]
    assert "fixes" not in result
    (result,) = run_of(report_of(finding(**{**far, "line": 7, "end_line": 7})))["results"]
    assert result["locations"][0]["physicalLocation"]["region"].keys() == COLUMNS.keys()


def test_a_fix_that_changes_nothing_is_none_in_sarif() -> None:
    fix = Fix((Edit(Span(3, 3), b""),))
    assert "fixes" not in run_of(report_of(finding(fix=fix)))["results"][0]


def test_sarif_says_why_a_finding_was_allowed() -> None:
    report = report_of(suppressed=(Suppressed(finding(), "index", "a \u202ejoke"), Suppressed(finding(), "baseline")))
    assert [result["suppressions"] for result in run_of(report)["results"]] == [
        [{"kind": "external", "status": "accepted", "justification": "allowed by the index: a \\u202ejoke"}],
        [{"kind": "external", "status": "accepted", "justification": "allowed by the baseline"}],
    ]


def test_sarif_of_a_run_that_could_not_see_everything() -> None:
    unread = finding(code="VAL001", name="unreadable-file", message="'a' cannot be read", path="a")
    (invocation,) = run_of(report_of(finding(), unread, incomplete=True, empty=("nowhere",)))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]] == [
        ("error", "'a' cannot be read"),
        ("error", "There is nothing to check under nowhere."),
    ]
    assert run_of(report_of(finding()))["invocations"][0]["executionSuccessful"] is True
    for lacking in (report_of(incomplete=True), report_of(empty=("nowhere",)), report_of(unread)):
        assert run_of(lacking)["invocations"][0]["executionSuccessful"] is False


def test_sarif_explains_the_rules_that_speak() -> None:
    (rule,) = run_of(report_of(finding(), finding(path="b")), docs=DOCS)["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"] == "The index lists a document that is not there."
    assert rule["help"]["text"].startswith(rule["shortDescription"]["text"])
    assert "put the document back" in rule["help"]["text"]
    assert rule["helpUri"] == f"{DOCS}rules/IDX002/"
    assert (rule["defaultConfiguration"], rule["properties"]) == ({"level": "error"}, {"tags": ["index"]})


def test_pages_of_rules_in_sarif_hold_no_html() -> None:
    codes = [rule.code for rule in listing()]
    run = run_of(report_of(*(finding(code=code) for code in codes)))
    for rule in run["tool"]["driver"]["rules"]:
        kinds = {token.type for token in inline_tokens(rule["help"]["markdown"])}
        assert not kinds & {"html_block", "html_inline"}, rule["id"]


def test_sarif_has_no_more_results_than_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sarif.LIMIT == 25_000
    monkeypatch.setattr(sarif, "LIMIT", 3)
    mild, severe = [finding(severity="info")] * 3, [finding(path=f"{number}") for number in range(2)]
    run = run_of(report_of(*mild, *severe, suppressed=(Suppressed(finding(), "baseline"),)))
    assert [result["level"] for result in run["results"]] == ["error", "error", "note"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("3 more results are left out")
    assert run["invocations"][0]["executionSuccessful"] is True


# JUnit


def read_by_junitparser(report: Report) -> junitparser.JUnitXml:
    return junitparser.JUnitXml.fromstring(text(report, "junit").encode())


def outcome(found: Finding) -> str:
    return "Error" if found.code in UNCHECKED else "Failure" if found.severity == "error" else "passed"


@unhurried
@given(report=reports, unread=st.booleans())
@example(report=report_of(finding(), finding(message=f"{finding().message} (2)"), finding()), unread=False)
def test_junit_has_a_test_for_each_finding(report: Report, unread: bool) -> None:
    if unread:
        report = replaced(report, findings=(*report.findings, finding(code="VAL002", path="b")))
    found = {suite.name: [list_of(case) for case in suite] for suite in read_by_junitparser(report)}
    expected: dict[str, list[tuple[str, str]]] = {}
    for one in report.findings:
        named = f"{one.code} {one.name}: {message(one)}".replace("[[", "[ [")
        expected.setdefault(safe(one.path).replace("[[", "[ ["), []).append((named, outcome(one)))
    extra = found.pop("validate", [])
    assert extra or report.findings
    assert found.keys() == expected.keys()
    for suite, cases in found.items():
        assert len(set(cases)) == len(cases), "GitLab takes tests of the same names for one"
        for (name, result), (start, expected_result) in zip(cases, expected[suite], strict=True):
            assert name.startswith(start)
            assert result == expected_result


def list_of(case: junitparser.TestCase) -> tuple[str, str]:
    return case.name, type(case.result[0]).__name__ if case.result else "passed"


@unhurried
@given(report=reports)
def test_junit_counts_are_right_and_no_output_attaches_files(report: Report) -> None:
    lines = text(report, "junit")
    root = ElementTree.fromstring(lines)
    for group in (root, *root.findall("testsuite")):
        assert int(group.attrib["tests"]) == len(list(group.iter("testcase"))) > 0
        assert int(group.attrib["failures"]) == len(list(group.iter("failure")))
        assert int(group.attrib["errors"]) == len(list(group.iter("error")))
    assert "[[" not in "".join(root.itertext())


def test_junit_of_nothing_wrong_is_one_test_that_passes() -> None:
    assert (
        text(report_of(documents=8), "junit")
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="validate" tests="1" failures="0" errors="0">
<testsuite name="validate" tests="1" failures="0" errors="0">
<testcase classname="validate" name="nothing is wrong"><system-out>OK  8 documents, 1 index, 1 container, 11.7 kB; \
71 rules</system-out></testcase>
</testsuite>
</testsuites>"""
    )


@pytest.mark.parametrize(
    ("report", "errors"),
    [
        (report_of(empty=("a", "b")), ["there is nothing to check under a", "there is nothing to check under b"]),
        (report_of(incomplete=True), ["not everything could be checked"]),
        (report_of(finding(severity="info"), incomplete=True), ["not everything could be checked"]),
        (report_of(finding(code="VAL001", message="'a' cannot be read"), incomplete=True), ["'a' cannot be read"]),
    ],
)
def test_junit_of_a_run_that_could_not_see_everything(report: Report, errors: list[str]) -> None:
    found = [case.result[0].message for suite in read_by_junitparser(report) for case in suite if case.result]
    assert found == errors


def test_junit_gives_the_words_of_a_finding() -> None:
    report = report_of(finding(help="put it back"), finding(severity="warning", message="a [[ATTACHMENT|/etc/passwd]]"))
    failed, passed = [case for suite in read_by_junitparser(report) for case in suite]
    said = "the index lists 'b.txt', which is not there"
    assert failed.result[0].message == said
    assert failed.result[0].type == "IDX002"
    assert failed.result[0].text == f"seeds/INDEX.md: error[IDX002] {said}\nput it back"
    assert passed.system_out == "seeds/INDEX.md: warning[IDX002] a [ [ATTACHMENT|/etc/passwd]]"


# GitLab

VIOLATION = closed(
    {
        "description": WORDS,
        "check_name": WORDS,
        "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": closed({"path": {"type": "string"}, "lines": closed({"begin": {"type": "integer", "minimum": 1}})}),
    }
)


@unhurried
@given(report=reports)
def test_gitlab_keeps_every_finding(report: Report) -> None:
    read = json.loads(text(report, "gitlab"))
    Draft202012Validator({"type": "array", "items": VIOLATION}).validate(read)
    kept = {violation["fingerprint"]: violation for violation in read}  # as GitLab does
    assert len(kept) == len(report.findings)
    for violation, found in zip(kept.values(), report.findings, strict=True):
        assert violation["description"] == f"{found.name}: {message(found)}"
        assert violation["check_name"] == found.code
        assert violation["location"]["lines"]["begin"] == (found.line or 1)
        assert violation["severity"] == {"error": "major", "warning": "minor", "info": "info"}[found.severity]
        assert_names(violation["location"]["path"], found.path)


def assert_names(told: str, path: str) -> None:
    """A path is told as it is, or made safe where it is not UTF-8, which strict parsers of JSON do not take."""
    told.encode()
    assert told == path or "\\" in told


# Azure Pipelines


def issue(line: str) -> tuple[dict[str, str], str] | None:
    """The issue that an agent of Azure Pipelines logs for a line: it looks for a command anywhere in it."""
    at = line.find("##vso[")
    end = line.find("]", at)
    if at < 0 or end < 0:
        return None
    name, _, properties = line[at + len("##vso[") : end].partition(" ")
    assert name == "task.logissue"
    pairs = [pair.partition("=") for pair in properties.split(";") if pair]
    return {key: from_azure(value) for key, _, value in pairs if value}, from_azure(line[end + 1 :])


def from_azure(escaped: str) -> str:
    for escape, character in {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%AZP25": "%"}.items():
        escaped = escaped.replace(escape, character)
    return escaped


@unhurried
@given(report=reports)
@example(report=report_of(finding(path="a;type=warning]x", message="100%0A;]")))
def test_azure_logs_errors_and_warnings_and_shows_the_rest(report: Report) -> None:
    lines = shown(report, "azure")
    logged = [found for found in map(issue, lines) if found is not None]
    assert logged == [meant_for_azure(found) for found in by_severity(report) if found.severity != "info"]
    infos = [found for found in report.findings if found.severity == "info"]
    assert lines[len(logged) :] == [
        *shown(Report(tuple(infos)), "concise", quiet=True),
        *summary(report),
    ]


def by_severity(report: Report) -> list[Finding]:
    return sorted(report.findings, key=lambda found: SEVERITIES.index(found.severity))


def meant_for_azure(found: Finding) -> tuple[dict[str, str], str]:
    properties = {"type": found.severity, "sourcepath": safe(found.path), "code": found.code}
    if found.line is not None:
        properties |= {"linenumber": str(found.line), "columnnumber": str(found.column)}
    said = f"{found.name}: {message(found)}" + (f"\n{safe(found.help)}" if found.help else "")
    return {key: value for key, value in properties.items() if value}, said


# TeamCity


def service_message(line: str) -> tuple[str, dict[str, str]]:
    """A service message as TeamCity documents them, with several attributes."""
    assert line.startswith("##teamcity[")
    assert line.endswith("]")
    assert line.isascii()
    name, _, rest = line[len("##teamcity[") : -1].partition(" ")
    attributes = {}
    while rest:
        key, _, rest = rest.partition("='")
        value, rest = from_teamcity(rest)
        attributes[key] = value
        rest = rest.lstrip(" ")
    return name, attributes


def from_teamcity(rest: str) -> tuple[str, str]:
    """A value up to its closing apostrophe, and what stands behind."""
    units: list[str] = []
    at = 0
    while rest[at] != "'":
        assert rest[at] not in "[]"
        if rest[at] != "|":
            units.append(rest[at])
            at += 1
        elif rest[at + 1 : at + 3] == "0x":
            units.append(chr(int(rest[at + 3 : at + 7], 16)))
            at += 7
        else:
            units.append({"n": "\n", "r": "\r"}.get(rest[at + 1], rest[at + 1]))
            at += 2
    value = "".join(units)
    assert len(value) <= 4000
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le"), rest[at + 1 :]


@unhurried
@given(report=reports)
@example(report=report_of(finding(message="|'[]😀<b>" * 900, path="天" * 5000)))
def test_teamcity_sees_an_inspection_for_each_finding(report: Report) -> None:
    messages = [service_message(line) for line in shown(report, "teamcity", quiet=True)]
    types = [attributes["id"] for name, attributes in messages if name == "inspectionType"]
    assert sorted(types) == sorted({found.code for found in report.findings})
    inspections = [(at, attributes) for at, (name, attributes) in enumerate(messages) if name == "inspection"]
    for (at, attributes), found in zip(inspections, report.findings, strict=True):
        assert ("inspectionType", found.code) in [(name, other.get("id")) for name, other in messages[:at]]
        assert attributes["typeId"] == found.code
        assert attributes["file"] == safe(found.path)[:2000]
        assert attributes.get("line") == (None if found.line is None else str(found.line))
        assert attributes["SEVERITY"] == found.severity.upper()
        said = message(found) + (f" ({safe(found.help)})" if found.help else "")
        assert not set(attributes["message"]) & set("<>")
        assert unescape(attributes["message"]) == said[:800]


# reviewdog

POSITION = closed({"line": LINE}, {"column": LINE})
SPAN = closed({"start": POSITION, "end": POSITION})
DIAGNOSTIC = closed(
    {
        "message": WORDS,
        "location": closed({"path": {"type": "string"}}, {"range": SPAN}),
        "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
        "code": closed({"value": WORDS}, {"url": WORDS}),
    },
    {"suggestions": {"type": "array", "items": closed({"range": SPAN, "text": {"type": "string"}})}},
)
RDJSON = closed(
    {
        "source": closed({"name": WORDS}, {"url": WORDS}),
        "diagnostics": {"type": "array", "items": DIAGNOSTIC},
    }
)


@unhurried
@given(report=reports, docs=st.sampled_from(["", DOCS]))
def test_rdjson_has_a_diagnostic_for_each_finding(report: Report, docs: str) -> None:
    read = json.loads(text(report, "rdjson", docs=docs))
    Draft202012Validator(RDJSON).validate(read)
    for diagnostic, found in zip(read["diagnostics"], report.findings, strict=True):
        assert diagnostic["code"]["value"] == found.code
        assert diagnostic["severity"] == found.severity.upper()
        assert_names(diagnostic["location"]["path"], found.path)
        said = [message(found), safe(found.help)] if found.help else [message(found)]
        assert code_spans(diagnostic["message"]) == [words or " " for words in said]
        assert diagnostic["message"].startswith(f"{found.name}: `")


def byte_at(content: bytes, position: dict[str, int]) -> int:
    """The byte at a line and a column in bytes."""
    lines = content.split(b"\n")
    assert position["column"] <= len(lines[position["line"] - 1]) + 1
    return sum(len(one) + 1 for one in lines[: position["line"] - 1]) + position["column"] - 1


@unhurried
@given(marked=marked_texts(), more=marked_texts(), replacement=st.binary(max_size=4))
@example(marked=(b"ab\ncd\n", 2, 3), more=(b"ab\ncd\n", 0, 3), replacement=b"")
def test_rdjson_columns_and_suggestions_are_exact(
    marked: tuple[bytes, int, int], more: tuple[bytes, int, int], replacement: bytes
) -> None:
    content, start, end = marked
    other = (min(more[1], len(content)), min(more[2], len(content)))
    for edited in ((start, end), other):
        fix = Fix((Edit(Span(*edited), replacement),))
        found = finding_in(content, start, end, fix=fix)
        (diagnostic,) = json.loads(text(report_of(found), "rdjson"))["diagnostics"]
        span = diagnostic["location"]["range"]
        assert span["start"]["line"] == found.line
        if "column" in span["start"]:
            assert (byte_at(content, span["start"]), byte_at(content, span["end"])) == (start, end)
        else:
            assert "column" not in span["end"]
            assert found.line is not None
            assert found.line <= span["end"]["line"] <= (found.end_line or 0)
        for suggestion in diagnostic.get("suggestions", []):
            span = suggestion["range"]
            assert (byte_at(content, span["start"]), byte_at(content, span["end"])) == edited
            assert suggestion["text"].encode() == replacement


@pytest.mark.parametrize(
    ("content", "start", "end", "place"),
    [
        ("天a\n".encode(), 3, 4, {"start": {"line": 1, "column": 4}, "end": {"line": 1, "column": 5}}),
        (b"a\nbc\nd\n", 2, 5, {"start": {"line": 2, "column": 1}, "end": {"line": 3, "column": 1}}),
        (b"ab\ncd\n", 1, 4, {"start": {"line": 1}, "end": {"line": 2}}),
        (b"x" * 300 + b"y", 300, 301, {"start": {"line": 1}, "end": {"line": 1}}),
    ],
)
def test_rdjson_suggests_where_columns_are_known(content: bytes, start: int, end: int, place: dict[str, Any]) -> None:
    fix = Fix((Edit(Span(start, end), "é".encode()),))
    (diagnostic,) = json.loads(text(report_of(finding_in(content, start, end, fix=fix)), "rdjson"))["diagnostics"]
    assert diagnostic["location"]["range"] == place
    expected = [{"range": place, "text": "é"}] if "column" in place["start"] else None
    assert diagnostic.get("suggestions") == expected


def test_rdjson_suggests_only_single_edits_in_utf8() -> None:
    latin = finding_in(b"abc\n", 1, 2, fix=Fix((Edit(Span(1, 2), b"\xe9"),)))
    twice = finding_in(b"abc\n", 1, 2, fix=Fix((Edit(Span(1, 2), b""), Edit(Span(2, 3), b""))))
    for diagnostic in json.loads(text(report_of(latin, twice), "rdjson"))["diagnostics"]:
        assert "suggestions" not in diagnostic


def test_rdjson_leaves_out_a_place_beyond_32_bits() -> None:
    far = replaced(finding_in(b"abc\n", 1, 2), line=1 << 31, end_line=1 << 31)
    (diagnostic,) = json.loads(text(report_of(far), "rdjson"))["diagnostics"]
    assert diagnostic["location"] == {"path": "doc.txt"}


# Markdown


def inline_tokens(source: str) -> list[Any]:
    """All tokens of a text in CommonMark with tables, those within paragraphs included."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def code_spans(source: str) -> list[str]:
    return [token.content for token in inline_tokens(source) if token.type == "code_inline"]


def clipped(words: str) -> str:
    return safe(words if len(words) <= 1000 else f"{words[:1000]}…") or " "


OURS = re.compile(
    r"(|error|warning|info|what to do: | (in |: )?|: |, | [a-z-]+(, line \d+, column \d+)?( in |: )| \(\+[\d,]+ more\)"
    r"| [A-Z]{3}\d{3} [a-z-]+(, line \d+, column \d+)?( in |: )|[A-Z]{3}\d{3}|Nothing to check under |\."
    r"|(OK  )?[\w ,.;()]+; \d[\d,]* rules?(; .*)?|[\w ,]+ in [\d,]+ files?; [\d,]+ documents? checked(; .*)?"
    r"|incomplete: not everything could be checked"
    r"|can be mended: [\d,]+ by validate fix(, [\d,]+ more by validate fix)?( --unsafe-fixes)?)"
)
"""What stands outside of code spans."""
STRUCTURE = {
    *("heading_open", "heading_close", "inline", "text", "bullet_list_open", "bullet_list_close", "list_item_open"),
    *("list_item_close", "paragraph_open", "paragraph_close", "strong_open", "strong_close", "code_inline"),
    *("link_open", "link_close"),
}


@unhurried
@given(report=reports, docs=st.sampled_from(["", DOCS]))
@example(report=report_of(finding(path="` `` `", message="`<b>`", help=" a ", document="  ")), docs="")
@example(
    report=report_of(finding(path="x", message="</code><script>|@all #1 [a](b) ![a](b) $x$ \\`", help="`")), docs=""
)
def test_markdown_shows_every_word_to_the_letter(report: Report, docs: str) -> None:
    tokens = inline_tokens(text(report, "markdown", docs=docs))
    assert {token.type for token in tokens} <= STRUCTURE
    expected = [clipped(path) for path in report.empty]
    before = None
    for found in by_severity(report):
        if found.path != before:
            expected.append(clipped(found.path))
            before = found.path
        expected += [clipped(found.document)] if found.document is not None else []
        expected.append(clipped(found.message))
        expected += [clipped(found.help)] if found.help else []
    assert [token.content for token in tokens if token.type == "code_inline"] == expected
    for token in tokens:
        if token.type == "text":
            assert OURS.fullmatch(token.content), token.content
        if token.type == "link_open":
            assert re.fullmatch(rf"{DOCS}rules/[A-Z]{{3}}\d{{3}}/", token.attrs["href"])
    assert sum(token.type == "list_item_open" for token in tokens) == len(report.findings) + sum(
        found.help != "" for found in report.findings
    )


def test_markdown_is_grouped_by_files_errors_first() -> None:
    report = report_of(
        finding(severity="warning", path="a.md", line=3, column=1, more=2),
        finding(path="a.md", document="b", help="put it back"),
        finding(path="c.md"),
    )
    assert (
        text(report, "markdown", docs=DOCS)
        == f"""\
### 2 errors, 3 warnings in 2 files; 148 documents checked

#### `a.md`

- **error** [IDX002](<{DOCS}rules/IDX002/>) missing-document in `b`: `the index lists 'b.txt', which is not there`
  - what to do: `put it back`

#### `c.md`

- **error** [IDX002](<{DOCS}rules/IDX002/>) missing-document: `the index lists 'b.txt', which is not there`

#### `a.md`

- **warning** [IDX002](<{DOCS}rules/IDX002/>) missing-document, line 3, column 1: \
`the index lists 'b.txt', which is not there` (+2 more)"""
    )


@pytest.mark.parametrize("word", ["\U000e0041" * 5000, "`" * 5000, "`a" * 5000, "天" * 300, "x" * 20])
def test_markdown_never_has_more_than_github_takes(word: str) -> None:
    assert markdown.LIMIT == 1 << 20
    report = report_of(*(finding(path=f"{number}{word}", message=word, help=word, more=1) for number in range(12_000)))
    lines = shown(report, "markdown")
    assert len("".join(f"{line}\n" for line in lines).encode()) <= 1 << 20
    listed = sum(line.startswith("- **error**") for line in lines)
    left_out = re.fullmatch(r"\*\*([\d,]+) more findings\*\*: see the full report\.", lines[-1])
    assert left_out is not None
    assert listed > 0
    assert int(left_out[1].replace(",", "")) == 2 * (12_000 - listed)


def test_markdown_says_what_could_not_be_checked() -> None:
    assert (
        text(report_of(incomplete=True, empty=("a`b",)), "markdown")
        == """\
### 148 documents, 1 index, 1 container, 11.7 kB; 71 rules

**incomplete: not everything could be checked**

Nothing to check under ``a`b``."""
    )
