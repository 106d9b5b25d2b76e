"""Each entry and each document is accounted for once, and small changes are called by their names."""

from __future__ import annotations

import posixpath
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import texts
from validator import manifest, matching
from validator.model import Entry, Index, Place, Record, Scope, Span

stems = st.sampled_from(["a", "A", "b", "é", "e\u0301", "c/a", "d", "INDEX.md", "../x"])
contents = st.sampled_from([b"1", b"2", b"3"])


def record(name: str, content: bytes = b"", **more: object) -> Record:
    return Record(name, name, len(content), matching.digest(content), **more)  # type: ignore[arg-type]


def entry(name: str, content: bytes | None = None) -> Entry:
    return Entry(name, Span(0, 0), sha256=None if content is None else matching.digest(content))


def scope(entries: list[Entry], records: list[Record]) -> Scope:
    return matching.compare(Scope("", Index(b"", Place(manifest.NAME), tuple(entries)), tuple(records)))


@given(
    st.lists(st.builds(entry, stems, st.none() | contents)),
    st.lists(st.builds(record, stems, contents), unique_by=lambda one: one.name),
)
def test_everything_is_accounted_for_once(entries: list[Entry], records: list[Record]) -> None:
    found = scope(entries, records)
    pairs = [*found.renamed, *found.respelled]
    present = {one.name for one in records}
    first = {one.name: one for one in reversed(entries)}
    passed_over = [one for one in first.values() if one.name == manifest.NAME or matching.leads_out(one.name)]
    matched = [one for one in first.values() if one.name in present]
    accounted = [*matched, *found.missing, *(e for e, _ in pairs), *(e for e in passed_over if e.name not in present)]
    assert sorted(one.name for one in accounted) == sorted(first)
    listed = [one for one in records if one.name in first]
    assert sorted(one.name for one in [*listed, *found.unlisted, *(r for _, r in pairs)]) == sorted(present)
    assert len(found.repeated) == len(entries) - len(first)
    for one, other in found.renamed:
        assert one.sha256 == other.sha256
    for one, other in found.respelled:
        assert matching.spelling(one.name) == matching.spelling(other.name)


def test_respelling_goes_before_renaming() -> None:
    found = scope([entry("readme", b"x")], [record("other", b"x"), record("README", b"y")])
    assert [(one.name, other.name) for one, other in found.respelled] == [("readme", "README")]
    assert [one.name for one in found.unlisted] == ["other"]


def test_an_unreadable_index_says_nothing_of_documents() -> None:
    broken = Index(b"", Place(manifest.NAME), (entry("a"),), readable=False)
    found = matching.compare(Scope("", broken, (record("b"),)))
    assert (found.missing, found.unlisted) == ((), ())


def block(name: str, container: str = "all.bundle") -> Record:
    return record(name, name.encode(), carrier=container, block=name, container=Place(container))


BUNDLE = [block("a"), block("b"), record("all.bundle")]


@pytest.mark.parametrize(
    ("entries", "records", "missing", "unlisted"),
    [
        ([], BUNDLE, [], ["all.bundle"]),
        (["all.bundle"], BUNDLE, [], []),
        (["a", "b"], BUNDLE, [], []),
        (["all.bundle#a", "b"], BUNDLE, [], []),
        (["a"], BUNDLE, [], ["b"]),
        (["all.bundle#a"], BUNDLE, [], ["b"]),
        (["all.bundle", "a"], BUNDLE, [], []),
        (["all.bundle", "c"], BUNDLE, ["c"], []),
        (["a", "other.bundle#a"], BUNDLE, ["other.bundle#a"], ["b"]),
        (["a"], [*BUNDLE, record("a")], [], ["b"]),
        (["a"], [*BUNDLE, record("b")], [], ["b"]),
        (["a", "b"], [*BUNDLE, record("a"), record("b")], [], []),
        (["a"], [*BUNDLE, block("c", "other.bundle"), record("other.bundle")], [], ["b", "other.bundle"]),
        (["a", "b"], [*BUNDLE, block("")], [], []),
    ],
)
def test_a_container_or_its_documents_are_listed(
    entries: list[str], records: list[Record], missing: list[str], unlisted: list[str]
) -> None:
    found = scope([entry(name) for name in entries], records)
    assert [one.name for one in found.missing] == missing
    assert [one.name for one in found.unlisted] == unlisted


