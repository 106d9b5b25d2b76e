"""YAML front matter: plain values with the places where they stand, read safely.

Front matter comes from anybody, so it is read event by event, without recursion, up to limits: 64 KiB,
64 levels, 200,000 events. Anchors, aliases, merge keys and tags are refused: nobody needs them for a
title and a date, and with them a few lines can grow without end or call for classes. Settings come with
a change that anybody may propose, so they are read in the same way.

Scalars are read by the rules of JSON, and what is not JSON is a string: plain ``true``, ``false``,
``null``, ``~``, integers and decimal numbers have a meaning; ``no``, ``12:30:45``, ``0755`` and
``2024-05-31`` are strings as they stand. A character that YAML does not allow (a control, say) is
read as U+FFFD: rules on encoding speak of it.
"""

from __future__ import annotations

from validator import prose
from validator.manifest import find_front_matter
from validator.model import TYPE_CHECKING, Defect, Span, value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from validator.model import Document

    Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
    Path: TypeAlias = tuple[str | int, ...]

SIZE_LIMIT = 1 << 16
DEPTH_LIMIT = 64
EVENT_LIMIT = 200_000
_LONG_NUMBER = 100
_REFUSED, _MALFORMED = "refused", "malformed"
_TEMPLATE_MARKS = (b"{{", b"{%", b"<%", b"${")
_WITHIN = (b" ", b"\t", b"#", b"-", b"]", b"}")
"""What begins a line that says nothing of its own: a part of a value, a comment."""
_PLAINLY = {
    "mapping values are not allowed here": "a value without quotes holds a colon",
    "found character '\\t' that cannot start any token": "a line begins with a tab",
    "expected the node content, but found '<stream end>'": "a bracket is never closed",
}


@value
class FrontMatter:
    """What the front matter of a document says.

    ``spans`` tell where each key or item stands, by its path: ``("authors", 0, "name")``; the empty path
    is the line that opens the front matter. ``repeated`` are the keys that are given again in the same
    mapping, of which the first counts. ``error`` says why it cannot be read; then there are no values. Its
    kind is ``refused`` where other readers might read it, else ``malformed``. All spans count in the document.
    """

    values: dict[str, Value]
    spans: dict[Path, Span]
    repeated: tuple[tuple[str, Span], ...] = ()
    error: Defect | None = None


def read(data: bytes) -> FrontMatter | None:
    """The front matter of a document, or ``None`` where it has none. Never raises."""
    global _latest
    span = find_front_matter(data, 3 if data.startswith(b"\xef\xbb\xbf") else 0)
    if span is None:
        return None
    source = data[span.start : span.end]
    if _latest is None or _latest[:2] != (span.start, source):
        _latest = span.start, source, _read(source, span.start)
    return _latest[2]


def judged(document: Document) -> FrontMatter | None:
    """The front matter of a document if it is plain that it is meant as such; else ``None``.

    That of an index is, and that of the documents whose index names a schema for them. In other documents
    a line of dashes may be no more than a line, and others may read what is refused here: so theirs counts in
    Markdown alone, between two lines of dashes, where at least half of the lines begin with a key, no template
    is to be filled in, and nothing was refused.
    """
    if document.is_index or (document.index is not None and document.index.schema is not None):
        return read(document.data)
    if not prose.is_markdown(document.name) or not _is_meant(document.data):
        return None
    found = read(document.data)
    return None if found is None or (found.error is not None and found.error.kind == _REFUSED) else found


def _is_meant(data: bytes) -> bool:
    """Whether a document begins with what looks like a mapping of keys that people wrote."""
    import re

    span = find_front_matter(data, 3 * data.startswith(b"\xef\xbb\xbf"))
    if span is None or span.end - span.start > SIZE_LIMIT:
        return False
    _, *lines, last = data[span.start : span.end].splitlines()
    if not last.startswith(b"---") or any(mark in line for line in lines for mark in _TEMPLATE_MARKS):
        return False
    outer = [line for line in lines if line.strip() and line[:1] not in _WITHIN]
    is_key = [re.match(rb"[A-Za-z_][\w-]{0,40}:(?:\s|$)", line) is not None for line in outer]
    return is_key[:1] == [True] and sum(is_key) * 2 >= len(outer)


