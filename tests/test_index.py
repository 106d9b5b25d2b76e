"""The index is read as Markdown means it, every value has its place, and no bytes make it stumble."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from itertools import product
from string import ascii_letters, digits

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from validator import engine, manifest, trees
from validator.model import Finding, Index, Options, Place, Span

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
        ("name | **Xa** | _Note_", ("name", "xa", "note")),
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
        (TABLE + "| a | A | 1 |\n\n| name | bytes |\n|-|-|\n| b | 2 |\n", "other-table", "| name | bytes |", "", ["a"]),
        (TABLE + "| a | A | 1 |\n\nWords.\n\n" + TABLE + "| b | B | x |\n", "bytes", "x", "x", ["a", "b"]),
        (TABLE + "| a | A | 1234567890123456789 |\n", "bytes", "1234567890123456789", "1234567890123456789", ["a"]),
        ("| name | hash |\n|-|-|\n| a |\n", "cells-missing", "| a |", "1 of 2", ["a"]),
        ("", "no-entries", "", "", []),
        ("~~~ text\n" + TABLE + "| a | A | 1 |\n", "open", "~~~ text", "", []),
        ("<!-- draft\n" + TABLE + "| a | A | 1 |\n", "open", "<!-- draft", "", []),
        (
            "<!-- x -->\n" + TABLE + "| a | A | 1 |\n <!-- y -->\n| b | B | 1 |\n <!-- z\n|c|C|1|\n",
            "open",
            "<!-- z",
            "",
            ["a", "b"],
        ),
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
    "word", ["data", "note", "mean", "site", "sha1", "sha512", "md5", "votes", "id", "ids", "url", "№", ""]
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


def variants(word: str, letters: str) -> set[str]:
    """What somebody writes who adds a plural s or swaps two letters or, in a long word, errs in one."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {word + "s"} | {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    if len(word) > 4:
        found |= {left + right[1:] for left, right in cuts}
        found |= {left + letter + rest for left, right in cuts for letter in letters for rest in (right, right[1:])}
    return found


def test_a_header_that_is_nearly_a_column_is_a_misspelling_of_it() -> None:
    known = {word: column for word, column in manifest.COLUMNS.items() if len(word) >= 4}
    meant: dict[str, set[str]] = {}
    for word, column in known.items():
        for variant in variants(word, ascii_letters + digits) - set(manifest.COLUMNS):
            meant.setdefault(variant, set()).add(column)
    words = {two for one in known for variant in variants(one, "ex") for two in variants(variant, "ex")}
    for word in sorted(word for word in words if word not in manifest.COLUMNS and not word.startswith("blake2")):
        found = parsed(f"| name | {word} |\n|-|-|\n| a | x |\n").defects
        possible = meant.get(word, set()) - {"name"}
        is_told = len(found) == 1 and found[0].kind == "column" and found[0].detail in possible
        assert is_told if possible and "name" not in meant[word] else not found or is_told, word


@pytest.mark.parametrize(
    ("word", "label", "column"),
    [
        *(("hash", "", "sha256"), ("hash", "sha256:", "sha256"), ("hash", "blake3:", "blake3")),
        *(("blakesum", "", "blake3"), ("b3sum", "", "blake3"), ("b3sum", "sha256:", "sha256")),
    ],
)
def test_digests_under_another_word_are_told(word: str, label: str, column: str) -> None:
    found = parsed(f"| name | {word} |\n|-|-|\n| a | {label}{'0f' * 32} |\n")
    assert [(defect.kind, defect.detail) for defect in found.defects] == [("column", column)]


VALUES = {
    "name": "a.txt",
    "id": "7",
    "bytes": "12",
    "sha256": "0f" * 32,
    "blake3": "BLAKE3:" + "1e" * 32,
    "date": "2024-02",
    "note": "Ada",
}


