"""The HTML report: what it says, that nothing from outside can become more than text, and how it works in a browser."""

from __future__ import annotations

import os
import re
import shutil
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Dialog, Error, Page, Playwright, sync_playwright

import validator
from tests.strategies import index_of
from tests.test_reporters import command, finding, finding_in, findings, marking, report_of, texts
from validator import engine
from validator.model import (
    SEVERITIES,
    Edit,
    Fix,
    Item,
    Look,
    Options,
    Report,
    Span,
    Suppressed,
    UsageError,
    replaced,
)
from validator.reporters import html
from validator.reporters.cells import cells, decoded
from validator.reporters.html import page as contents
from validator.reporters.html.charts import by_size, short_size
from validator.reporters.html.frames import changed
from validator.reporters.html.treemap import Map, treemap
from validator.rules import catalogue
from validator.text import shown
from validator.trees import Memory

unhurried = settings(deadline=None)
DOCS = "https://example.org/collection-validator/"

items = st.builds(
    Item, texts.filter(bool), st.none() | texts, st.integers(0, 1 << 40), st.sampled_from(["Latn", "", "Zzzz"]), texts
)
suppressions = st.builds(Suppressed, findings(), st.sampled_from(["settings", "index", "baseline"]), texts)
reports = st.builds(
    Report,
    st.lists(findings(), max_size=4).map(tuple),
    *[st.integers(0, 1 << 60)] * 5,
    incomplete=st.booleans(),
    empty=st.lists(texts, max_size=2).map(tuple),
    notes=st.lists(texts, max_size=2).map(tuple),
    suppressed=st.lists(suppressions, max_size=2).map(tuple),
    inventory=st.lists(items, max_size=5).map(tuple),
)


class Elements(HTMLParser):
    """The elements of a page: name, attributes, and the text in each."""

    def __init__(self, lines: Iterator[str]) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self.open: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed("\n".join(lines))
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        element = (tag, {key: value or "" for key, value in attributes}, list[str]())
        self.found.append(element)
        if tag not in ("meta", "input"):
            self.open.append(element)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {key: value or "" for key, value in attributes}, []))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, _, text in self.open:
            text.append(data)

    def texts(self, tag: str, **attributes: str) -> list[str]:
        wanted = {key.strip("_"): value for key, value in attributes.items()}
        return ["".join(text) for name, found, text in self.found if name == tag and wanted.items() <= found.items()]


def elements(report: Report, **look: Any) -> Elements:
    return Elements(html.render(report, Look(**look)))


# What it says


def test_the_verdict_says_how_much_was_found_in_how_much() -> None:
    report = report_of(finding(more=1), finding(severity="warning"), finding(severity="info", path="other"))
    found = elements(replaced(report, suppressed=(Suppressed(finding(), "index"), Suppressed(finding(), "baseline"))))
    assert found.texts("h1") == ["✕2 errors, 1 warning and 1 info"]
    assert found.texts("p", _class="extent") == [
        "148 documents, 1 index, 1 container checked with 71 rules; findings in 2 files."
    ]
    figures = dict(zip(found.texts("dt"), found.texts("dd"), strict=True))
    assert figures == {
        "Errors": "2",
        "Warnings": "1",
        "Infos": "1",
        "Suppressed": "1",
        "In the baseline": "1",
        "Documents": "148",
        "Size": "12 kB",
    }


@pytest.mark.parametrize(
    ("report", "verdict", "notes"),
    [
        (report_of(), "✓Nothing was found wrong", []),
        (report_of(finding(severity="info")), "i1 info", []),
        (
            report_of(incomplete=True),
            "!Not everything could be checked",
            ["Not everything could be checked; the findings say what is missing."],
        ),
        (
            Report((), empty=("a\n/",)),
            "!There was nothing to check",
            ["There was nothing to check under a\\x0a/."],
        ),
        (report_of(finding(), notes=("a note",)), "✕1 error", ["a note"]),
    ],
)
def test_the_verdict_says_what_to_think_of_it(report: Report, verdict: str, notes: list[str]) -> None:
    found = elements(report)
    assert found.texts("h1") == [verdict]
    assert [text for text in found.texts("li") if text in notes] == notes
    assert len(found.texts("ul", _class="notes")) == bool(notes)


