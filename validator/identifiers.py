"""Ids for new documents of an index, made as those that it gives already.

An id is what a document keeps when its name changes, so none is ever given again.
"""

from __future__ import annotations

from validator import manifest
from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal, TypeAlias

    Style: TypeAlias = Literal["pattern", "digest"]

_DIGEST = 12
"""Hexadecimal digits of an id that comes from a digest; more where another document has them."""

_SHORT_DIGEST = 8
_LONG_NUMBER = 18
_LONG_SLUG = 64
_LONGEST_ID = 128
_NO_MARKS = dict.fromkeys(map(ord, "._-"))


def _split(id: str) -> tuple[str, str]:
    """An id as what stands before the number at its end, and that number."""
    prefix = id.rstrip("0123456789")
    return prefix, id[len(prefix) :]


def rank(id: str) -> tuple[str, int]:
    """Where an id stands in the order of ids."""
    prefix, digits = _split(id)
    return (prefix, int(digits)) if 0 < len(digits) <= _LONG_NUMBER else (id, -1)


def numbering(ids: Sequence[str]) -> tuple[str, int, int] | None:
    """The prefix and the fewest digits of ids that are numbers, and the highest; ``None`` if most are not."""
    if _are_digests(ids):
        return None
    by_prefix: dict[str, list[str]] = {}
    for prefix, digits in map(_split, ids):
        if 0 < len(digits) <= _LONG_NUMBER and not (prefix and manifest.is_date(prefix + digits)):
            by_prefix.setdefault(prefix, []).append(digits)
    prefix, numbers = max(by_prefix.items(), key=lambda item: len(item[1]), default=("", []))
    if 2 * len(numbers) <= len(ids):
        return None
    zeros = max((len(digits) for digits in numbers if digits.startswith("0")), default=1)
    return prefix, zeros, max(map(int, numbers))


def _are_digests(ids: Sequence[str]) -> bool:
    """Whether ids are the beginnings of digests."""
    if not ids or any(len(id) < _SHORT_DIGEST or id.strip("0123456789abcdef") for id in ids):
        return False
    return any(not id.isdigit() for id in ids)


class Maker:
    """Gives ids to new documents.

    ``listed`` are the ids of all entries, empty for those that have none, ``dropped`` those of entries that
    go, and ``given`` those that the new documents have in containers. In the style ``pattern`` the ids go on as
    these do, and there are none where no entry has one.
    """

    def __init__(
        self, listed: Sequence[str], given: Sequence[str], style: Style, dropped: frozenset[str] = frozenset()
    ) -> None:
        known = [id for id in (*listed, *given) if id]
        self._taken = set(listed)
        self._dropped = set(dropped)
        self._further: dict[str, int] = {}
        self._has_none = style == "pattern" and bool(listed) and not any(listed)
        self._length = _DIGEST if style == "digest" else min(map(len, known)) if _are_digests(known) else 0
        self._numbering = numbering(known) if known else ("", max(3, len(str(len(given) - 1))), -1)

    def claim(self, id: str) -> str:
        """An id that a document has in a container, if it is sound and free, or was that of a dropped entry."""
        is_sound = id.isascii() and id[:1].isalnum() and id.translate(_NO_MARKS).isalnum()
        if self._has_none or not is_sound or len(id) > _LONGEST_ID or (id in self._taken and id not in self._dropped):
            return ""
        self._taken.add(id)
        self._dropped.discard(id)
        return id

    def make(self, name: str, sha256: str) -> str:
        """An id that nothing has yet; nothing where no entry has one."""
        if self._has_none:
            return ""
        made = self._made(name, sha256)
        self._taken.add(made)
        return made

    def _made(self, name: str, sha256: str) -> str:
        if self._length and sha256:
            longer = (sha256[:length] for length in range(self._length, len(sha256) + 1))
            return next((id for id in longer if id not in self._taken), "") or self._counted(sha256)
        if self._numbering is None:
            return self._counted(_slug(name))
        prefix, zeros, number = self._numbering
        while True:
            number += 1
            self._numbering = prefix, zeros, number
            if (made := f"{prefix}{number:0{zeros}}") not in self._taken:
                return made

    def _counted(self, base: str) -> str:
        """The base, with a number behind it if it is taken."""
        made = base
        while made in self._taken:
            self._further[base] = self._further.get(base, 1) + 1
            made = f"{base}-{self._further[base]}"
        return made


def _slug(name: str) -> str:
    """The name of a file without folder and suffix, in small letters of A to Z, digits and hyphens."""
    from unicodedata import normalize

    last = name.rpartition("/")[2]
    stem = normalize("NFKD", last.rpartition(".")[0] or last).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() or c in "._" else " " for c in stem).split()
    return "-".join(words).strip("._-")[:_LONG_SLUG] or "document"
