"""INDEX.parquet means what the INDEX.md of the same rows means, whatever is in it."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import validator
from tests.command import ROOT, said, validate
from tests.strategies import Tree, clean_trees
from validator import columnar, engine, frontmatter, indexing, loading, manifest
from validator.model import Defect, Entry, Finding, Index, Options, Place, Report, Span, UsageError
from validator.trees import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.columnar import Rendered, Row

COLUMNS = ("id", "name", "bytes", "sha256", "blake3", "title", "language", "source", "note")
A, B = b"The first text.\n", b"The second text.\n"
LIMIT = 1 << 30


class Bytes:
    """A file of a tree."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    def read(self, start: int, end: int) -> bytes:
        return self._data[start:end]

    def close(self) -> None:
        pass


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def read(data: bytes, limit: int = LIMIT) -> Rendered:
    return columnar.read(Bytes(data), limit)


def entries_of(text: bytes) -> Index:
    return manifest.parse(text, Place("INDEX.md"))


def row(name: str, data: bytes, **others: str | int | None) -> Row:
    return {"name": name, "bytes": len(data), "sha256": digest(data), **others}


def listing(*rows: Row, columns: Sequence[str] = ("name", "bytes", "sha256")) -> bytes:
    return columnar.write(columns, rows)


def made(**columns: Any) -> bytes:
    """A Parquet file that some other program wrote."""
    return stored(pyarrow.table(columns))


def stored(table: Any, **options: Any) -> bytes:
    target = io.BytesIO()
    parquet.write_table(table, target, **options)
    return target.getvalue()


def check(files: Tree, **options: Any) -> Report:
    return engine.check([Memory(dict(files))], Options(**options))


def codes(files: Tree) -> list[str]:
    return [finding.code for finding in check(files).findings]


def pointer(digest: str, file: str = "INDEX.parquet") -> bytes:
    return f"---\n{columnar.pointer(digest, file)}---\n# Index\n\nWords.\n".encode()


# ---- what cells mean

CHARACTERS = st.sampled_from("aZ7é天 \t\n\r\v|\\`*_[]()<>#%&-–—./:!~\x00\x1b\u00a0\u2028\ufeff😀")
cells = st.none() | st.text(CHARACTERS, max_size=12) | st.text(max_size=6)
named = st.text(CHARACTERS, min_size=1, max_size=12) | st.from_regex(r"[a-z]{1,5}/[a-z]{1,5}\.txt", fullmatch=True)
names = named.filter(lambda name: name.removeprefix("./") != "")
hashes = st.none() | st.binary(max_size=3).map(digest)
tables = st.lists(
    st.fixed_dictionaries(
        {
            "id": cells,
            "name": names,
            "bytes": st.none() | st.integers(0, 10**18 - 1),
            "sha256": hashes,
            "blake3": hashes,
            "title": cells,
            "language": cells,
            "source": cells,
            "note": cells,
        }
    ),
    max_size=30,
)
EDGES = " \t\r\v\f\n"


def meant(column: str, cell: str | int | None) -> str | int | None:
    """What a cell of an index is to mean."""
    if not isinstance(cell, str):
        return cell
    if column == "name":
        return cell.removeprefix("./")
    bare = cell.strip(EDGES)
    if column in ("id", "language"):
        bare = bare.replace("\n", " ").strip(" \t\r\v\f`")
    return None if bare in ("", "-", "–", "—") else bare.replace("\n", " ")


def given_by(entry: Entry) -> dict[str, str | int | None]:
    known: dict[str, str | int | None] = {
        "id": entry.id, "name": entry.name, "bytes": entry.size, "sha256": entry.sha256, "blake3": entry.blake3,
        "title": entry.title or None, "language": entry.language,
    }  # fmt: skip
    return {**known, **{column: text or None for column, text in entry.metadata.items()}}


