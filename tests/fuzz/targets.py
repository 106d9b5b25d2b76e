"""The targets: each takes any bytes and asserts what must hold of them. Whatever it raises is a defect.

Where a property test states a law already, it is that test which is called. A collection is written as the
text of its files, each headed by a line ``=== name``.
"""

from __future__ import annotations

import io
import json
import math
import ntpath
import os
import posixpath
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unicodedata import category
from zlib import crc32

import pytest
import yaml

import validator
from tests import test_container, test_index, test_likeness, test_names, test_regular, test_residue, test_screening
from tests.strategies import Tree
from tests.test_baseline import EVERYTHING, forgiving
from tests.test_injection import PARSERS
from tests.test_packing import IN_MEMORY, held
from tests.test_reporters import shown
from validator import (
    baseline,
    config,
    container,
    engine,
    fixing,
    frontmatter,
    governing,
    loading,
    manifest,
    metadata,
    names,
    packing,
    patches,
    reporters,
    screening,
    vectorised,
    writing,
)
from validator.model import Finding, Options, Place, Report, Span, UsageError
from validator.selection import selected
from validator.text import shown as safe
from validator.trees import Memory

ALL = Options(select=("ALL",))
_FILES = 12


class Target(NamedTuple):
    """A law, and the words of which its inputs are made."""

    law: Callable[[bytes], None]
    tokens: tuple[bytes, ...] = ()


def _of(test: Any) -> Callable[..., None]:
    """The law that a property test states, to be called with any example."""
    law: Callable[..., None] = test.hypothesis.inner_test
    return law


# Parsers


def a_container(data: bytes) -> None:
    """Its parts add up to it, however it arrives; what is canonical is what is written; judging never fails."""
    _of(test_container.test_the_reader_never_raises_and_loses_nothing)(data)
    _of(test_container.test_there_is_one_canonical_form)(data)
    _of(test_container.test_escaping_is_undone_by_reading_and_leaves_no_marker)(data)
    _of(test_container.test_a_container_is_known_by_its_first_line)(data)
    _of(test_container.test_near_misses_are_exact_apart_and_split_nothing)(data)
    whole, cut, step = container.parse(data), crc32(data) % (len(data) + 1), 1 + len(data) // 64
    assert test_container.in_pieces(data, [cut]) == whole
    assert test_container.in_pieces(data, range(0, len(data), step)) == whole
    for pieces in ([data[:cut], data[cut:]], [data[at : at + step] for at in range(0, len(data), step)]):
        assert b"".join(container.escaped(pieces)) == container.escape(data)
        assert b"".join(container.unescaped(pieces)) == container.unescape(data)[0]
    with suppress(ValueError):
        packed = test_container.pack(test_container.documents(data))
        assert test_container.documents(packed) == test_container.documents(data)
    _check_findings({"all.bundle": data})


def an_index(data: bytes) -> None:
    """Every span lies inside, every value in its row; what is told of it does not depend on how it is read."""
    _of(test_index.test_no_text_makes_it_stumble_and_every_span_lies_inside)(data.decode("utf-8", "surrogateescape"))
    found = manifest.parse(data, Place(manifest.NAME))
    assert found.front_matter is None or found.front_matter.end <= len(data)
    for entry in found.entries:
        for column in (*manifest.COLUMNS.values(), *found.columns):
            span = manifest.locate(found, entry, column)
            assert entry.row.start <= span.start <= span.end <= entry.row.end
            assert b"\n" not in data[span.start : span.end]
        for column, digest in (("sha256", entry.sha256), ("blake3", entry.blake3)):
            span = manifest.locate(found, entry, column)
            assert digest is None or digest.encode() in data[span.start : span.end].lower()
    if (head := manifest.head(found)) is not None:
        assert all(0 <= span.start <= span.end <= len(data) for span in head)
    _check_findings({"INDEX.md": data, "a.txt": b"words.\n", "b/c.txt": b"more words.\n"})


