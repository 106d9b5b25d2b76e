"""Containers as other programs write and damage them: each is known for what it is, and nothing else is said.

Each dialect is tried alone, with an index inside, beside the loose files that it copies, and in a folder
whose index lists its blocks; the indexes hold sizes and digests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validator import container, engine, trees
from validator.model import Finding, Options

Triple: TypeAlias = tuple[bytes, bytes, bytes]
Writer: TypeAlias = Callable[[Sequence[Triple]], bytes]
Surrounding: TypeAlias = Callable[[Writer, Sequence[Triple]], tuple[dict[str, bytes], bool]]

WHOLE: Sequence[Triple] = (
    (b"1", b"a.txt", b"one\n"),
    (b"2", b"b.txt", b"two\nthree\n"),
    (b"3", b"c.txt", "четыре\n".encode()),
)
OPEN: Sequence[Triple] = tuple((id, name, body.rstrip(b"\n")) for id, name, body in WHOLE)


def findings(tree: dict[str, bytes], is_folder: bool = False, **settings: Any) -> tuple[Finding, ...]:
    return engine.check([trees.Memory(dict(tree), is_folder=is_folder)], Options(**settings)).findings


def codes(data: bytes, **settings: Any) -> list[str]:
    """The codes of what is found in a container that stands alone, in order of place."""
    return [finding.code for finding in findings({"all.bundle": data}, **settings)]


def index_of(documents: Sequence[Triple]) -> bytes:
    rows = [b"| id | name | bytes | sha256 |", b"|----|------|------:|--------|"]
    rows += [b"| %b | %b | %d | %b |" % (id, name, len(body), digest(body)) for id, name, body in documents]
    return b"\n".join(rows) + b"\n"


def digest(body: bytes) -> bytes:
    return sha256(body).hexdigest().encode()


# The dialects


def canonical(documents: Sequence[Triple]) -> bytes:
    return b"".join(container.pack(documents))


def printed(documents: Sequence[Triple]) -> bytes:
    """print(header); print(body)"""
    return blocks(b"<<<FILE %b %b>>>\n%b\n", documents)


def catted(documents: Sequence[Triple]) -> bytes:
    """echo header; cat body"""
    return blocks(b"<<<FILE %b %b>>>\n%b", documents)


def converted(documents: Sequence[Triple]) -> bytes:
    return canonical(documents).replace(b"\n", b"\r\n")


def ended(documents: Sequence[Triple]) -> bytes:
    return b"".join(b"<<<FILE %b %b>>>\n%b<<<END>>>\n" % triple for triple in documents)


def ended_apart(documents: Sequence[Triple]) -> bytes:
    return b"".join(b"<<<FILE %b %b>>>\n%b\n<<<END FILE>>>\n\n" % triple for triple in documents)


def ended_by_id(documents: Sequence[Triple]) -> bytes:
    return b"".join(b"<<<FILE %b %b>>>\n%b\n<<<END %b>>>\n" % (*triple, triple[0]) for triple in documents)


def keyed(documents: Sequence[Triple]) -> bytes:
    return blocks(b'<<<FILE id=%b name="%b">>>\n%b\n', documents)


def numbered(documents: Sequence[Triple]) -> bytes:
    return blocks(b"<<<FILE %b: %b>>>\n%b\n", documents)


def tabbed(documents: Sequence[Triple]) -> bytes:
    return blocks(b"<<<FILE\t%b\t%b>>>\n%b\n", documents)


def named(documents: Sequence[Triple]) -> bytes:
    """Headers that give only the name."""
    return b"".join(b"<<<FILE %b>>>\n%b\n" % (name, body) for _, name, body in documents)


def cut(documents: Sequence[Triple]) -> bytes:
    """A script that joins with newlines, and so ends without one."""
    return printed(documents).removesuffix(b"\n").removesuffix(b"\n")


def blocks(form: bytes, documents: Sequence[Triple]) -> bytes:
    return b"".join(form % triple for triple in documents)


# The surroundings


def alone(write: Writer, documents: Sequence[Triple]) -> tuple[dict[str, bytes], bool]:
    return {"all.bundle": write(documents)}, False


def with_index(write: Writer, documents: Sequence[Triple]) -> tuple[dict[str, bytes], bool]:
    return {"all.bundle": write([(b"INDEX", b"INDEX.md", index_of(documents)), *documents])}, False


def beside_files(write: Writer, documents: Sequence[Triple]) -> tuple[dict[str, bytes], bool]:
    data = write(documents)
    files = {name.decode(): body for _, name, body in documents}
    index = index_of([*documents, (b"all", b"all.bundle", data)])
    return {"INDEX.md": index, "all.bundle": data, **files}, True


def in_folder(write: Writer, documents: Sequence[Triple]) -> tuple[dict[str, bytes], bool]:
    return {"INDEX.md": index_of(documents), "all.bundle": write(documents)}, True


SURROUNDINGS = (alone, with_index, beside_files, in_folder)


@pytest.mark.parametrize("surround", SURROUNDINGS)
@pytest.mark.parametrize(
    ("write", "once", "each"),
    [
        pytest.param(canonical, [], [], id="canonical"),
        pytest.param(printed, ["CON018"], [], id="printed"),
        pytest.param(converted, ["CON008"], [], id="converted"),
        pytest.param(keyed, ["CON018"], ["CON006"], id="keyed"),
        pytest.param(numbered, ["CON018"], ["CON005"], id="numbered"),
        pytest.param(tabbed, ["CON018"], ["CON005"], id="tabbed"),
        pytest.param(named, ["CON018"], ["CON001"], id="named"),
    ],
)
def test_dialects_are_known_by_one_finding_or_one_for_each_header(
    surround: Surrounding, write: Writer, once: list[str], each: list[str]
) -> None:
    tree, is_folder = surround(write, WHOLE)
    count = len(container.parse(tree["all.bundle"]).blocks)
    found = [finding.code for finding in findings(tree, is_folder)]
    assert sorted(found) == sorted([*once, *count * each])


@pytest.mark.parametrize(
    ("write", "documents", "surround", "expected"),
    [
        (ended, WHOLE, alone, ["CON013"]),
        (ended, WHOLE, with_index, ["CON013"]),
        (ended, WHOLE, beside_files, ["CON013"]),
        (ended, WHOLE, in_folder, ["CON013"]),
        (ended_apart, WHOLE, alone, ["CON013"]),
        (ended_apart, WHOLE, with_index, ["CON013"]),
        (ended_apart, WHOLE, beside_files, ["CON013"]),
        (ended_apart, WHOLE, in_folder, ["CON013"]),
        (ended_by_id, WHOLE, alone, ["CON013"]),
        (ended_by_id, WHOLE, with_index, ["CON013"]),
        (ended_by_id, WHOLE, beside_files, ["CON013"]),
        (ended_by_id, WHOLE, in_folder, ["CON013"]),
        (catted, WHOLE, alone, ["CON018", "TXT004", "TXT004", "TXT004"]),
        (catted, WHOLE, with_index, ["CON018", "CON024", "TXT004"]),
        (catted, WHOLE, beside_files, ["CON018", "CON024"]),
        (catted, WHOLE, in_folder, ["CON018", "CON024"]),
        (catted, OPEN, alone, ["CON010", "CON010", "CON021"]),
        (catted, OPEN, in_folder, ["CON010", "CON010", "CON021"]),
        (printed, OPEN, alone, ["CON018", "TXT004", "TXT004", "TXT004"]),
        (printed, OPEN, in_folder, ["CON018", "TXT004", "TXT004", "TXT004"]),
        (cut, WHOLE, alone, ["CON021"]),
        (cut, WHOLE, in_folder, ["CON021"]),
    ],
)
def test_dialects_that_alter_the_documents(
    write: Writer, documents: Sequence[Triple], surround: Surrounding, expected: list[str]
) -> None:
    tree, is_folder = surround(write, documents)
    found = [finding.code for finding in findings(tree, is_folder)]
    assert sorted(found) == expected


# One thing goes wrong in a canonical container

CANONICAL = canonical(WHOLE)
HEAD = b"<<<FILE 1 a.txt>>>\n"
TAIL = b"\nx\n\n<<<END 1>>>\n"


def pair(first: bytes, second: bytes) -> bytes:
    """Two documents and their end marker, from what stands between them."""
    return b"<<<FILE 1 a.txt>>>\nx\n" + first + b"<<<FILE 2 b.txt>>>\ny\n" + second + b"\n<<<END 2>>>\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # headers
        (b"<<<FILE>>>" + TAIL, ["CON001", "CON002"]),
        (b"<<<FILE >>>" + TAIL, ["CON001", "CON002"]),
        (b"<<<FILES>>>" + TAIL, ["CON001", "CON002"]),
        (b"<<<FILE  a.txt>>>" + TAIL, ["CON001"]),
        (b"<<<FILE  >>> " + TAIL, ["CON004", "CON001", "CON002"]),
        (b"<<<FILE a/b>>>" + TAIL, ["CON001"]),
        (b"<<<FILE 1.2>>>" + TAIL, ["CON002"]),
        (b"<<<FILE 7 a.txt" + TAIL, ["CON003"]),
        (b"<<<FILE 7 a.txt>> \t" + TAIL, ["CON003"]),
        (b"<<<FILE>" + TAIL, ["CON003"]),
        (b"<<<FILE: a.txt" + TAIL, ["CON003"]),
        (b"<<<FILE #7" + TAIL, ["CON003"]),
        (b"<<<FILE 7\t a.txt>>>" + TAIL, ["CON005"]),
        (b"<<<FILE  7 a.txt>>>" + TAIL, ["CON005"]),
        (b"<<<FILE 7  >>>" + TAIL, ["CON005"]),
        (b"<<<FILE | a.txt>>>" + TAIL, ["CON005"]),
        (b"<<<FILE #1: a.txt>>>" + TAIL, ["CON005"]),
        (b"<<<FILE\xff a.txt>>>" + TAIL, ["CON005"]),
        (b"<<<FILE 7  a.txt>>>  " + TAIL, ["CON005", "CON004"]),
        (b"<<<FILE id=7, name=a.txt>>>" + TAIL, ["CON006"]),
        (b"<<<FILE: id=7 name='my a.txt' >>>" + TAIL, ["CON006"]),
        (b"<<<FILE name=a.txt kind=text" + TAIL, ["CON006"]),
        (b"<<<FILE id=7 a.txt>>>" + TAIL, ["CON026"]),
        (b"<<<FILE " + 9000 * b"x" + TAIL, ["CON007"]),
        (b"<<<FILE " + 9000 * b"x", ["CON007"]),
        (b"<<<FILE 1 " + 9000 * b"x" + b">>>\n<<<END 1>>>\n", ["CON007"]),
        (b"<<<FILE \xff a.txt>>>" + TAIL, ["CON026"]),
        (b"\xef\xbb\xbf<<<FILE 7 a.txt>>>" + TAIL, ["CON027"]),
        # line ends
        (CANONICAL.replace(b">>>\n", b">>>\r\n"), ["CON008"]),
        (CANONICAL.replace(b"<<<END 3>>>\n", b"<<<END 3>>>\r\n"), ["CON009"]),
        # end markers
        (CANONICAL.replace(b"<<<END 3", b"<<<END 4"), ["CON014"]),
        (CANONICAL + canonical([(b"4", b"d.txt", b"x\n")]), ["CON015"]),
        (CANONICAL + canonical([(b"4", b"d.txt", b"x\n")]).replace(b"<<<END 1", b"<<<END 4"), ["CON015"]),
        (CANONICAL + canonical([(b"4", b"d.txt", b"x\n")]).replace(b"<<<END 1", b"<<<END 2"), ["CON015", "CON014"]),
        (CANONICAL + b"\n\n<<<FILE 4 d.txt>>>\nx\n\n", ["CON015"]),
        (CANONICAL + b"<<<END 3>>>\n", ["CON016"]),
        (CANONICAL + b"\nx", ["CON016"]),
        (CANONICAL + b" \n\t\n", []),
        (CANONICAL + b"<<<END>>>\n<<<ENDING\n", ["CON016"]),
        (pair(b"\n<<<END 5>>>\nz\n\n", b""), ["CON016"]),
        (pair(b"\n<<<END 5>>>\n", b""), ["CON015", "CON014"]),
        (CANONICAL.replace(b"<<<END 3>>>", b"<<<END 3>>"), ["CON018", "CON011"]),
        (CANONICAL.replace(b"<<<END 3>>>", b"<<<END 03>>>"), ["CON013"]),
        (b"<<<END 0>>>\n" + CANONICAL, ["CON015"]),
        (b"<<<FILE 7 a.txt>>>\nx\n\n<<<END 7>>>\n", ["CON014"]),
        # before, between and behind
        (b"x\n" + CANONICAL, ["CON017"]),
        (b"\n\n" + CANONICAL, []),
        (b"<<<END>>>\n<<<FILENAME\n" + CANONICAL, ["CON017"]),
        (b"", ["CON019"]),
        (b"\xef\xbb\xbf", ["CON019"]),
        (b"<<<END 3>>> \r\nx", ["CON019"]),
        (b"<<<FILE", ["CON019"]),
        (HEAD + b"<<<FILE 2 b.txt>>>\n<<<END 2>>>\n", ["CON020", "CON020"]),
        (HEAD[:-1], ["CON021"]),
        (CANONICAL[:-1], ["CON021"]),
        (CANONICAL + b"\n ", ["CON021"]),
        # twice the same
        (pair(b"\n", b"").replace(b" 2 ", b" 1 "), ["CON022"]),
        (pair(b"\n", b"").replace(b"b.txt", b"a.txt"), ["CON023"]),
        (pair(b"\n", b"").replace(b" 2 b", b" 1 a"), ["CON023"]),
        (HEAD + b"x\n\n<<<FILE 1>>>\ny\n\n<<<END 2>>>\n", ["CON022", "CON002"]),
        (HEAD + b"x\n\n<<<FILE 2>>>\ny\n\n<<<FILE 3>>>\nz\n\n<<<END 3>>>\n", ["CON002", "CON002"]),
        # encodings
        (CANONICAL.decode().encode("utf-16"), ["CON025"]),
        (CANONICAL.decode().encode("utf-16-be"), ["CON025"]),
        (CANONICAL.decode().encode("utf-32-le"), ["CON025"]),
    ],
)
def test_one_cause_gives_one_finding(data: bytes, expected: list[str]) -> None:
    assert sorted(codes(data)) == sorted(expected)


def test_text_that_looks_like_markers_is_no_matter_when_escaped() -> None:
    documents = [(b"1", b"a.txt", b"<<<FILE 2 b.txt>>>\n<<<END 5>>>\n<<<END>>>\n<<<FILENAME\n\\<<<FILE\n")]
    assert codes(canonical(documents)) == []


def test_text_that_looks_like_markers_is_known_by_its_digest() -> None:
    body = b"x\n<<<FILE 8 b.txt>>>\n<<<FILE>>>\ny\n<<<END>>>\n"
    documents = [(b"1", b"a.txt", body), (b"2", b"z.txt", b"z\n")]
    data = canonical([(b"INDEX", b"INDEX.md", index_of(documents)), *documents]).replace(b"\\<<<", b"<<<")
    assert codes(data) == ["CON012", "CON012", "CON011"]


# Severities


def severities(data: bytes, code: str, **settings: Any) -> list[str]:
    return [f.severity for f in findings({"all.bundle": data}, **settings) if f.code == code]


def test_a_missing_end_marker_is_an_error_where_it_is_required() -> None:
    assert severities(printed(WHOLE), "CON018") == ["info"]
    assert severities(printed(WHOLE), "CON018", require_end_marker=True) == ["error"]
    assert severities(printed(WHOLE)[:-1] + b"x", "CON021") == ["warning"]
    assert severities(printed(WHOLE)[:-1] + b"x", "CON021", require_end_marker=True) == ["error"]
    assert severities(CANONICAL[:-1], "CON021", require_end_marker=True) == ["warning"]


@pytest.mark.parametrize("folder", ["", "notes/"])
def test_a_near_marker_is_an_error_where_the_index_misses_its_document(folder: str) -> None:
    data = canonical(WHOLE).replace(b"<<<FILE 2 ", b"<<<File 2 ")
    listed = [(id, folder.encode() + name, body) for id, name, body in WHOLE]
    tree = {"INDEX.md": index_of(listed), folder + "all.bundle": data}
    (near,) = [f for f in findings(tree, is_folder=True) if f.code == "CON010"]
    assert near.severity == "error"
    assert "<<<FILE 2 b.txt>>>" in near.help
    assert severities(data, "CON010") == ["warning"]


def test_a_block_without_a_body_is_an_error_where_the_index_gives_a_size() -> None:
    def found(body: bytes) -> list[str]:
        index = b"| name | bytes |\n|---|---|\n| a.txt | %d |\n" % len(body)
        data = canonical([(b"INDEX", b"INDEX.md", index), (b"1", b"a.txt", b"")]).replace(b"\n\n<<<END", b"\n<<<END")
        return severities(data, "CON020")

    assert found(b"") == ["warning"]
    assert found(b"x\n") == ["error"]


# Whatever happens to a container


@pytest.mark.parametrize("size", range(len(CANONICAL)))
def test_no_truncation_goes_unseen(size: int) -> None:
    found = findings({"all.bundle": CANONICAL[:size]}, require_end_marker=True)
    assert (
        [f.code for f in found] == ["CON021"]
        if size == len(CANONICAL) - 1
        else any(f.severity == "error" for f in found)
    )


pieces = st.sampled_from(
    [
        *(b"<<<FILE", b"<<<END", b"<<<file", b">>>", b">>", b" ", b"  ", b"\t", b"\n", b"\n", b"\r\n", b"\r", b"\\"),
        *(b"1", b"2", b"a.txt", b"b.txt", b"x", b"=", b"id=", b"name=", b":", b"\xff", b"\xef\xbb\xbf", b"\0"),
        *(b"<<<FILE 1 a.txt>>>\n", b"<<<FILE 2 b.txt>>>\n", b"<<<END 1>>>\n", b"<<<END 2>>>\n", b"<<<END>>>\n"),
        *(b"<<<FILE INDEX INDEX.md>>>\n", b"- [a](a.txt)\n", b"<<<FILENAME\n"),
    ]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(pieces, max_size=24).map(b"".join))
def test_every_container_can_be_judged(data: bytes) -> None:
    for finding in findings({"all.bundle": data}):
        assert finding.message
        assert finding.help
        assert "\n" not in finding.message + finding.help
        assert finding.byte_end is None or finding.byte_end <= len(data)
