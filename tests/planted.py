"""Planted bugs: do the tests of the container format notice when it is broken?

``python -m tests.planted`` plants one bug at a time in a copy of the package, runs
``tests/test_container.py`` against the copy, and prints which test noticed. A bug that survives is a
hole in the tests. The examples that Hypothesis draws are the same in every run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
MODULE = "validator/container.py"
SUITE = "tests/test_container.py"
SETTINGS = """\
from hypothesis import Phase, settings

phases = (Phase.explicit, Phase.generate)
settings.register_profile("planted", derandomize=True, database=None, max_examples=30, phases=phases)
settings.load_profile("planted")
"""


class Bug(NamedTuple):
    """What is broken, and the source that is replaced; it must occur exactly once."""

    title: str
    found: str
    planted: str


BUGS = (
    Bug(
        "no overlap is kept between chunks",
        "at = max(at, len(data) - len(_MARK))",
        "at = len(data)",
    ),
    Bug(
        "one byte too little is kept between chunks",
        "keep = max(0, at - 1)",
        "keep = max(0, at)",
    ),
    Bug(
        "an incomplete marker line is taken as it is",
        "if not last and len(data) - start <= HEADER_LIMIT + 1:",
        "if not last and len(data) - start <= HEADER_LIMIT + 1 and not data.endswith(b'>>>'):",
    ),
    Bug(
        "the wait for the end of a marker line is one byte too short",
        "len(data) - start <= HEADER_LIMIT + 1:",
        "len(data) - start <= HEADER_LIMIT:",
    ),
    Bug(
        "no line begins at the first byte",
        'self._held, self._held_at = b"\\n" + self._held[skip:], skip - 1',
        "self._held, self._held_at = self._held[skip:], skip",
    ),
    Bug(
        "the byte order mark is not counted",
        "skip - 1\n",
        "-1\n",
    ),
    Bug(
        "a byte order mark that comes in pieces is missed",
        "if not last and len(self._held) < 3 and BOM.startswith(self._held):",
        "if not last and not self._held:",
    ),
    Bug(
        "a marker at the very end is lost",
        "if not last and len(data) - start <= HEADER_LIMIT + 1:",
        "if len(data) - start <= HEADER_LIMIT + 1:",
    ),
    Bug(
        "the CR of CR LF framing is kept",
        'if newline == b"\\r\\n" and body_end > header_end and before[-2:-1] == b"\\r":',
        "if False:",
    ),
    Bug(
        "a CR is stripped in an LF container",
        'if newline == b"\\r\\n" and body_end > header_end and before[-2:-1] == b"\\r":',
        'if body_end > header_end and before[-2:-1] == b"\\r":',
    ),
    Bug(
        "the framing newline is kept",
        "            body_end -= 1\n            if newline",
        "            if newline",
    ),
    Bug(
        "a body without a final newline loses its last byte",
        'if end > header_end and before.endswith(b"\\n"):',
        "if end > header_end:",
    ),
    Bug(
        "a header followed by a marker has a body",
        "end > header_end, oddities, line",
        "True, oddities, line",
    ),
    Bug(
        "the last block is not completed",
        "blocks += self._stop(self.size, self._held)",
        "self._stop(self.size, self._held)",
    ),
    Bug(
        "the last gap is lost",
        "if self._gap is not None and self._gap < self.size:",
        "if False:",
    ),
    Bug(
        "the gap between joined containers is lost",
        "            if self._gap < start:\n                self.gaps.append(Span(self._gap, start))\n",
        "",
    ),
    Bug(
        "the gap before another end marker is lost",
        "if self._gap is not None and self._gap < start:",
        "if False:",
    ),
    Bug(
        "the line end of an end marker is counted as content",
        "self._gap = span.end + len(newline)",
        "self._gap = span.end",
    ),
    Bug(
        "an end marker does not end the block",
        """            elif kind == "end":
                blocks += self._stop(base + start, data[max(0, start - 2) : start])
""",
        """            elif kind == "end":
""",
    ),
    Bug(
        "a preamble goes on past an end marker",
        """    def _end(self, start: int, line: bytes, newline: bytes) -> None:
        if self._preamble_end is None:
            self._preamble_end = start
""",
        """    def _end(self, start: int, line: bytes, newline: bytes) -> None:
""",
    ),
    Bug(
        "an end marker with a leading zero is accepted",
        'and (count == b"0" or not count.startswith(b"0"))',
        "",
    ),
    Bug(
        "a container without blocks cannot end",
        '(count == b"0" or not count.startswith(b"0"))',
        'not count.startswith(b"0")',
    ),
    Bug(
        "an end marker with a huge number is accepted",
        " and len(count) <= 18",
        "",
    ),
    Bug(
        "an end marker may have any separator",
        'return "end" if plain and line[len(END)] == 0x20 else "foreign-end"',
        'return "end" if plain else "foreign-end"',
    ),
    Bug(
        "the header limit is one byte too low",
        "long = len(line) > HEADER_LIMIT",
        "long = len(line) >= HEADER_LIMIT",
    ),
    Bug(
        "the header limit is one byte too high",
        "long = len(line) > HEADER_LIMIT",
        "long = len(line) > HEADER_LIMIT + 1",
    ),
    Bug(
        "the line end of an over-long line is made up",
        'line, newline = line[:HEADER_LIMIT], b""',
        "line = line[:HEADER_LIMIT]",
    ),
    Bug(
        "an over-long header forgets its CR",
        "newline = _cut_line_end(data, at, line_end)[1]\n",
        'newline = data[line_end : line_end + 1] if line_end >= 0 else b""\n',
    ),
    Bug(
        "an over-long header is kept in memory",
        """                if line_end < 0 and not last:
                    at = len(data)
                    break
