"""What an editor shows of a file, which bytes that stands for, and where they are on its screen.

An editor need not show a file as it is. Most hide a byte order mark and put it back when they save; some
show all line ends alike; and one that is not UTF-8 is shown in some other encoding, or with U+FFFD in place
of what cannot be read. So a text that shows no more than what is on the disk stands for the bytes on the
disk, and a text that was edited stands for the bytes that would be saved.

Positions are those of the Language Server Protocol: lines end at LF, CR LF or CR, lines and columns count
from 0, and a column counts bytes of UTF-8, halves of UTF-16 or characters, as was agreed with the editor.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, getincrementaldecoder
from typing import TYPE_CHECKING

from validator.model import Edit, Span, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    Position: TypeAlias = tuple[int, int]

_CODECS = ("utf-8", "utf-16", "cp1252", "latin-1")
"""How editors read a file, UTF-8 or not."""
_UNITS: dict[str, Callable[[str], int]] = {
    "utf-8": lambda text: len(text.encode()),
    "utf-16": lambda text: len(text.encode("utf-16-le")) // 2,
    "utf-32": len,
}


@value
class View:
    """How an editor shows a file: read as ``codec``, and with all its characters unless it is not ``exact``."""

    codec: str = "utf-8"
    exact: bool = True

    def shows(self, text: str, data: bytes) -> bool:
        """Whether the text is what these bytes look like."""
        return _plain(data.decode(self.codec, "replace")) == _plain(text)

    def buffer(self, text: str, disk: bytes | None) -> Buffer:
        """What a text stands for now, while the file on the disk has these bytes, or none."""
        codec = self.codec
        if not self.exact and disk is not None:
            if codec == "utf-8" and disk.startswith(BOM_UTF8):
                codec = "utf-8-sig"
            if self.shows(text, disk):
                return Buffer(disk, codec)
        return Buffer(_sound(text).encode(codec, "replace"), codec)


def view(text: str, disk: bytes | None, before: View | None = None) -> View:
    """How an editor shows a file, told by the text that it has when it opens or saves it.

    Where that tells nothing, because the text is not that of the file, it is as ``before``.
    """
    before = before or View()
    if disk is None:
        return before
    if _sound(text).encode() == disk:
        return View()
    views = [View(codec, exact=False) for codec in _CODECS]
    return next((one for one in views if one.shows(text, disk)), before)


@value
class Buffer:
    """The bytes that an editor's text stands for, and the codec that makes the text of them."""

    data: bytes
    codec: str = "utf-8"

    def positions(self, offsets: Iterable[int], unit: str) -> dict[int, Position]:
        """Where byte offsets are in the text. ``unit`` is ``utf-8``, ``utf-16`` or ``utf-32``."""
        decoder = getincrementaldecoder(self.codec)("replace")
        found: dict[int, Position] = {}
        at = line = column = 0
        after_cr = False
        for offset in sorted(set(offsets)):
            piece = decoder.decode(self.data[at:offset])
            breaks = list(_BREAK.finditer(piece))
            if breaks:
                line += len(breaks) - (after_cr and piece.startswith("\n"))
                column = 0
            column += _UNITS[unit](piece[breaks[-1].end() :] if breaks else piece)
            after_cr = piece.endswith("\r") if piece else after_cr
            found[offset] = line, column
            at = offset
        return found

    def shows(self, span: Span) -> bool:
        """Whether an editor can change these bytes: it has read them as UTF-8, and hides none of them."""
        hidden = len(BOM_UTF8) if self.codec == "utf-8-sig" else 0
        return self.codec.startswith("utf-8") and span.start >= hidden

    def widened(self, edit: Edit) -> Edit:
        """The same edit, so that it neither begins nor ends between CR and LF, where no position is."""
        start, end, replacement = edit.span.start, edit.span.end, edit.replacement
        if self.data[max(0, start - 1) : start + 1] == b"\r\n":
            start, replacement = start - 1, b"\r" + replacement
        if self.data[max(0, end - 1) : end + 1] == b"\r\n":
            end, replacement = end + 1, replacement + b"\n"
        return Edit(Span(start, end), replacement)


_BREAK = re.compile("\r\n?|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")


def _sound(text: str) -> str:
    """A text as it would be saved: no encoding has bytes for a lone surrogate."""
    return _SURROGATE.sub("\ufffd", text)


def _plain(text: str) -> str:
    """A text without what editors do not show, or show otherwise."""
    return _BREAK.sub("\n", _sound(text).removeprefix("\ufeff"))