@pytest.mark.parametrize("guard", ["bytes", "sha256", "blake3", "date"])
@given(
    others=st.permutations(["name", "id", "bytes", "sha256", "blake3", "date"]),
    cut=st.sampled_from(["title", "source"]),
    bars=st.integers(1, 2),
    are_blank=st.booleans(),
)
def test_what_stands_in_its_column_tells_which_cell_a_bar_has_cut(
    guard: str, others: list[str], cut: str, bars: int, are_blank: bool
) -> None:
    others.remove(guard)
    columns = ["note", guard, cut, *others]
    values = VALUES | {cut: "B" + " | C" * bars}
    if are_blank:
        values |= dict.fromkeys({"bytes", "sha256", "blake3", "date"} - {guard}, "–")
    row = " | ".join(values[column] for column in columns)
    found = parsed(f"| {' | '.join(columns)} |\n|{'-|' * len(columns)}\n| {row} |\n")
    (entry,) = found.entries
    said: dict[str, object] = {"bytes": 12, "sha256": "0f" * 32, "blake3": "1e" * 32}
    expected = {column: None if values[column] == "–" else said[column] for column in said}
    assert (entry.name, entry.id, entry.metadata["note"]) == ("a.txt", "7", "Ada")
    assert (entry.title if cut == "title" else entry.metadata["source"]) == values[cut]
    assert (entry.size, entry.sha256, entry.blake3) == (expected["bytes"], expected["sha256"], expected["blake3"])
    spans = {column: manifest.locate(found, entry, column) for column in columns}
    assert {column: found.data[span.start : span.end].decode() for column, span in spans.items()} == {
        column: values[column] for column in columns
    }


@pytest.mark.parametrize("word", ["BLAKE2b", "SHA3-256", "SHA-512/256", "keccak256", "shake"])
def test_digests_of_other_kinds_are_told_by_their_word(word: str) -> None:
    assert kinds(f"| name | {word} |\n|-|-|\n| a | {'0f' * 32} |\n") == []


def test_what_stands_before_the_entries_and_what_is_handed_on() -> None:
    for mark in ("", "\ufeff"):
        text = f"{mark}---\n- `no`\n---\n- [A](a.txt)\n- `b` \n".encode()
        found = manifest.parse(text, Place("INDEX.md"), b"{}")
        start = len(mark.encode())
        assert found.front_matter == Span(start, start + 15)
        assert found.schema == b"{}"
        assert [(entry.name, entry.title) for entry in found.entries] == [("a.txt", "A"), ("b", None)]
    (entry,) = parsed(TABLE + "| a | A | 123456789012345678 |\n").entries
    assert entry.size == 123456789012345678
    (entry,) = parsed("| name | source |\n|-|-|\n| a | B | C |\n").entries
    assert (entry.name, entry.metadata["source"]) == ("a", "B | C")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("    - `a`\n", []), ("\t- `a`\n", []), ("- `a`\n\t- `b`\n", ["a", "b"])),
        *(("- `a`\n\n  words\n\n    - `b`\n", ["a", "b"]), ("- `a`\n\n\twords\n\n\t- `b`\n", ["a", "b"])),
        *(("- `a`\n\nwords\n\n    - `b`\n", ["a"]), ("- `a`\nwords\n    - `b`\n", ["a", "b"])),
    ],
)
def test_indented_items_count_inside_a_list(text: str, expected: list[str]) -> None:
    assert [entry.name for entry in parsed(text).entries] == expected


def test_a_bar_in_a_name_is_told_where_no_other_cell_can_be_cut() -> None:
    (entry,) = parsed("| id | name | bytes |\n|-|-|-|\n| 7 | a | b | 12 |\n").entries
    assert (entry.id, entry.name, entry.size) == ("7", "a | b", 12)


def test_cells_that_are_missing_say_nothing() -> None:
    found = parsed("| name | title | bytes | source |\n|-|-|-|-|\n| a |\n")
    (entry,) = found.entries
    assert (entry.name, entry.title, entry.size, entry.metadata) == ("a", None, None, {"source": ""})
    assert manifest.locate(found, entry, "bytes") == entry.row


@pytest.mark.parametrize(("column", "expected"), [("note", ["b"]), ("size", []), ("sha256", []), ("blake3", [])])
def test_a_list_counts_where_no_table_is_meant_for_documents(column: str, expected: list[str]) -> None:
    assert names(f"| what | {column} |\n|-|-|\n| a | 1 |\n\n- [B](b)\n") == expected


REGULAR = [f"| 007 | a/b.txt | 12 | {'0f' * 32} | {'1e' * 32} | Of the sea | en |", "|b1|Ä.md||||||"]
ODD = [
    *(
        "| 8 | a.txt | 12 |",
        "| 8 | [T](c.txt) | x | | | | |",
        "| 8 | a.txt | 12 | | | A | B | en |",
        "| – | – | – |||||",
    ),
    *("", "words", "- item", "<!-- no row -->", "```", "# Part", "|", "| | | | | | | |", "|9|\udcff\udcfe|1||||\r|"),
    *(
        "| 9 | d\\|e | 5 | | | F\\|G | |",
        "  | 9 | f.txt | 5 | | | | |",
        "| _1 | g.txt | 5 | | | ` | |",
        "|1|h|1|||é\udcff||",
    ),
]


