"""Each entry and each document is accounted for once, and small changes are called by their names."""

from __future__ import annotations

import posixpath
import unicodedata
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.strategies import texts
from validator import manifest, matching
from validator.digests import blake3
from validator.model import Entry, Index, Place, Record, Scope, Span, replaced

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
    listing = Index(b"", Place(manifest.NAME), (entry(name), entry("b"), entry("b/cd"), entry("aX")))
    found = matching.compare(Scope("", listing, unread=unread))
    assert [one.name for one in found.missing] == ["b", "b/cd", "aX"]


@given(st.text(st.sampled_from("kKsSxé"), max_size=4), st.text(st.sampled_from("\u212ak\u017fsxé"), max_size=4))
@example("k", "\u212a")
@example("S", "\u017f")
def test_a_spelling_is_the_same_whether_or_not_a_name_is_ascii(one: str, other: str) -> None:
    assert (matching.spelling(one) == matching.spelling(other)) == (one.casefold() == other.casefold())


def test_a_document_is_called_by_its_name_and_a_block_by_its_address_too() -> None:
    assert matching.names_of(record("a")) == ("a",)
    assert matching.names_of(block("a")) == ("a", "all.bundle#a")
    assert matching.within(record("a")) == ""
    assert matching.within(replaced(block("a"), container=Place("all.bundle"), path="all.bundle")) == " in 'all.bundle'"


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b"]), min_size=1, max_size=6).map("/".join))
def test_what_leads_out_is_what_climbs(name: str) -> None:
    climbs = any(
        posixpath.normpath("/".join(["root", *name.split("/")[: n + 1]])).split("/")[0] != "root"
        for n in range(name.count("/") + 1)
    )
    assert matching.leads_out(name) == (climbs or name.startswith("/"))


@pytest.mark.parametrize(
    "name", ["/a", "\\\\host\\a", "\\a", "C:\\a", "c:a", "..\\a", "a\\..\\..\\b", "a/../../b", "a//../.."]
)
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
        (b"a\r\nb\n", 6, "line-ends"),
        (b"a\r\nb", 3, "line-ends"),
        (b"a\n", 3, "line-ends"),
        (b"ab", 9, "content"),
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


RIGHT, WRONG = ("0a" * 32, "1b" * 32), "2c" * 32
GIVEN = list(product((None, RIGHT[0], WRONG), (None, RIGHT[1], WRONG), (None, 4, 5)))


@pytest.mark.parametrize(("sha256", "blake3", "size"), GIVEN)
def test_one_right_digest_proves_a_document_and_only_without_one_does_the_size(
    sha256: str | None, blake3: str | None, size: int | None
) -> None:
    listed = Entry("a", Span(0, 0), size=size, sha256=sha256, blake3=blake3)
    known = replaced(record("a", b"four", entry=listed), sha256=RIGHT[0], blake3=RIGHT[1])
    given = [digest for digest in (sha256, blake3) if digest is not None]
    right = [digest for digest in given if digest != WRONG]
    assert matching.is_same(None, 4, *RIGHT)
    is_same = bool(right) if given else size in (None, 4)
    assert matching.is_same(listed, 4, *RIGHT) == is_same
    assert (matching.difference(b"four", RIGHT[0], listed, RIGHT[1]) == "") == is_same
    assert matching.difference(b"four", RIGHT[0], None, RIGHT[1]) == ""
    wrong = "sha256" if sha256 == WRONG else "blake3"
    assert matching.wrong_digest(known) == (wrong if len(given) == 2 and len(right) == 1 else "")
    said, help = matching.departure(known)
    assert said == ("it is 1 byte shorter" if size == 5 else "it has other bytes")
    digests = f"digest, {RIGHT[0]}" if blake3 is None else f"digest, {RIGHT[1]}"
    if len(given) == 2:
        digests = f"sha256, {RIGHT[0]}, blake3, {RIGHT[1]}"
    assert help.endswith(f" lists its new {digests}, and size, 4")
    assert matching.wrong_digest(record("a")) == ""


@pytest.mark.parametrize(
    ("size", "listed", "said"),
    [
        *((3, 4, "1 byte shorter"), (4, 3, "1 byte longer"), (3, 5, "2 bytes shorter"), (5, 3, "2 bytes longer")),
        *((0, 12345, "12,345 bytes shorter"), (1_000_001, 1, "1,000,000 bytes longer")),
    ],
)
def test_it_is_said_how_much_longer_or_shorter_a_document_is(size: int, listed: int, said: str) -> None:
    known = Record("a", "a", size, RIGHT[0], entry=Entry("a", Span(0, 0), size=listed))
    assert matching.departure(known)[0] == f"it is {said}"


@given(text=texts)
def test_a_small_change_is_known_by_the_other_digest_too(text: str) -> None:
    data = text.encode()
    listed = Entry("a", Span(0, 0), blake3=blake3(data).hexdigest())
    assert matching.difference(data[:-1], "", listed, WRONG) == "final-newline-lost"


