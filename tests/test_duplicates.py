"""Copies, near-duplicates and shared blocks, as a user meets them: in folders, containers, archives and reports."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from playwright.sync_api import Browser, Dialog, sync_playwright

from tests import test_likeness
from tests.command import ROOT, said, validate
from tests.strategies import Tree, texts
from tests.test_html import launched
from validator import container, engine, lockstep, prose, sketching
from validator.digests import blake3
from validator.model import Finding, Options, Report
from validator.trees import Folder, Memory

STORY, RETOLD, OTHER = (f"{text}\n" for text in (test_likeness.STORY, test_likeness.RETOLD, test_likeness.OTHER))
FOOTER = "Printed for the harbour library of Velmora.\nNot to be sold, lent or read aloud after midnight.\n"
SYLLABLES = ("bar", "den", "fos", "gil", "hun", "jor", "kel", "lim", "mor", "nav", "pel", "rus", "sto", "tam", "vik")


def words(seed: int, count: int) -> str:
    """Words that nobody has said before, in lines."""
    random = Random(seed)
    said = ["".join(random.choices(SYLLABLES, k=3)) for _ in range(count)]
    return "\n".join(" ".join(said[at : at + 9]) for at in range(0, count, 9)) + "\n"


def bullets(tree: Tree) -> bytes:
    return "".join(f"- [{name}]({name})\n" for name in sorted(tree)).encode()


def indexed(tree: Tree) -> Tree:
    return {"INDEX.md": bullets(tree), **tree}


def shelf(story: str = STORY, retold: str = RETOLD) -> Tree:
    """A collection with a copy, a text told twice, three pages with one footer, and nothing else."""
    tree = {f"pages/{n}.txt": f"{words(n, 40)}\n{FOOTER}".encode() for n in range(3)}
    return tree | {"copy.txt": OTHER.encode(), "moths.txt": OTHER.encode(), "one.txt": story.encode(),
                   "two.txt": retold.encode()}  # fmt: skip


SHELF = {("DUP001", "moths.txt"), ("DUP002", "two.txt"), ("RES011", "pages/0.txt")}


def write(root: Path, tree: Tree) -> Path:
    for name, data in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def checked(tree: Tree, jobs: int = 1, **options: Any) -> Report:
    return engine.check([Memory(indexed(tree))], Options(**options), means=engine.Means(jobs))


def codes(found: Report) -> Counter[str]:
    return Counter(finding.code for finding in found.findings)


def of(found: Report, code: str) -> list[Finding]:
    return [finding for finding in found.findings if finding.code == code]


@cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "schemas/report.schema.json").read_text(encoding="utf-8")))


def reported(*arguments: str, cwd: Path) -> set[tuple[str, str]]:
    """The findings of a run in JSON, which keeps to its schema: their codes, and the documents that they speak of."""
    run = validate("check", "--output-format", "json", *arguments, cwd=cwd)
    assert run.stderr == b""
    report = json.loads(run.stdout)
    schema().validate(report)
    return {(one["code"], one["document"] or one["path"]) for one in report["findings"]}


# Reports


def test_text_and_json_say_which_and_why(tmp_path: Path) -> None:
    write(tmp_path, indexed(shelf()))
    run = validate("check", cwd=tmp_path)
    assert run.returncode == 0
    text = said(run)
    assert "warning[DUP001] duplicate-document: 'moths.txt' has the same content as 'copy.txt'" in text
    assert "[DUP002] near-duplicate: 'two.txt' is nearly the same text as 'one.txt': of " in text
    assert "info[RES011] shared-block: 'pages/0.txt' and 2 more documents end with the same 2 lines: 'Printed " in text
    assert " --> pages/0.txt:7:1" in text
    run = validate("check", "--output-format", "json", cwd=tmp_path)
    report = json.loads(run.stdout)
    schema().validate(report)
    assert {(one["code"], one["path"]) for one in report["findings"]} == SHELF
    (near,) = (one for one in report["findings"] if one["code"] == "DUP002")
    for here, there in near["passages"]:
        for side, source in ((here, RETOLD), (there, STORY)):
            lines = "\n".join(source.split("\n")[side["line"] - 1 : side["end_line"]])
            assert side["text"].removesuffix("…") in lines
    assert {side["path"] for pair in near["passages"] for side in pair} == {"one.txt", "two.txt"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launched(playwright)
        if found is None:
            if os.environ.get("CI"):
                pytest.fail("no browser is installed; `playwright install chromium` brings one")
            pytest.skip("no browser is installed; `playwright install chromium` brings one")
        yield found
        found.close()


HOSTILE = "<script>document.title='taken'</script> <img src=x onerror=alert(1)> \u202eback\u202c \u200b"


def test_the_page_sets_passages_side_by_side(browser: Browser, tmp_path: Path) -> None:
    hostile = [text.replace("Inspector", f"{HOSTILE} Inspector") for text in (STORY, RETOLD)]
    write(tmp_path, indexed(shelf(*hostile)))
    (tmp_path / "report.html").write_bytes(validate("check", "--output-format", "html", cwd=tmp_path).stdout)
    with browser.new_context() as window:
        page = window.new_page()
        trouble: list[str] = []

        def refuse(dialog: Dialog) -> None:
            trouble.append(dialog.message)
            dialog.dismiss()

        page.on("console", lambda message: trouble.append(message.text))
        page.on("dialog", refuse)
        page.goto((tmp_path / "report.html").as_uri())
        table = page.locator("article[data-rule=DUP002] .passages table")
        assert not table.is_visible()
        page.locator("article[data-rule=DUP002] .passages summary").click()
        table.wait_for(state="visible")
        assert table.locator("th").all_inner_texts() == ["two.txt", "one.txt"]
        marked = table.locator("td em").all_inner_texts()
        assert any(text.strip() in RETOLD and text.strip() not in STORY for text in marked)
        left, right = (table.locator(f"td:nth-child({n}) .text").first.bounding_box() for n in (1, 2))
        assert left is not None
        assert right is not None
        assert left["x"] + left["width"] <= right["x"]
        shown = "".join(table.locator("td").all_inner_texts())
        assert "<script>" in shown
        assert page.locator("article[data-rule=DUP002] script, article[data-rule=DUP002] img").count() == 0
        assert not {"\u202e", "\u202c", "\u200b"} & set(page.content())
        assert "taken" not in page.title()
        assert trouble == []


# Where documents lie


def packed(tree: Tree) -> bytes:
    return b"".join(container.pack((b"%d" % n, name.encode(), tree[name]) for n, name in enumerate(sorted(tree))))


def test_blocks_of_a_container(tmp_path: Path) -> None:
    write(tmp_path, {"all.bundle": packed(shelf())})
    run = validate("check", "--output-format", "concise", "all.bundle", cwd=tmp_path)
    headers = {line: number for number, line in enumerate(packed(shelf()).decode().split("\n"), 1)}
    places = {code: headers[f"<<<FILE {n} {name}>>>"] for n, code, name in ((1, "DUP001", "moths.txt"),
              (6, "DUP002", "two.txt"), (3, "RES011", "pages/0.txt"))}  # fmt: skip
    text = said(run)
    assert f"all.bundle:{places['DUP001']}:1: warning[DUP001] 'moths.txt' in 'all.bundle' has the same" in text
    assert f"all.bundle:{places['DUP002']}:1: warning[DUP002] 'two.txt' in 'all.bundle' is nearly" in text
    assert f":{places['RES011'] + 7}:1: info[RES011] 'pages/0.txt' in 'all.bundle' and 2 more" in text


def test_blocks_and_loose_documents() -> None:
    tree = shelf()
    apart = {name: tree.pop(name) for name in ("moths.txt", "two.txt", "pages/2.txt")}
    found = checked({**tree, "more.bundle": packed(apart)})
    assert codes(found) == {"DUP001": 1, "DUP002": 1, "RES011": 1}
    assert [(one.path, one.line) for one in of(found, "DUP001")] == [("more.bundle", 1)]
    assert "in 'more.bundle'" in of(found, "DUP002")[0].message
    assert " and 2 more documents end with" in of(found, "RES011")[0].message


def test_a_packed_copy_is_no_duplicate() -> None:
    tree = {f"{n}.txt": f"{words(n, 40)}\n".encode() for n in range(3)}
    assert codes(checked({**tree, "all.bundle": packed(tree)})) == {}


@pytest.mark.parametrize("kind", ["a.tar.gz", "a.tar", "a.zip"])
def test_archives(kind: str, tmp_path: Path) -> None:
    root = write(tmp_path / "shelf", indexed(shelf()))
    files = [(path, path.relative_to(root).as_posix()) for path in sorted(root.rglob("*")) if path.is_file()]
    if kind.endswith("zip"):
        with zipfile.ZipFile(tmp_path / kind, "w", zipfile.ZIP_DEFLATED) as packing:
            for path, name in files:
                packing.write(path, name)
    else:
        with tarfile.open(tmp_path / kind, "w:gz" if kind.endswith("gz") else "w") as tar:
            for path, name in files:
                tar.add(path, name)
    assert reported(kind, cwd=tmp_path) == {(code, f"{kind}/{name}") for code, name in SHELF}


def test_a_revision_of_git(tmp_path: Path) -> None:
    write(tmp_path, indexed(shelf()))
    git = ["git", "-c", "user.name=Osk Tarrow", "-c", "user.email=osk@example.org", "-C", str(tmp_path)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "A shelf"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    assert reported("git:HEAD:", cwd=tmp_path) == {(code, f"git:HEAD:{name}") for code, name in SHELF}


# Ways to run


def test_several_processes_and_the_cache_change_nothing(tmp_path: Path) -> None:
    tree = shelf() | {f"other/{n:03}.txt": words(n + 100, 30).encode() for n in range(40)}
    write(tmp_path, indexed(tree))
    once = validate("check", "--jobs", "1", cwd=tmp_path)
    assert once.stdout.count(b"\nwarning[DUP00") + once.stdout.startswith(b"warning[DUP00") == 2
    assert validate("check", "--jobs", "2", cwd=tmp_path).stdout == once.stdout
    for path in tmp_path.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    for _ in range(2):
        assert validate("check", "--cache", cwd=tmp_path).stdout == once.stdout
    alone, spread = (engine.check([Folder(str(tmp_path))], Options(), means=engine.Means(jobs)) for jobs in (1, 3))
    assert alone == spread
    assert {(one.code, one.path.removeprefix(f"{tmp_path}/")) for one in alone.findings} == SHELF


@pytest.mark.parametrize("column", ["copy-of", "Version of", "version_of", "TRANSLATION OF", "translation-of"])
def test_what_the_index_declares_is_no_finding(column: str) -> None:
    tree = shelf()
    others = {"moths.txt": "copy.txt", "two.txt": "one.txt", "pages/2.txt": "pages/1.txt"}
    rows = "".join(f"| {name} | {others.get(name, '')} |\n" for name in sorted(tree))
    index = f"| name | {column} |\n|---|---|\n{rows}".encode()
    assert codes(engine.check([Memory({**tree, "INDEX.md": index})], Options())) == {}
    blank = f"| name | {column} |\n|---|---|\n{''.join(f'| {name} | |{chr(10)}' for name in sorted(tree))}".encode()
    assert codes(engine.check([Memory({**tree, "INDEX.md": blank})], Options())) == {
        "DUP001": 1, "DUP002": 1, "RES011": 1
    }  # fmt: skip


def test_an_index_that_is_read_in_step(tmp_path: Path) -> None:
    tree = {f"{n:04}.txt": words(n, 12).encode() for n in range(800)}
    pinned = "| name | bytes | sha256 |\n|---|---|---|\n"

    def report(changes: Tree) -> Report:
        all = tree | changes
        rows = "".join(f"| {n} | {len(all[n])} | {sha256(all[n]).hexdigest()} |\n" for n in sorted(all))
        index = (pinned + rows).encode()
        assert len(index) > lockstep.WORTH
        write(tmp_path, {**all, "INDEX.md": index})
        return engine.check([Folder(str(tmp_path))], Options())

    assert report({}).findings == ()
    again = report({"0700.txt": tree["0003.txt"], "0500.txt": STORY.encode(), "0600.txt": RETOLD.encode()})
    assert {(one.code, Path(one.path).name) for one in again.findings} == {
        ("DUP001", "0700.txt"),
        ("DUP002", "0600.txt"),
    }
    off = engine.check([Folder(str(tmp_path))], Options(near_duplicates="off"))
    assert {(one.code, Path(one.path).name) for one in off.findings} == {("DUP001", "0700.txt")}


def test_more_prose_than_is_compared_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = shelf()
    size = sum(map(len, tree.values()))
    monkeypatch.setitem(sketching.LIMITS, "fast", size)
    assert checked(tree).notes == ()
    monkeypatch.setitem(sketching.LIMITS, "fast", size - 1)
    for jobs in (1, 2):
        report = checked(tree, jobs)
        assert codes(report) == {"DUP001": 1}
        assert len(report.notes) == 1
        assert "`--near-duplicates full`" in report.notes[0]
    full = checked(tree, near_duplicates="full")
    assert (codes(full), full.notes) == ({"DUP001": 1, "DUP002": 1, "RES011": 1}, ())
    assert checked(tree, near_duplicates="off").notes == ()
    assert checked(tree, ignore=("DUP002", "RES011")).notes == ()
    data = {name.replace(".txt", ".csv"): data for name, data in tree.items()}
    assert checked(data).notes == ()


@pytest.mark.parametrize("rule", ["DUP002", "RES011"])
def test_either_rule_alone(rule: str) -> None:
    assert codes(checked(shelf(), select=(rule,))) == {rule: 1}


def test_the_option_and_the_setting(tmp_path: Path) -> None:
    write(tmp_path, indexed(shelf()))
    assert reported("--near-duplicates", "full", cwd=tmp_path) == SHELF
    assert reported("--near-duplicates", "off", cwd=tmp_path) == {("DUP001", "moths.txt")}
    run = validate("check", "--near-duplicates", "some", cwd=tmp_path)
    assert run.returncode == 2
    assert all(word in said(run) for word in ("--near-duplicates", "some", "off", "fast", "full"))
    (tmp_path / ".validate.yaml").write_text("near-duplicates: some\n")
    run = validate("check", cwd=tmp_path)
    assert run.returncode == 2
    assert "near-duplicates" in said(run)
    (tmp_path / ".validate.yaml").write_text("near-duplicates: off\n")
    assert reported(cwd=tmp_path) == {("DUP001", "moths.txt")}


def test_a_large_run_says_what_it_leaves_out(tmp_path: Path) -> None:
    write(tmp_path, indexed(shelf()))
    run = validate("check", "--engine", "local", "--jobs", "1", cwd=tmp_path)
    assert "DUP001" in said(run)
    assert "[DUP002]" not in said(run)
    (note,) = (line for line in said(run).splitlines() if "not looked for" in line)
    assert all(word in note for word in ("near-duplicates", "DUP002", "RES011", "--engine"))
    run = validate("check", "--engine", "local", "--near-duplicates", "full", cwd=tmp_path)
    assert run.returncode == 2
    assert "--near-duplicates full" in said(run)


def test_a_drill_finds_all_three(tmp_path: Path) -> None:
    write(tmp_path, indexed({f"{n}.txt": words(n, 40).encode() for n in range(3)}))
    run = validate("drill", ".", "--select", "DUP001,DUP002,RES011", "--faults", "3", cwd=tmp_path)
    assert run.returncode == 0, said(run)
    found = dict(line.split()[::3] for line in said(run).splitlines() if line.startswith(("DUP", "RES")))
    assert found == {"DUP001": "3", "DUP002": "3", "RES011": "3"}


# Shared blocks


def papers(head: str = "", tail: str = "", count: int = 3, suffix: str = ".txt") -> Tree:
    return {f"{n:03}{suffix}": f"{head}{words(n, 40)}{tail}".encode() for n in range(count)}


def test_a_block_has_all_lines_that_all_have() -> None:
    (head,) = of(checked(papers(head=f"{FOOTER}\n  Third line, indented by two.  \r\n\n")), "RES011")
    assert (head.line, head.column, head.end_line) == (1, 1, 4)
    assert " begin with the same 3 lines: 'Printed for the harbour library of Velmora.'" in head.message
    (tail,) = of(checked(papers(tail=f"* * *\n{FOOTER}\n\n")), "RES011")
    assert " end with the same 3 lines: '* * *'" in tail.message


def test_heads_and_tails_are_told_apart() -> None:
    found = of(checked(papers(head=f"{FOOTER}\n", tail=f"\n{FOOTER.upper()}")), "RES011")
    assert [one.line for one in found] == [1, 10]
    assert [" begin " in one.message for one in found] == [True, False]


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param(papers(tail=f"\n{FOOTER}", count=2), id="two documents"),
        pytest.param(papers(tail=f"\n{FOOTER.splitlines()[0]}"), id="one line"),
        pytest.param(papers(tail="\nThe End\n\n=======\n"), id="few letters"),
        pytest.param(papers("# Notes of a harbour council\n## A summary of what was said\n", suffix=".md"), id="title"),
        pytest.param(papers(tail=f"\n```\n{FOOTER}```\n", suffix=".md"), id="code"),
        pytest.param(papers(tail=f"\n{FOOTER}", suffix=".csv"), id="no prose"),
        pytest.param(papers(tail=f"\n{FOOTER}", count=3) | {f"x{n}": words(n + 50, 30).encode() for n in range(150)},
                     id="less than one in fifty"),
        pytest.param({f"{n}.txt": (FOOTER * 2).replace("\n", "\n" * n).encode() for n in (1, 2, 3)}, id="nothing else"),
    ],
)  # fmt: skip
def test_what_is_no_block(tree: Tree) -> None:
    assert of(checked(tree), "RES011") == []


def test_front_matter_is_passed_over() -> None:
    front = "---\nlicence: free for all who can read, and for those who listen\npublisher: Velmora Library\n---\n"
    assert of(checked(papers(head=front, suffix=".md")), "RES011") == []
    (found,) = of(checked(papers(head=f"\ufeff{front}{FOOTER}\n", suffix=".md")), "RES011")
    assert found.line == 5


def test_a_block_escaped_in_a_container_is_marked_there() -> None:
    tail = "<<<FILE is how a header would begin in the books of Velmora.\n<<<END of the line, as people say there.\n"
    data = packed(papers(tail=f"\n{tail}"))
    (found,) = of(checked({"all.bundle": data}), "RES011")
    assert found.document == "000.txt"
    assert found.byte_start is not None
    assert found.byte_end is not None
    assert container.unescape(data[found.byte_start : found.byte_end])[0].decode() == tail.rstrip()


# Laws


distinct = st.lists(texts.map(lambda text: f"{text}{'and so on and on ' * 5}\n"), min_size=1, max_size=6, unique=True)


@settings(max_examples=20, deadline=None)
@given(found=distinct, data=st.data())
def test_a_copy_is_found_exactly_once(found: list[str], data: st.DataObject) -> None:
    tree = {f"{n}.txt": text.encode() for n, text in enumerate(found)}
    assert of(checked(tree), "DUP001") == []
    original = data.draw(st.sampled_from(sorted(tree)))
    name = data.draw(st.sampled_from(["a.txt", "zz.md", "sub/0.txt", "copy"]))
    (copy,) = of(checked({**tree, name: tree[original]}), "DUP001")
    assert {copy.message.split("'")[1], copy.message.split("'")[3]} == {name, original}


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1 << 40), count=st.integers(2, 30), size=st.integers(1, 300))
def test_documents_of_chance_are_no_near_duplicates(seed: int, count: int, size: int) -> None:
    tree = {f"{n}.txt": words(seed * 100 + n, size).encode() for n in range(count)}
    assert not codes(checked(tree)).keys() & {"DUP002", "RES011"}


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(sorted(shelf())))
def test_names_and_their_order_do_not_matter(order: list[str]) -> None:
    tree = {f"{n}.txt": shelf()[name] for n, name in enumerate(order)}
    found = checked(tree)
    assert codes(found) == {"DUP001": 1, "DUP002": 1, "RES011": 1}
    contents = {f"{n}.txt": name for n, name in enumerate(order)}
    (near,) = of(found, "DUP002")
    assert {contents[near.message.split("'")[1]], contents[near.message.split("'")[3]]} == {"one.txt", "two.txt"}
    (block,) = of(found, "RES011")
    assert block.path == min(name for name, text in contents.items() if text.startswith("pages/"))


# Bad input


def test_many_copies_are_one_finding() -> None:
    (found,) = checked({f"{n:04}.txt": STORY.encode() for n in range(800)}).findings
    assert (found.code, found.message[-22:]) == ("DUP001", ", and so have 798 more")


def test_many_documents_with_one_footer_are_one_finding() -> None:
    (found,) = checked(papers(tail=f"\n{FOOTER}", count=800)).findings
    assert (found.code, found.severity) == ("RES011", "info")
    assert " and 799 more documents end with " in found.message


def test_a_template_is_a_note() -> None:
    tree = {f"{n:04}.txt": STORY.replace("320", words(n, 3).strip()).encode() for n in range(300)}
    found = checked(tree)
    assert {one.severity for one in found.findings} == {"info"}
    (one,) = of(found, "DUP002")
    assert " and 299 more documents seem to follow one template" in one.message


def test_siblings_are_a_note_and_say_what_tells_them_apart() -> None:
    one, other = (f"{STORY} Such is the {word} side. Ask at the {word} desk.\n" for word in ("inlet", "outlet"))
    mention = "Either side, inlet or outlet, has a bell of its own.\n"
    tree = {f"pump-{word}.txt": f"{text}{mention}".encode() for word, text in (("inlet", one), ("outlet", other))}
    (found,) = checked(tree).findings
    assert (found.code, found.severity) == ("DUP002", "info")
    assert found.message.endswith("where the one has 'outlet', the other has 'inlet'")
    (found,) = checked({f"{n}.txt": data for n, data in enumerate(tree.values())}).findings
    assert (found.code, found.severity) == ("DUP002", "warning")


def test_of_three_that_are_alike_the_finding_names_two_that_are_one_text() -> None:
    sibling = STORY.replace("Velmora", "Brindel").replace("harbour", "Brindel harbour")
    sibling = f"{sibling} Brindel keeps quiet, and Brindel sleeps.\n"
    told = STORY + "Velmora keeps quiet, and Velmora sleeps.\n"
    tree = {"0.txt": sibling.encode(), "1.txt": told.encode()}
    (found,) = of(checked(tree), "DUP002")
    assert found.severity == "info"
    (found,) = of(checked(tree | {"2.txt": RETOLD.encode()}), "DUP002")
    assert found.severity == "warning"
    assert found.message.startswith("'2.txt' is nearly the same text as ")
    assert ", and one more is: " in found.message


@pytest.mark.parametrize("column", ["sha256", "blake3"])
def test_copies_that_are_listed_by_different_digests(column: str) -> None:
    pytest.importorskip("blake3")
    digests = {"sha256": sha256(STORY.encode()).hexdigest(), "blake3": blake3(STORY.encode()).hexdigest()}
    cells = [(digests[kind] if kind == column else "", digests[kind] if kind != column else "") for kind in digests]
    rows = "".join(
        f"| {name}.txt | {one} | {other} |\n" for name, (one, other) in zip("ab", zip(*cells, strict=True), strict=True)
    )
    index = f"| name | sha256 | blake3 |\n|---|---|---|\n{rows}".encode()
    found = engine.check([Memory({"a.txt": STORY.encode(), "b.txt": STORY.encode(), "INDEX.md": index})], Options())
    assert [(one.code, one.path) for one in found.findings] == [("DUP001", "b.txt")]


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([b"a" * 250_000, b"a" * 250_001, b"b" * 250_000], id="one character"),
        pytest.param([b"cd " * 100_000, b"cd " * 100_001], id="one word"),
        pytest.param([b"The tide came in.\n" * 60_000, b"The tide came in.\n" * 60_001], id="one line"),
        pytest.param([b"\n" * 250_000 + b"x\n", b"\n" * 250_001 + b"x\n", b"x" + b"\n" * 250_002], id="line ends"),
        pytest.param([b"---\n" + b"a: b\n" * 50_000, b"---\n" + b"a: b\n" * 50_001], id="front matter without end"),
        pytest.param([bytes(range(32, 127)) * 2_500 + b"%d\n" % n for n in range(3)], id="no blanks"),
    ],
)
def test_monotonous_documents(documents: list[bytes]) -> None:
    found = checked({f"{n}.md": data for n, data in enumerate(documents)}, near_duplicates="full")
    assert not codes(found).keys() & {"DUP001", "VAL001"}
    assert all(count <= len(documents) for count in codes(found).values())


def test_edges_look_at_the_ends_only() -> None:
    short, long = (f"{FOOTER}{middle}{FOOTER}".encode() for middle in (words(1, 300), words(2, 30_000)))
    assert sketching.edges(short) == sketching.edges(long) != (0, 0)
    assert sketching.edges(b"a\n") == sketching.edges(b"") == (0, 0)
    assert sketching.edges(FOOTER.encode() + b"x" * prose.COMPARED)[1] == 0
