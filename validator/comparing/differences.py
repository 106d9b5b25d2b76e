r"""How a difference between two collections is shown: to people, to programs, in a pull request.

Each format returns lines without line ends. Names and titles may hold anything; what is returned holds
nothing that a terminal, a build log or Markdown would obey.
"""

from __future__ import annotations

import json

from validator import matching
from validator.model import TYPE_CHECKING, Problem, Record
from validator.reporters.words import safe
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from validator.comparing import Difference, Pair
    from validator.comparing.sides import Version

FORMATS = ("text", "json", "markdown")
VERSION = 1

_WORDS = ("added", "removed", "renamed", "changed", "unchanged")
_CLIPPED = 120
"""Characters of a title, or of other metadata, that are shown to people."""
_COMMENT = 60_000
"""Characters of Markdown; GitHub takes 65,536 for a comment."""


def render(format: str, difference: Difference) -> Iterator[str]:
    """The difference in one of ``FORMATS``, line by line. Raises ``ValueError`` for any other."""
    if format not in FORMATS:
        raise ValueError(f"there is no format {format!r}; there are {', '.join(FORMATS)}")
    renderers: dict[str, Callable[[Difference], Iterator[str]]] = {
        "text": as_text,
        "json": as_json,
        "markdown": as_markdown,
    }
    return renderers[format](difference)


def as_text(difference: Difference) -> Iterator[str]:
    """One line a document, in order of name, then what could not be compared, then the summary.

    ::

        A 008_stowaway.txt (19 bytes)
        D 006_night-ferry.txt
        R 004_lighthouse.txt -> 004_pharos.txt
        M 003_drawbridge.txt (+3 -1 lines, 2,346 -> 2,410 bytes)
        1 added, 1 removed, 1 renamed, 1 changed, 5 unchanged
    """
    for word, names, details in _told(difference, _quoted):
        shown = " -> ".join(safe(name) or "(no name)" for name in names)
        yield f"{_LETTERS[word]} {shown}{details}"
    for problem in difference.problems:
        yield f"! {safe(problem.path)}: {safe(problem.detail)}"
    yield summary(difference)
    if difference.incomplete:
        yield "incomplete: not everything could be compared"


_LETTERS = {"added": "A", "removed": "D", "renamed": "R", "changed": "M"}


def as_markdown(difference: Difference) -> Iterator[str]:
    """A list for a comment in a pull request; what would not fit into one is counted."""
    yield f"**{summary(difference)}** ({_code(difference.a)} → {_code(difference.b)})"
    lines = [
        f"- {word} {' → '.join(_code(name or '(no name)') for name in names)}{details}"
        for word, names, details in _told(difference, _code)
    ]
    lines += [f"- not compared: {_code(problem.path)} ({_code(problem.detail)})" for problem in difference.problems]
    room = _COMMENT
    if lines:
        yield ""
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            yield f"- … and {len(lines) - number:,} more"
            break
        yield line
    if difference.incomplete:
        yield ""
        yield "Not everything could be compared."


def as_json(difference: Difference) -> Iterator[str]:
    r"""The difference for programs, in ASCII: one object, with a line for each document.

    ``summary`` holds the numbers of documents and whether the comparison is ``incomplete``. ``added``,
    ``removed`` and ``unchanged`` are lists of versions: ``name``, ``id``, ``size`` in bytes, ``sha256``,
    ``metadata`` (``null`` where no index lists the document) and ``copies``, the packed copies that fared
    alike. ``renamed`` and ``changed`` are lists of pairs: ``old`` and ``new`` versions; ``content``, how it
    has changed (``null`` where it has not); ``lines_added`` and ``lines_removed`` (``null`` where they were not
    counted); ``content_of``, the name of another document that had the new content before; and
    ``metadata``, each key with its ``old`` and ``new`` text. ``problems`` are what could be no document, or
    could not be read: ``kind``, ``path``, ``detail``. A byte of a name that is not UTF-8 stands as a lone
    surrogate (PEP 383), and the name is given a second time, as ``name_bytes``, in base64.
    """
    counts = {word: len(getattr(difference, word)) for word in _WORDS}
    yield "{"
    yield f'  "version": {VERSION},'
    yield f'  "tool": {_dumped({"name": "collection-validator", "version": __version__})},'
    yield f'  "a": {_dumped(difference.a)},'
    yield f'  "b": {_dumped(difference.b)},'
    yield f'  "summary": {_dumped({**counts, "incomplete": difference.incomplete})},'
    origins = _origins(difference)
    yield from _listed("added", map(_version, difference.added))
    yield from _listed("removed", map(_version, difference.removed))
    yield from _listed("renamed", (_pair(pair, origins) for pair in difference.renamed))
    yield from _listed("changed", (_pair(pair, origins) for pair in difference.changed))
    yield from _listed("unchanged", (_version(pair.new) for pair in difference.unchanged))
    yield from _listed("problems", map(_problem, difference.problems), last=True)
    yield "}"