@settings(deadline=None)
@given(tables)
@example([{**dict.fromkeys(COLUMNS), "name": " a|b\\\n-"}, {**dict.fromkeys(COLUMNS), "name": "-", "title": "x\\"}])
@example([{**dict.fromkeys(COLUMNS), "name": f"{n}.txt", "title": "a\nb" if n % 3 else "c"} for n in range(9)])
def test_rows_are_read_as_they_were_written(rows: list[Row]) -> None:
    data = columnar.write(COLUMNS, rows)
    text = read(data)
    assert text == columnar.rendered(COLUMNS, rows)
    index = entries_of(text.text)
    assert [given_by(entry) for entry in index.entries] == [
        {column: meant(column, row[column]) for column in COLUMNS} for row in rows
    ]
    assert [defect.kind for defect in index.defects] == ([] if rows else ["no-rows"])
    lines = text.text.split(b"\n")[2:]
    assert [(one.kind, text.text[one.span.start : one.span.end], one.detail) for one in text.defects] == [
        ("cell", lines[number], f"{column} of {row['name']!r}")
        for number, row in enumerate(rows)
        for column in COLUMNS
        if column != "name" and "\n" in str(row[column]).strip(EDGES)
    ]
    if not text.defects:
        again = columnar.of_text(text.text, "INDEX.parquet") if rows else data
        assert columnar.rendered(COLUMNS, list(map(given_by, entries_of(read(again).text).entries))).text == (
            columnar.rendered(COLUMNS, list(map(given_by, index.entries))).text
        )


def test_the_same_rows_give_the_same_bytes_in_row_groups() -> None:
    rows = [row(f"{number:06}.txt", b"") for number in range(200_001)]
    data = listing(*rows)
    assert data == listing(*rows)
    opened = parquet.ParquetFile(io.BytesIO(data))
    metadata = opened.metadata
    assert [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)] == [100_000, 100_000, 1]
    assert [str(field.type) for field in opened.schema_arrow] == ["string", "int64", "string"]
    assert {metadata.row_group(0).column(number).compression for number in range(3)} == {"ZSTD"}
    assert [entry.name for entry in entries_of(read(data).text).entries] == [row["name"] for row in rows]


headers = st.lists(
    st.sampled_from(
        ["Name", "FILE", "path", "Size", "bytes", "SHA-256", "sha256", "Blake3", "note", "_id_", "a|b", "\\"]
    )
    | st.text(CHARACTERS, max_size=4),
    min_size=1,
    max_size=6,
    unique=True,
)


@settings(deadline=None)
@given(headers)
@example(["document", "Name", "SIZE", "Bytes"])
def test_columns_are_known_as_in_an_index(names: list[str]) -> None:
    data = stored(pyarrow.table({name: ["x"] for name in names}))
    found = columnar.columns_of(names)
    assert set(found.values()) <= set(names)
    index = entries_of(read(data).text)
    if "name" in found:
        assert set(filter(None, index.columns)) == set(found)
    else:
        assert [defect.kind for defect in index.defects] == ["no-name-column"]


def test_the_mapping_names_the_columns_that_are_there() -> None:
    assert columnar.columns_of(["Document", "Size", "SHA-256", "Mine"]) == {
        "name": "Document",
        "bytes": "Size",
        "sha256": "SHA-256",
        "mine": "Mine",
    }


def test_other_types_are_read_as_they_are_written_in_text() -> None:
    import datetime

    data = made(
        name=pyarrow.array(["a.txt", "b.txt"]).dictionary_encode(),
        size=pyarrow.array([16, None], pyarrow.uint32()),
        date=pyarrow.array([datetime.date(1887, 5, 31), None]),
        id=pyarrow.array([7, 8]),
        ours=pyarrow.array([True, None]),
        nothing=pyarrow.nulls(2),
    )
    first, second = entries_of(read(data).text).entries
    assert (first.size, first.id, first.metadata) == (16, "7", {"date": "1887-05-31", "ours": "true", "nothing": ""})
    assert (second.size, second.id, second.metadata["date"]) == (None, "8", "")