def front_matter(data: bytes) -> None:
    """Its values are those of YAML's text, read as JSON reads scalars; places lie inside; nothing is endless."""
    for document in (data, b"---\n" + data + b"\n---\n"):
        found = frontmatter.read(document)
        if found is None:
            continue
        spans = [*found.spans.values(), *(span for _, span in found.repeated)]
        spans += [found.error.span] if found.error is not None else []
        assert all(0 <= span.start <= span.end <= len(document) for span in spans)
        if found.error is not None:
            assert found.values == {}
            assert found.error.detail
            assert "\n" not in found.error.detail
            continue
        _check_value(found.values)
        _check_paths(found.values, found.spans)
        if not found.repeated:
            _check_meaning(found.values, _as_texts(document))
        frontmatter.schema_name(document)
        frontmatter.rows(document)


def _check_value(node: object, depth: int = 0) -> None:
    assert depth <= frontmatter.DEPTH_LIMIT
    assert type(node) in (dict, list, str, int, float, bool, type(None))
    if isinstance(node, str):
        node.encode("utf-8")
    elif isinstance(node, float):
        assert math.isfinite(node)
    elif isinstance(node, dict):
        for key, below in node.items():
            assert type(key) is str
            key.encode("utf-8")
            _check_value(below, depth + 1)
    elif isinstance(node, list):
        for below in node:
            _check_value(below, depth + 1)


def _check_paths(values: Any, spans: dict[frontmatter.Path, Span]) -> None:
    for path in spans:
        node = values
        for step in path:
            node = node[step]


def _as_texts(document: bytes) -> Any:
    """Front matter with every scalar as the text that YAML reads there."""
    span = manifest.find_front_matter(document, 3 if document.startswith(b"\xef\xbb\xbf") else 0)
    assert span is not None
    lines = document[span.start : span.end].rstrip()
    body = lines[lines.find(b"\n") + 1 : lines.rfind(b"\n") + 1].decode("utf-8", "surrogateescape")
    return yaml.load(yaml.reader.Reader.NON_PRINTABLE.sub("\ufffd", body), Loader=yaml.BaseLoader)


def _check_meaning(node: Any, text: Any) -> None:
    if isinstance(node, dict) and node:
        whole = {_joined(key): below for key, below in text.items()}
        assert set(node) == set(whole)
        for key, below in node.items():
            _check_meaning(below, whole[key])
    elif isinstance(node, list):
        assert len(node) == len(text)
        for one, other in zip(node, text, strict=True):
            _check_meaning(one, other)
    elif isinstance(node, bool):
        assert text.lower() == str(node).lower()
    elif isinstance(node, str):
        assert node == _joined(text)
    elif isinstance(node, (int, float)):
        assert node == float(text) or node == int(text)
    else:
        assert not text or text in ("~", "null", "Null", "NULL")