def test_a_finding_has_its_line_and_its_help() -> None:
    found = elements(
        report_of(marking("Größe\u200b1,\u202e".encode(), "\u202e".encode(), help="mend it", more=2)), docs=DOCS
    )
    assert found.texts("code") == ["Größe\\u200b1,\\u202e"]
    assert found.texts("mark") == ["\\u202e"]
    assert found.texts("p", _class="help") == ["Help mend it"]
    assert found.texts("p", _class="more") == ["2 more like this in this document."]
    links = [attributes["href"] for tag, attributes, _ in found.found if tag == "a" and "rel" in attributes]
    assert links == [f"{DOCS}rules/IDX002/"]


def test_a_fix_is_shown_beside_the_line_if_it_is_on_it() -> None:
    blank, line_end = Edit(Span(8, 9), b""), Edit(Span(9, 11), b"\n")
    found = elements(report_of(finding_in(b"keep it  \r\nand go", 8, 9, fix=Fix((blank,), safe=False))))
    assert found.texts("code") == ["keep it  ", "keep it ", "validate fix --unsafe-fixes"]
    assert found.texts("ins") == [""], "what was taken out has a place"
    assert found.texts("p", _class="fix") == ["Unsafe fix validate fix --unsafe-fixes makes it; look at it afterwards."]

    found = elements(report_of(finding_in(b"keep it  \r\nand go", 8, 9, fix=Fix((blank, line_end)))))
    assert found.texts("code") == ["keep it  ", "validate fix"]
    assert found.texts("p", _class="fix") == ["Safe fix validate fix makes 2 edits."]


EXAMPLES = [
    pytest.param(rule.code, *rule.example(bad.content), bad.settings, id=f"{rule.code}-{number}")
    for rule in catalogue()
    for number, bad in enumerate(rule.bad)
    if bad.mended is not None
]


@pytest.mark.parametrize(("code", "tree", "is_folder", "options"), EXAMPLES)
def test_a_mended_line_is_what_the_fix_leaves_behind(
    code: str, tree: dict[str, bytes], is_folder: bool, options: dict[str, Any]
) -> None:
    report = engine.check([Memory(tree, is_folder=is_folder)], Options(select=(code,), **options))
    for found in report.findings:
        if found.fix is not None and changed(found):
            data = tree[found.path]
            for edit in sorted(found.fix.edits, key=lambda edit: edit.span.start, reverse=True):
                data = data[: edit.span.start] + edit.replacement + data[edit.span.end :]
            mended = "".join(text for _, pieces in changed(found) for _, text in pieces)
            assert mended.strip() in "".join(cells([decoded(data)])[0])


@unhurried
@given(st.binary(max_size=30), st.binary(max_size=30), st.data())
def test_edits_within_the_line_are_shown_and_others_told(before: bytes, line: bytes, data: st.DataObject) -> None:
    whole = before + b"\n" + line.replace(b"\n", b" ") + b"\nbehind"
    start, end = len(before) + 1, len(before) + 1 + len(line)
    at = sorted(data.draw(st.lists(st.integers(0, len(whole)), min_size=4, max_size=4)))
    edits = (Edit(Span(at[0], at[1]), b"NEW"), Edit(Span(at[2], at[3]), b""))
    found = replaced(finding_in(whole, start, end), fix=Fix(edits))
    excerpt = found.excerpt
    assert excerpt is not None
    length = len(excerpt.before + excerpt.marked + excerpt.after)
    if start <= at[0] and at[3] <= start + length:
        parts = changed(found)
        assert [is_new for is_new, _ in parts] == [False, True, False, True, False]
        assert "".join(text for _, text in parts[1][1]) == "NEW"
        assert parts[3][1] == []
    else:
        assert changed(found) == []


def test_suppressed_findings_are_folded_away_with_their_reasons() -> None:
    allowed = (Suppressed(finding(message="old"), "index", "kept as it is"), Suppressed(finding(), "baseline"))
    found = elements(report_of(suppressed=allowed))
    assert found.texts("p", _class="reason") == ["By the index: kept as it is", "By the baseline"]
    assert [element[1] for element in found.found if element[0] == "details"] == [{}]
    assert elements(report_of()).texts("details") == []