# ---- what is found

FAULTS = (
    "content",
    "cut",
    "size",
    "digest",
    "short",
    "gone",
    "moved",
    "case",
    "new",
    "twice",
    "out",
    "itself",
    "allow",
    "id",
)


@st.composite
def collections(draw: st.DrawFn) -> tuple[Tree, list[Row]]:
    """A folder without its index, some faults in it, and the rows that the index is to have."""
    tree = draw(clean_trees())
    index = entries_of(tree.pop("INDEX.md"))
    rows: list[dict[str, Any]] = [{"allow": None, "language": None, **given_by(entry)} for entry in index.entries]
    for fault in draw(st.lists(st.sampled_from(FAULTS), max_size=4)):
        one = draw(st.sampled_from(rows))
        name = one["name"]
        if fault == "content":
            tree[name] = tree.get(name, b"") + b"More.\n"
        elif fault == "cut":
            tree[name] = tree.get(name, b"Words.\n").removesuffix(b"\n")
        elif fault == "size":
            one["bytes"] = 7
        elif fault == "digest":
            one["sha256"] = "0" * 64
        elif fault == "short":
            one["sha256"] = "0123"
        elif fault == "gone":
            tree.pop(name, None)
        elif fault == "moved":
            tree["moved/" + name] = tree.pop(name, b"Once more.\n")
        elif fault == "case":
            one["name"] = name.upper()
        elif fault == "new":
            tree["new/one.txt"] = b"No end"
        elif fault == "twice":
            rows.append(dict(one))
        elif fault == "out":
            rows.append({"name": "../" + name})
        elif fault == "itself":
            rows.append({"name": "INDEX.md"})
        elif fault == "allow":
            one["allow"] = "IDX006: it grows; TXT004: so; nonsense: why; IDX005"
            one["language"] = "ru"
        else:
            one["id"] = rows[0]["id"]
    tree.pop("INDEX.md", None)  # which the entry of the index itself may have brought back
    return tree, rows  # type: ignore[return-value]


def told(findings: Sequence[Finding]) -> Counter[tuple[str, ...]]:
    return Counter(
        tuple(
            text.replace("INDEX.parquet", "INDEX.md")
            for text in (one.code, one.severity, one.message, one.path, one.document or "", str(one.more))
        )
        for one in findings
    )


ALL = ("id", "name", "bytes", "sha256", "language", "allow")


@settings(deadline=None, max_examples=150)
@given(collections(), st.booleans(), st.sampled_from(["", "sub/"]))
def test_the_report_is_that_of_an_index_in_markdown(
    collection: tuple[Tree, list[Row]], is_pointed_at: bool, folder: str
) -> None:
    files, rows = collection
    tree = {folder + name: data for name, data in files.items()}
    text = columnar.rendered(ALL, rows).text
    data = columnar.write(ALL, rows)
    expected = check({**tree, folder + "INDEX.md": text}, max_findings=99)
    heads = {folder + "INDEX.md": pointer(digest(data))} if is_pointed_at else {}
    found = check({**tree, folder + "INDEX.parquet": data, **heads}, max_findings=99)
    assert told(found.findings) == told(expected.findings)
    assert told([one.finding for one in found.suppressed]) == told([one.finding for one in expected.suppressed])
    assert (found.documents, found.indexes, found.containers) == (
        expected.documents,
        expected.indexes,
        expected.containers,
    )
    for one in found.findings:
        if one.path.endswith("INDEX.parquet"):
            assert (one.line, one.column, one.byte_start, one.excerpt, one.fix) == (None,) * 5