def summary(difference: Difference) -> str:
    """How many documents fared how."""
    unchanged = len(difference.unchanged)
    if difference.is_empty:
        return f"no difference in {unchanged:,} document{'s' if unchanged != 1 else ''}"
    counts = [(len(getattr(difference, word)), word) for word in _WORDS]
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def _told(difference: Difference, quote: Callable[[str], str]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Of each document that differs, in order of name: what became of it, its names, and details in brackets."""
    origins = _origins(difference)
    told: list[tuple[str, tuple[str, ...], list[str]]] = []
    for word in ("added", "removed"):
        for version in getattr(difference, word):
            size = [_bytes(f"{version.size:,}", version.size)] if word == "added" else []
            told.append((word, (version.name,), size + _copies(version, quote)))
    for word in ("renamed", "changed"):
        for pair in getattr(difference, word):
            details = [*_content(pair), *_origin(pair, origins, quote), *_metadata(pair, quote)]
            names = dict.fromkeys((pair.old.name, pair.new.name))
            told.append((word, tuple(names), details + _copies(pair.new, quote)))
    for word, called, details in sorted(told, key=lambda one: (one[1][-1], one[0])):
        yield word, called, f" ({'; '.join(details)})" if details else ""


def _content(pair: Pair) -> Iterator[str]:
    """How the content has changed, in words."""
    if not pair.kind:
        return
    if pair.kind in ("framing", "blocks"):
        yield _CONTAINERS[pair.kind]
        return
    old, new = pair.old.size, pair.new.size
    sizes = _bytes(f"{old:,} -> {new:,}" if old != new else f"{new:,}", new)
    if pair.kind != "content":
        yield f"{matching.departure(Record('', '', 0, '', difference=pair.kind))[0]}, {sizes}"
    elif pair.lines is None:
        yield f"other content, {sizes}"
    elif pair.lines == (0, 0):
        yield f"the same lines in another order, {sizes}"
    else:
        yield f"+{pair.lines[0]:,} -{pair.lines[1]:,} lines, {sizes}"


_CONTAINERS = {
    "framing": "the same documents, framed or ordered otherwise",
    "blocks": "its documents are told one by one",
}


def _bytes(number: str, size: int) -> str:
    return f"{number} byte{'s' if size != 1 else ''}"


def _origins(difference: Difference) -> dict[str, str]:
    """Which document had a content before, by its digest."""
    before = [*difference.removed]
    for pairs in (difference.renamed, difference.changed, difference.unchanged):
        before += [pair.old for pair in pairs]
    return {version.sha256: version.name for version in sorted(before, key=lambda one: one.name, reverse=True)}


def _origin_of(pair: Pair, origins: dict[str, str]) -> str | None:
    """Which other document had, before, what a changed one holds now."""
    is_new = pair.new.size and pair.old.sha256 != pair.new.sha256
    return origins.get(pair.new.sha256) if is_new else None


def _origin(pair: Pair, origins: dict[str, str], quote: Callable[[str], str]) -> Iterator[str]:
    name = _origin_of(pair, origins)
    if name is not None:
        yield f"it is now what {quote(name)} was"


def _metadata(pair: Pair, quote: Callable[[str], str]) -> Iterator[str]:
    for key, ends in pair.metadata.items():
        old, new = ("none" if content is None else quote(_clip(content)) for content in ends)
        yield f"{safe(_clip(key))}: {old} -> {new}"


def _copies(version: Version, quote: Callable[[str], str]) -> list[str]:
    return [f"likewise {', '.join(map(quote, version.copies))}"] if version.copies else []


def _clip(content: str) -> str:
    return content if len(content) <= _CLIPPED else f"{content[:_CLIPPED]}…"


def _quoted(name: str) -> str:
    return f"'{safe(name)}'"


def _code(name: str) -> str:
    """A name as a code span (CommonMark 6.1), in which nothing is obeyed."""
    shown = safe(name)
    fence = "`"
    while fence in shown:
        fence += "`"
    pad = " " if shown[:1] in ("", "`", " ") or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _listed(key: str, items: Iterable[dict[str, object]], last: bool = False) -> Iterator[str]:
    """A list under a key, with a line for each item."""
    waiting = None
    end = "]" if last else "],"
    for item in items:
        yield f'  "{key}": [' if waiting is None else f"    {waiting},"
        waiting = _dumped(item)
    if waiting is None:
        yield f'  "{key}": [{end}'
    else:
        yield f"    {waiting}"
        yield f"  {end}"


def _dumped(content: object) -> str:
    # In a build log the runner would obey ##[command] anywhere; to a parser this is the same text.
    return json.dumps(content).replace("##[", "#\\u0023[")


def _version(version: Version) -> dict[str, object]:
    return {
        "name": version.name,
        **_name_bytes(version.name),
        "id": version.id,
        "size": version.size,
        "sha256": version.sha256,
        "metadata": version.metadata,
        "copies": version.copies,
    }


def _pair(pair: Pair, origins: dict[str, str]) -> dict[str, object]:
    added, removed = pair.lines or (None, None)
    return {
        "old": _version(pair.old),
        "new": _version(pair.new),
        "content": pair.kind or None,
        "lines_added": added,
        "lines_removed": removed,
        "content_of": _origin_of(pair, origins),
        "metadata": {key: {"old": old, "new": new} for key, (old, new) in pair.metadata.items()},
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {"kind": problem.kind, "path": problem.path, "detail": problem.detail}


def _name_bytes(name: str) -> dict[str, str]:
    if name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name):
        return {}
    from base64 import b64encode

    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that Windows allows in a name
        data = name.encode("utf-8", "surrogatepass")
    return {"name_bytes": b64encode(data).decode("ascii")}