def schema_name(data: bytes) -> str:
    """The JSON Schema that an index names for its documents' front matter; empty where it names none."""
    found = read(data) if data.find(b"metadata", 0, SIZE_LIMIT) >= 0 else None
    name = found.values.get("metadata") if found is not None else None
    return name.removeprefix("./") if isinstance(name, str) else ""


@value
class Rows:
    """The Parquet file with the rows of an index, relative to it, and its digest; the spans are those of the keys."""

    file: str
    at: Span
    sha256: str = ""
    digest_at: Span | None = None


def rows(data: bytes) -> Rows | None:
    """Where an index says that its rows are, if not in it; a schema tells what is wrong with what it says."""
    found = read(data) if data.find(b"rows", 0, SIZE_LIMIT) >= 0 else None
    said = found.values.get("rows") if found is not None else None
    if found is None or not isinstance(said, dict) or not isinstance(file := said.get("file"), str):
        return None
    digest = said.get("sha256")
    is_one = isinstance(digest, str) and len(digest) == 64
    at = found.spans.get(("rows", "sha256"))
    return Rows(file.removeprefix("./"), found.spans["rows", "file"], str(digest).lower() if is_one else "", at)


_latest: tuple[int, bytes, FrontMatter] | None = None
"""What was read last: several rules ask for the front matter of one document, one after the other."""


def values(text: str) -> dict[str, Value]:
    """The values of a YAML text that is no front matter, settings say, by the same rules.

    Raises ``Refused``, also for a key that is given twice.
    """
    builder = _built(text)
    if builder.repeated:
        key, place = builder.repeated[0]
        raise Refused(f"the key {key[:_LONG_NUMBER]!r} is there twice", *place)
    return builder.values


class Refused(ValueError):
    """YAML that cannot be read: why, and where, in characters of the text; ``kind`` is that of a ``Defect``."""

    def __init__(self, reason: str, start: int, end: int, kind: str = _REFUSED) -> None:
        super().__init__(reason)
        self.start = start
        self.end = end
        self.kind = kind


def _read(source: bytes, start: int) -> FrontMatter:
    """Read front matter with its ``---`` lines, whose offset in the document is ``start``."""
    first_line = source.find(b"\n") + 1
    opening = Span(start, start + len(source[:first_line].rstrip()))
    if len(source) > SIZE_LIMIT:
        reason = f"it is {len(source):,} bytes long, and {SIZE_LIMIT:,} are the limit"
        return FrontMatter({}, {}, error=Defect(_REFUSED, opening, reason))
    body = source[first_line : source.rstrip().rfind(b"\n") + 1]
    text = body.decode("utf-8", "surrogateescape")
    offsets = _offsets(text, start + first_line)

    def span(first: int, last: int) -> Span:
        return Span(offsets[min(first, len(text))], offsets[min(max(first, last), len(text))])

    try:
        builder = _built(text)
    except Refused as refused:
        return FrontMatter({}, {}, error=Defect(refused.kind, span(refused.start, refused.end), str(refused)))
    spans = {path: span(*place) for path, place in builder.places.items()}
    repeated = tuple((key, span(*place)) for key, place in builder.repeated)
    return FrontMatter(builder.values, {**spans, (): opening}, repeated)


def _built(text: str) -> _Builder:
    """What a YAML text says. Raises ``Refused``."""
    builder = _Builder()
    try:
        builder.build(text)
    except Refused:
        raise
    except Exception as error:  # whatever a YAML library may think of
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        at = mark.index if mark is not None else 0
        reason = str(getattr(error, "problem", None) or error or type(error).__name__).split("\n")[0]
        kind = _REFUSED if text[at : at + 1] == "\t" and text[:at].rpartition("\n")[2].strip() else _MALFORMED
        raise Refused(_PLAINLY.get(reason, reason), at, at, kind) from error
    return builder