def test_several_processes_find_the_same() -> None:
    tree = {f"{n:03}.txt": b"x" * n + (b"\n" if n % 5 else b"") for n in range(1, 60)}
    rows = [row(name, data) for name, data in tree.items() if not name.startswith("01")]
    files = {**tree, "INDEX.parquet": listing(*rows)}
    alone, spread = (engine.check([Memory(files)], Options(), means=engine.Means(jobs)) for jobs in (1, 2))
    assert alone.findings == spread.findings
    assert (alone.documents, alone.bytes) == (spread.documents, spread.bytes)


def test_the_index_above_lists_one_in_parquet_with_its_digest() -> None:
    below = listing(row("a.txt", A))
    tree = {"sub/a.txt": A, "sub/INDEX.parquet": below}
    above = columnar.rendered(("name", "sha256"), [{"name": "sub/INDEX.parquet", "sha256": digest(below)}]).text
    assert codes({**tree, "INDEX.md": above}) == []
    assert codes({**tree, "INDEX.md": above.replace(digest(below).encode(), b"0" * 64)}) == ["IDX006"]
    listed = columnar.rendered(("name",), [{"name": "sub/INDEX.parquet"}, {"name": "sub/a.txt"}]).text
    (finding,) = check({**tree, "INDEX.md": listed}).findings
    assert (finding.code, finding.message) == (
        "IDX002",
        "the index lists 'sub/a.txt', which another index answers for: 'sub/INDEX.parquet'",
    )


def test_beside_an_index_that_does_not_name_it_it_is_a_document() -> None:
    data = listing(row("a.txt", A))
    text = columnar.rendered(("name", "sha256"), [row("a.txt", A)]).text
    assert sorted(codes({"a.txt": A, "INDEX.md": text, "INDEX.parquet": data})) == ["ENC015", "IDX003"]


def test_it_does_not_list_itself() -> None:
    files = {"a.txt": A, "INDEX.parquet": listing(row("a.txt", A), {"name": "INDEX.parquet"})}
    head = {"INDEX.md": pointer(digest(files["INDEX.parquet"]))}
    for found in (check(files), check({**files, **head})):
        assert [(one.code, one.path) for one in found.findings] == [("IDX014", "INDEX.parquet")]


# ---- the pointer


def test_a_digest_that_is_not_that_of_the_file_is_found_at_the_key() -> None:
    files = {"a.txt": A, "INDEX.parquet": listing(row("a.txt", A))}
    assert codes({**files, "INDEX.md": pointer(digest(files["INDEX.parquet"]).upper())}) == []
    (finding,) = check({**files, "INDEX.md": pointer("0" * 64)}).findings
    assert (finding.code, finding.path, finding.line, finding.column) == ("IDX006", "INDEX.md", 4, 3)
    assert digest(files["INDEX.parquet"]) in finding.help


@pytest.mark.parametrize("file", ["INDEX.parquet", "../INDEX.parquet", "/etc/passwd", "", "sub"])
def test_a_file_that_is_not_there_is_missing(file: str) -> None:
    (finding,) = check({"a.txt": A, "INDEX.md": pointer("0" * 64, file or "''")}).findings
    assert (finding.code, finding.path, finding.line) == ("IDX002", "INDEX.md", 3)
    assert finding.message == f"the index lists {file!r}, which is not there"


def test_the_file_may_have_any_name_and_is_no_document() -> None:
    data = listing(row("a.txt", A))
    files = {"a.txt": A, "rows/all.parquet": data, "INDEX.md": pointer(digest(data), "rows/all.parquet")}
    report = check(files)
    assert (report.findings, report.documents, report.indexes) == ((), 1, 1)


@pytest.mark.parametrize("rows", ["5", "{file: 7}", "{file: INDEX.parquet}", "{file: INDEX.parquet, sha256: abc}"])
def test_a_pointer_of_another_kind_offends_the_schema(rows: str) -> None:
    files = {"a.txt": A, "INDEX.parquet": listing(row("a.txt", A)), "INDEX.md": f"---\nrows: {rows}\n---\n".encode()}
    assert "MET003" in codes(files)