def test_of_very_many_findings_the_errors_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "LIMIT", 5)
    many = [finding(severity="warning", message=f"w{n}") for n in range(6)]
    many[3:3] = [finding(message=f"e{n}") for n in range(3)]
    found = elements(report_of(*many, suppressed=tuple(Suppressed(one, "index") for one in many)))
    assert found.texts("h4") == ["w0", "w1", "e0", "e1", "e2"]
    assert found.texts("p", id="shown") == ["5 of 9 findings, errors first; the JSON report has all of them"]
    assert found.texts("h1") == ["✕3 errors and 6 warnings"]
    assert len(found.texts("p", _class="reason")) == 5
    assert "The first 5 are shown; the JSON report has all of them." in found.texts("p")


def test_what_is_missing_to_make_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "squarify", None)
    with pytest.raises(UsageError, match=r"^[^\n]* pip install 'collection-validator\[html\]'$"):
        html.render(report_of(), Look())


# Charts


@unhurried
@given(st.lists(st.integers(0, 10**15), min_size=1))
@example([0, 1, 2, 3, 9, 10, 29, 30, 999, 1000, 2999, 3000])
def test_every_size_is_counted_in_its_bin(sizes: list[int]) -> None:
    bars = by_size(sizes)
    assert sum(bar.count for bar in bars) == len(sizes)
    edges = [edge * 10**power for power in range(17) for edge in (1, 3)]
    ranges = {f"{short_size(a)} – {short_size(b)}": (a, b) for a, b in pairwise(edges)}
    for bar in bars:
        low, high = ranges.get(bar.label, (0, 1))
        assert bar.count == sum(low <= size < high for size in sizes)


def test_charts_count_the_documents() -> None:
    inventory = [Item(f"{n}.txt", None, 10**n, "Cyrl" if n else "", f"l{n // 2}" if n else "") for n in range(25)]
    found = elements(report_of(inventory=tuple(inventory)))
    labels = found.texts("bdi")
    assert labels[:2] == ["Cyrillic", "no letters"]
    assert labels[2:13] == ["l1", "l10", "l11", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "4 others"]


# The map


def areas(found: Map) -> list[float]:
    return [tile.box.width * tile.box.height for group in found.groups for tile in group.tiles]


folders = st.sampled_from(["", "a/", "a/b/", "c/", "d/e/f/", "x.bundle"])
sized = st.builds(
    lambda folder, name, size: (
        Item(folder, name, size) if folder.endswith("bundle") else Item(f"{folder}{name}.txt", None, size)
    ),
    folders,
    st.text("xyz", min_size=1, max_size=4),
    st.integers(0, 10**6),
)


@unhurried
@given(
    st.lists(sized, min_size=1, max_size=200, unique_by=lambda item: (item.path, item.document)), st.integers(300, 1200)
)
def test_tiles_fill_the_map_and_do_not_overlap(inventory: list[Item], width: int) -> None:
    found = treemap(inventory, [], width)
    assert found is not None
    for group in found.groups:
        assert group.box.x >= 0
        assert group.box.x + group.box.width <= width + 1
        boxes = [tile.box for tile in group.tiles]
        for box in boxes:
            assert group.box.x - 1 <= box.x <= box.x + box.width <= group.box.x + group.box.width + 1
            assert group.box.y - 1 <= box.y <= box.y + box.height <= group.box.y + group.box.height + 1
        for n, a in enumerate(boxes):
            for b in boxes[:n]:
                across = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
                down = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
                assert min(across, down) < 0.5
    assert sum(group.box.width * group.box.height for group in found.groups) == pytest.approx(
        found.width * found.height, rel=0.02
    )


def test_tiles_are_as_large_as_documents_are_long() -> None:
    found = treemap([Item(f"{n}.txt", None, n * 1000) for n in range(1, 9)], [], 760)
    assert found is not None
    sizes = [tile.weight for tile in found.groups[0].tiles]
    shares = [area / size for area, size in zip(areas(found), sizes, strict=True)]
    assert max(shares) / min(shares) < 1.05


