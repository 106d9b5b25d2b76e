"""Collections that are made to take long, in any size, and every expression that the validator matches.

``python -m tests.hostile`` checks them at full size and prints what it took; ``python -m tests.hostile
expressions 100000`` tries every expression on texts of so many characters.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

Tree = dict[str, bytes]
Shape = Callable[[int], Tree]
"""A collection of about so many bytes."""

_ROW = b"| 1 | `a.txt` | 6 | %b |\n" % (b"0" * 64)
_HEADER = b"| id | name | bytes | sha256 |\n|----|------|-------|--------|\n"


def _filled(unit: bytes, size: int) -> bytes:
    return unit * (size // len(unit))


SHAPES: dict[str, Shape] = {
    "one marker line": lambda size: {"all.bundle": b"<<<FILE 1 " + b"a" * size + b">>>\nx\n"},
    "a marker line without an end": lambda size: {"all.bundle": b"<<<FILE 1 a>>>\nx\n\n<<<FILE " + b"<" * size},
    "markers": lambda size: {"all.bundle": b"".join(b"<<<FILE %d %d.txt>>>\n" % (n, n) for n in range(size // 24))},
    "equal ids and names": lambda size: {"all.bundle": _filled(b"<<<FILE 1 a.txt>>>\nx\n\n", size)},
    "end markers": lambda size: {"all.bundle": b"<<<FILE 1 a>>>\nx\n\n" + _filled(b"<<<END 1>>>\n", size)},
    "lines like markers": lambda size: {"all.bundle": b"<<<FILE 1 a>>>\n" + _filled(b" <<<file 2 b>>>\n", size)},
    "rows of one name": lambda size: {"a.txt": b"words.\n", "INDEX.md": _HEADER + _filled(_ROW, size)},
    "rows of nothing": lambda size: {"a.txt": b"words.\n", "INDEX.md": _HEADER + _filled(b"|||||\n", size)},
    "one row": lambda size: {"INDEX.md": _HEADER + b"|" * size},
    "backticks in an index": lambda size: {"INDEX.md": b"- " + _filled(b"` `` ", size)},
    "brackets in an index": lambda size: {"INDEX.md": b"- " + _filled(b"[a](", size)},
    "nested items": lambda size: {"INDEX.md": b"".join(b" " * (2 * n) + b"- `a`\n" for n in range(int(size**0.5)))},
    "one line": lambda size: {"a.txt": b"a" * size},
    "combining marks": lambda size: {"a.txt": b"a" + _filled("\u0301\u0327".encode(), size)},
    "escapes": lambda size: {"a.txt": _filled(b"\x1b]0;", size)},
    "stray bytes": lambda size: {"a.txt": _filled(b"a\xff\xc3", size)},
    "mojibake": lambda size: {"a.txt": _filled("Ã©â€™Ð".encode(), size)},
    "directions": lambda size: {"a.txt": _filled("\u202e\u2066a".encode(), size)},
    "tags": lambda size: {"a.txt": b"a" + _filled("\U000e0061".encode(), size)},
    "mixed scripts": lambda size: {"a.txt": _filled("aаοa".encode(), size)},
    "carriage returns": lambda size: {"a.txt": _filled(b"\r\n\r", size)},
    "blanks": lambda size: {"a.txt": b" " * size + b"x"},
    "nulls": lambda size: {"a.txt": _filled(b"text\0\0", size)},
    "dashes": lambda size: {"a.md": b"---\n" + _filled(b"- \n", size)},
}  # fmt: skip


def took(tree: Tree) -> tuple[float, str]:
    """The seconds of processor time in which a collection is checked, by every rule, and what is found first."""
    from validator import engine, trees
    from validator.model import Options

    held: dict[str, Any] = dict(tree)
    codes: list[str] = []

    def check() -> None:
        report = engine.check([trees.Memory(held, is_folder="all.bundle" not in tree)], Options(select=("ALL",)))
        codes.extend(dict.fromkeys(finding.code for finding in report.findings))

    return seconds(check), ", ".join(codes) or "-"


def seconds(work: Callable[[], object]) -> float:
    """The processor time of some work.

    Without that of the garbage collector: it goes through all that a process holds already, and after thousands of
    tests that may take longer than the work.
    """
    gc.disable()
    try:
        before = time.process_time()
        work()
        return time.process_time() - before
    finally:
        gc.enable()


Expression = tuple[str | bytes, int, bool]
"""A pattern, its flags, and whether it is matched at one place only, rather than looked for."""


def expressions() -> list[Expression]:
    """Every expression that the examples of all rules, and hard collections, make the validator match.

    For a process of its own: what was compiled before is not seen.
    """
    seen: dict[Expression, None] = {}

    def noting(function: Any) -> Any:
        is_anchored = function.__name__ in ("match", "fullmatch")

        def noted(pattern: Any, *arguments: Any, **options: Any) -> Any:
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if caller.startswith("validator"):
                compiled = pattern if isinstance(pattern, re.Pattern) else real(pattern, options.get("flags", 0))
                seen[compiled.pattern, compiled.flags & ~re.UNICODE, is_anchored] = None
            return function(pattern, *arguments, **options)

        return noted

    real = re.compile
    for name in ("compile", "search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"):
        setattr(re, name, noting(getattr(re, name)))
    from validator import engine, trees
    from validator.model import Options
    from validator.rule import Bad, Good
    from validator.rules import catalogue

    for rule in catalogue():
        examples: list[Good | Bad] = [*rule.good, *rule.bad]
        for one in examples:
            tree, is_folder = rule.example(one.content)
            engine.check([trees.Memory(dict(tree), is_folder=is_folder)], Options(select=("ALL",)))
    for name, shape in SHAPES.items():
        assert took(shape(2000)), name
    for module in [module for name, module in sys.modules.items() if name.startswith("validator")]:
        for compiled in vars(module).values():
            if isinstance(compiled, re.Pattern):
                seen[compiled.pattern, compiled.flags & ~re.UNICODE, False] = None
    return list(seen)


def hard(pattern: str | bytes) -> Iterator[str]:
    """Units whose repetition may be hard for an expression: its characters, in pairs with each other."""
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    unescaped = re.sub(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})", lambda found: chr(int(found[1] or found[2], 16)), text)
    letters = list(dict.fromkeys(unescaped))[:24]
    yield from (
        "a",
        "A",
        " ",
        "0",
        "0.",
        "\n",
        "\r",
        "a ",
        "-",
        "<",
        "`",
        "[",
        "]",
        "|",
        "\\",
        "é",
        "\u202e",
        "\x1b[",
        "\0",
    )
    yield from letters
    yield from (one + other for one, other in pairwise(letters))


def slow(expression: Expression, size: int) -> str:
    """On what an expression takes more than in proportion to ``size`` characters; empty if on nothing."""
    pattern, flags, is_anchored = expression
    compiled = re.compile(pattern, flags)
    look: Any = compiled.fullmatch if is_anchored else lambda text: sum(1 for _ in compiled.finditer(text))
    for unit in hard(pattern):
        for tail in ("", "\n!"):
            times = []
            for length in (size // 4, size):
                text: Any = (unit * (length // len(unit)) + tail)[:length]
                if isinstance(pattern, bytes):
                    text = text.encode("utf-8", "surrogateescape")
                before = time.process_time()
                look(text)
                times.append(time.process_time() - before)
            if times[1] > 0.05 and times[1] > 8 * times[0]:
                return f"{pattern!r} on {unit!r}: {times}"
    return ""


def main() -> None:
    """Print what every shape takes at 2.5 MB and 10 MB."""
    print("| collection | 2.5 MB | 10 MB | rules that speak |\n|---|---:|---:|---|", flush=True)
    for name, shape in SHAPES.items():
        (quarter, _), (whole, codes) = took(shape(2_500_000)), took(shape(10_000_000))
        print(f"| {name} | {quarter:.1f} s | {whole:.1f} s | {codes} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["expressions"]:
        found = expressions()
        size = int(sys.argv[2])
        late = [said for expression in found if (said := slow(expression, size))]
        print(json.dumps({"expressions": len(found), "slow": late}))
    else:
        main()