def test_rows_of_both_add_up_if_they_have_the_same_columns() -> None:
    files = {"a.txt": A, "b.txt": B, "INDEX.parquet": listing(row("a.txt", A))}
    head = pointer(digest(files["INDEX.parquet"]))
    same = columnar.rendered(("name", "bytes", "sha256"), [row("b.txt", B)]).text
    assert codes({**files, "INDEX.md": head + b"\n" + same}) == []
    other = columnar.rendered(("name", "sha256"), [row("b.txt", B)]).text
    assert "IDX011" in codes({**files, "INDEX.md": head + b"\n" + other})


def test_permissions_in_the_rows_hold() -> None:
    permitted = row("a.txt", b"No end", allow="TXT004: it was cut so")
    data = listing(permitted, columns=("name", "bytes", "sha256", "allow"))
    for head in ({}, {"INDEX.md": pointer(digest(data))}):
        report = check({"a.txt": b"No end", "INDEX.parquet": data, **head})
        assert report.findings == ()
        assert [one.finding.code for one in report.suppressed] == ["TXT004"]


def test_permissions_in_the_front_matter_hold() -> None:
    files = {"a.txt": b"No end", "INDEX.parquet": listing(row("a.txt", b"No end"))}
    head = pointer(digest(files["INDEX.parquet"])).replace(
        b"---\n# Index", b"allow:\n  a.txt:\n    TXT004: it was cut so\n---\n# Index"
    )
    report = check({**files, "INDEX.md": head})
    assert report.findings == ()
    assert [one.finding.code for one in report.suppressed] == ["TXT004"]


# ---- what is no index

GOOD = listing(row("a.txt", A), row("b.txt", B))
FOREIGN = {
    "empty": b"",
    "words": b"This is no Parquet file.\n",
    "magic": b"PAR1" + bytes(100) + b"PAR1",
    "half": GOOD[: len(GOOD) // 2],
    "tail": GOOD[-200:],
    "footer": GOOD[:-8] + (1 << 31).to_bytes(4, "little") + b"PAR1",
    "encrypted": GOOD[:-4] + b"PARE",
    "list": made(name=["a.txt"], sha256=[["x"]]),
    "struct": made(name=[{"a": "b"}]),
    "map": made(name=["a.txt"], ours=pyarrow.array([[("a", 1)]], pyarrow.map_(pyarrow.string(), pyarrow.int64()))),
    "bytes": made(name=[b"a.txt"]),
    "duration": made(name=pyarrow.array([1], pyarrow.duration("s"))),
    "utf-8": stored(
        pyarrow.table({"name": pyarrow.Array.from_buffers(pyarrow.string(), 1, pyarrow.array([b"\xff"]).buffers())})
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("is_pointed_at", [False, True])
def test_what_is_no_index_is_one_finding(kind: str, is_pointed_at: bool) -> None:
    data = FOREIGN[kind]
    head = {"INDEX.md": pointer(digest(data))} if is_pointed_at else {}
    (finding,) = check({"a.txt": A, "b.txt": B, "INDEX.parquet": data, **head}).findings
    assert (finding.code, finding.path, finding.line) == ("IDX011", "INDEX.parquet", None)
    assert finding.message.startswith("it cannot be read as an index in Parquet, and lists nothing: ")
    assert "\n" not in finding.message


def test_a_table_without_a_name_column_lists_nothing() -> None:
    files = {"a.txt": A, "INDEX.parquet": made(what=["a.txt"], bytes=[16])}
    (finding,) = check(files).findings
    assert (finding.code, finding.line) == ("IDX011", None)
    assert codes({"a.txt": A, "INDEX.parquet": made(name=pyarrow.array([], pyarrow.string()))}) == ["IDX011"]


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255), st.booleans())
def test_no_damage_makes_it_crash(at: int, byte: int, is_cut: bool) -> None:
    data = GOOD[:at] if is_cut else GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    report = check({"a.txt": A, "b.txt": B, "INDEX.parquet": data})
    assert not any("\n" in finding.message for finding in report.findings)
    assert report.findings or list(map(given_by, entries_of(read(data).text).entries)) == list(
        map(given_by, entries_of(read(GOOD).text).entries)
    )


def test_a_value_that_is_repeated_without_end_is_not_written_out() -> None:
    value = "x" * 1_000_000
    repeated = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 200_000, pyarrow.int32()), [value])
    data = stored(pyarrow.table({"name": repeated}), compression="zstd")
    assert len(data) < 20_000
    with pytest.raises(columnar.OverLimit):
        read(data)
    report = check({"a.txt": A, "INDEX.parquet": data})
    assert [finding.code for finding in report.findings] == ["VAL003"]
    assert report.incomplete