@unhurried
@given(st.lists(sized, min_size=1, max_size=60, unique_by=lambda item: (item.path, item.document)), st.data())
def test_every_finding_about_a_document_is_on_the_map(inventory: list[Item], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(inventory), max_size=5))
    listed = [
        (number, finding(path=item.path, document=item.document, severity=data.draw(st.sampled_from(SEVERITIES))))
        for number, item in enumerate(chosen, 1)
    ]
    listed.append((99, finding(path="INDEX.md", more=2)))
    found = treemap(inventory, listed, 760)
    assert found is not None
    tiles = [tile for group in found.groups for tile in group.tiles]
    assert found.elsewhere == 3
    counts = Counter[str]()
    for tile in tiles:
        for count, severity in re.findall(r"(\d+) (error|warning|info)s?\b", tile.title):
            counts[severity] += int(count)
        assert bool(tile.target) == bool(tile.worst)
        assert not tile.worst or re.search(rf"\d {tile.worst}", tile.title)
    assert counts == Counter(one.severity for _, one in listed[:-1])


@pytest.mark.parametrize("folder", ["", "{n}/", "{n:.2}/", "a/{n:.1}/{n:.3}/"])
def test_the_map_of_a_large_collection_stays_small(folder: str) -> None:
    inventory = [Item(folder.format(n=f"{n:06}"[::-1]) + f"{n}.txt", None, 1000 + n % 777) for n in range(100_000)]
    found = treemap(inventory, [(7, finding(path=inventory[50_000].path))], 760)
    assert found is not None
    assert len(found.groups) <= 41
    assert 100 < len(areas(found)) < 1500
    assert sum(tile.worst == "error" for group in found.groups for tile in group.tiles) == 1


def test_folders_are_named_without_what_is_above_them() -> None:
    inventory = [Item("x/a/1", None, 9), Item("x/b/1", None, 9), Item("x/b.bundle", "1", 9), Item("x/0", None, 9)]
    found = treemap(inventory, [], 760)
    assert found is not None
    assert {group.label for group in found.groups} == {"a/", "b/", "b.bundle", "x/"}


# Safety


@settings(deadline=None, max_examples=50)
@given(report=reports)
@example(report=report_of(finding(message="##[group]x", path="::error::x"), notes=("##vso[x]",)))
def test_the_page_is_harmless_wherever_it_is_written(report: Report) -> None:
    for line in html.render(report, Look(docs=DOCS)):
        assert line == "" or (line.isascii() and line.isprintable())
        assert command(line) is None
        assert not re.search(r"##(vso|teamcity)?\[", line)


@settings(deadline=None, max_examples=50)
@given(report=reports)
def test_whatever_comes_from_outside_is_text(report: Report) -> None:
    found = elements(report, docs=DOCS)
    assert found.open == [], "every element ends"
    for tag, attributes, _ in found.found:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert re.match(rf"#[f\d]|{DOCS}rules/\w+/$|$", attributes.get("href", ""))
        assert tag not in ("img", "iframe", "object", "embed", "link", "base", "audio", "video", "source", "use")
    assert len(found.texts("script")) == len(found.texts("style")) == 1
    assert found.texts("h4") == [shown(one.message) for one in report.findings]
    assert found.texts("q") == [shown(one.reason) for one in report.suppressed if one.reason]


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    found = elements(report_of(finding()))
    [policy] = [one["content"] for tag, one, _ in found.found if one.get("http-equiv") == "Content-Security-Policy"]
    digests = [b64encode(sha256(found.texts(tag)[0].encode()).digest()).decode() for tag in ("style", "script")]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert len(found.texts("style")) == len(found.texts("script")) == 1


# In a browser


SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def launched(playwright: Playwright) -> Browser | None:
    """A browser that is on the path, or where its installer or Playwright's puts it."""
    launch = partial(playwright.chromium.launch, args=SWITCHES)
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is not None:
        return launch(executable_path=program)
    for channel in ("chrome", "msedge", "chromium"):
        try:
            return launch(channel=channel)
        except Error:
            continue
    return None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launched(playwright)
        if found is None:
            reason = f"no browser is installed: none of {', '.join(PROGRAMS)}; `playwright install chromium` brings one"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield found
        found.close()