@pytest.mark.parametrize("name", ["a", "b/c", "b/c/d", "all.bundle#a"])
def test_what_could_not_be_read_is_not_missing(name: str) -> None:
    unread = frozenset(["a", "b/c", "all.bundle"])
    listing = Index(b"", Place(manifest.NAME), (entry(name), entry("b"), entry("b/cd")))
    found = matching.compare(Scope("", listing, unread=unread))
    assert [one.name for one in found.missing] == ["b", "b/cd"]


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b"]), min_size=1, max_size=6).map("/".join))
def test_what_leads_out_is_what_climbs(name: str) -> None:
    climbs = any(
        posixpath.normpath("/".join(["root", *name.split("/")[: n + 1]])).split("/")[0] != "root"
        for n in range(name.count("/") + 1)
    )
    assert matching.leads_out(name) == (climbs or name.startswith("/"))


@pytest.mark.parametrize("name", ["/a", "\\\\host\\a", "\\a", "C:\\a", "c:a", "..\\a", "a\\..\\..\\b", "a/../../b"])
def test_names_that_lead_out(name: str) -> None:
    assert matching.leads_out(name)


@pytest.mark.parametrize("name", ["a", "a/../b", "...", "..a", "1:2", "é:x", "", "ab:c/d"])
def test_names_that_stay_inside(name: str) -> None:
    assert not matching.leads_out(name)


CHANGES = {
    "final-newline-lost": lambda data: data[:-1],
    "final-newline-added": lambda data: data + b"\n",
    "line-ends": lambda data: data.replace(b"\n", b"\r\n"),
    "byte-order-mark": lambda data: b"\xef\xbb\xbf" + data,
    "content": lambda data: data[:-2] + b"!!\n",
}


@pytest.mark.parametrize("change", CHANGES)
@given(text=texts)
def test_a_small_change_is_called_by_its_name_both_ways(change: str, text: str) -> None:
    back = {"final-newline-lost": "final-newline-added", "final-newline-added": "final-newline-lost"}
    data = text.encode()
    changed = CHANGES[change](data)
    assert matching.difference(changed, matching.digest(changed), entry("a", data)) == change
    assert matching.difference(data, matching.digest(data), entry("a", changed)) == back.get(change, change)
    assert matching.difference(data, matching.digest(data), entry("a", data)) == ""


def test_normalisation_is_called_by_its_name() -> None:
    composed, decomposed = (unicodedata.normalize(form, "Zürich é\n").encode() for form in ("NFC", "NFD"))
    for one, other in ((composed, decomposed), (decomposed, composed)):
        assert matching.difference(one, matching.digest(one), entry("a", other)) == "normalization"


@pytest.mark.parametrize(
    ("data", "listed"),
    [
        (b"x", b"x\r\n"),
        (b"x\r\n", b"x"),
        (b"a\r\nb\n", b"a\nb\n"),
        (b"a\nb\r\n", b"a\r\nb\r\n"),
        (b"\xff\xc3", b"\xff"),
    ],
)
def test_other_small_changes(data: bytes, listed: bytes) -> None:
    found = matching.difference(data, matching.digest(data), entry("a", listed))
    assert found == {b"x": "final-newline-lost", b"x\r\n": "final-newline-added", b"\xff\xc3": "content"}.get(
        data, "line-ends"
    )


@pytest.mark.parametrize(
    ("data", "size", "said"),
    [
        (b"a\n", 2, ""),
        (b"a", 2, "final-newline-lost"),
        (b"a\n", 1, "final-newline-added"),
        (b"a\r\nb\r\n", 4, "line-ends"),
        (b"a\nb\n", 6, "line-ends"),
        (b"a\n", 9, "content"),
        (b"", 0, ""),
    ],
)
def test_a_size_alone_tells_a_little(data: bytes, size: int, said: str) -> None:
    assert matching.difference(data, matching.digest(data), Entry("a", Span(0, 0), size=size)) == said


def test_a_digest_decides_alone() -> None:
    listed = Entry("a", Span(0, 0), size=999, sha256=matching.digest(b"x"))
    assert matching.difference(b"x", matching.digest(b"x"), listed) == ""


@given(texts, st.integers(0, 9))
def test_a_departure_is_said_in_plain_words(text: str, size: int) -> None:
    listed = Entry("a", Span(0, 0), size=size, sha256=matching.digest(b""))
    said, help = matching.departure(record("a", text.encode(), entry=listed, difference="content"))
    assert ("longer" in said) == (len(text.encode()) > size)
    assert matching.digest(text.encode()) in help
    assert "\n" not in said + help
