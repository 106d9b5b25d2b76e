"""Containers in other dialects are mended: the fixes bring them into canonical form and lose no byte of a document.

Each dialect is written from random documents and mended by the rules on containers and indexes alone, so that
nothing inside a document may change: that the text survives is then up to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import strategies
from tests import test_dialects as dialects
from tests.test_dialects import Surrounding, Triple, Writer, alone, beside_files, digest, in_folder, with_index
from tests.test_rules import examples
from validator import container, engine, fixing, trees
from validator.model import Finding, Options
from validator.rule import Bad, Rule
from validator.rules.idx012_malformed_value import _READERS

Documents: TypeAlias = st.SearchStrategy[list[Triple]]

thorough = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])

FRAMING = Options(select=("CON", "IDX"), require_end_marker=True)
EVERYTHING = Options(require_end_marker=True)


def mended(tree: dict[str, Any], is_folder: bool, options: Options, unsafe: bool) -> tuple[dict[str, Any], Any]:
    done = fixing.mend(trees.Memory(tree, is_folder=is_folder), options, unsafe=unsafe)
    return {**tree, **{rewrite.name: rewrite.after for rewrite in done.rewrites}}, done


def unpacked(data: bytes) -> list[Triple]:
    blocks = container.parse(data).blocks
    return [(b.id, b.name, container.unescape(data[b.header_end : b.body_end])[0]) for b in blocks]


def is_restored(tree: dict[str, bytes], is_folder: bool, documents: Sequence[Triple], unsafe: bool) -> None:
    """Mending leaves nothing to find, a canonical container, and the documents; mending it again changes nothing."""
    after, done = mended(tree, is_folder, FRAMING, unsafe)
    assert [f"{finding.code} {finding.message}" for finding in done.report.findings] == []
    packed = unpacked(after["all.bundle"])
    assert [triple for triple in packed if triple[1] != b"INDEX.md"] == list(documents)
    assert b"".join(container.pack(packed)) == after["all.bundle"]
    assert {name: after[name] for name in tree if name not in ("all.bundle", "INDEX.md")} == {
        name.decode(): body for _, name, body in documents if name.decode() in tree
    }
    assert mended(after, is_folder, FRAMING, unsafe)[1].rewrites == ()


# The documents

LINES = (
    *("one", "two words", "три", "", " indented", "\ttab", "# Head", "| a | b |", "- item", "a=b", "last "),
    *("<<<", ">>>", "<< FILE", "FILE 1 a.txt", "\\", "x\\"),
)
MARKED_LINES = ("<<<FILE 9 z.txt>>>", "<<<END 2>>>", "<<<END>>>", "\\<<<FILE", "<<<FILENAME", "<<<END 1>>")
names = st.from_regex(r"(?:[a-z]{1,3}/)?[a-z][a-z0-9_ =-]{0,5}[a-z]\.(?:txt|md)", fullmatch=True)
ids = st.from_regex(r"[a-z0-9][A-Za-z0-9._-]{0,4}", fullmatch=True)


def texts(lines: Sequence[str], ends: Sequence[str]) -> st.SearchStrategy[bytes]:
    found = st.lists(st.sampled_from(lines), max_size=4).map("\n".join)
    body = st.tuples(found, st.sampled_from(ends)).map("".join).map(str.encode)
    return body.filter(lambda text: not container.looks_like_container(text))


def collections(
    bodies: st.SearchStrategy[bytes], called: st.SearchStrategy[str] = names, ids: st.SearchStrategy[str] = ids
) -> Documents:
    parts = st.tuples(ids, called, bodies)
    unique = (lambda part: part[0], lambda part: part[1].lower().replace(" ", ""))
    found = st.lists(parts, min_size=2, max_size=5, unique_by=unique).filter(_is_sound)
    return found.map(lambda some: [(i.encode(), n.encode(), body) for i, n, body in some])


def _is_sound(found: Sequence[tuple[str, str, bytes]]) -> bool:
    """No file is a folder as well."""
    return not {name.split("/")[0] for _, name, _ in found if "/" in name} & {name for _, name, _ in found}


ANY = collections(texts(LINES, ["", "\n"]))
ENDED = collections(texts(LINES, ["\n"]))
INKED = collections(texts(LINES, ["x\n"]))
NUMBERED = collections(texts(LINES, ["", "\n"]), ids=st.integers(0, 99).map(str))
WILD = collections(texts(LINES + MARKED_LINES, ["", "\n", "\r\n", "\r", "\n\n"]))
WITHOUT_EMPTY_LINES = collections(texts([line for line in LINES if line], ["", "x\n"]))


# Dialects besides those of ``test_dialects``


def with_mark(documents: Sequence[Triple]) -> bytes:
    return container.BOM + dialects.canonical(documents)


def concatenated(documents: Sequence[Triple]) -> bytes:
    return b"".join(dialects.canonical([triple]) for triple in documents)


def concatenated_apart(documents: Sequence[Triple]) -> bytes:
    return dialects.canonical(documents[:1]) + b"\n" + dialects.canonical(documents[1:]) + container.end(0)


def counted_on(documents: Sequence[Triple]) -> bytes:
    second = dialects.canonical(documents[1:])
    return dialects.canonical(documents[:1]) + second[: second.rindex(b"<<<END")] + container.end(len(documents))


def ended_alike(documents: Sequence[Triple]) -> bytes:
    return b"".join(b"<<<FILE %b %b>>>\n%b\n<<<END>>>\n" % triple for triple in documents) + b"<<<END>>>\n"


def converted_print(documents: Sequence[Triple]) -> bytes:
    return dialects.printed(documents).replace(b"\n", b"\r\n")


def one_header_in_crlf(documents: Sequence[Triple]) -> bytes:
    return dialects.canonical(documents).replace(b">>>\n", b">>>\r\n", 1)


def cut_end(documents: Sequence[Triple]) -> bytes:
    return dialects.canonical(documents)[:-2]


def damaged_end(documents: Sequence[Triple]) -> bytes:
    return dialects.canonical(documents)[:-2] + b"\n"


def miscounted(documents: Sequence[Triple]) -> bytes:
    return dialects.canonical(documents).removesuffix(container.end(len(documents))) + container.end(1)


def with_headers(form: Callable[[bytes], bytes], first: int = 1) -> Writer:
    """Canonical but for the headers of all documents, the ``first`` excepted."""

    def write(documents: Sequence[Triple]) -> bytes:
        pieces = [b"%b%b\n" % (container.header(*triple[:2]), container.escape(triple[2])) for triple in documents]
        return b"".join([*pieces[:first], *map(form, pieces[first:]), container.end(len(documents))])

    return write


lower_case = with_headers(lambda block: block.replace(b"FILE", b"file", 1))
all_lower_case = with_headers(lambda block: block.replace(b"FILE", b"file", 1), first=0)
indented = with_headers(lambda block: b" \t" + block)
double = with_headers(lambda block: block[1:].replace(b">>>\n", b">>\n", 1))
blank_inside = with_headers(lambda block: block.replace(b"<<<", b"<<< ", 1).replace(b">>>\n", b" >>>\n", 1))
behind_mark = with_headers(lambda block: container.BOM + block)
unterminated = with_headers(lambda block: block.replace(b">>>\n", b">\n", 1), first=0)
unbracketed = with_headers(lambda block: block.replace(b">>>\n", b"\n", 1), first=0)
trailing = with_headers(lambda block: block.replace(b">>>\n", b">>> \t\n", 1), first=0)
doubled = with_headers(lambda block: block.replace(b" ", b"  ", 1), first=0)

DIALECTS = {
    "canonical": (dialects.canonical, WILD),
    "printed": (dialects.printed, ANY),
    "catted": (dialects.catted, ENDED),
    "converted": (dialects.converted, WILD),
    "converted print": (converted_print, ANY),
    "one header in CR LF": (one_header_in_crlf, ANY),
    "ended": (dialects.ended, ENDED),
    "ended apart": (dialects.ended_apart, ANY),
    "ended alike": (ended_alike, ANY),
    "ended by id": (dialects.ended_by_id, NUMBERED),
    "keyed": (dialects.keyed, ANY),
    "numbered": (dialects.numbered, ANY),
    "tabbed": (dialects.tabbed, ANY),
    "doubled spaces": (doubled, WILD),
    "cut": (dialects.cut, INKED),
    "with a mark": (with_mark, WILD),
    "concatenated": (concatenated, WILD),
    "concatenated apart": (concatenated_apart, WILD),
    "counted on": (counted_on, WILD),
    "end marker cut": (cut_end, WILD),
    "end marker damaged": (damaged_end, WILD),
    "miscounted": (miscounted, WILD),
    "lower case": (lower_case, WILD),
    "indented": (indented, WILD),
    "two brackets": (double, WILD),
    "blank inside": (blank_inside, WILD),
    "behind a mark": (behind_mark, WILD),
    "unterminated": (unterminated, WILD),
    "without brackets": (unbracketed, WILD),
    "trailing blanks": (trailing, WILD),
}
PROVEN = (with_index, beside_files, in_folder)
dialect = pytest.mark.parametrize("name", list(DIALECTS))


@dialect
@thorough
@given(data=st.data(), surround=st.sampled_from(PROVEN), unsafe=st.booleans())
def test_safe_fixes_restore_what_digests_prove(
    name: str, data: st.DataObject, surround: Surrounding, unsafe: bool
) -> None:
    write, documents = DIALECTS[name]
    found = data.draw(documents)
    is_restored(*surround(write, found), found, unsafe)


LOSSY_ALONE = {
    "catted": None,  # whether a document ended in a newline nobody can tell, but TXT004
    "ended": INKED,
    "ended apart": ENDED,
    "ended alike": ENDED,
    "converted": collections(texts(LINES + MARKED_LINES, ["", "\n"])),
}


@dialect
@thorough
@given(data=st.data())
def test_unsafe_fixes_restore_a_container_that_stands_alone(name: str, data: st.DataObject) -> None:
    write, documents = DIALECTS[name]
    possible = LOSSY_ALONE.get(name, documents)
    if possible is not None:
        found = data.draw(possible)
        is_restored(*alone(write, found), found, unsafe=True)


@thorough
@given(found=WILD, unsafe=st.booleans())
def test_headers_that_are_all_in_lower_case_are_known_by_the_index_of_the_folder(
    found: list[Triple], unsafe: bool
) -> None:
    is_restored(*in_folder(all_lower_case, found), found, unsafe)
    for surround in (alone, with_index):
        is_restored(*surround(all_lower_case, found), found, unsafe=True)


@thorough
@given(found=collections(texts(LINES, ["", "\n"]), strategies.names), surround=st.sampled_from(PROVEN))
def test_ids_that_lack_are_taken_from_the_index(found: list[Triple], surround: Surrounding) -> None:
    is_restored(*surround(dialects.named, found), found, unsafe=False)


@dialect
@thorough
@given(
    found=collections(strategies.texts.map(str.encode), strategies.names, st.integers(1, 99).map(str)),
    surround=st.sampled_from([alone, *PROVEN]),
)
def test_mending_with_all_rules_leaves_nothing_wrong(name: str, found: list[Triple], surround: Surrounding) -> None:
    tree, is_folder = surround(DIALECTS[name][0], found)
    after, done = mended(tree, is_folder, EVERYTHING, unsafe=True)
    assert [f"{finding.code} {finding.message}" for finding in done.report.findings] == []
    assert [triple for triple in unpacked(after["all.bundle"]) if triple[1] != b"INDEX.md"] == found


# What each fix does


def findings(tree: dict[str, Any], is_folder: bool, **others: Any) -> list[Finding]:
    """What rules on containers and indexes find by default."""
    found = engine.check([trees.Memory(tree, is_folder=is_folder)], Options(max_findings=99, **others)).findings
    return [finding for finding in found if finding.code.startswith(("CON", "IDX"))]


RULES_OF_FRAMING = [e for e in examples("bad") if e.values[0].code.startswith(("CON", "IDX"))]


@pytest.mark.parametrize(("rule", "example"), RULES_OF_FRAMING)
def test_each_fix_mends_its_finding_and_brings_no_other(rule: Rule, example: Bad) -> None:
    tree, is_folder = rule.example(example.content)
    before = findings(tree, is_folder, **example.settings)
    spoken = [finding for finding in before if finding.code == rule.code]
    for finding in spoken:
        if finding.fix is None:
            continue
        name = finding.path
        data = tree[name]
        assert isinstance(data, bytes)
        spans = [edit.span for edit in finding.fix.edits]
        assert all(one.end <= other.start for one, other in pairwise(spans))
        assert all(data[edit.span.start : edit.span.end] != edit.replacement for edit in finding.fix.edits)
        one = fixing.Mend(name, finding.fix.edits, finding.document is not None)
        after = findings({**tree, name: fixing.edited(data, [one])}, is_folder, **example.settings)
        assert sum(f.code == rule.code for f in after) < len(spoken)
        assert {f.code for f in after} <= {f.code for f in before}


@pytest.mark.parametrize(("rule", "example"), RULES_OF_FRAMING)
@pytest.mark.parametrize("unsafe", [False, True])
def test_mending_an_example_twice_is_mending_it_once(rule: Rule, example: Bad, unsafe: bool) -> None:
    tree, is_folder = rule.example(example.content)
    once, done = mended(tree, is_folder, Options(**example.settings), unsafe)  # type: ignore[arg-type]
    assert [f for f in done.report.findings if f.fix is not None and (f.fix.safe or unsafe)] == []
    assert mended(once, is_folder, Options(**example.settings), unsafe)[1].rewrites == ()  # type: ignore[arg-type]


INDEX_OF_TWO = b"| id | name | bytes |\n|--|--|--|\n| 1 | a.txt | 2 |\n| 2 | b.txt | 2 |\n"


@settings(deadline=None, max_examples=150)
@given(data=st.lists(dialects.pieces, max_size=24).map(b"".join), index=st.booleans(), unsafe=st.booleans())
def test_every_container_can_be_mended_as_far_as_its_fixes_go(data: bytes, index: bool, unsafe: bool) -> None:
    tree = {"all.bundle": data, **({"INDEX.md": INDEX_OF_TWO, "b.txt": b"x\n"} if index else {})}
    after, done = mended(tree, index, FRAMING, unsafe)
    assert [f.code for f in done.report.findings if f.fix is not None and (f.fix.safe or unsafe)] == []
    assert mended(after, index, FRAMING, unsafe)[1].rewrites == ()


@settings(deadline=None, max_examples=150)
@given(data=st.lists(dialects.pieces, max_size=24).map(b"".join), index=st.booleans(), unsafe=st.booleans())
def test_no_fix_of_a_container_takes_anything_away_but_blanks_and_markers(
    data: bytes, index: bool, unsafe: bool
) -> None:
    tree = {"all.bundle": data, **({"INDEX.md": INDEX_OF_TWO} if index else {})}
    after, _ = mended(tree, index, Options(select=("CON",)), unsafe)
    assert ink(after["all.bundle"]) == ink(data)


def ink(data: bytes) -> bytes:
    """What stands in a file besides blanks, byte order marks, backslashes, and what begins like a marker."""
    text = re.sub(rb"(?i)<{2,4}[ \t]?(file|end)[^\n]*", b"", data.replace(container.BOM, b""))
    return b"".join(text.replace(b"\\", b"").split())


HEAD = b"<<<FILE 1 a.txt>>>\n"
CANONICAL = dialects.CANONICAL


def fix_of(data: bytes, code: str, index: bytes = b"", **others: Any) -> list[tuple[bool, bytes] | None]:
    """For each finding of a rule, whether its fix is safe and what it makes of the file."""
    tree = {"all.bundle": data, **({"INDEX.md": index} if index else {})}
    return [
        (f.fix.safe, fixing.made(data, f.fix.edits)) if f.fix is not None else None
        for f in findings(tree, bool(index), **others)
        if f.code == code
    ]


def safeties(data: bytes, code: str, index: bytes = b"") -> list[bool | None]:
    return [fix and fix[0] for fix in fix_of(data, code, index)]


INDEX_OF_A = b"- [A](a.txt)\n"


@pytest.mark.parametrize(
    ("code", "data", "index", "expected"),
    [
        ("CON001", b"<<<FILE a.txt>>>\nx\n\n<<<END 1>>>\n", INDEX_OF_A, [None]),
        ("CON003", b"<<<FILE 7 a.txt>\nx\n\n<<<END 1>>>\n", b"", [True]),
        ("CON003", b"<<<FILE 7 a.txt\nx\n\n<<<END 1>>>\n", b"", [False]),
        ("CON003", b"<<<FILE 7 a.txt\nx\n\n<<<END 1>>>\n", INDEX_OF_A, [True]),
        ("CON003", b"<<<FILE 7\nx\n\n<<<END 1>>>\n", b"", [None]),
        ("CON005", b"<<<FILE\t7\ta.txt>>>\nx\n\n<<<END 1>>>\n", b"", [True]),
        ("CON005", b"<<<FILES 7 a.txt>>>\nx\n\n<<<END 1>>>\n", b"", [False]),
        ("CON005", b"<<<FILES 7 a.txt>>>\nx\n\n<<<END 1>>>\n", INDEX_OF_A, [True]),
        ("CON005", b"<<<FILE: a.txt>>>\nx\n\n<<<END 1>>>\n", b"", [None]),
        ("CON006", b"<<<FILE id=7 name=a.txt>>>\nx\n\n<<<END 1>>>\n", b"", [True]),
        ("CON006", b"<<<FILE id=7 name=a.txt kind=text>>>\nx\n\n<<<END 1>>>\n", b"", [False]),
        ("CON006", b"<<<FILE id=7 id=8 name=a.txt>>>\nx\n\n<<<END 1>>>\n", b"", [False]),
        ("CON006", b'<<<FILE id="7 8" name=a.txt>>>\nx\n\n<<<END 1>>>\n', b"", [None]),
        ("CON006", b"<<<FILE name=a.txt>>>\nx\n\n<<<END 1>>>\n", b"", [None]),
        ("CON008", dialects.converted(dialects.WHOLE), b"", [False]),
        ("CON008", dialects.converted(dialects.WHOLE), dialects.index_of(dialects.WHOLE), [True]),
        ("CON008", dialects.converted(dialects.WHOLE), dialects.index_of(dialects.WHOLE[:2]), [False]),
        ("CON009", CANONICAL.replace(b"\n<<<END 3>>>\n", b"\n<<<END 3>>>\r\n"), b"", [True]),
        ("CON009", CANONICAL.replace(HEAD + b"one\n", HEAD[:-1] + b"\r\none\r\n"), b"", [False]),
        ("CON010", HEAD + b"x\n\n<<<file 2 b.txt>>>\ny\n\n<<<END 2>>>\n", b"", [False]),
        ("CON010", HEAD + b"x\n\n<<<file 2 a.txt>>>\ny\n\n<<<END 2>>>\n", b"", [None]),
        ("CON010", HEAD + b"x\n\n<<<file 1 b.txt>>>\ny\n\n<<<END 2>>>\n", b"", [None]),
        ("CON010", HEAD + 2 * b"x\n\n<<<file 2 b.txt>>>\ny\n\n" + b"<<<END 2>>>\n", b"", [False, None]),
        ("CON010", HEAD + b"x\n\n<<<file b.txt>>>\ny\n\n<<<END 2>>>\n", b"", [None]),
        ("CON011", HEAD + b"<<<FILENAME\n\n<<<END 1>>>\n", b"", [True]),
        ("CON011", HEAD + b"<<<FILE\n\n<<<END 1>>>\n", b"", [False]),
        ("CON011", HEAD + b"<<<END 1>>\nx\n\n<<<END 1>>>\n", b"", [False]),
        ("CON011", HEAD + b"x\n\n<<<END 1\n", b"", [False]),
        ("CON011", HEAD + b"x\n\n<<<END 2>>\n", b"", [None]),
        ("CON013", dialects.ended(dialects.WHOLE), b"", [True]),
        ("CON013", dialects.ended(dialects.WHOLE[:1]), b"", [False]),
        ("CON013", dialects.ended(dialects.WHOLE[:1]), dialects.index_of(dialects.WHOLE[:1]), [True]),
        ("CON013", dialects.ended(dialects.WHOLE).replace(b"two\n", b"<<<END>>>\n"), b"", [False]),
        ("CON013", dialects.ended_by_id(dialects.WHOLE).replace(b"<<<END 1>>>\n", b"<<<END 1>>>\nx\n"), b"", [None]),
        ("CON014", CANONICAL.replace(b"<<<END 3", b"<<<END 2"), b"", [True]),
        ("CON014", CANONICAL.replace(b"<<<END 3", b"<<<END 4"), b"", [False]),
        ("CON014", CANONICAL.replace(b"<<<END 3", b"<<<END 4"), dialects.index_of(dialects.WHOLE), [True]),
        ("CON014", CANONICAL.replace(b"<<<FILE 2", b"<<<file 2"), b"", [None]),
        ("CON015", CANONICAL + b"<<<FILE 4 d.txt>>>\nx\n\n", b"", [False]),
        ("CON015", CANONICAL + b"<<<FILE 4 d.txt>>>\nx\n\n<<<END 1>>>\n", b"", [True]),
        ("CON015", CANONICAL + b"<<<FILE 4 d.txt>>>\nx\n\n<<<END 2>>>\n", b"", [None]),
        ("CON016", CANONICAL + b"more\n", b"", [None]),
        ("CON016", CANONICAL + b"<<<END 3>>>\n", b"", [True]),
        ("CON016", CANONICAL + b"<<<END 5>>>\n", b"", [None]),
        ("CON017", b"Words\n" + CANONICAL, b"", [None]),
        ("CON018", dialects.printed(dialects.WHOLE), b"", [False]),
        ("CON018", dialects.printed(dialects.WHOLE), dialects.index_of(dialects.WHOLE), [True]),
        ("CON018", dialects.printed(dialects.WHOLE[:2]), dialects.index_of(dialects.WHOLE), [False]),
        ("CON020", HEAD + b"<<<END 1>>>\n", b"", [True]),
        ("CON020", HEAD, b"", [False]),
        ("CON020", HEAD, b"| name | bytes |\n|--|--|\n| a.txt | 2 |\n", [None]),
        ("CON021", HEAD + b"x\ny", b"", [False]),
        ("CON021", HEAD[:-1], b"", [None]),
        ("CON021", dialects.cut(dialects.WHOLE), dialects.index_of(dialects.WHOLE), [True]),
        ("CON021", dialects.cut(dialects.WHOLE)[:-2], dialects.index_of(dialects.WHOLE), [None]),
        ("CON021", CANONICAL[:-1], b"", [True]),
        ("CON021", CANONICAL[:-3], b"", [True]),
        ("CON021", CANONICAL[:-4], b"", [False]),
        ("CON025", CANONICAL.decode().encode("utf-16-le")[:-1], b"", [None]),
    ],
)  # fmt: skip
def test_a_fix_is_safe_where_nothing_can_be_lost(
    code: str, data: bytes, index: bytes, expected: list[bool | None]
) -> None:
    assert safeties(data, code, index) == expected


def test_text_in_the_middle_is_escaped_where_end_markers_of_another_format_go() -> None:
    data = HEAD + b"x\n<<<END>>>\ny\n<<<END>>>\n<<<FILE 2 b.txt>>>\nz\n<<<END>>>\n"
    ((safe, after),) = [fix for fix in fix_of(data, "CON013") if fix]
    assert not safe
    assert unpacked(after) == [(b"1", b"a.txt", b"x\n<<<END>>>\ny\n"), (b"2", b"b.txt", b"z\n")]


def test_an_end_marker_inside_a_document_is_escaped_with_the_headers_there() -> None:
    body = b"x\n<<<FILE 8 y.txt>>>\ny\n\n<<<END 1>>>\n\n<<<FILE 9 z.txt>>>\nz\n"
    documents = [(b"1", b"a.txt", body), (b"2", b"b.txt", b"w\n")]
    data = dialects.canonical(documents)
    after = mended(
        {"INDEX.md": dialects.index_of(documents), "all.bundle": data.replace(b"\\", b"")}, True, FRAMING, False
    )
    assert after[0]["all.bundle"] == data
    assert after[1].report.findings == ()


def test_a_near_marker_in_a_packed_copy_goes_with_the_text_that_is_not_in_the_file() -> None:
    tree = {
        "INDEX.md": dialects.index_of([(b"1", b"a.txt", b"x\n"), (b"2", b"b.txt", b"y\n")]),
        "a.txt": b"x\n",
        "b.txt": b"y\n",
        "all.bundle": HEAD + b"x\nas in\n  <<<FILE 2 b.txt>>>\n\n<<<END 1>>>\n",
    }
    after, done = mended(tree, True, FRAMING, unsafe=True)
    assert after["all.bundle"] == HEAD + b"x\n\n<<<END 1>>>\n"
    assert done.report.findings == ()


def test_what_stands_behind_the_end_marker_is_never_deleted() -> None:
    data = CANONICAL + b"more\n<<<END 3>>>\nand more\n"
    after, _ = mended({"all.bundle": data}, False, FRAMING, unsafe=True)
    assert after["all.bundle"] == CANONICAL + b"more\nand more\n"


A_DIGEST = digest(b"x\n").decode()


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("bytes", "1,204 bytes", "1204"),
        ("bytes", "1 204 567", "1204567"),
        ("bytes", "12 B", "12"),
        ("bytes", "1_000", "1000"),
        ("bytes", "2 KB", ""),
        ("bytes", "1.204", ""),
        ("bytes", "1,20", ""),
        ("bytes", "about 7", ""),
        ("bytes", "-7", ""),
        ("sha256", "sha-256:" + A_DIGEST.upper(), A_DIGEST),
        ("sha256", "SHA256=" + A_DIGEST, A_DIGEST),
        ("sha256", "0x" + A_DIGEST, A_DIGEST),
        ("sha256", ":".join(A_DIGEST[at : at + 2] for at in range(0, 64, 2)), A_DIGEST),
        ("sha256", f'"{A_DIGEST}"', A_DIGEST),
        ("sha256", A_DIGEST[:-1], ""),
        ("sha256", "md5:" + A_DIGEST[:32], ""),
        ("date", "31 May 1887", "1887-05-31"),
        ("date", "31st May, 1887", "1887-05-31"),
        ("date", "May 31, 1887", "1887-05-31"),
        ("date", "Sept. 1887", "1887-09"),
        ("date", "1887/5/31", "1887-05-31"),
        ("date", "1887.05", "1887-05"),
        ("date", "18870531", "1887-05-31"),
        ("date", "31.05.1887", "1887-05-31"),
        ("date", "5/31/1887", "1887-05-31"),
        ("date", "05/05/1887", "1887-05-05"),
        ("date", "05/06/1887", ""),
        ("date", "31 Juin 1887", ""),
        ("date", "29 February 1887", ""),
        ("date", "yesterday", ""),
    ],
)
def test_a_value_of_an_index_is_read_where_only_its_spelling_is_another(column: str, text: str, expected: str) -> None:
    assert _READERS[column](text) == expected
    row = b"| a.txt | %b |" % text.encode()
    tree = {"INDEX.md": b"| name | %b |\n|--|--|\n%b\n" % (column.encode(), row), "a.txt": b"x\n"}
    fixes = [finding.fix for finding in findings(tree, True) if finding.code == "IDX012"]
    assert [fix is not None for fix in fixes] == [bool(expected)]


@given(st.text(max_size=40), st.sampled_from(sorted(_READERS)))
def test_a_value_that_is_read_is_one_of_its_column(text: str, column: str) -> None:
    value = _READERS[column](text)
    if value:
        index = f"| name | {column} |\n|--|--|\n| a.txt | {value} |\n".encode()
        assert [f.code for f in findings({"INDEX.md": index, "a.txt": b""}, True) if f.code == "IDX012"] == []