def test_more_rows_than_the_limit_can_hold_are_not_read() -> None:
    data = stored(pyarrow.table({"name": pyarrow.nulls(3_000_000, pyarrow.string())}), compression="zstd")
    assert len(data) < 100_000
    with pytest.raises(columnar.OverLimit):
        read(data, 1 << 20)


def test_a_file_over_the_limit_is_said_once() -> None:
    data = listing(*(row(f"{n}.txt", b"%d" % n) for n in range(99)))
    report = check({"a.txt": A, "INDEX.parquet": data}, max_document_size=1000)
    assert [finding.code for finding in report.findings] == ["VAL003"]
    pointed = check({"a.txt": A, "INDEX.parquet": data, "INDEX.md": pointer(digest(data))}, max_document_size=1000)
    assert [finding.code for finding in pointed.findings] == ["VAL003"]


def test_values_cannot_pretend_to_be_something_else() -> None:
    title = "x |\n| b.txt | 17 | - |\n\n```\n<!--"
    data = listing(row("a.txt", A, title=title), columns=("name", "bytes", "sha256", "title"))
    report = check({"a.txt": A, "INDEX.parquet": data})
    assert [(one.code, one.path) for one in report.findings] == [("IDX010", "INDEX.parquet")]
    assert report.findings[0].message == "the title of 'a.txt' holds a line end, which no cell of an index can"


def test_a_malformed_value_is_judged_as_in_markdown() -> None:
    data = made(name=["a.txt"], bytes=["16 bytes"], sha256=["abc"])
    report = check({"a.txt": A, "INDEX.parquet": data})
    assert [(one.code, one.message, one.fix) for one in report.findings] == [
        ("IDX012", "'16 bytes' is no number of bytes", None),
        ("IDX012", "'abc' is no SHA-256 digest", None),
    ]


# ---- what is imported


def test_without_the_package_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(A)
    (tmp_path / "INDEX.parquet").write_bytes(listing(row("a.txt", A)))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'collection-validator\[scale\]'"):
        validator.check(tmp_path)