Open = Callable[..., Any]

WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Open:
    """Opens a report in the browser; nothing may go wrong in it, and nothing may be asked of any network."""

    @contextmanager
    def open_page(report: Report, **context: Any) -> Iterator[Page]:
        file = tmp_path / "report.html"
        file.write_text("\n".join(html.render(report, Look())), encoding="ascii")
        trouble: list[str] = []
        requests: list[str] = []

        def refuse(dialog: Dialog) -> None:
            trouble.append(dialog.message)
            dialog.dismiss()

        with browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}) as window:
            page = window.new_page()
            page.set_default_timeout(120_000)  # nothing here is about time
            page.on("console", lambda message: trouble.append(message.text))
            page.on("pageerror", lambda error: trouble.append(str(error)))
            page.on("dialog", refuse)
            page.on("request", lambda request: requests.append(request.url))
            page.add_init_script(WATCH)
            page.goto(file.as_uri())
            yield page
            if context.get("java_script_enabled", True):
                assert page.evaluate("violations") == []
            assert trouble == []
            assert set(requests) == {file.as_uri()}

    return open_page


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of a collection with something wrong in most of its documents."""
    folder = tmp_path_factory.mktemp("collection")
    clean = {f"{place}/{n}.txt": f"Letter {n}.\n{'The tide. ' * n}\n".encode() for place in "abc" for n in range(20)}
    damaged = {
        **clean,
        "a/0.txt": "Letter \u202e0.\n".encode(),
        "a/1.txt": b"caf\xe9 <script>document.title = 'pwned'</script>\n",
        "b/2.txt": clean["b/2.txt"].rstrip(b"\n"),
        "b/3.txt": "Zwei Gro\u0308ßen.\n".encode(),
        "c/4.txt": "Lett\u0435r 4.\nTwo \xa0words\n".encode(),
    }
    del damaged["c/5.txt"]
    damaged["INDEX.md"] = index_of({name: name for name in clean}, clean)
    for name, content in damaged.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        report = validator.check(".", options=Options(extend_select=("TXT014",)))
    inventory = [Item(name, None, len(content), "Latn", "en") for name, content in sorted(damaged.items())]
    return replaced(report, inventory=tuple(inventory), suppressed=(Suppressed(finding(), "index", "why not"),))


def visible(page: Page) -> list[str]:
    """The codes of the findings that can be seen, in order."""
    seen = "found => found.filter((one) => one.checkVisibility()).map((one) => one.dataset.rule)"
    return list(page.eval_on_selector_all("article", seen))


def settled(page: Page) -> None:
    """Wait until what was asked for has been done."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def test_findings_are_filtered_by_severity_rule_and_text(opened: Open, broken: Report) -> None:
    codes = [one.code for one in broken.findings]
    warnings = [one.code for one in broken.findings if one.severity == "warning"]
    assert len(set(codes)) > 5
    assert 0 < len(warnings) < len(codes)
    with opened(broken) as page:
        assert visible(page) == codes

        page.get_by_role("checkbox", name="error").uncheck()
        settled(page)
        assert visible(page) == warnings
        assert page.get_by_role("status").inner_text() == f"{len(warnings)} of {len(codes)} shown"

        page.get_by_role("combobox", name="Rule").select_option(warnings[0])
        settled(page)
        assert set(visible(page)) == {warnings[0]}
        page.get_by_role("button", name="Clear").click()
        settled(page)
        assert visible(page) == codes
        assert page.get_by_role("status").inner_text() == ""

        search = page.get_by_role("searchbox")
        search.fill("B/3.TXT")
        settled(page)
        found = [one.code for one in broken.findings if "b/3.txt" in one.path + one.message]
        assert found
        assert visible(page) == found
        assert page.locator(".file:visible").count() == len(
            {one.path for one in broken.findings if "b/3.txt" in one.path + one.message}
        )
        search.fill("b/3.txt nowhere")
        settled(page)
        assert visible(page) == []
        assert page.get_by_text("No finding is like that.").is_visible()