def _offsets(text: str, start: int) -> Sequence[int]:
    """The offset of each character, and of the end."""
    if text.isascii():
        return range(start, start + len(text) + 1)
    offsets = [start]
    for character in text:
        offsets.append(offsets[-1] + len(character.encode("utf-8", "surrogateescape")))
    return offsets


class _Frame:
    """A mapping or sequence that is being filled; without a path, its places are of no interest."""

    def __init__(self, filled: dict[str, Value] | list[Value], path: Path | None) -> None:
        self.filled = filled
        self.path = path
        self.key: str | None = None
        self.is_repeated = False


class _Builder:
    """Builds values from YAML events. Raises ``Refused``, and whatever the YAML library raises."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.places: dict[Path, tuple[int, int]] = {}
        self.repeated: list[tuple[str, tuple[int, int]]] = []
        self._stack: list[_Frame] = []

    def build(self, text: str) -> None:
        """Read YAML text."""
        import yaml

        text = yaml.reader.Reader.NON_PRINTABLE.sub("\ufffd", text)
        documents = 0
        for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
            place = _place(event)
            if number >= EVENT_LIMIT:
                raise Refused("it is too complicated", *place)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Refused("it holds more than one YAML document", *place)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._stack.pop()
            elif isinstance(event, yaml.NodeEvent):
                self._node(event, place)

    def _node(self, event: Any, place: tuple[int, int]) -> None:
        import yaml

        if event.anchor is not None:
            raise Refused("anchors and aliases (& and *) are not supported", *place)
        if event.tag is not None:
            raise Refused("tags (!) are not supported", *place)
        if isinstance(event, yaml.ScalarEvent):
            plain, text = event.style is None, _joined(event.value)
            if plain and text == "<<" and self._awaits_key():
                raise Refused("merge keys (<<) are not supported", *place)
            if self._awaits_key():
                self._key(text, place)
            else:
                self._put(_resolved(text) if plain else text, place)
            return
        if self._awaits_key():
            raise Refused("a key must be a text, not a list or a mapping", *place)
        if len(self._stack) >= DEPTH_LIMIT:
            raise Refused(f"it is nested more than {DEPTH_LIMIT} levels deep", *place)
        filled: dict[str, Value] | list[Value] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._stack.append(_Frame(filled, self._put(filled, place)))

    def _awaits_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].filled, dict) and self._stack[-1].key is None

    def _key(self, key: str, place: tuple[int, int]) -> None:
        frame = self._stack[-1]
        frame.key = key
        frame.is_repeated = key in frame.filled
        if frame.is_repeated:
            self.repeated.append((key, place))
        elif frame.path is not None:
            self.places[(*frame.path, key)] = place

    def _put(self, node: Value, place: tuple[int, int]) -> Path | None:
        """Put a value where it belongs; return its path, if that is of interest."""
        if not self._stack:
            if isinstance(node, dict):
                self.values = node
            elif node is not None:
                raise Refused("it is not a mapping of keys to values", *place, _MALFORMED)
            return ()
        frame = self._stack[-1]
        if isinstance(frame.filled, list):
            path = None if frame.path is None else (*frame.path, len(frame.filled))
            if path is not None:
                self.places[path] = place
            frame.filled.append(node)
            return path
        key, frame.key = frame.key or "", None
        if frame.is_repeated:
            return None
        frame.filled[key] = node
        return None if frame.path is None else (*frame.path, key)


def _place(event: Any) -> tuple[int, int]:
    """Where an event begins and ends, in characters."""
    return event.start_mark.index, event.end_mark.index


def _joined(text: str) -> str:
    """A text whose surrogates, written as escapes, are joined in pairs, as JSON means them; a lone one is U+FFFD."""
    if text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _resolved(text: str) -> Value:
    """What a plain scalar means."""
    import re

    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text.lower() in ("true", "false") and text in (text.lower(), text.upper(), text.title()):
        return text.lower() == "true"
    if len(text) <= _LONG_NUMBER and re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", text):
        number = float(text)
        if text.removeprefix("-").isdigit():
            return int(text)
        return number if abs(number) < float("inf") else text
    return text