def test_a_collection_without_such_an_index_imports_nothing_new(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(A)
    (tmp_path / "INDEX.md").write_bytes(columnar.rendered(("name", "bytes", "sha256"), [row("a.txt", A)]).text)
    program = "import sys; from validator.__main__ import main\ntry: main()\nfinally: print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0
    assert {"validator.columnar", "pyarrow", "duckdb"}.isdisjoint(run.stdout.split())


# ---- the commands that write


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_bytes(A)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_bytes(B)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows_of(folder: Path) -> list[tuple[str, str | None, str | None]]:
    found = entries_of(read((folder / "INDEX.parquet").read_bytes()).text).entries
    return [(entry.name, entry.id, entry.title) for entry in found]


def test_an_index_in_parquet_is_made_and_kept_up_to_date(shelf: Path) -> None:
    made = validate("index", "--format", "parquet", str(shelf))
    assert (made.returncode, said(made)) == (0, f"wrote {shelf}/INDEX.parquet: 2 added\n")
    assert not (shelf / "INDEX.md").exists()
    assert rows_of(shelf) == [("a.txt", "000", "The first text."), ("sub/b.txt", "001", "The second text.")]
    assert validate("check", str(shelf)).returncode == 0
    assert validate("index", "--check", str(shelf)).returncode == 0
    (shelf / "c.txt").write_bytes(b"The third text.\n")
    (shelf / "a.txt").write_bytes(B + A)
    before = contents(shelf)
    checked = validate("index", "--check", str(shelf))
    assert (checked.returncode, said(checked)) == (1, f"would write {shelf}/INDEX.parquet: 1 added, 1 refreshed\n")
    assert contents(shelf) == before
    assert validate("index", str(shelf)).returncode == 0
    assert {name for name, data in contents(shelf).items() if data != before[name]} == {"INDEX.parquet"}
    assert [name for name, _, _ in rows_of(shelf)] == ["a.txt", "sub/b.txt", "c.txt"]
    assert validate("check", str(shelf)).returncode == 0


def test_the_table_of_an_index_moves_out_and_its_words_stay(shelf: Path) -> None:
    rows = [row("a.txt", A, note="mine | yours"), row("sub/b.txt", B, note="x")]
    table = columnar.rendered(("name", "bytes", "sha256", "note"), rows).text
    (shelf / "INDEX.md").write_bytes(b"---\ntitle: Letters\n---\n# Letters\n\nBefore.\n\n" + table + b"\nAfter.\n")
    assert validate("index", "--format", "parquet", str(shelf)).returncode == 0
    data = (shelf / "INDEX.parquet").read_bytes()
    assert (shelf / "INDEX.md").read_text() == (
        f"---\ntitle: Letters\nrows:\n  file: INDEX.parquet\n  sha256: {digest(data)}\n---\n"
        "# Letters\n\nBefore.\n\nAfter.\n"
    )
    assert read(data) == columnar.rendered(("name", "bytes", "sha256", "note"), rows)
    assert validator.check(shelf).findings == ()
    (shelf / "c.txt").write_bytes(b"The third text.\n")
    assert validate("index", str(shelf)).returncode == 0
    assert validator.check(shelf).findings == ()
    assert validate("index", "--check", "--format", "parquet", str(shelf)).returncode == 0


def test_a_digest_that_is_wrong_is_written_anew(shelf: Path) -> None:
    data = listing(row("a.txt", A), row("sub/b.txt", B))
    (shelf / "INDEX.parquet").write_bytes(data)
    (shelf / "INDEX.md").write_bytes(pointer("0" * 64))
    assert [finding.code for finding in validator.check(shelf).findings] == ["IDX006"]
    assert validate("index", str(shelf)).returncode == 0
    assert (shelf / "INDEX.md").read_bytes() == pointer(digest(data))
    assert (shelf / "INDEX.parquet").read_bytes() == data


def test_indexes_below_keep_their_form_and_the_one_above_follows(shelf: Path) -> None:
    (shelf / "sub" / "INDEX.parquet").write_bytes(listing(row("gone.txt", A), row("b.txt", B)))
    assert validate("index", "--prune", str(shelf)).returncode == 0
    assert [name for name, _, _ in rows_of(shelf / "sub")] == ["b.txt"]
    assert (shelf / "INDEX.md").exists()
    assert validator.check(shelf).findings == ()


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"INDEX.md": b"- `a.txt`\n"}, "not every row can be read"),
        ({"INDEX.md": b"| name |\n|--|\n| a.txt |\n", "INDEX.parquet": GOOD}, "no index points to it"),
        ({"INDEX.parquet": b"nothing"}, "the rows cannot be read"),
        ({"INDEX.md": pointer("0" * 64)}, "the file with the rows is not there"),
        ({"INDEX.parquet": made(name=["gone.txt"], bytes=["2 KB"])}, "not every row can be read"),
    ],
)
def test_what_takes_a_person_is_one_line_and_changes_nothing(
    shelf: Path, files: dict[str, bytes], problem: str
) -> None:
    for name, data in files.items():
        (shelf / name).write_bytes(data)
    before = contents(shelf)
    run = validate("index", "--format", "parquet", str(shelf))
    assert run.returncode == 2
    assert problem in said(run)
    assert said(run).count("\n") == 1
    assert contents(shelf) == before


