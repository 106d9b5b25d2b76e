r"""Regular expressions from strangers, matched in linear time.

A collection brings its own JSON Schema, and an expression such as ``^(a+)+$`` keeps a backtracking engine
busy for years. This one follows all ways at once (K. Thompson, "Regular expression search algorithm",
CACM 11, 1968): its time is the length of the text times the size of the expression.

It knows the subset that JSON Schema recommends (draft 2020-12, section 6.4): characters and escapes,
classes, groups, alternatives, the quantifiers ``* + ? {n} {n,} {n,m}``, also lazy, and the anchors
``^`` and ``$``. As in ECMAScript, ``\d`` and ``\w`` are ASCII, and ``$`` is the end of the text alone.
Everything else (look-around, back references, ``\b``, ``\p``) is refused.
"""

from __future__ import annotations

from bisect import bisect_right

from validator.model import TYPE_CHECKING, value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    Ranges: TypeAlias = tuple[tuple[int, int], ...]

STATE_LIMIT = 1000
"""The size of an expression, its counted repetitions written out."""

_STEP_LIMIT = 20 * STATE_LIMIT
_NESTING_LIMIT = 50
_CACHE_LIMIT = 10_000
_LAST = 0x10FFFF
_DIGITS = ((0x30, 0x39),)
_WORD = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE = (
    *((0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
    *((0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
_LINE_ENDS = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D, "0": 0x00}


class Unsupported(ValueError):
    """An expression that is malformed, too large, or uses what this engine does not know."""


class Pattern:
    """A compiled expression. Raises ``Unsupported``."""

    def __init__(self, source: str) -> None:
        self._states = _States()
        self._start = self._states.add(_Parser(source).parse(), _MATCH)
        self._cache: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    @property
    def size(self) -> int:
        """The number of its states: what a character of text costs at most."""
        return len(self._states.kind)

    def is_in(self, text: str) -> bool:
        """Whether the expression matches somewhere in a text."""
        current = self._reached([self._start], is_start=True)
        for character in text:
            if _MATCH in current:
                return True
            following = self._cache.get((current, character))
            if following is None:
                if len(self._cache) >= _CACHE_LIMIT:
                    self._cache.clear()
                following = self._cache[current, character] = self._after(current, ord(character))
            current = following
        return _MATCH in self._reached(current, is_start=not text, is_end=True)

    def _after(self, states: Iterable[int], code: int) -> frozenset[int]:
        """The states behind one more character; a match may also begin here."""
        kinds = self._states
        taken = [kinds.following[s][0] for s in states if kinds.kind[s] == "set" and _holds(kinds.ranges[s], code)]
        return self._reached([*taken, self._start])

    def _reached(self, states: Iterable[int], is_start: bool = False, is_end: bool = False) -> frozenset[int]:
        """The states with all that can be reached from them without a character."""
        open_kinds = {"fork", *(["start"] if is_start else []), *(["end"] if is_end else [])}
        seen: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                if self._states.kind[state] in open_kinds:
                    waiting += self._states.following[state]
        return frozenset(seen)


@value
class _Node:
    """A part of an expression: ``set``, ``start``, ``end``, ``sequence``, ``choice`` or ``repeat``."""

    kind: str
    parts: tuple[_Node, ...] = ()
    ranges: Ranges = ()
    least: int = 0
    most: int | None = None


_MATCH = 0


class _States:
    """The expression as a network, built from its end: each part is given what follows it."""

    def __init__(self) -> None:
        self.kind = ["match"]
        self.ranges: list[Ranges] = [()]
        self.following: list[list[int]] = [[]]
        self._steps = 0

    def add(self, node: _Node, following: int) -> int:
        """Add a part in front of a state; return where it begins."""
        self._steps += 1
        if self._steps > _STEP_LIMIT:
            raise Unsupported("it is too large")
        if node.kind == "sequence":
            for part in reversed(node.parts):
                following = self.add(part, following)
            return following
        if node.kind == "choice":
            return self._new("fork", [self.add(part, following) for part in node.parts])
        if node.kind == "repeat":
            return self._repeat(node, following)
        return self._new(node.kind, [following], node.ranges)

    def _repeat(self, node: _Node, following: int) -> int:
        (part,) = node.parts
        begin = following
        if node.most is None:
            begin = self._new("fork", [following])
            self.following[begin].append(self.add(part, begin))
        else:
            for _ in range(node.most - node.least):
                begin = self._new("fork", [following, self.add(part, begin)])
        for _ in range(node.least):
            begin = self.add(part, begin)
        return begin

    def _new(self, kind: str, following: list[int], ranges: Ranges = ()) -> int:
        if len(self.kind) >= STATE_LIMIT:
            raise Unsupported("it is too large")
        self.kind.append(kind)
        self.ranges.append(ranges)
        self.following.append(following)
        return len(self.kind) - 1


class _Parser:
    """Reads the text of an expression."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._depth = 0

    def parse(self) -> _Node:
        node = self._choice()
        if self._at < len(self._source):
            raise Unsupported("a parenthesis is closed that was not opened")
        return node

    def _peek(self, count: int = 1) -> str:
        return self._source[self._at : self._at + count]

    def _take(self, count: int = 1) -> str:
        taken = self._peek(count)
        if len(taken) < count:
            raise Unsupported("it breaks off")
        self._at += count
        return taken

    def _choice(self) -> _Node:
        choices = [self._sequence()]
        while self._peek() == "|":
            self._take()
            choices.append(self._sequence())
        return _Node("choice", tuple(choices)) if len(choices) > 1 else choices[0]

    def _sequence(self) -> _Node:
        parts = []
        while self._peek() not in ("", "|", ")"):
            if self._bounds() is not None:
                raise Unsupported("a quantifier has nothing to repeat")
            parts.append(self._quantified(self._atom()))
        return _Node("sequence", tuple(parts))

    def _quantified(self, node: _Node) -> _Node:
        bounds = self._bounds()
        if bounds is None:
            return node
        if self._peek() == "?":
            self._take()  # lazy: which match is found does not matter here
        return _Node("repeat", (node,), (), *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        sign = self._peek()
        if sign in ("*", "+", "?") and sign:
            self._take()
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        end = self._source.find("}", self._at, self._at + 40) if sign == "{" else -1
        least, comma, most = self._source[self._at + 1 : max(end, self._at + 1)].partition(",")
        if not _is_number(least) or (most and not _is_number(most)):
            return None
        self._at = end + 1
        bounds = int(least), int(most) if most else None if comma else int(least)
        if bounds[1] is not None and bounds[0] > bounds[1]:
            raise Unsupported(f"{{{least},{most}}} is the wrong way round")
        return bounds

    def _atom(self) -> _Node:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return _Node("set", ranges=self._class())
        if character == ".":
            return _Node("set", ranges=_others(_LINE_ENDS))
        if character in "^$":
            return _Node("start" if character == "^" else "end")
        return _Node("set", ranges=self._escape() if character == "\\" else _one(ord(character)))

    def _group(self) -> _Node:
        if self._peek() == "?" and self._peek(2) != "?:":
            raise Unsupported(f"({self._peek(3)} is not supported")
        self._take(2 if self._peek() == "?" else 0)
        self._depth += 1
        if self._depth > _NESTING_LIMIT:
            raise Unsupported("it is nested too deeply")
        node = self._choice()
        self._depth -= 1
        if self._peek() != ")":
            raise Unsupported("a parenthesis is not closed")
        self._take()
        return node

    def _class(self) -> Ranges:
        is_negated = self._peek() == "^"
        self._take(is_negated)
        ranges: list[tuple[int, int]] = []
        while self._peek() != "]":
            first = self._member()
            if self._peek() == "-" and self._peek(2) != "-]":
                self._take()
                last = self._member()
                if not _is_one(first) or not _is_one(last) or first > last:
                    raise Unsupported("a range in a class has no beginning or no end")
                first = ((first[0][0], last[0][0]),)
            ranges += first
        self._take()
        return _others(_merged(ranges)) if is_negated else _merged(ranges)

    def _member(self) -> Ranges:
        character = self._take()
        if character != "\\":
            return _one(ord(character))
        if self._peek() == "b":
            self._take()
            return _one(0x08)
        return self._escape()

    def _escape(self) -> Ranges:
        character = self._take()
        for name, ranges in (("d", _DIGITS), ("w", _WORD), ("s", _SPACE)):
            if character.lower() == name:
                return ranges if character == name else _others(ranges)
        if character in _CONTROLS and not (character == "0" and self._peek().isdigit()):
            return _one(_CONTROLS[character])
        if character == "x":
            return _one(self._hexadecimal(2))
        if character == "u":
            return _one(self._unicode())
        if character.isalnum():
            raise Unsupported(f"\\{character} is not supported")
        return _one(ord(character))

    def _hexadecimal(self, count: int) -> int:
        digits = self._take(count)
        if digits.strip("0123456789abcdefABCDEF"):
            raise Unsupported(f"{digits!r} is no hexadecimal number")
        return int(digits, 16)

    def _unicode(self) -> int:
        code = self._hexadecimal(4)
        if 0xD800 <= code < 0xDC00 and self._peek(2) == "\\u":
            self._take(2)
            return 0x10000 + (code - 0xD800) * 0x400 + (self._hexadecimal(4) - 0xDC00) % 0x400
        return code


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _one(code: int) -> Ranges:
    return ((code, code),)


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges in order, without overlap."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], high)
        else:
            merged.append((low, high))
    return tuple(merged)


def _others(ranges: Ranges) -> Ranges:
    """The characters that are in none of the ranges, which are in order."""
    lows = [0, *(high + 1 for _, high in ranges)]
    highs = [*(low - 1 for low, _ in ranges), _LAST]
    return tuple((low, high) for low, high in zip(lows, highs, strict=True) if low <= high)


def _holds(ranges: Ranges, code: int) -> bool:
    at = bisect_right(ranges, (code, _LAST)) - 1
    return at >= 0 and ranges[at][1] >= code