""",
        """                if line_end < 0 and not last:
                    break
""",
    ),
    Bug(
        "the first >>> closes the header",
        """    inner = line[len(FILE) :]
    if inner.endswith(b">>>"):
        inner = inner[:-3]
""",
        """    inner = line[len(FILE) :]
    if inner.endswith(b">>>"):
        inner = inner[: inner.index(b">>>")]
""",
    ),
    Bug(
        "names are stripped",
        "        return identifier, name, tuple(oddities)\n",
        "        return identifier, name.strip(), tuple(oddities)\n",
    ),
    Bug(
        "the last space of a header separates",
        'identifier, _, name = inner[1:].partition(b" ")',
        'identifier, _, name = inner[1:].rpartition(b" ")',
    ),
    Bug(
        "an unterminated header does not split",
        'return "file" if closed or meant else "reserved"',
        'return "file" if closed else "reserved"',
    ),
    Bug(
        "every line that begins like a header splits",
        'return "file" if closed or meant else "reserved"',
        'return "file"',
    ),
    Bug(
        "an escape is not undone",
        'if b"\\\\<<<" not in raw:',
        "if True:",
    ),
    Bug(
        "an escape is undone once too often",
        'rb"(?m)^\\\\(?=\\\\*<<<(?:FILE|END))", raw)',
        'rb"(?m)^\\\\(?=\\\\*<<<(?:FILE|END))|(?<=\\n\\\\)\\\\(?=\\\\*<<<(?:FILE|END))", raw)',
    ),
    Bug(
        "only end markers are escaped behind a backslash",
        'rb"(?m)^(?=\\\\*<<<(?:FILE|END))", rb"\\\\", body)',
        'rb"(?m)^(?=<<<FILE|\\\\*<<<END)", rb"\\\\", body)',
    ),
    Bug(
        "markers in the middle of a line are escaped",
        'rb"(?m)^(?=\\\\*<<<(?:FILE|END))", rb"\\\\", body)',
        'rb"(?=<<<(?:FILE|END))", rb"\\\\", body)',
    ),
    Bug(
        "offsets of escapes are those of the raw body",
        "tuple(mark - taken for taken, mark in enumerate(marks))",
        "tuple(marks)",
    ),
    Bug(
        "the writer forgets the framing newline",
        '        yield escape(body)\n        yield b"\\n"\n',
        "        yield escape(body)\n",
    ),
    Bug(
        "the writer adds no newline to one that is there",
        '        yield escape(body)\n        yield b"\\n"\n',
        '        yield escape(body)\n        yield b"" if body.endswith(b"\\n") else b"\\n"\n',
    ),
    Bug(
        "the writer accepts an id with a space",
        ' or b" " in identifier',
        "",
    ),
    Bug(
        "the end marker counts one too many",
        'return b"%b %d>>>\\n" % (END, count)',
        'return b"%b %d>>>\\n" % (END, count + 1)',
    ),
    Bug(
        "an empty file ends in a newline",
        'self.final_newline = self._held.endswith(b"\\n") and self.size > 3 * self.bom',
        'self.final_newline = self._held.endswith(b"\\n")',
    ),
    Bug(
        "an escaped header is a near miss",
        '    if before and not before.strip(b"\\\\"):\n        return ""\n',
        "",
    ),
    Bug(
        "near misses overlap",
        "done = start + len(text)\n            yield kind, Span(start, done), text",
        "yield kind, Span(start, start + len(text)), text",
    ),
    Bug(
        "near misses look back to the start",
        "window = max(0, start - 256)",
        "window = 0",
    ),
    Bug(
        "near misses look ahead to the end",
        'body.find(b"\\n", start, start + 4096)',
        'body.find(b"\\n", start)',
    ),
)


def broken(source: str, bug: Bug) -> str:
    """The source with the bug in it; raises ``ValueError`` where that no longer applies."""
    if source.count(bug.found) != 1:
        raise ValueError(f"{bug.title}: {source.count(bug.found)} places instead of one for {bug.found!r}")
    return source.replace(bug.found, bug.planted)


def verdict(bug: Bug | None) -> str:
    """The first test that fails where the bug is planted; empty if none does."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "validator", copy / "validator", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "docs", copy / "docs")
        (copy / "tests").mkdir()
        (copy / "tests" / "__init__.py").touch()
        (copy / "tests" / "conftest.py").write_text(SETTINGS)
        shutil.copy(ROOT / SUITE, copy / SUITE)
        if bug is not None:
            (copy / MODULE).write_text(broken((ROOT / MODULE).read_text("utf-8"), bug), "utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", SUITE],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": folder, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    failed = re.search(rf"(?m)^FAILED {SUITE}::(\w+)", run.stdout)
    if run.returncode not in (0, 1) or (failed is None) == (run.returncode == 1):
        raise RuntimeError(f"the tests could not be run:\n{run.stdout}{run.stderr}")
    return failed[1] if failed else ""


def main() -> int:
    """Try every bug; print a table; return how many survive."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        control, *verdicts = pool.map(verdict, (None, *BUGS))
    if control:
        print(f"Without any bug, {control} fails.")
        return 1
    print("| planted bug | noticed by |\n|---|---|")
    for bug, noticed in zip(BUGS, verdicts, strict=True):
        print(f"| {bug.title} | {f'`{noticed}`' if noticed else '**nothing**'} |")
    survivors = verdicts.count("")
    print(f"\n{len(BUGS)} bugs, {survivors} unnoticed.")
    return survivors


if __name__ == "__main__":
    sys.exit(main())