def _joined(text: str) -> str:
    """Surrogates that escapes have put into a text, in pairs; what is then left alone is U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def a_schema(data: bytes) -> None:
    """A schema is used or refused, and says the same each time; the values stand below a line ``---``."""
    source, _, values = data.partition(b"\n---\n")
    found = frontmatter.read(b"---\n" + values + b"\n---\n")
    assert found is not None
    try:
        schema = metadata.compiled(source)
        violations = schema.violations(found.values)
        assert schema.violations(found.values) == violations
    except metadata.Unusable:
        violations = []
    for violation in violations:
        assert violation.problem
        assert "\n" not in violation.problem + violation.expected
        node: Any = found.values
        for step in violation.path:
            node = node[step]
    tree = {"INDEX.md": b"---\nmetadata: s.json\n---\n- `a.md`\n- `s.json`\n", "s.json": source}
    _check_findings({**tree, "a.md": b"---\n" + values + b"\n---\n"}, Options(select=("MET",)))


def settings(data: bytes) -> None:
    """Settings are settings or refused in one line; what they are is obeyed."""
    for name in ("validate.yaml", "pyproject.toml", "validate.toml"):
        with _file(name, data) as path, _refused_in_a_line():
            found = config.load(path, {})
            options = found.options(path)
            selected(options)
            engine.check([Memory(_SMALL)], options)
    with _refused_in_a_line():
        config.load(None, dict([config.parse_override(data.decode("utf-8", "surrogateescape"))]))


def a_baseline(data: bytes) -> None:
    """A baseline is read, and written as it was, or refused in one line; whatever it forgives can be applied."""
    with _file("baseline.json", data) as path, _refused_in_a_line():
        found = baseline.load(path)
        with _file("again.json", baseline.written(found).encode()) as again:
            assert baseline.load(again).counts == found.counts
        report = engine.check([Memory(_SMALL)], EVERYTHING)
        applied = baseline.applied(found, report, ["."], Options())
        assert len(applied.suppressed) <= sum(1 + one.more for one in report.findings)
        baseline.updated(found, report, ["."], Options())
        left = baseline.pruned(found, report, ["."], Options())
        assert all(count <= found.counts[key] for key, count in left.counts.items())


_SMALL: Tree = {"INDEX.md": b"| name |\n|---|\n| a.txt |\n| gone.txt |\n", "a.txt": b"caf\xe9 \r\n", "b.txt": b""}


class _file:  # noqa: N801
    """A file for the time being."""

    def __init__(self, name: str, data: bytes) -> None:
        self._folder = TemporaryDirectory(dir=IN_MEMORY)
        self._path = Path(self._folder.name, name)
        self._path.write_bytes(data)

    def __enter__(self) -> str:
        return str(self._path)

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


class _refused_in_a_line:  # noqa: N801
    """Lets a refusal pass that says something, and nothing that is not fit for a terminal."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, _: object) -> bool:
        if not isinstance(error, UsageError):
            return False
        assert str(error)
        assert _is_fit(safe(str(error)))
        return True


# Bytes and names


def some_text(data: bytes) -> None:
    """Both ways to look at bytes say what reading them says, in windows and in pieces of any size."""
    size = 40 + crc32(data) % 41
    for look in (screening.look, _LOOK):
        for text in (data, *data.split(b"\n")[:9]):
            _of(test_screening.test_both_ways_say_what_reading_says)(look, text)
        _of(test_screening.test_the_seams_between_windows_hide_nothing)(look, data, size)
    _of(test_screening.test_a_document_in_pieces_says_what_the_whole_says)(data, size)
    _check_findings({"a.txt": data})


_LOOK = vectorised.looker()