@settings(max_examples=50)
@given(
    rows=st.lists(st.sampled_from(REGULAR * 4 + ODD), max_size=20),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.sampled_from(["", "\n", "\nThe end.\n"]),
    step=st.integers(1, 600),
    source=st.booleans(),
)
@example(rows=REGULAR * 3, end="\n", last="\n", step=1, source=False)
@example(rows=REGULAR * 3, end="\n", last="", step=150, source=False)
def test_many_rows_are_read_as_each_of_them(rows: list[str], end: str, last: str, step: int, source: bool) -> None:
    columns = ["id", "name", "bytes", "sha256", "blake3", "title", "language", *["source"] * source]
    lines = [f"| {' | '.join(columns)} |", "|" + "-|" * len(columns), *(row + " x |" * source for row in rows)]
    data = (end.join(lines) + last).encode("utf-8", "surrogateescape")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest, "_MANY", 0)
        patch.setattr(manifest, "_STEP", step)
        many = parsed(data)
    assert many == parsed_row_by_row(data)
    for entry in many.entries:
        assert data[entry.row.start : entry.row.end] in data.split(b"\n")


def parsed_row_by_row(data: bytes) -> Index:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest, "_MANY", len(data))
        return parsed(data)


HEADED = "| id | name |\n|-|:-:|\n"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\ufeff",
        "Words.\n\n",
        "---\n| name |\n|-|\n---\n",
        "| what |\n|-|\n| x |\n\n",
        "```\n| name |\n|-|\n```\n",
    ],
)
def test_the_head_of_the_table_is_found_again(before: str) -> None:
    found = manifest.head(parsed(f"{before}{HEADED}| 7 | a |\n"))
    assert found is not None
    start = len(before.encode())
    assert found == (Span(start, start + 13), Span(start + 14, start + 21))


def test_a_list_has_no_head() -> None:
    assert manifest.head(parsed("- [A](a)\n\n| what |\n|-|\n")) is None


@pytest.mark.parametrize(
    ("before", "is_plain"),
    [
        *(("", True), ("\ufeff", True), ("Words.\n\n", True), ("---\na: b\n---\n", False)),
        ("| what |\n|-|\n| x |\n\n", False),
    ],
)
def test_where_the_rows_begin_is_said_of_a_plain_index(before: str, is_plain: bool) -> None:
    found = manifest.beginning(f"{before}{HEADED}| 7 | a |\n".encode())
    assert found == ((("id", "name"), len(before.encode()) + 22) if is_plain else ((), 0))
    assert manifest.beginning(f"{before}{HEADED}| 7 | a | b |\n".encode()) == ((), 0)
    assert manifest.beginning(f"{before}- [A](a)\n".encode()) == ((), 0)


@pytest.mark.parametrize(
    ("text", "first", "heading"),
    [
        *(("", "", ""), (" \r\n\t\n", "", ""), ("Words", "Words", ""), ("\n\v\f Words \nmore\n", "Words", "")),
        *(("# A", "# A", "# A"), ("Words \r\n# A \r\n# B\n", "Words", "# A"), ("x\n###\tA\n", "x", "###\tA")),
        *(("#A\n#\n", "#A", ""), ("x\n#A\n# B\n", "x", "# B"), ("\ufeff# A\n", "# A", "# A"), ("\ufeffx\n", "x", "")),
        ("---\n# no\n---\n\nWords\n## A\n", "Words", "## A"),
        ("---\n# no\n---\nWords\n", "Words", ""),
        ("\ufeff---\n# no\n...\n# A\n", "# A", "# A"),
        *(
            ("x\n" + mark + "\n# no\n" + end + "\n#\tA \n", "x", "#\tA")
            for mark, end in [("<!--", "-->"), ("~~~", "~~~")]
        ),
        ("```\n# no\n```\nx\n#no\n#X no\n# A\n", "```", "# A"),
        ("x\n```\n# no\n```\n", "x", ""),
        ("# A\n```\n# no\n```\n", "# A", "# A"),
        ("---\na: '```'\n---\n# A\n", "# A", "# A"),
    ],
)
def test_the_first_line_and_the_first_heading_of_a_document(text: str, first: str, heading: str) -> None:
    data = text.encode()
    spans = manifest.headlines(data)
    assert [data[span.start : span.end].decode() for span in spans] == [first, heading]
    assert all(span.start == 0 or data[span.start - 1 : span.start] in b"\n\f \xbf" for span in spans if first)


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        *(
            ("", "---\na\n---\nx", "---\na\n---\n"),
            ("", "---\n---\n", "---\n---\n"),
            ("", "--- \r\n...\t\r\nx", "--- \r\n...\t\r\n"),
        ),
        *(("", "---\n---x\n --- \n---", "---\n---x\n --- \n---"), ("\ufeff", "---\na\n---\n", "---\na\n---\n")),
        *(
            ("a\n---\n", "---\na\n---\n", "---\na\n---\n"),
            ("", "--- x\n---\n", None),
            ("", "---", None),
            ("", "---\na\n", None),
        ),
        *(("", "\n---\n---\n", None), ("---\n", "a\n---\n", None), ("", "----\n---\n", None)),
    ],
)
def test_front_matter_is_between_two_lines(before: str, text: str, expected: str | None) -> None:
    data = (before + text).encode()
    start = len(before.encode())
    span = Span(start, start + len(expected.encode())) if expected is not None else None
    assert manifest.find_front_matter(data, start) == span
    if not before:
        assert manifest.find_front_matter(data) == span