def test_the_list_of_rules_filters_too(opened: Open, broken: Report) -> None:
    with opened(broken) as page:
        page.get_by_role("searchbox").fill("nothing like it")
        page.locator('.rules a[data-rule="IDX002"]').click()
        assert set(visible(page)) == {"IDX002"}
        assert page.get_by_role("searchbox").input_value() == ""


def test_a_link_leads_to_a_finding_that_was_filtered_away(opened: Open, broken: Report) -> None:
    with opened(broken) as page:
        page.get_by_role("searchbox").fill("nothing like it")
        settled(page)
        assert visible(page) == []
        tile = page.locator("a.tile").first
        target = tile.get_attribute("href")
        tile.click()
        page.wait_for_function("location.hash && document.querySelector(location.hash).checkVisibility()")
        assert len(visible(page)) == len(broken.findings)
        where = page.locator(str(target)).evaluate("(one) => one.getBoundingClientRect().top")
        assert page.locator("form").evaluate("(one) => one.getBoundingClientRect().bottom") <= where < 900


def test_all_of_it_works_from_the_keyboard(opened: Open, broken: Report) -> None:
    with opened(broken) as page:
        focused = "document.activeElement"
        page.keyboard.press("Tab")
        assert page.evaluate(f"{focused}.className") == "skip"
        assert page.locator(".skip").evaluate("(one) => one.getBoundingClientRect().top") >= 0
        page.keyboard.press("Enter")
        assert page.evaluate(f"{focused}.id") == "findings"
        page.keyboard.press("Tab")
        assert page.evaluate(f"{focused}.id") == "text"
        assert page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
        page.keyboard.type("tide")
        settled(page)
        assert len(visible(page)) < len(broken.findings)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate(f"{focused}.value") == "error"
        assert page.evaluate(f"getComputedStyle({focused}.nextElementSibling).outlineStyle") == "solid"
        page.keyboard.press("Space")
        settled(page)
        assert not page.get_by_role("checkbox", name="error").is_checked()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        settled(page)
        assert len(visible(page)) == len(broken.findings)

        page.locator("a.tile").first.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash").startswith("#f")
        page.get_by_role("button", name="Dark theme").focus()
        page.keyboard.press("Space")
        assert page.get_by_role("button", name="Dark theme").get_attribute("aria-pressed") == "true"


def test_the_parts_of_the_page_have_their_roles(opened: Open, broken: Report) -> None:
    with opened(broken) as page:
        for role in ("banner", "main", "contentinfo", "search"):
            assert page.get_by_role(role).count() == 1
        for name in ("Map", "Rules", "Findings", "Documents"):
            assert page.get_by_role("region", name=name, exact=True).count() == 1
        levels = page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map((one) => Number(one.tagName[1]))")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b <= a + 1 for a, b in pairwise(levels)), "no level is left out"
        nameless = "all => all.filter((one) => !one.textContent.trim() && !one.labels?.length).length"
        assert page.eval_on_selector_all("a, button, input, select, summary", nameless) == 0


PAPER = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(250, 250, 248)", "rgb(18, 19, 22)"


def test_the_theme_is_the_one_of_the_system_until_the_reader_chooses(opened: Open, broken: Report) -> None:
    with opened(broken, color_scheme="dark") as page:
        button = page.get_by_role("button", name="Dark theme")
        assert page.evaluate(PAPER) == DARK
        assert button.get_attribute("aria-pressed") == "true"
        page.emulate_media(color_scheme="light")
        page.wait_for_selector('#theme[aria-pressed="false"]')
        assert page.evaluate(PAPER) == LIGHT
        button.click()
        assert page.evaluate(PAPER) == DARK
        page.reload()
        assert page.evaluate(PAPER) == DARK
        button.click()
        assert page.evaluate(PAPER) == LIGHT


def test_without_its_script_the_page_says_everything(opened: Open, broken: Report) -> None:
    with opened(broken, java_script_enabled=False) as page:
        assert page.locator("article:visible").count() == len(broken.findings)
        assert page.locator("form").is_hidden()
        assert page.locator("#theme").is_hidden()
        page.locator(".suppressed summary").click()
        assert page.get_by_text("why not").is_visible()


