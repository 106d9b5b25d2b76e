"""The index is read as Markdown means it, every value has its place, and no bytes make it stumble."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from validator import engine, manifest, trees
from validator.model import Finding, Index, Options, Place

TABLE = "| name | title | bytes |\n|------|-------|------:|\n"


def parsed(text: str | bytes) -> Index:
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return manifest.parse(data, Place(manifest.NAME))


def names(text: str | bytes) -> list[str]:
    return [entry.name for entry in parsed(text).entries]


def kinds(text: str | bytes) -> list[str]:
    return [defect.kind for defect in parsed(text).defects]


def marked(found: Index) -> list[str]:
    """What stands where the names are said to be."""
    spans = [manifest.locate(found, entry) for entry in found.entries]
    return [found.data[span.start : span.end].decode() for span in spans]


def check(tree: dict[str, bytes], **options: object) -> list[str]:
    """The findings on a folder as ``code path:line:column``."""
    return [shown(finding) for finding in engine.check([trees.Memory(tree)], Options(**options)).findings]  # type: ignore[arg-type]


def shown(finding: Finding) -> str:
    position = "" if finding.line is None else f":{finding.line}:{finding.column}"
    return f"{finding.code} {finding.path}{position}"


@pytest.mark.parametrize(
    ("cell", "name", "written", "title"),
    [
        ("a.txt", "a.txt", "a.txt", None),
        ("b/c d.txt", "b/c d.txt", "b/c d.txt", None),
        ("./a.txt", "a.txt", "./a.txt", None),
        ("a\\|b", "a|b", "a\\|b", None),
        ("a\\\\", "a\\", "a\\\\", None),
        ("a\\b", "a\\b", "a\\b", None),
        ("__init__.py", "__init__.py", "__init__.py", None),
        ("`a.txt`", "a.txt", "a.txt", None),
        ("``a`b``", "a`b", "a`b", None),
        ("`` `a` ``", "`a`", "`a`", None),
        ("`a\\|b`", "a|b", "a\\|b", None),
        ("`a.txt` (new)", "a.txt", "a.txt", None),
        ("`a.txt", "`a.txt", "`a.txt", None),
        ("[A](a.txt)", "a.txt", "a.txt", "A"),
        ("**[A](a.txt)**", "a.txt", "a.txt", "A"),
        ('[A](a.txt "The A")', "a.txt", "a.txt", "A"),
        ("[A](a.txt 'The A')", "a.txt", "a.txt", "A"),
        ("[A](a.txt (The A))", "a.txt", "a.txt", "A"),
        ('[A](a.txt "")', "a.txt", "a.txt", "A"),
        ("[A](<a b.txt>)", "a b.txt", "a b.txt", "A"),
        ("[A](<a)b.txt> 'x')", "a)b.txt", "a)b.txt", "A"),
        ("[A](a%20b%FF.txt)", "a b\udcff.txt", "a%20b%FF.txt", "A"),
        ("[A](100%.txt)", "100%.txt", "100%.txt", "A"),
        ("[A](a_(1).txt)", "a_(1).txt", "a_(1).txt", "A"),
        ("[A](a\\).txt)", "a).txt", "a\\).txt", "A"),
        ("[A [1]](a.txt)", "a.txt", "a.txt", "A [1]"),
        ("[A \\| B](a.txt)", "a.txt", "a.txt", "A | B"),
        ("[A](a.txt", "[A](a.txt", "[A](a.txt", None),
        ("[a.txt]", "[a.txt]", "[a.txt]", None),
        ("\\[a](b)", "[a](b)", "\\[a](b)", None),
        ("ä🎉.txt", "ä🎉.txt", "ä🎉.txt", None),
    ],
)
def test_a_name_is_read_and_found_where_it_stands(cell: str, name: str, written: str, title: str | None) -> None:
    found = parsed(f"| id | file |\n|----|------|\n| 7 | {cell} |\n")
    assert [(entry.name, entry.title) for entry in found.entries] == [(name, title)]
    assert marked(found) == [written]


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("- [A](a.txt)", "a.txt"),
        ("* `a.txt`: words", "a.txt"),
        ("+ [A](a.txt) and [B](b.txt)", "a.txt"),
        ("12) [A](a.txt)", "a.txt"),
        ("  - [x] [A](a.txt)", "a.txt"),
        ("- **[A](a.txt)**", "a.txt"),
        ("- `a\\|b`", "a\\|b"),
        ("- [A](b:c.txt)", "b:c.txt"),
        ("- a.txt", None),
        ("- see [A](a.txt)", None),
        ("[A](a.txt)", None),
        ("-[A](a.txt)", None),
        ("- [A](https://example.org/a.txt)", None),
        ("- [A](mailto:ada@example.org)", None),
        ("- [A](#heading)", None),
        ("- [A]()", None),
        ("- [A]: a.txt", None),
        ("    - [A](a.txt)", None),
        ("```\n- [A](a.txt)\n```", None),
        ("<!--\n- [A](a.txt)\n-->", None),
    ],
)
def test_an_item_counts_if_it_begins_with_a_link_or_a_code_span(item: str, name: str | None) -> None:
    found = parsed(f"# Index\n\n{item}\n")
    assert [entry.name for entry in found.entries] == ([name] if name is not None else [])
    if name is not None:
        assert marked(found) == [name]


def test_items_nest() -> None:
    assert names("- Logs\n    - [A](a.txt)\n        - [B](b.txt)\n\nProse.\n\n    - [C](c.txt)\n") == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| name |\n|---|\n| a |\n", ["a"]),
        ("name |\n--- |\na |\n", ["a"]),
        ("name | bytes\n:-- | --:\na | 1\n", ["a"]),
        ("Name\n|-|\na\n", ["a"]),
        ("Prose.\n| name |\n|---|\n| a |\n", ["a"]),
        ("| name |\r\n|---|\r\n| a |\r\n", ["a"]),
        ("\ufeff| name |\n|---|\n| a |", ["a"]),
        ("| name |\n|---|---|\n| a |\n", []),
        ("| name |\n\n|---|\n| a |\n", []),
        ("| name |\n|-x|\n| a |\n", []),
        ("| name |\n|-:-|\n| a |\n", []),
        ("| name |\nx |---|\n| a |\n", []),
        ("| name\n---\na\n", []),
        ("    | name |\n    |---|\n    | a |\n", []),
        ("# a | name\n---|---\nx | y\n", []),
        ("```\n| name |\n|---|\n| a |\n```\n", []),
        ("````\n```\n| name |\n|---|\n| a |\n````\n", []),
        ("~~~ x\n```\n| name |\n|---|\n| a |\n~~~\n", []),
        ("``` a ``` b\n\n| name |\n|---|\n| a |\n", ["a"]),
        ("<!-- | name |\n|---|\n| a | -->\n", []),
        ("<!-- x -->\n| name |\n|---|\n| a |\n", ["a"]),
        ("---\ntitle: x\n---\n| name |\n|---|\n| a |\n", ["a"]),
        ("---\n| name |\n|---|\n| a |\n---\n", []),
        ("| what |\n|---|\n| x |\n\n| name |\n|---|\n| a |\n", ["a"]),
        ("| name |\n|---|\n| a |\n\n# More\n\n| name |\n|---|\n| b |\n", ["a", "b"]),
        ("| name |\n|---|\n| a |\n\n| name | role |\n|---|---|\n| Ada | keeper |\n", ["a"]),
        ("| name |\n|---|\n| a |\n# More\n| b |\n", ["a"]),
        ("| name |\n|---|\n| a |\n> Quoted\n", ["a"]),
        ("| name |\n|---|\n| a |\n- an item\n", ["a"]),
        ("| name |\n|---|\n| a |\n</details>\n", ["a"]),
        ("| name |\n|---|\n<!-- | x | -->\n| a |\n", ["a"]),
        ("| name | b |\n|---|---|\n- a | x\n", ["- a"]),
        ("| name |\n|---|\n| a |\n```\n| b |\n```\n\n| name |\n|---|\n| c |\n", ["a", "c"]),
    ],
)
def test_a_table_is_one_where_markdown_sees_one(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("ID | Name | BYTES | sha256", ("id", "name", "bytes", "sha256")),
        ("**File** | `SHA-256` | Lang.", ("name", "sha256", "language")),
        ("name | path | size", ("", "name", "bytes")),
        ("document | file | Size | bytes", ("document", "name", "size", "bytes")),
        ("name | name | Notes of Ada", ("name", "", "notes of ada")),
    ],
)
def test_columns_are_known_by_their_header(header: str, columns: tuple[str, ...]) -> None:
    text = f"| {header} |\n|{'---|' * len(columns)}\n|{' x |' * len(columns)}\n"
    assert parsed(text).columns == columns


def test_every_value_has_its_place() -> None:
    digest = "ab" * 32
    row = f"| `7` | [The A](a.txt) | SHA256:{digest.upper()} | 12 | en | `1887-05` | Ada \\| Bo | – |"
    header = "id | name | sha256 | bytes | language | date | source | note"
    found = parsed(f"| {header} |\n|-|-|-|-|-|-|-|-|\n{row}\n")
    (entry,) = found.entries
    assert (entry.id, entry.name, entry.size, entry.sha256) == ("7", "a.txt", 12, digest)
    assert (entry.title, entry.language) == ("The A", "en")
    assert entry.metadata["date"].strip("`") == "1887-05"
    assert entry.metadata["source"] == "Ada | Bo"
    assert not entry.metadata["note"]
    assert found.defects == ()
    for column, written in (("id", "`7`"), ("bytes", "12"), ("source", "Ada \\| Bo"), ("nothing", row)):
        span = manifest.locate(found, entry, column)
        assert found.data[span.start : span.end].decode() == written


@pytest.mark.parametrize(
    ("text", "kind", "written", "detail", "entries"),
    [
        (TABLE + "| a | A |\n| b | B | 1 |\n", "cells-missing", "| a | A |", "2 of 3", ["a", "b"]),
        (TABLE + "  | a | A | 1 | | \t\n", "cells-extra", "| a | A | 1 | |", "4 of 3", ["a"]),
        (TABLE + "|  | A | 1 |\n| b | B | 1 |\n", "no-name", "|  | A | 1 |", "", ["b"]),
        (TABLE + "| – | A | 1 |\n| b | B | 1 |\n", "no-name", "| – | A | 1 |", "", ["b"]),
        (TABLE + "| a | A | 1 |\n \n\n| b | B | 1 |\n", "gap", " \n\n", "", ["a", "b"]),
        (TABLE + "| a | A | 1 KB |\n", "bytes", "1 KB", "1 KB", ["a"]),
        (TABLE + "| a | A | ١ |\n", "bytes", "١", "١", ["a"]),
        ("| name | sha256 |\n|-|-|\n| a | 12ab |\n", "sha256", "12ab", "12ab", ["a"]),
        ("| name | date |\n|-|-|\n| a | May |\n", "date", "May", "May", ["a"]),
        ("| name | Titel |\n|-|-|\n| a | A |\n", "column", "Titel", "title", ["a"]),
        ("| name | hash |\n|-|-|\n| a | " + "0" * 64 + " |\n", "column", "hash", "sha256", ["a"]),
        ("| nmae | bytes |\n|-|-|\n| a | 1 |\n- [B](b)\n", "no-name-column", "| nmae | bytes |", "nmae", []),
        ("| what |\n|-|\n| a |\n", "no-name-column", "| what |", "", []),
        (TABLE, "no-rows", "| name | title | bytes |", "", []),
        ("Words.\n", "no-entries", "", "", []),
        ("", "no-entries", "", "", []),
        ("~~~ text\n" + TABLE + "| a | A | 1 |\n", "open", "~~~ text", "", []),
        ("<!-- draft\n" + TABLE + "| a | A | 1 |\n", "open", "<!-- draft", "", []),
    ],
)
def test_what_cannot_be_read_is_a_defect_and_the_rest_counts(
    text: str, kind: str, written: str, detail: str, entries: list[str]
) -> None:
    found = parsed(text)
    (defect,) = found.defects
    assert (defect.kind, defect.detail) == (kind, detail)
    assert found.data[defect.span.start : defect.span.end].decode() == written
    assert [entry.name for entry in found.entries] == entries
    assert found.readable == bool(entries)


@pytest.mark.parametrize(
    "word", ["data", "note", "mean", "site", "sha1", "sha512", "md5", "votes", "id", "url", "№", ""]
)
def test_other_columns_are_no_misspelling(word: str) -> None:
    assert kinds(f"| name | {word} |\n|-|-|\n| a | x |\n") == []


@pytest.mark.parametrize(
    ("row", "title", "source"),
    [
        ("| a | A | B | 2024 | Ada |", "A | B", "Ada"),
        ("| a | A | – | Ada | Bo |", "A", "Ada | Bo"),
        ("| a | A |  | Ada | Bo |", "A", "Ada | Bo"),
        ("| a | A | May | 2024 | Ada |", "A | May", "Ada"),
        ("| a | A | May | June | Ada |", "A", "June | Ada"),
    ],
)
def test_a_date_tells_which_cell_a_bar_has_cut(row: str, title: str, source: str) -> None:
    (entry,) = parsed(f"| name | title | date | source |\n|-|-|-|-|\n{row}\n").entries
    assert (entry.name, entry.title, entry.metadata["source"]) == ("a", title, source)


def test_a_cell_that_a_bar_has_cut_is_put_together_again() -> None:
    found = parsed("| name | title | bytes |\n|-|-|-|\n| a.txt | Ada | Bo | and more | 12 |\n")
    (entry,) = found.entries
    assert (entry.name, entry.title, entry.size) == ("a.txt", "Ada | Bo | and more", 12)
    for column, written in (("name", "a.txt"), ("title", "Ada | Bo | and more"), ("bytes", "12")):
        span = manifest.locate(found, entry, column)
        assert found.data[span.start : span.end].decode() == written


@pytest.mark.parametrize(
    "text", ["2024", "2024-02", "2024-02-29", "2024-02-29T10:30", "2024-02-29 10:30:00Z", "0044-03-15"]
)
def test_dates(text: str) -> None:
    assert manifest.is_date(text)


@pytest.mark.parametrize(
    "text",
    ["", "24", "2023-02-29", "2024-13", "2024-00-01", "2024-1-1", "2024-01-01x", "2024-01T10", "٢٠٢٤", "May 2024"],
)
def test_no_dates(text: str) -> None:
    assert not manifest.is_date(text)


FRAGMENTS = st.sampled_from(
    [
        *(
            "| name |",
            "|---|",
            "| a |",
            "|",
            "\n",
            "\r\n",
            "\n\n",
            "\\",
            "\\|",
            "`",
            "``",
            "[",
            "]",
            "](",
            ")",
            "(",
            "<",
            ">",
        ),
        *(
            "- ",
            "1. ",
            "[A](a.txt)",
            "`b`",
            "```",
            "~~~",
            "<!--",
            "-->",
            "---",
            "---\n",
            "# ",
            "    ",
            "\t",
            "%41",
            "%",
        ),
        *(
            "name",
            "sha256",
            "bytes",
            "date",
            "12",
            "é",
            "\udcff",
            "\x00",
            "\ufeff",
            " ",
            '"',
            " 'x'",
            "- [ ] ",
            "*",
            "./",
        ),
    ]
)


@given(st.lists(FRAGMENTS, max_size=60).map("".join))
@example(TABLE)
def test_no_text_makes_it_stumble_and_every_span_lies_inside(text: str) -> None:
    found = parsed(text)
    assert found.readable == bool(found.entries)
    assert found.entries or found.defects
    for defect in found.defects:
        assert 0 <= defect.span.start <= defect.span.end <= len(found.data)
    rows = [entry.row for entry in found.entries]
    assert rows == sorted(rows, key=lambda row: row.start)
    for entry in found.entries:
        assert b"\n" not in found.data[entry.row.start : entry.row.end]
        assert entry.name
        for column in ("name", "sha256", "title", "none"):
            span = manifest.locate(found, entry, column)
            assert entry.row.start <= span.start <= span.end <= entry.row.end


@given(st.binary(max_size=200))
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    found = parsed(data)
    assert found.data is data
    parsed(b"| name |\n|---|\n" + data)
    parsed(b"---\n" + data)


any_name = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(lambda text: text.removeprefix("./"))
awkward_name = st.text(st.sampled_from("a|\\`[]()*_<>%. é"), min_size=1, max_size=8)


@given(any_name | awkward_name, st.sampled_from([(), ("name",), ("id", "name", "title", "sha256")]), awkward_name)
def test_what_is_written_is_read_again(name: str, columns: tuple[str, ...], title: str) -> None:
    try:
        line = manifest.written(columns, {"name": name, "title": title.strip()})
    except ValueError:
        return
    table = f"| {' | '.join(columns)} |\n|{'-|' * len(columns)}\n" if columns else ""
    found = parsed(f"{table}{line}\n")
    assert [entry.name for entry in found.entries] == [name]
    assert kinds(f"{table}{line}\n") == []


@given(st.text(st.sampled_from("abcé_-. ()[]'&;#"), min_size=1).map(str.strip).filter(bool), st.booleans())
def test_ordinary_names_can_be_written(name: str, as_list: bool) -> None:
    if name in ("-", "–") or name.startswith("./") or (as_list and name.startswith("#")):
        return
    assert manifest.written(() if as_list else ("name",), {"name": name})


def listed(*names: str, tree: dict[str, bytes]) -> bytes:
    rows = [f"| {name} | {sha256(tree[name]).hexdigest()} |\n" for name in names]
    return ("| name | sha256 |\n|---|---|\n" + "".join(rows)).encode()


def chain() -> dict[str, bytes]:
    tree = {"a/b/deep.txt": b"deep\n", "a/a.txt": b"middle\n", "top.txt": b"top\n"}
    tree["a/b/INDEX.md"] = listed("deep.txt", tree={"deep.txt": tree["a/b/deep.txt"]})
    tree["a/INDEX.md"] = listed(
        "a.txt", "b/INDEX.md", tree={name.removeprefix("a/"): data for name, data in tree.items()}
    )
    tree["INDEX.md"] = listed("top.txt", "a/INDEX.md", tree=tree)
    return tree


def test_indexes_form_a_chain() -> None:
    assert check(chain()) == []


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("a/b/deep.txt", "IDX006 a/b/INDEX.md:3:14"),
        ("a/a.txt", "IDX006 a/INDEX.md:3:11"),
        ("a/b/INDEX.md", "IDX006 a/INDEX.md:4:16"),
        ("a/INDEX.md", "IDX006 INDEX.md:4:16"),
    ],
)
def test_a_change_breaks_the_link_above_it(name: str, finding: str) -> None:
    tree = chain()
    tree[name] += b"\nmore\n"
    assert check(tree) == [finding]


def test_an_index_that_is_gone_hands_its_documents_to_the_one_above() -> None:
    tree = chain()
    del tree["a/b/INDEX.md"]
    assert check(tree) == ["IDX002 a/INDEX.md:4:3", "IDX003 a/b/deep.txt"]


def test_an_index_must_be_listed_by_the_one_above() -> None:
    tree = chain()
    tree["INDEX.md"] = listed("top.txt", tree=tree)
    assert check(tree) == ["IDX003 a/INDEX.md"]


@pytest.mark.parametrize(
    "text", [b"", b"Nothing.\n", b"| what | sha256 |\n|---|---|\n| top.txt | |\n", b"```\n- `top.txt`\n"]
)
def test_a_broken_index_is_one_finding(text: bytes) -> None:
    tree = {f"{number}.txt": b"%d\n" % number for number in range(50)}
    found = check({**tree, "INDEX.md": text}, select=("IDX",))
    assert found == ["IDX011 INDEX.md:1:1"]


def test_a_broken_index_hides_nothing_in_other_folders() -> None:
    tree = chain()
    tree["a/b/INDEX.md"] = b"Nothing.\n"
    tree["top.txt"] += b"more\n"
    assert check(tree) == ["IDX006 INDEX.md:3:13", "IDX006 a/INDEX.md:4:16", "IDX011 a/b/INDEX.md:1:1"]


def test_an_index_in_a_container_is_shown_where_it_stands_in_the_file() -> None:
    tree = {
        "all.bundle": b"<<<FILE I INDEX.md>>>\n\\<<<FILE x>>>\n\n- [\xc3\x84](a.txt)\n- [B](b.txt)\n\n<<<END 1>>>\n"
    }
    assert check(tree, select=("IDX",)) == ["IDX002 all.bundle:4:7", "IDX002 all.bundle:5:7"]


def help_of(tree: dict[str, bytes], code: str) -> str:
    report = engine.check([trees.Memory(tree)], Options(select=(code,)))
    return report.findings[0].help


def test_helps_name_what_was_probably_meant() -> None:
    assert "'index.md'" in help_of({"index.md": b"- `a`\n", "a": b""}, "IDX001")
    assert "'new/a.txt'" in help_of({"INDEX.md": b"- `old/a.txt`\n", "new/a.txt": b""}, "IDX002")
    assert "'harbour.txt'" in help_of({"INDEX.md": b"- `habour.txt`\n", "harbour.txt": b""}, "IDX002")
    assert "- `b.txt`" in help_of({"INDEX.md": b"- `a.txt`\n", "a.txt": b"", "b.txt": b""}, "IDX003")
    assert "`nmae`" not in help_of({"INDEX.md": b"| nmae |\n|-|\n| a |\n", "a": b""}, "IDX011")
    assert "'nmae'" in help_of({"INDEX.md": b"| nmae |\n|-|\n| a |\n", "a": b""}, "IDX011")


@pytest.mark.parametrize(
    ("code", "text", "mended"),
    [
        ("IDX004", b"| name | bytes | sha256 |\n|-|-|-|\n| old.txt | 2 | %b |\n", b"new.txt"),
        ("IDX008", b"- [A](new.txt)\n- [A](new.txt)\n", b"- [A](new.txt)\n"),
        ("IDX010", b"| name |\n|-|\n| new.txt |\n\n\n| b |\n", b"| name |\n|-|\n| new.txt |\n| b |\n"),
        ("IDX016", b"- [A](NEW.txt)\n", b"- [A](new.txt)\n"),
        ("IDX019", b"| name | btyes |\n|-|-|\n| new.txt | 2 |\n", b"| name | bytes |\n"),
    ],
)
def test_fixes_of_an_index(code: str, text: bytes, mended: bytes) -> None:
    data = text.replace(b"%b", sha256(b"x\n").hexdigest().encode())
    report = engine.check([trees.Memory({"INDEX.md": data, "new.txt": b"x\n"})], Options(select=(code,)))
    (finding,) = report.findings
    assert finding.fix is not None
    for edit in finding.fix.edits:
        data = data[: edit.span.start] + edit.replacement + data[edit.span.end :]
    assert mended in data
    again = engine.check([trees.Memory({"INDEX.md": data, "new.txt": b"x\n"})], Options(select=(code,)))
    assert again.findings == ()