def test_a_list_has_a_place_for_names_alone() -> None:
    found = parsed("Words.\n\n - [A](a.txt) \n")
    (entry,) = found.entries
    spans = manifest.locate(found, entry), manifest.locate(found, entry, "sha256")
    assert [found.data[span.start : span.end] for span in spans] == [b"a.txt", b"- [A](a.txt)"]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        *(("a.txt", "a.txt"), ("Xa X", "Xa X"), ("a|b\\c", "a\\|b\\\\c"), (" a", "` a`"), ("a|b\t", "`a\\|b\t`")),
        *(("[a]", "\\[a]"), ("`a`", "\\`a`"), ("*a*", "\\*a*"), ("_a", "\\_a"), ("\udcff", "\udcff")),
    ],
)
def test_a_row_is_written_with_as_little_around_a_name_as_it_takes(name: str, row: str) -> None:
    values = {"name": name, "title": "T|\\"}
    assert manifest.written(("id", "name", "title"), values) == f"|  | {row} | T\\|\\\\ |"


@pytest.mark.parametrize("name", ["–", "", "a\nb"])
def test_what_no_row_and_no_item_can_list_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no index can list '"):
        manifest.written(("id", "name"), {"name": name})
    if name != "–":
        with pytest.raises(ValueError, match="no index can list '"):
            manifest.written((), {"name": name})


def test_each_row_has_its_own_number_of_cells() -> None:
    found = parsed(TABLE + "| a |\n| b | B |\n| c | C | 1 | 2 |\n| d | D | 1 | 2 | 3 |\n| e |\n")
    assert [defect.detail for defect in found.defects] == [f"{count} of 3" for count in (1, 2, 4, 5, 1)]
    assert parsed("| bytes | name |\n|-|-|\n| 1 |\n").entries == ()


def test_an_index_knows_its_own_names() -> None:
    for folder in ("", "a/b/"):
        alone = Index(b"", Place(folder + "INDEX.md"))
        beside = Index(b"", Place(folder + "INDEX.md", beyond=folder + "INDEX.parquet"))
        assert manifest.own_names(alone) == ("INDEX.md",)
        assert manifest.own_names(beside) == ("INDEX.md", "INDEX.parquet")
        assert [manifest.is_own(name, alone) for name in ("INDEX.md", "INDEX.parquet", "a")] == [True, False, False]
        assert [manifest.is_own(name, beside) for name in ("INDEX.md", "INDEX.parquet", "a")] == [True, True, False]


@pytest.mark.parametrize(
    "text",
    ["2024", "2024-02", "2024-02-29", "2024-02-29T1:30", "2024-02-29T10:30", "2024-02-29 10:30:00Z", "0044-03-15"],
)
def test_dates(text: str) -> None:
    assert manifest.is_date(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "24", "2023-02-29", "2024-13", "2024-00-01", "2024-1-1", "2024-01-01x", "2024-01T10", "٢٠٢٤", "May 2024"),
        *("2024-01-01X10:00", "2024-01-01x10:00", "2024-01-01T", "2024-01-01Tx"),
    ],
)
def test_no_dates(text: str) -> None:
    assert not manifest.is_date(text)


def test_the_days_of_the_months_are_those_of_the_calendar() -> None:
    for year, month in product((1600, 1900, 1999, 2000, 2023, 2024), range(1, 13)):
        following = date(year + month // 12, month % 12 + 1, 1)
        last = (following - date(year, month, 1)).days
        are_days = [manifest.is_date(f"{year}-{month:02}-{day:02}") for day in (0, 1, last, last + 1)]
        assert are_days == [False, True, True, False]


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