def test_on_paper_there_is_everything_and_nothing_to_press(opened: Open, broken: Report) -> None:
    with opened(broken, color_scheme="dark") as page:
        page.emulate_media(media="print")
        assert page.locator("form").is_hidden()
        assert page.locator("button:visible").count() == 0
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
        assert page.locator("article:visible").count() == len(broken.findings)
        assert page.pdf().startswith(b"%PDF-")
        assert page.get_by_text("why not").is_visible(), "what is folded away is unfolded for printing"


@pytest.mark.parametrize("width", [320, 400, 768, 1280, 2560])
def test_no_width_makes_the_page_scroll_sideways(opened: Open, broken: Report, width: int) -> None:
    long = finding(path="x" * 300, message="y" * 500, help="z" * 400, document="天" * 200)
    report = replaced(broken, findings=(*broken.findings, long))
    with opened(report, viewport={"width": width, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


HOSTILE = [
    "<script>pwned = 1</script>",
    "</script><script>pwned = 1</script>",
    "</style><script>pwned = 1</script>",
    "</title></textarea><img src=x onerror=pwned=1>",
    '"><svg onload=pwned=1>',
    "' onfocus='pwned=1' autofocus='",
    "javascript:pwned=1",
    "<a href='javascript:pwned=1'>x</a>",
    "]]><script>pwned = 1</script>",
    "<!-- <script>pwned = 1</script>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;pwned = 1&lt;/script&gt;",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<style>*{background:url(https://example.org/x)}</style>",
    "<base href=https://example.org/><link rel=stylesheet href=x.css>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "\u202egpj.exe\u2066",
    "\ud800\udcff",
    "\x1b[31m\x00\r\n",
]


def test_what_stands_in_documents_stays_text(opened: Open) -> None:
    found = [
        replaced(
            marking(b"x " + text.encode("utf-8", "surrogatepass") + b"@", b"@", path=text, document=text, help=text),
            message=text,
            name=text,
            fix=Fix((Edit(Span(0, 1), text.encode("utf-8", "surrogatepass")),)),
        )
        for text in HOSTILE
    ]
    report = report_of(
        *found,
        notes=tuple(HOSTILE),
        empty=tuple(HOSTILE),
        suppressed=tuple(Suppressed(one, "index", one.message) for one in found),
        inventory=tuple(Item(text, text, 10, text, text) for text in HOSTILE),
    )
    with opened(report) as page:
        page.locator(".suppressed summary").click()
        assert page.evaluate("typeof pwned") == "undefined"
        assert page.locator("h4").all_text_contents() == [shown(text) for text in HOSTILE]
        assert page.locator("q").all_text_contents() == [shown(text) for text in HOSTILE]
        assert page.locator("script").count() == page.locator("style").count() == 1
        assert page.locator("img, iframe, link, base, object").count() == 0
        page.get_by_role("searchbox").fill("<script>")
        settled(page)
        assert len(visible(page)) == sum("<script>" in text for text in HOSTILE)


def test_ten_thousand_findings_can_be_used(opened: Open, broken: Report) -> None:
    some = broken.findings
    many = [replaced(some[n % len(some)], path=f"folder-{n % 100}/{n // 3}.txt") for n in range(10_000)]
    inventory = [Item(f"folder-{n % 100}/{n}.txt", None, n * n % 9_973) for n in range(100_000)]
    expected = Counter(one.code for one in many)
    with opened(replaced(broken, findings=tuple(many), inventory=tuple(inventory))) as page:
        assert page.locator("article").count() == 10_000
        assert page.locator(".tile").count() < 1500
        page.locator("#rule").select_option("IDX002")
        settled(page)
        assert Counter(visible(page)) == {"IDX002": expected["IDX002"]}
        page.locator("button[type=reset]").click()
        page.locator("#text").fill("folder-42/")
        settled(page)
        assert len(visible(page)) == 100
        assert page.locator("#shown").inner_text() == "100 of 10,000 shown"