def some_prose(data: bytes) -> None:
    """Whatever a rule on residue finds wakes it, with patterns and without and in pieces; and sketches are all one."""
    text = data.decode("utf-8", "replace").replace("\0", "")
    for name in ("a.txt", "a.md"):
        _of(test_residue.test_whatever_a_rule_finds_wakes_it)(text, name)
        _of(test_residue.test_patterns_leave_nothing_out_that_a_rule_finds)(text, name)
        _of(test_residue.test_a_document_in_pieces_shows_what_rules_find_in_it)(text, [crc32(data) % 997], name)
    halves = data[: len(data) // 2], data[len(data) // 2 :]
    _of(test_likeness.test_nothing_raises_and_sketches_are_small)(data)
    _of(test_likeness.test_the_verdict_is_symmetric)(*halves)


def some_names(data: bytes) -> None:
    """Names, a line each: all is told of them that there is, and a sound one stays where it is put."""
    texts = [line.decode("utf-8", "surrogateescape") for line in data.split(b"\n")[:30] if line]
    assert names.are_plain(texts) == all(map(names.is_plain, texts))
    for text in texts:
        assert names.are_plain([text]) == names.is_plain(text)
        _of(test_names.test_plain_names_need_no_second_look)(text)
        _of(test_names.test_hits_lie_in_the_name_and_can_be_said)(text)
        if not packing.flaw_of(text):
            assert posixpath.normpath(posixpath.join("/shelf", text)) == f"/shelf/{text}"
            windows = ntpath.normpath(ntpath.join("C:\\shelf", text))
            assert windows == "C:\\shelf\\" + text.replace("/", "\\")
    _of(test_names.test_all_folders_that_collide_are_told)(texts)
    _of(test_names.test_twins_are_all_and_only_those_with_one_spelling)(texts)
    _of(test_names.test_files_that_are_folders_are_all_found)(texts)
    if names.are_apart(texts):
        assert not list(names.collisions(texts))
        assert not list(names.files_as_folders(texts))
    _check_findings(_as_on_disk(dict.fromkeys(texts, b"words.\n")))


# Whole collections


def a_collection(data: bytes) -> None:
    """What is told of a collection does not depend on how it is read, and stands where it says."""
    _check_findings(tree_of(data), ALL)


def reports(data: bytes) -> None:
    """Whatever was found, every format is well formed and fit for a terminal or a log; all of it can be forgiven."""
    tree = tree_of(data)
    report = engine.check([Memory(tree, "shelf")], ALL)
    for format in sorted({*reporters.FORMATS} - {"html"}):
        _check_format(report, format)
    everything = engine.check([Memory(tree)], EVERYTHING)
    forgiven = baseline.applied(forgiving(everything), everything, ["."], Options())
    assert all(found.code.startswith("VAL") for found in forgiven.findings)


def a_page(data: bytes) -> None:
    """The same of the one format that takes its time."""
    _check_format(engine.check([Memory(tree_of(data), "shelf")], ALL), "html")


def _check_format(report: Report, format: str) -> None:
    lines = shown(report, format, docs="https://docs.example/", verbose=True)
    assert all(map(_is_fit, lines))
    whole = "\n".join(lines).encode("utf-8")
    if format in PARSERS:
        PARSERS[format](whole)


def mending(data: bytes) -> None:
    """What can be mended is mended at once and for good, and nothing new comes of it."""
    tree = tree_of(data)
    found = engine.check([Memory(tree)], ALL).findings
    is_well_framed = not any(finding.code.startswith("CON") for finding in found)
    for unsafe in (False, True):
        done = fixing.mend(Memory(tree), ALL, unsafe=unsafe)
        after = {**tree, **{rewrite.name: rewrite.after for rewrite in done.rewrites}}
        assert engine.check([Memory(after)], ALL).findings == done.report.findings
        assert not is_well_framed or _blocks_of(after) == _blocks_of(tree)
        again = fixing.mend(Memory(after), ALL, unsafe=unsafe)
        assert again.rewrites == ()
        assert again.fixed == ()


def _blocks_of(tree: Tree) -> dict[str, list[tuple[bytes, bytes]]]:
    containers = {name: container.parse(data) for name, data in tree.items() if name.endswith(".bundle")}
    return {name: [(block.id, block.name) for block in layout.blocks] for name, layout in containers.items()}


def unpacking(data: bytes) -> None:
    """A container is unpacked whole and nowhere else, or refused and nothing is written; packing undoes it."""
    with TemporaryDirectory(dir=IN_MEMORY) as home:
        folder = Path(home, "shelf")
        folder.mkdir()
        try:
            done = packing.unpack(io.BytesIO(data), str(folder))
        except UsageError:
            assert held(folder) == {}
            return
        finally:
            assert os.listdir(home) == ["shelf"]
        packed = {name.decode("utf-8", "surrogateescape"): body for _, name, body in test_container.documents(data)}
        assert held(folder) == packed
        assert set(done.names) == set(packed)


def an_archive(data: bytes) -> None:
    """Whatever claims to be an archive is checked or refused, and the same is said of it each time."""
    with _file("shelf.gz", data) as path, _refused_in_a_line():
        options = Options(max_archive_size=1 << 22, max_archive_entries=1000)
        report = validator.check(path, options=options)
        assert validator.check(path, options=options) == report


def a_journal(data: bytes) -> None:
    """Whatever a journal says, what it does not name stays as it is; each line is given the seal that it needs."""
    lines = [sha256(line).hexdigest().encode() + b" " + line + b"\n" for line in data.split(b"\n")[:3]]
    with TemporaryDirectory(dir=IN_MEMORY) as home:
        folder = Path(home, "shelf")
        folder.mkdir()
        around = {"a.txt": b"words.\n", "shelf/b.txt": b"words.\n", "shelf/.validate-x-0.tmp": b"new words.\n"}
        for name, content in {**around, "shelf/.validate-journal": b"".join(lines)}.items():
            Path(home, name).write_bytes(content)
        with _refused_in_a_line():
            writing.recover(str(folder))
        left = held(Path(home))
        touched = {name for name, content in around.items() if left.get(name) != content}
        assert all(json.dumps(name.removeprefix("shelf/")).encode() in data or "-0.tmp" in name for name in touched)
        assert "a.txt" not in touched


def rows(data: bytes) -> None:
    """An index in Parquet is read as any other, or said to be unreadable."""
    _check_findings({"INDEX.parquet": data, "a.txt": b"words.\n", "b/c.txt": b"more words.\n"})


def a_patch(data: bytes) -> None:
    """The difference of two texts, parted by a line ``---``, makes one of the other."""
    before, _, after = data.partition(b"\n---\n")
    assert _patched(before, b"".join(patches.unified("a b.txt", before, after))) == after


def _patched(before: bytes, patch: bytes) -> bytes:
    """A text with a patch carried out."""
    old, rows = re.findall(rb"[^\n]*\n|[^\n]+", before), patch.split(b"\n")[2:-1]
    done, taken = list[bytes](), 0
    for row, following in zip(rows, [*rows[1:], b""], strict=False):
        content = row[1:] if following.startswith(b"\\") else row[1:] + b"\n"
        if found := re.fullmatch(rb"@@ -(\d+)(?:,(\d+))? .* @@", row):
            start = int(found[1]) - (found[2] != b"0")
            assert start >= taken
            done += old[taken:start]
            taken = start
        if row.startswith((b" ", b"-")):
            assert old[taken] == content
            taken += 1
        if row.startswith((b" ", b"+")):
            done.append(content)
    return b"".join([*done, *old[taken:]])


def tree_of(data: bytes) -> Tree:
    """The collection that a text describes: only what could lie on a disk."""
    pieces = (b"\n" + data).split(b"\n=== ")
    parted = (piece.partition(b"\n") for piece in pieces[1 : _FILES + 1])
    tree = {name.decode("utf-8", "surrogateescape"): body for name, _, body in parted}
    return _as_on_disk(tree or {"a.txt": data})


def _as_on_disk(tree: Tree) -> Tree:
    """Those files whose names a folder can hold together; what is hidden is no part of a collection."""
    names = [name for name in tree if all(map(_can_be_walked, name.split("/")))]
    folders = {folder for name in names for folder in _above(name)}
    return {name: tree[name] for name in names if name not in folders}


def _can_be_walked(part: str) -> bool:
    return part != "" and not part.startswith(".") and "\0" not in part and names.size(part) <= 255


def _above(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _check_findings(tree: Tree, options: Options = EVERYTHING) -> None:
    """All ways to read a collection come to the same report, and what is found is there."""
    report = engine.check([Memory(tree)], options)
    listed = engine.check([Memory(tree)], options, means=engine.Means(inventory=True))
    assert listed.findings == report.findings
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(governing, "WORTH", 0)
        patch.setattr(loading, "_LARGE", 0)
        assert engine.check([Memory(tree)], options).findings == report.findings
    test_regular.assert_silent(test_regular.collection_of(tree))
    for finding in report.findings:
        _check_place(finding, tree)
    _check_order(report)


def _check_place(finding: Finding, tree: Tree) -> None:
    data = tree.get(finding.path)
    assert "\n" not in finding.message or "\n" in finding.path
    if finding.byte_start is None or finding.byte_end is None or finding.line is None or data is None:
        return
    assert 0 <= finding.byte_start <= finding.byte_end <= len(data)
    assert finding.line == 1 + data.count(b"\n", 0, finding.byte_start)
    assert finding.column is not None
    for edit in finding.fix.edits if finding.fix is not None else ():
        assert 0 <= edit.span.start <= edit.span.end <= len(data)


def _check_order(report: Report) -> None:
    assert all(one.path <= other.path for one, other in pairwise(report.findings))


def _is_fit(line: str) -> bool:
    """Whether a line holds nothing that a terminal or a log could obey."""
    return line.isprintable() or not any(category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in line)


_MARKERS = (b"<<<FILE ", b"<<<FILE", b"<<<END ", b">>>", b">>>\n", b"\n<<<", b"\\<<<", b"\r\n", b"\xef\xbb\xbf", b"id=")
_TABLES = (
    *(b"| name |", b"|---|", b"| ", b" |", b"sha256", b"blake3", b"bytes", b"title", b"language", b"date", b"- `"),
    *(b"](", b"```", b"~~~", b"<!--", b"-->", b"\\|", b"%41", b"---\n", b"# ", b"a.txt", b"INDEX.md", b"2024-01-31"),
)
_YAML = (
    b": ",
    b"- ",
    b"? ",
    b"'",
    b'"',
    b"\\ud83d",
    b"|\n ",
    b">-\n ",
    b"{",
    b"[",
    b"]",
    b"}",
    b"null",
    b"1e9",
    b"...",
)
_SCHEMA = tuple(
    f'"{word}"'.encode()
    for word in (
        *("type", "properties", "required", "items", "prefixItems", "enum", "const", "pattern", "format", "$ref", "#"),
        *("$defs", "anyOf", "allOf", "oneOf", "not", "if", "then", "else", "minimum", "multipleOf", "maxLength", "a"),
        *("uniqueItems", "contains", "minContains", "dependentRequired", "dependentSchemas", "propertyNames", "$id"),
        *("unevaluatedProperties", "unevaluatedItems", "additionalProperties", "$anchor", "$dynamicRef", "$schema"),
        *("string", "number", "integer", "object", "array", "boolean", "date", "email", "uuid", "$dynamicAnchor"),
    )
)
_FILE_MARKS = (b"\n=== ", b"=== INDEX.md\n", b"\n=== a.txt\n", b"\n=== all.bundle\n", b"\n=== b/INDEX.md\n")
_TEXT = tuple(
    map(str.encode, (*test_screening.MISREAD, "\u202e", "\u200b", "\ufeff", "\x85", "\U000e0041", "~{", "\xa0"))
)

TARGETS: dict[str, Target] = {
    "container": Target(a_container, _MARKERS),
    "index": Target(an_index, _TABLES),
    "frontmatter": Target(front_matter, _YAML),
    "schema": Target(a_schema, (b"\n---\n", b"true", *_SCHEMA)),
    "screening": Target(some_text, _TEXT),
    "prose": Target(some_prose, tuple(line.encode() for line in test_residue.SCRAPS)),
    "names": Target(some_names, (b"../", b"/", b"nul", b"C:", b".git", b"git~1", b"con.", "e\u0301".encode(), b"\xff")),
    "collection": Target(a_collection, (*_FILE_MARKS, *_MARKERS, *_TABLES, *_TEXT)),
    "reports": Target(
        reports, (*_FILE_MARKS, *_MARKERS, *_TABLES, *_TEXT, b"::error::", b"##vso[", b"]]>", b"\x1b[31m")
    ),
    "html": Target(a_page, (*_FILE_MARKS, *_MARKERS, *_TABLES, *_TEXT, b"<script>", b"&lt;", b"]]>", b"-->", b"{{")),
    "mending": Target(mending, (*_FILE_MARKS, *_MARKERS, *_TABLES, *_TEXT)),
    "settings": Target(settings, (b"[tool.validate]\n", b"select", b"ALL", b"= [", *_YAML)),
    "baseline": Target(a_baseline, (b'{"version": 1, "findings": {', b'"a.txt"', b'"TXT004"', b'": {"', b"1}")),
    "unpack": Target(unpacking, _MARKERS),
    "journal": Target(
        a_journal, (b'[1, "x", [', b'["b.txt", null]', b"], [], 0]", b"\n[", b'"../a.txt"', b'"' + b"0" * 64 + b'"')
    ),
    "patches": Target(
        a_patch, (b"\n---\n", b"\n\n", b"a\n", b"b\n", b"\\ No newline at end of file\n", b"@@ -1 +1 @@\n")
    ),
    "columnar": Target(rows, (b"PAR1", b"name", b"sha256", b"bytes", b"a.txt")),
    "archive": Target(
        an_archive, (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"ustar\x0000", b"\x1f\x8b\x08", b"BZh9")
    ),
}
