r"""The little of Markdown that an index needs: lines outside code, tables, list items, links.

GitHub Flavored Markdown (https://github.github.com/gfm/) on bytes, without a tree: each function looks
at a line or a cell. Lines end at LF; a CR before it is white space. Offsets are bytes.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BLANK = b" \t\r\v\f"
_PUNCTUATION = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def split_row(data: bytes, row: Span) -> list[Span]:
    """The cells of a table row, without the blanks around them."""
    line = data[row.start : row.end]
    at = row.start + len(line) - len(line.lstrip(BLANK))
    at += data.startswith(b"|", at, row.end)
    spans = []
    for cell in cells(line):
        left = len(cell) - len(cell.lstrip(BLANK))
        spans.append(Span(at + left, at + max(left, len(cell.rstrip(BLANK)))))
        at += len(cell) + 1
    return spans


def prose_lines(data: bytes, start: int, unclosed: list[Span] | None = None) -> Iterator[tuple[int, bytes]]:
    """The lines outside fenced code and comments, each as its offset and its bytes without LF.

    Where a fence or a comment is never closed, its first line is put into ``unclosed``.
    """
    fence = b""
    comment = False
    opened = Span(start, start)
    while start < len(data):
        end = data.find(b"\n", start)
        if end < 0:
            end = len(data)
        line = data[start:end]
        head = line.lstrip(BLANK)
        if fence:
            if head.startswith(fence) and not head.strip(fence[:1] + BLANK):
                fence = b""
        elif comment:
            comment = b"-->" not in line
        elif head.startswith(b"<!--"):
            comment = b"-->" not in line
            opened = Span(start, end)
        elif head.startswith((b"```", b"~~~")) and not (head[:1] == b"`" and b"`" in head.lstrip(b"`")):
            fence = head[: len(head) - len(head.lstrip(head[:1]))]
            opened = Span(start, end)
        else:
            yield start, line
        start = end + 1
    if unclosed is not None and (fence or comment):
        unclosed.append(stripped(data, opened))


def lines(data: bytes, start: int, count: int) -> list[bytes]:
    """So many lines from ``start`` on, without LF; empty where there are no more."""
    lines = []
    for _ in range(count):
        end = data.find(b"\n", start)
        lines.append(data[start : end if end >= 0 else len(data)])
        start = end + 1 if end >= 0 else len(data)
    return lines


def past_blanks(data: bytes, start: int) -> int:
    """Where the first line starts, from that at ``start`` on, that is not blank."""
    while start < len(data):
        end = data.find(b"\n", start)
        if data[start : end if end >= 0 else len(data)].strip(BLANK):
            return start
        start = end + 1 if end >= 0 else len(data)
    return start


def past_comment(data: bytes, start: int) -> int:
    """Where the line starts behind the one on which the comment ends that begins at ``start``."""
    close = data.find(b"-->", start)
    end = data.find(b"\n", close) if close >= 0 else -1
    return end + 1 if end >= 0 else len(data)


def begins_block(text: bytes) -> bool:
    """Whether a line, without the blanks around it, begins a block other than a paragraph."""
    if text[:1] in (b">", b"<") or text.startswith((b"```", b"~~~")):
        return True
    if text[:1] == b"#":
        return text.lstrip(b"#")[:1] in (b"", b" ", b"\t")
    return bool(bullet(text)) or not text.strip(b"-*_ \t")


def bullet(text: bytes) -> int:
    """The length of a list marker with the blank behind it; 0 where there is none."""
    if text[:1] in (b"-", b"*", b"+"):
        return 2 if text[1:2] in (b" ", b"\t") else 0
    digits = len(text[:10]) - len(text[:10].lstrip(b"0123456789"))
    marked = 1 <= digits <= 9 and text[digits : digits + 1] in (b".", b")")
    return digits + 2 if marked and text[digits + 1 : digits + 2] in (b" ", b"\t") else 0


def content(item: bytes) -> int:
    """Where the content of a list item starts, behind its marker and a box to tick."""
    text = item.lstrip(BLANK)
    text = text[bullet(text) :].lstrip(BLANK)
    if text[:4] in (b"[ ] ", b"[x] ", b"[X] "):
        text = text[4:].lstrip(BLANK)
    return len(item) - len(text)


def is_head(header: bytes, line: bytes) -> bool:
    """Whether two lines are the header of a table and the dashes under it."""
    width = dashes(line)
    if not width or len(cells(header)) != width:
        return False
    return not header.startswith((b"    ", b"\t")) and not begins_block(header.strip(BLANK))


def dashes(line: bytes) -> int:
    """How many columns the delimiter row of a table has; 0 where a line is none."""
    text = line.strip(BLANK)
    if text[:1] not in (b"|", b"-", b":") or text.strip(b"|:-" + BLANK) or not (b"|" in text or b":" in text):
        return 0
    found = [cell.strip(BLANK).removeprefix(b":").removesuffix(b":") for cell in cells(line)]
    return len(found) if all(cell and not cell.strip(b"-") for cell in found) else 0


def cells(line: bytes) -> list[bytes]:
    r"""The cells of a row with the blanks around them; ``\|`` does not separate."""
    text = line.strip(BLANK)
    cells = (text[1:] if text[:1] == b"|" else text).split(b"|")
    if b"\\" in text:
        cells = _rejoined(cells)
    if not cells[-1]:
        cells.pop()
    return cells


def _rejoined(pieces: Sequence[bytes]) -> list[bytes]:
    """Put together again what was split at an escaped bar, one behind an odd number of backslashes."""
    cells = []
    held: list[bytes] = []
    for piece in pieces:
        held.append(piece)
        if (len(piece) - len(piece.rstrip(b"\\"))) % 2 == 0:
            cells.append(b"|".join(held))
            held = []
    return [*cells, b"|".join(held)] if held else cells


def is_address(name: str) -> bool:
    """Whether the destination of a link is no file: a web or mail address, or a heading of the same page."""
    scheme, colon, _ = name.partition(":")
    bare = scheme.replace("+", "").replace("-", "").replace(".", "")
    return name.startswith("#") or (colon != "" and len(scheme) > 1 and bare.isascii() and bare.isalnum())


def read_name(raw: bytes, in_table: bool) -> tuple[str, int, int, str | None]:
    """The name in a text without blanks around it, its start and end there, and its title, if it is a link.

    Only the name of a link or a code span starts behind the beginning.
    """
    if raw[:1] in (b"[", b"`", b"*", b"_"):
        at = len(raw) - len(raw.lstrip(b"*_"))
        found = _link(raw, at) if raw[at : at + 1] == b"[" else _code(raw, at, in_table)
        if found is not None:
            return found
    return plain(raw).removeprefix("./"), 0, len(raw), None


def _link(raw: bytes, at: int) -> tuple[str, int, int, str | None] | None:
    """Read the link that begins at an offset."""
    middle = _closing(raw, at, b"[", b"]")
    if middle < 0 or raw[middle + 1 : middle + 2] != b"(":
        return None
    title = plain(raw[at + 1 : middle])
    start = middle + 2
    start += len(raw) - start - len(raw[start:].lstrip(BLANK))
    if raw[start : start + 1] == b"<":
        end = _closing(raw, start, b"<", b">") if b")" in raw[start:] else -1
        start += 1
    else:
        end = _closing(raw, middle + 1, b"(", b")")
        end = _without_title(raw, start, end)
    if end < start:
        return None
    name = plain(raw[start:end])
    if "%" in name:
        from urllib.parse import unquote

        name = unquote(name, errors="surrogateescape")
    return name.removeprefix("./"), start, end, title


def _without_title(raw: bytes, start: int, end: int) -> int:
    """Where the destination of a link ends that stands before ``end``, perhaps with a quoted title behind it."""
    inside = raw[start:end].rstrip(BLANK)
    for opening, closing in ((b' "', b'"'), (b" '", b"'"), (b" (", b")")):
        quoted = inside.find(opening)
        if inside.endswith(closing) and 0 <= quoted < len(inside) - 2:
            inside = inside[:quoted].rstrip(BLANK)
            break
    return start + len(inside) if end >= start else -1


def _code(raw: bytes, at: int, in_table: bool) -> tuple[str, int, int, str | None] | None:
    """Read the code span that begins at an offset; it ends at a run of just as many backticks."""
    start = at
    while raw[start : start + 1] == b"`":
        start += 1
    ticks = raw[at:start]
    end = raw.find(ticks, start) if ticks else -1
    while end >= 0:
        after = end
        while raw[after : after + 1] == b"`":
            after += 1
        if after - end == len(ticks):
            break
        end = raw.find(ticks, after)
    if end < 0:
        return None
    if raw[start] == raw[end - 1] == 0x20 and raw[start:end].strip(b" "):
        start, end = start + 1, end - 1
    name = raw[start:end].replace(b"\\|", b"|") if in_table else raw[start:end]
    return name.decode("utf-8", "surrogateescape").removeprefix("./"), start, end, None


def _closing(raw: bytes, at: int, opening: bytes, closing: bytes) -> int:
    r"""Where the bracket closes that opens at an offset; -1 where it does not. ``\`` takes meaning away."""
    end = raw.find(closing, at)
    if end < 0 or (raw.find(opening, at + 1, end) < 0 and raw.find(b"\\", at, end) < 0):
        return end
    depth, escaped = 0, False
    for number in range(at, len(raw)):
        byte = raw[number : number + 1]
        if escaped or byte == b"\\":
            escaped = not escaped
        elif byte == opening:
            depth += 1
        elif byte == closing:
            depth -= 1
            if not depth:
                return number
    return -1


def plain(raw: bytes) -> str:
    """Text without Markdown's backslash escapes."""
    if b"\\" in raw:
        pieces = []
        start = 0
        while (at := raw.find(b"\\", start)) >= 0:
            kept = at + (raw[at + 1 : at + 2] != b"" and raw[at + 1] in _PUNCTUATION)
            pieces += [raw[start:at], raw[kept : kept + 1]]
            start = kept + 1
        raw = b"".join([*pieces, raw[start:]])
    return raw.decode("utf-8", "surrogateescape")


def stripped(data: bytes, line: Span) -> Span:
    """A line without the blanks around it."""
    text = data[line.start : line.end]
    bare = text.strip(BLANK)
    if len(bare) == len(text):
        return line
    start = line.start + len(text) - len(text.lstrip(BLANK))
    return Span(start, start + len(bare))