def test_a_patch_cannot_show_it(shelf: Path) -> None:
    run = validate("index", "--format", "parquet", "--diff", str(shelf))
    assert (run.returncode, said(run).count("\n")) == (2, 1)
    assert "--check" in said(run)


def test_fix_mends_documents_and_leaves_the_parquet_file(shelf: Path) -> None:
    (shelf / "a.txt").write_bytes(b"\xef\xbb\xbfone\n")
    wrong = {**row("sub/b.txt", B), "bytes": 1}
    (shelf / "INDEX.parquet").write_bytes(listing(row("a.txt", b"\xef\xbb\xbfone\n"), wrong, wrong))
    before = (shelf / "INDEX.parquet").read_bytes()
    run = validate("fix", "--unsafe-fixes", str(shelf))
    assert run.returncode == 1
    assert (shelf / "a.txt").read_bytes() == b"one\n"
    assert (shelf / "INDEX.parquet").read_bytes() == before
    data = digest(before)
    (shelf / "INDEX.md").write_bytes(pointer(data))
    validate("fix", "--unsafe-fixes", str(shelf))
    assert contents(shelf)["INDEX.parquet"] == before
    assert contents(shelf)["INDEX.md"] == pointer(data)


def test_a_name_that_is_not_utf_8_cannot_be_there() -> None:
    tree = Memory({"caf\udce9.txt": A})
    plan = indexing.plan(tree, Options(), format="parquet")
    assert plan.updates == ()
    assert "it is not UTF-8; rename it" in plan.errors[0]


# ---- other ways in


def test_an_index_that_is_handed_in_is_not_read_again() -> None:
    files = {"a.txt": A, "INDEX.parquet": b"no Parquet"}
    place = Place("INDEX.parquet", beyond="INDEX.parquet")
    index = Index(b"", place, (Entry("a.txt", Span(0, 0), size=len(A), sha256=digest(A)),), columns=("name",))
    loader = loading.Loader(Memory(files), Options(), indexes={"": index})
    assert [document.name for document in loader.documents()] == ["a.txt"]
    (scope,) = loader.collection().scopes
    assert (scope.missing, scope.unlisted) == ((), ())


def test_the_front_matter_tells_where_the_rows_are() -> None:
    found = frontmatter.rows(pointer("A" * 64, "./x.parquet"))
    assert found is not None
    assert (found.file, found.sha256) == ("x.parquet", "a" * 64)
    assert frontmatter.rows(b"---\nrows: 3\n---\n") is None
    assert frontmatter.rows(b"rows: 3\n") is None


def test_pieces_are_whole_lines() -> None:
    data = listing(*(row(f"{n:05}.txt", b"") for n in range(20_000)))
    defects: list[Defect] = []
    found = list(columnar.pieces(Bytes(data), LIMIT, defects))
    assert len(found) > 2
    assert all(piece.endswith(b"\n") for piece in found)
    assert b"".join(found) == read(data).text


def test_a_container_takes_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One line.\n")
    assert validate("index", "--format", "parquet", ".", cwd=tmp_path).returncode == 0
    run = validate("pack", ".", "-o", "all.bundle", cwd=tmp_path)
    assert (run.returncode, said(run)) == (
        2,
        "error: cannot pack 'INDEX.parquet': a container holds text (exclude it)\n",
    )
    assert not (tmp_path / "all.bundle").exists()
