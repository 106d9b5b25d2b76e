"""Nothing that a collection says can speak for the validator: names and texts only ever show.

The command runs as a real process. What it prints may hold no control characters but LF, nothing that
turns the direction of text, and no command that a workflow runner would obey but the ones we mean.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.strategies import index_of
from validator import container, reporters
from validator.text import BIDI_CONTROLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parent.parent
FORMATS = sorted(reporters.FORMATS)
PARSERS: dict[str, Callable[[bytes], object]] = {
    "json": json.loads,
    "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
    "sarif": json.loads,
    "gitlab": json.loads,
    "junit": ElementTree.fromstring,
}

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names and no such pipes")
dev_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")

NAMES = [
    b"esc\x1b[31mred\x1b]0;owned\x07\x1b[2J.txt",
    b"del\x7fback\x08space.txt",
    b"return\r::error::owned.txt",
    b"tab\there.txt",
    b"::error file=a::owned.txt",
    b"::add-mask::a",
    b"##[group]owned.txt",
    b"x ##[stop-commands]owned.txt",
    b"percent%0A::error::owned%0D%25.txt",
    b"a:b,c::d.txt",
    "flip\u202etxt.exe".encode(),
    "isolate\u2066\u2067.txt".encode(),
    "next\u0085line\u2028separator\u2029.txt".encode(),
    "csi\u009b31m.txt".encode(),
    "tags\U000e0061\U000e0062.txt".encode(),
    b"latin\xe9.txt",
    b"\xff\xfe.txt",
    b"cut\xe2\x80",
    b"surrogate\xed\xa0\x80.txt",
    b"[bold]red[blink].txt",
    b"[",
    b"{0} {name!r} %s %(x)s.txt",
    b"<img src=x onerror=alert(1)>&amp;.txt",
    b"]]>.txt",
    b"`tick` $(touch owned) | pipe.txt",
    b"=cmd().txt",
    b"-rf",
    b"--config=x",
    b"\\<<<FILE 1 x>>>",
]
"""Names that a file and a block can have; a file can also have line feeds, a block slashes."""

FILE_NAMES = [*NAMES, b"feed\n::error::owned.txt", b"\n::stop-commands::x\n##[error]owned", b"end\n"]
BLOCK_NAMES = [*NAMES, b"../../etc/passwd", b"/etc/\x1b[31mpasswd", b"[/x].txt", b"C:\\a::$DATA"]

LINES = [
    b"esc \x1b[31mred\x1b]0;owned\x07",
    b"::error::owned",
    b" ::error::owned\r::error::owned",
    b"##[error]owned and ##[group]owned",
    b"\x00\x01\x08\x0c\x1f\x7f",
    "flip \u202eowned \u2066 \u0085::error::owned\u2028::error::owned \u009b31m".encode(),
    "tags \U000e0061\U000e0062 zero\u200b\u200bwidth \ufeff \ufffd \ufdd0 \ue000".encode(),
    b"[bold]owned[/x] {name} %0A::error::owned <script>alert(1)</script> ]]>",
    b"caf\xe9 \xff \xc0\x80 \xed\xa0\x80 \xe2\x80",
    b"tab\tand blanks \t ",
]


def write(folder: Path, files: Iterable[tuple[bytes, bytes]]) -> None:
    folder.mkdir()
    for name, data in files:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(data)


def entries(names: Iterable[bytes]) -> bytes:
    """An index whose every cell is hostile: names that are not there, sizes and digests that are none."""
    rows = [b"| %b | `%b` | %b | %b |\n" % (name, name, name, name) for name in names if b"\n" not in name]
    return b"| id | name | bytes | sha256 |\n|----|------|-------|--------|\n" + b"".join(rows)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Collections in which the hostile words stand in every place that takes them."""
    home = tmp_path_factory.mktemp("hostile")
    listed = index_of({"a.txt": "1"}, {"a.txt": b"words.\n"})
    plain = [(b"INDEX.md", listed), (b"a.txt", b"words.\n")]
    blocks = [(b"%d" % number, name, b"words.\n") for number, name in enumerate(BLOCK_NAMES)]
    headers = b"".join(b"<<<FILE %b>>>\nwords.\n\n<<<FILE  %b>>>\nwords.\n\n" % (name, name) for name in BLOCK_NAMES)
    front_matters = [(b"%d.md" % number, b"---\n%b\n---\nx" % line) for number, line in enumerate(LINES)]
    contents = [(b"%d.txt" % number, line + b"\n" + line) for number, line in enumerate(LINES)]
    write(home / "blocks", [*plain, (b"all.bundle", b"".join(container.pack(blocks)))])
    write(home / "headers", [*plain, (b"all.bundle", headers + b"<<<END>>>\n<<<END \x1b[31m>>>\n")])
    write(home / "index", [(b"INDEX.md", entries(NAMES)), (b"a.txt", b"words.\n")])
    write(home / "content", [*plain, *contents])
    write(home / "front-matter", [*plain, *front_matters])
    write(home / "names", [*plain, *creatable(home, FILE_NAMES if os.name != "nt" else [])])
    return sorted(path for path in home.iterdir() if path.is_dir())


