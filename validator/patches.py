"""The difference of two files as a patch that ``patch`` and ``git apply`` carry out, byte for byte."""

from __future__ import annotations

from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTEXT = 3
_NO_NEWLINE = b"\n\\ No newline at end of file\n"


def unified(name: str, before: bytes | None, after: bytes | None) -> Iterator[bytes]:
    """A unified diff, piece by piece; ``None`` stands for no file. Nothing if both are the same."""
    if before == after:
        return
    old, new = _lines(before or b""), _lines(after or b"")
    yield b"--- %b\n" % (b"/dev/null" if before is None else _quoted(f"a/{name}"))
    yield b"+++ %b\n" % (b"/dev/null" if after is None else _quoted(f"b/{name}"))
    for group in _groups(old, new):
        (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = group[0], group[-1]
        yield b"@@ -%b +%b @@\n" % (_range(old_start, old_end), _range(new_start, new_end))
        for tag, i, j, k, m in group:
            kept = b" " if tag == "equal" else b"-"
            yield from (_line(kept, line) for line in old[i:j])
            if tag != "equal":
                yield from (_line(b"+", line) for line in new[k:m])


def _lines(data: bytes) -> list[bytes]:
    """Lines with their line ends; only LF ends one."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _line(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + _NO_NEWLINE


def _range(start: int, end: int) -> bytes:
    """Lines counted from 1; an empty range names the line before it."""
    if end - start == 1:
        return b"%d" % end
    return b"%d,%d" % (start + 1 if end > start else start, end - start)


def _quoted(name: str) -> bytes:
    """A name as git writes it in a patch: in quotes where it holds anything that could end it."""
    plain = name.encode("utf-8", "surrogateescape")
    if all(0x20 < byte < 0x7F and byte not in b'"\\' for byte in plain):
        return plain
    escaped = "".join(chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03o}" for byte in plain)
    return f'"{escaped}"'.encode()


def _groups(old: list[bytes], new: list[bytes]) -> Iterator[list[tuple[str, int, int, int, int]]]:
    """What changed, with a little around it. What is alike at both ends is found without comparing all with all."""
    from difflib import SequenceMatcher

    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    tail = next((n for n in range(shorter - head) if old[-1 - n] != new[-1 - n]), shorter - head)
    start, end = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    for group in SequenceMatcher(None, middle_old, middle_new).get_grouped_opcodes(_CONTEXT):
        yield [(tag, i + start, j + start, k + start, m + start) for tag, i, j, k, m in group]