def test_content_that_moved_is_paired_by_either_digest() -> None:
    entries = [entry("old", b"x"), Entry("older", Span(0, 0), blake3=RIGHT[1]), entry("gone"), entry("lost", b"z")]
    records = [record("new", b"x"), replaced(record("newer", b"y"), blake3=RIGHT[1]), record("unread")]
    records[2] = replaced(records[2], sha256="")
    found = scope(entries, records)
    assert found.renamed == ((entries[0], records[0]), (entries[1], records[1]))
    assert found.missing == tuple(entries[2:])
    assert found.unlisted == (records[2],)


def test_comparing_changes_nothing_else() -> None:
    listing = Index(b"", Place(manifest.NAME), (entry("a"),))
    before = Scope("s", listing, (record("a"),), hidden=frozenset("h"), unread=frozenset("u"), needs_index=True)
    assert matching.compare(before) == before


def test_where_nothing_is_listed_a_departure_can_be_said_too() -> None:
    said, help = matching.departure(record("a", difference="content"))
    assert said == "it has other bytes"
    assert matching.digest(b"") in help


@given(data=st.binary(max_size=4), other=st.binary(max_size=4))
def test_a_listed_digest_is_that_of_the_bytes(data: bytes, other: bytes) -> None:
    sha256, b3 = matching.digest(data), blake3(data).hexdigest()
    for first, second in ((sha256, None), (None, b3), (sha256, WRONG), (WRONG, b3)):
        listed = Entry("a", Span(0, 0), sha256=first, blake3=second)
        assert matching.has_listed_digest(data, listed)
        assert matching.has_listed_digest(other, listed) == (other == data)
    assert not matching.has_listed_digest(data, Entry("a", Span(0, 0), size=len(data)))


def packed(name: str, difference: str, *, is_pinned: bool = True, path: str = "all.bundle") -> Record:
    listed = entry(name, b"x") if is_pinned else None
    return Record(name, path, 1, "", listed, difference, container=Place(path))


LOST = packed("a", "final-newline-lost")


@pytest.mark.parametrize(
    ("others", "changed"),
    [
        ([], []),
        ([packed("b", "final-newline-lost")], []),
        ([packed("b", "", is_pinned=False)], []),
        ([packed("b", "final-newline-lost", is_pinned=False)], []),
        ([packed("b", "", path="other.bundle")], []),
        ([packed("b", "")], ["a"]),
        ([packed("b", "content", path="other.bundle")], ["b"]),
        ([record("b", entry=entry("b", b"x"), difference="final-newline-lost")], ["b"]),
        ([packed("b", "swallowing"), packed("c", "content", is_pinned=False), packed("d", "")], ["a", "c"]),
    ],
)
def test_newlines_that_a_whole_container_lacks_are_no_changes_of_its_documents(
    others: list[Record], changed: list[str]
) -> None:
    for records in ([LOST, *others], [*others, LOST]):
        assert sorted(one.name for one in matching.changed(records)) == changed
        assert matching.without_framing_newlines(records) == (set() if "a" in changed else {"all.bundle"})


def test_what_has_not_lost_its_newline_lacks_none() -> None:
    unknown = packed("b", "final-newline-lost", is_pinned=False)
    assert matching.without_framing_newlines([packed("a", "content"), unknown]) == set()


@given(texts, st.integers(0, 9))
def test_a_departure_is_said_in_plain_words(text: str, size: int) -> None:
    listed = Entry("a", Span(0, 0), size=size, sha256=matching.digest(b""))
    said, help = matching.departure(record("a", text.encode(), entry=listed, difference="content"))
    assert ("longer" in said) == (len(text.encode()) > size)
    assert matching.digest(text.encode()) in help
    assert "\n" not in said + help


MANY = b"Bells are rung at six, twelve and nine, and whenever a boat is missing."


@pytest.mark.parametrize(
    ("known", "groups"),
    [
        (["s", "s"], [["0", "1"]]),
        (["b", "b"], [["0", "1"]]),
        (["sb", "b", "s"], [["0", "1", "2"]]),
        (["s", "b", "sb"], [["0", "1", "2"]]),
        (["b", "b", "s"], [["0", "1"]]),
        (["s", "b"], []),
        (["", "", "s", "b"], []),
    ],
)
def test_copies_are_known_by_either_digest_and_by_a_document_that_has_both(
    known: list[str], groups: list[list[str]]
) -> None:
    sha256, b3 = matching.digest(MANY), blake3(MANY).hexdigest()
    records = [
        replaced(record(str(number), MANY), sha256=sha256 * ("s" in kinds), blake3=b3 * ("b" in kinds))
        for number, kinds in enumerate(known)
    ]
    others = [record("x", b"another"), replaced(record("y", b"y"), sha256="", blake3=WRONG)]
    assert [[one.name for one in group] for group in matching.copies([*records, *others])] == groups
