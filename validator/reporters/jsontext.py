"""JSON as every format of it is written here: ASCII, and without a word that a build would obey."""

from __future__ import annotations

import json

from validator.model import TYPE_CHECKING
from validator.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = (1 << 31) - 1
"""The largest number that every reader takes: over a larger one, some read nothing of a report."""


def as_text(value: object, indent: int | None = None) -> str:
    """A value in ASCII.

    In a build log the runner would obey ``##[command]``, ``##vso[command]`` and ``##teamcity[command]``
    anywhere in a line; the second ``#`` is escaped, which to a parser is the same text.
    """
    return json.dumps(value, indent=indent).replace("##", "#\\u0023")


def rows(values: Iterable[object]) -> Iterator[str]:
    """The elements of an array, one a line; no more than two are held as text at a time."""
    before = None
    for value in values:
        if before is not None:
            yield f"{before},"
        before = as_text(value)
    if before is not None:
        yield before


def encoded(path: str) -> bytes:
    """The bytes that a path has on disk."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that Windows allows in a name
        return path.encode("utf-8", "surrogatepass")


def is_utf8(path: str) -> bool:
    """Whether a path can stand in JSON that strict parsers read, that is, without lone surrogates."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def path_of(path: str) -> str:
    """A path as programs look it up; one that is not UTF-8, which they could not, as it is shown."""
    return path if is_utf8(path) else shown(path)