def creatable(home: Path, names: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Those of the names that this file system takes (macOS refuses what is not UTF-8)."""
    taken = []
    for name in names:
        trial = os.path.join(os.fsencode(home), b"trial" + name)
        try:
            with open(trial, "wb"):
                taken.append((name, b"words.\n"))
            os.unlink(trial)
        except OSError:
            continue
    return taken


def validate(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command(*arguments), env=surroundings(**environment), capture_output=True, check=False)


def command(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "validator", *arguments]


def surroundings(**environment: str) -> dict[str, str]:
    dropped = ("PYTHONIOENCODING", "PYTHONUTF8", "GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "LC_ALL", "LANG")
    inherited = {key: text for key, text in os.environ.items() if key not in dropped}
    return inherited | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | environment


def assert_harmless(output: bytes) -> None:
    assert b"Traceback" not in output
    assert b"defect of the validator" not in output
    text = output.decode("utf-8")
    forbidden = set(BIDI_CONTROLS) | {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
    forbidden |= {chr(code) for code in range(0xE0000, 0xE0080)}
    assert {hex(ord(character)) for character in forbidden - {"\n"} if character in text} == set()


def obeyed(output: bytes) -> list[str]:
    """The commands that the runner of GitHub Actions takes from a log.

    It obeys a line that begins with ``::``, behind blanks, and ``##[`` anywhere; after ``stop-commands``
    nothing until its token comes back.
    """
    commands = []
    waiting_for = ""
    for line in re.split("\r\n|\r|\n", output.decode("utf-8")):
        double = re.match(r"\s*::([a-zA-Z-]+)(?: [^:]*)?::(.*)", line)
        single = re.search(r"##\[([a-zA-Z-]+)[^]]*\]", line)
        if waiting_for:
            if line.strip() == f"::{waiting_for}::":
                waiting_for = ""
        elif double and double[1] == "stop-commands":
            waiting_for = double[2]
        elif double or single:
            commands.append((double or single)[1])  # type: ignore[index]
    assert waiting_for == ""
    return commands


@pytest.mark.parametrize("format", FORMATS)
def test_output_is_harmless(hostile: list[Path], format: str) -> None:
    done = validate("check", *hostile, "--output-format", format, "--select", "ALL")
    assert_harmless(done.stdout)
    assert_harmless(done.stderr)
    assert done.returncode == 1
    assert done.stdout


@pytest.mark.parametrize("format", FORMATS)
def test_a_workflow_runner_obeys_only_what_we_mean(hostile: list[Path], format: str) -> None:
    done = validate("check", *hostile, "--output-format", format, GITHUB_ACTIONS="true")
    assert done.returncode == 1
    assert set(obeyed(done.stdout)) <= ({"error", "warning", "notice"} if format == "github" else set())
    assert obeyed(done.stderr) == []


def test_every_finding_is_one_annotation_up_to_ten_of_a_level(hostile: list[Path]) -> None:
    report = json.loads(validate("check", *hostile, "--output-format", "json").stdout)
    done = validate("check", *hostile, "--output-format", "github", GITHUB_ACTIONS="true")
    levels = {"error": "error", "warning": "warning", "info": "notice"}
    found = Counter(levels[finding["severity"]] for finding in report["findings"])
    assert Counter(obeyed(done.stdout)) == {level: min(count, 10) for level, count in found.items()}
    assert max(found.values()) > 10


@pytest.mark.parametrize("format", sorted(PARSERS.keys() & set(FORMATS)))
def test_structured_formats_stay_well_formed(hostile: list[Path], format: str) -> None:
    assert PARSERS[format](validate("check", *hostile, "--output-format", format).stdout) is not None


@posix
def test_a_file_of_any_name_can_be_found_again(hostile: list[Path]) -> None:
    (folder,) = [path for path in hostile if path.name == "names"]
    report = json.loads(validate("check", folder, "--output-format", "json").stdout)
    told = {os.path.basename(finding["path"]) for finding in report["findings"]}
    assert {name for name in os.listdir(folder) if name not in told} == {"INDEX.md", "a.txt"}


def test_color_is_the_only_escape_sequence(hostile: list[Path]) -> None:
    done = validate("check", *hostile, "--color", "always")
    assert b"\x1b[" in done.stdout
    assert_harmless(re.sub(rb"\x1b\[[0-9;]*m", b"", done.stdout))


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nowhere\x1b[31m\n::error::owned"],
        ["nowhere\u202e"],
        ["check", ".", "--select", "\x1b[31m\n::error::owned"],
        ["check", ".", "--output-format", "\x1b[31m\n::error::owned"],
        ["check", ".", "--config", "max-findings=\x1b[31m\n::error::owned"],
        ["check", ".", "--config", "\x1b[31m\n::error::owned=1"],
        ["check", ".", "-o", "json:no\x1b[31m/where\n::error::owned"],
        ["check", ".", "--\x1b[31m\n::error::owned"],
        ["explain", "\x1b[31m\n::error::owned"],
    ],
)
def test_words_of_the_command_line_are_shown_harmlessly(tmp_path: Path, arguments: list[str]) -> None:
    write(tmp_path / "c", [(b"INDEX.md", index_of({"a.txt": "1"}, {"a.txt": b"words.\n"})), (b"a.txt", b"words.\n")])
    done = subprocess.run(command(*arguments), cwd=tmp_path / "c", env=surroundings(), capture_output=True, check=False)
    assert done.returncode == 2
    assert_harmless(done.stdout)
    assert_harmless(done.stderr)
    assert obeyed(done.stdout) + obeyed(done.stderr) == []


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=lambda environment: " ".join(f"{key}={text}" for key, text in environment.items()),
)
def test_any_encoding_of_the_output_will_do(hostile: list[Path], environment: dict[str, str], format: str) -> None:
    done = validate("check", *hostile, "--output-format", format, **environment)
    assert done.returncode == 1
    assert done.stdout
    assert b"Traceback" not in done.stderr
    assert {byte for byte in done.stdout + done.stderr if byte < 0x20} <= {0x0A}


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with more to say than fits into a pipe."""
    folder = tmp_path_factory.mktemp("talkative") / "c"
    listed = index_of({"a.txt": "1"}, {"a.txt": b"words.\n"})
    write(folder, [(b"INDEX.md", listed), *((b"unlisted-%04d.txt" % n, b"%d words.\n" % n) for n in range(2000))])
    return folder


@posix
@pytest.mark.parametrize("format", FORMATS)
def test_a_reader_that_leaves_does_not_change_the_verdict(talkative: Path, format: str) -> None:
    run = subprocess.Popen(
        command("check", talkative, "--output-format", format),
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdout is not None
    assert run.stderr is not None
    assert run.stdout.read(40)
    run.stdout.close()
    said = run.stderr.read()
    run.stderr.close()
    assert run.wait() == 1
    assert said == b""


@posix
@pytest.mark.parametrize("folder", ["seeds", "broken"])
def test_a_reader_that_was_never_there_does_not_change_the_verdict(talkative: Path, folder: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    path = ROOT / "seeds" if folder == "seeds" else talkative
    done = subprocess.run(command(path), env=surroundings(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.returncode == (0 if folder == "seeds" else 1)
    assert done.stderr == b""


@dev_full
@pytest.mark.parametrize("format", FORMATS)
def test_a_report_that_cannot_be_written_is_a_failure(format: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command("check", ROOT / "seeds", "--output-format", format),
            env=surroundings(), stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert done.stderr.startswith(b"error: cannot write the report")


@dev_full
def test_a_failure_that_cannot_even_be_told_keeps_its_exit_code() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(ROOT / "seeds"), env=surroundings(), stdout=full, stderr=full, check=False)
    assert done.returncode == 2


@posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_defect(talkative: Path, closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command(talkative)],
        env=surroundings(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == (2 if ">&-" in closed.split() else 1)
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
