"""What the command does where the operating system fails it: real processes, real files, one line or a finding."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import ROOT
from tests.strategies import index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these are the faults of Linux")

VALIDATE = [sys.executable, "-m", "validator"]
NOT_ROOT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
WALL = 60
"""Seconds after which a run counts as hanging."""


def ran(
    *command: str | Path, before: str = "", cwd: Path | None = None, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command, or ``validate`` where none is named, with the shell words ``before`` it."""
    words = [str(word) for word in command]
    words = words if words[0] in (sys.executable, *NOT_ROOT[:1], "sh", "unshare") else [*VALIDATE, *words]
    inherited = {key: content for key, content in os.environ.items() if key not in ("GITHUB_ACTIONS", "FORCE_COLOR")}
    run = subprocess.run(
        ["sh", "-c", f'{before}\nexec "$@"', "sh", *words], input=stdin, capture_output=True, cwd=cwd, timeout=WALL,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment}, check=False,
    )  # fmt: skip
    assert b"Traceback" not in run.stderr, run.stderr
    assert b"defect" not in run.stderr, run.stderr
    return subprocess.CompletedProcess(run.args, run.returncode, run.stdout.decode(), run.stderr.decode())


def found(run: subprocess.CompletedProcess[str], root: Path) -> list[str]:
    """The findings that a run printed, as ``CODE name``, where the name is relative to the collection."""
    pairs = re.findall(r"^\w+\[(\w+)\].*\n --> (.+)$", run.stdout, re.MULTILINE)
    return [f"{code} {os.path.relpath(re.sub(r':[0-9]+:[0-9]+$', '', path), root)}" for code, path in pairs]


def lay(root: Path, tree: dict[str, bytes], listed: bool = True) -> Path:
    """Write a collection, with an index of it at its top."""
    for name, data in {**tree, **({"INDEX.md": indexed(tree)} if listed else {})}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def indexed(tree: dict[str, bytes]) -> bytes:
    return index_of({name: str(number) for number, name in enumerate(tree)}, tree)


def held(root: Path) -> dict[str, str]:
    """Everything below a folder, with what tells its content."""
    kept = {}
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode
        kept[str(path.relative_to(root))] = sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(mode) else oct(mode)
    return kept


def one_line(run: subprocess.CompletedProcess[str], *words: str) -> None:
    """That a run failed, and said so in one line that holds some words."""
    assert run.returncode == 2, run
    assert run.stderr.startswith("error: "), run
    assert run.stderr.count("\n") == 1, run
    assert all(word in run.stderr for word in words), run


TREE = {f"sub/{letter}.txt": f"The text of {letter}.\n".encode() for letter in "abcdefgh"}


# -- while it is read

MEDDLING = """
import os, socket, sys
when, what, root, out = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
folder, path = root + "/sub", root + "/sub/d.txt"
watched = os.stat(path).st_ino


def put(make):
    os.rename(path, out + "/was")
    make()


def swap(make):
    os.rename(folder, out + "/was")
    make()


def written(data, flags=os.O_TRUNC):
    fd = os.open(path, os.O_WRONLY | flags)
    os.write(fd, data)
    os.close(fd)


def listen():
    os.chdir(folder)
    socket.socket(socket.AF_UNIX).bind("d.txt")


ACTS = {
    "grows": lambda: written(b"More.\\n", os.O_APPEND),
    "shrinks": lambda: os.truncate(path, 3),
    "is written anew": lambda: written(b"The text of e.\\n"),
    "vanishes": lambda: os.rename(path, out + "/was"),
    "becomes a file": lambda: put(lambda: os.rename(out + "/other/d.txt", path)),
    "becomes a folder": lambda: put(lambda: os.mkdir(path)),
    "becomes a link": lambda: put(lambda: os.symlink("c.txt", path)),
    "becomes a pipe": lambda: put(lambda: os.mkfifo(path)),
    "becomes a socket": lambda: put(listen),
    "lies in another folder": lambda: swap(lambda: os.rename(out + "/other", folder)),
    "lies behind a link": lambda: swap(lambda: os.symlink(out + "/other", folder)),
}


def act():
    try:
        os.close(os.open(out + "/done", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    ACTS[what]()


opened, read = os.open, os.read


def opening(name, *rest, **more):
    if when == "before" and os.fsdecode(name) == path:
        act()
    return opened(name, *rest, **more)


def reading(fd, size):
    data = read(fd, size)
    if when == "while" and data and os.fstat(fd).st_ino == watched:
        act()
    return data


from validator.__main__ import main
os.open, os.read = opening, reading
main()
"""
"""The command, in which something happens to a file before it is opened or while it is read, once."""

WAYS = {
    ("while", "grows"): "VAL002 sub/d.txt",
    ("while", "shrinks"): "VAL002 sub/d.txt",
    ("while", "is written anew"): "VAL002 sub/d.txt",
    ("while", "vanishes"): "VAL002 sub/d.txt",
    ("while", "becomes a file"): "VAL002 sub/d.txt",
    ("while", "becomes a folder"): "VAL002 sub/d.txt",
    ("while", "becomes a link"): "VAL002 sub/d.txt",
    ("while", "becomes a pipe"): "VAL002 sub/d.txt",
    ("while", "lies in another folder"): "VAL002 sub",
    ("while", "lies behind a link"): "VAL002 sub",
    ("before", "vanishes"): "VAL001 sub/d.txt",
    ("before", "becomes a folder"): "VAL001 sub/d.txt",
    ("before", "becomes a link"): "VAL001 sub/d.txt",
    ("before", "becomes a pipe"): "VAL001 sub/d.txt",
    ("before", "becomes a socket"): "VAL001 sub/d.txt",
    ("before", "lies in another folder"): "VAL002 sub",
    ("before", "lies behind a link"): "VAL002 sub",
}


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("when", "what"), WAYS)
def test_what_changes_under_our_eyes_is_said_and_not_judged(tmp_path: Path, when: str, what: str, jobs: str) -> None:
    root = lay(tmp_path / "c", TREE)
    lay(tmp_path / "other", {name.removeprefix("sub/"): data for name, data in TREE.items()}, listed=False)
    run = ran(sys.executable, "-c", MEDDLING, when, what, root, tmp_path, "-j", jobs, root)
    assert (tmp_path / "done").exists()
    assert (run.returncode, found(run, root), run.stderr) == (2, [WAYS[when, what]], "")


def test_folders_that_stay_are_not_suspected(tmp_path: Path) -> None:
    """A file that is replaced before it is read is what it is, and its folder is the same one."""
    root = lay(tmp_path / "c", TREE)
    lay(tmp_path / "other", {"d.txt": TREE["sub/d.txt"]}, listed=False)
    run = ran(sys.executable, "-c", MEDDLING, "before", "becomes a file", root, tmp_path, root)
    assert (tmp_path / "was").exists()
    assert (run.returncode, found(run, root), run.stderr) == (0, [], "")


# -- what is no document


def test_nothing_but_regular_files_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay(tmp_path / "c", TREE)
    (tmp_path / "out.txt").write_bytes(b"Secret.\n")
    links = {
        "round-1": "round-2", "round-2": "round-1", "out-1": "out-2", "out-2": "../out.txt", "up": "..",
        "absolute": str(tmp_path / "out.txt"), "pipe-link": "pipe", "zero-link": "/dev/zero",
        "stdin-link": "/dev/stdin", "self": "/proc/self/mem", "within": "sub/./../sub",
    }  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    for number in range(50):  # more than the system follows
        (root / f"chain-{number:02}").symlink_to(f"chain-{number + 1:02}")
    (root / "chain-50").symlink_to("sub/a.txt")
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        run = ran("-j", "2", root)
    special = {"pipe", "pipe-link", "socket"}
    said = {name: "NAM017" if name in special else "NAM016" for name in {*links, *special}}
    chain = {f"chain-{number:02}": "IDX003" for number in range(51)}  # documents, which are not in the index
    assert {name: code for code, name in map(str.split, found(run, root))} == said | chain
    assert "Secret" not in run.stdout
    assert run.returncode == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_devices_are_not_opened(tmp_path: Path) -> None:
    root = lay(tmp_path, {"a.txt": b"Text.\n"})
    os.mknod(root / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    os.mknod(root / "disk", stat.S_IFBLK | 0o666, os.makedev(7, 200))
    assert found(ran(root), root) == ["NAM017 disk", "NAM017 zero"]


@pytest.mark.parametrize("kind", ["folder", "pipe", "link out", "dangling link"])
def test_an_index_that_is_no_file(tmp_path: Path, kind: str) -> None:
    root = lay(tmp_path / "c", TREE, listed=False)
    (tmp_path / "INDEX.md").write_bytes(indexed(TREE))
    make: dict[str, Callable[[Path], object]] = {
        "folder": Path.mkdir,
        "pipe": os.mkfifo,
        "link out": lambda path: path.symlink_to("../INDEX.md"),
        "dangling link": lambda path: path.symlink_to("nowhere"),
    }
    make[kind](root / "INDEX.md")
    run = ran(root)
    assert run.returncode in (1, 2)
    assert found(run, root) == {"folder": ["IDX001 ."], "pipe": ["NAM017 INDEX.md"]}.get(kind, ["NAM016 INDEX.md"])
    assert ran("index", root).returncode == 2


def test_a_folder_where_a_document_is_listed(tmp_path: Path) -> None:
    root = lay(tmp_path, TREE)
    (root / "sub/d.txt").unlink()
    (root / "sub/d.txt").mkdir()
    run = ran(root)
    assert (run.returncode, found(run, root)) == (1, ["IDX002 INDEX.md"])


# -- permissions


def as_user(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a user to whom permissions apply; skip the test where that cannot be had."""
    if os.geteuid() != 0:
        return ran(*words, cwd=cwd)
    if not shutil.which("setpriv") or subprocess.run([*NOT_ROOT, "true"], capture_output=True).returncode:
        pytest.skip("permissions do not apply to root, and setpriv cannot take that away here")
    return ran(*NOT_ROOT, *VALIDATE, *words, cwd=cwd)


@pytest.fixture
def forbidding() -> Iterator[Callable[[Path, int], None]]:
    """Takes permissions away until the test is over."""
    paths = []

    def forbid(path: Path, mode: int = 0) -> None:
        paths.append((path, path.stat().st_mode))
        path.chmod(mode)

    yield forbid
    for path, mode in reversed(paths):
        path.chmod(mode)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("name", ["sub/d.txt", "sub", "INDEX.md"])
def test_what_may_not_be_read_is_one_finding(
    tmp_path: Path, forbidding: Callable[..., None], name: str, jobs: str
) -> None:
    root = lay(tmp_path / "c", TREE)
    forbidding(root / name)
    run = as_user("-j", jobs, root)
    assert (run.returncode, found(run, root), run.stderr) == (2, [f"VAL001 {name}"], "")


@pytest.mark.parametrize("words", [["index"], ["index", "--diff"], ["pack", "-o", "-"], ["fix"], ["diff", "other"]])
def test_no_command_passes_over_what_may_not_be_read(
    tmp_path: Path, forbidding: Callable[..., None], words: list[str]
) -> None:
    root = lay(tmp_path / "c", TREE)
    lay(tmp_path / "other", TREE)
    before = held(root)
    forbidding(root / "sub/d.txt")
    run = as_user(*words, "c", cwd=tmp_path)
    (root / "sub/d.txt").chmod(0o600)
    assert run.returncode == 2
    assert "permission denied" in run.stdout + run.stderr
    assert held(root) == before


# -- disks

MOUNTED = """
mount -t tmpfs -o size=1m none "$0" || exit 77
cp -r "$1"/. "$0"
at=$2 how=$3
shift 3
[ $how = full ] && head -c 2000000 /dev/zero > "$0/fill" 2>/dev/null
[ $how = read-only ] && mount -o remount,ro "$0"
cd "$0/$at"
"$@"
code=$?
cd "$0"
rm -f fill 2>/dev/null
find . -type f | sort | xargs sha256sum >&3
exit $code
"""
"""A file system of its own, full or read-only, with copies of some files, in which a command runs."""


def on_disk(
    how: str, tmp_path: Path, files: Path, *words: str | Path, at: str = "."
) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """Run the command beside copies of some files; also what these are afterwards."""
    (tmp_path / "disk").mkdir()
    places = map(str, (tmp_path / "disk", files, at, how))
    run = ran(
        *("unshare", "--user", "--map-root-user", "--mount"),
        *("sh", "-c", MOUNTED, *places, *VALIDATE, *words),
        before=f"exec 3>'{tmp_path}/after'",
    )  # fmt: skip
    if run.returncode == 77 or "unshare" in run.stderr:
        pytest.skip("file systems cannot be mounted here")
    pairs = [line.split("  ./", 1) for line in (tmp_path / "after").read_text().splitlines()]
    return run, {name: digest for digest, name in pairs}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with something to mend, one with something to add, a container and a baseline."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    root = tmp_path_factory.mktemp("files")
    lay(root / "mend", {"a.txt": b"No newline", "b.txt": b"Text.\n"})
    (lay(root / "add", TREE) / "new.txt").write_bytes(b"New.\n")
    (root / "old.json").write_bytes(b"old\n")
    assert ran("pack", "mend", "-o", "x.bundle", cwd=root).returncode == 0
    assert ran("baseline", "update", "add", "--baseline", "forgiven.json", cwd=root).returncode == 0
    return root


WRITERS = {
    "fix": ["fix", "mend"],
    "index": ["index", "add"],
    "pack": ["pack", "mend", "-o", "y.bundle", "--no-verify"],
    "pack over": ["pack", "mend", "-o", "x.bundle", "--no-verify"],
    "unpack": ["unpack", "x.bundle", "-d", "out"],
    "report": ["check", "add", "-q", "-o", "json:new.json"],
    "report over": ["check", "add", "-q", "-o", "html:old.json"],
    "baseline": ["baseline", "update", "mend", "--baseline", "forgiven.json"],
    "state": ["check", "--state", "state", "add"],
}


@pytest.mark.parametrize("words", WRITERS.values(), ids=WRITERS)
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, files: Path, words: list[str]) -> None:
    before = {name: digest for name, digest in held(files).items() if len(digest) == 64}
    run, after = on_disk("full", tmp_path, files, *words)
    one_line(run, "no space left on device")
    assert after == before


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_without_room_for_a_cache_there_is_none_and_no_error(tmp_path: Path, files: Path, how: str) -> None:
    run, _ = on_disk(how, tmp_path, files, "check", "--cache", files / "add", at="mend")
    assert (run.returncode, found(run, files / "add")) == (1, ["IDX003 new.txt"])
    assert "could not be used" in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [["add"], ["-j", "2", "add"]])
def test_what_cannot_be_written_to_can_be_checked(tmp_path: Path, files: Path, words: list[str]) -> None:
    run, _ = on_disk("read-only", tmp_path, files, *words)
    assert (run.returncode, found(run, Path("add")), run.stderr) == (1, ["IDX003 new.txt"], "")


@pytest.mark.parametrize("words", [WRITERS[name] for name in ("fix", "index", "report", "baseline", "state")])
def test_read_only_media_are_said_in_one_line(tmp_path: Path, files: Path, words: list[str]) -> None:
    run, _ = on_disk("read-only", tmp_path, files, *words)
    one_line(run, "read-only file system")


def test_a_folder_that_may_not_be_written_is_said_in_one_line(tmp_path: Path, forbidding: Callable[..., None]) -> None:
    root = lay(tmp_path / "c", {"a.txt": b"No newline"})
    forbidding(root, 0o500)
    assert as_user("--cache", ".", cwd=root).returncode == 0
    one_line(as_user("fix", root), "permission denied", "nothing was changed")


@pytest.mark.parametrize("words", [["pack", "c", "-o", "-"], ["index", "--diff", "c"], ["rules"], ["diff", "c", "d"]])
def test_a_device_that_is_full(tmp_path: Path, words: list[str]) -> None:
    lay(tmp_path / "c", {"a.txt": b"No newline"})
    lay(tmp_path / "d", TREE)
    (tmp_path / "c/b.txt").write_bytes(b"New.\n")
    extra = ["--no-verify"] if words[0] == "pack" else []
    run = ran("sh", "-c", 'exec "$@" > /dev/full', "sh", *VALIDATE, *words, *extra, cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith("error: "), run
    assert run.stderr.endswith("no space left on device\n"), run


# -- limits


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of folders whose indexes are so large that they are read in step with their documents."""
    root = tmp_path_factory.mktemp("roomy")
    for folder in range(12):
        lay(root / f"f{folder}", {f"{'name' * 50}{number}.txt": b"Words %d.\n" % number for number in range(240)})
    assert (root / "f0/INDEX.md").stat().st_size > 1 << 16
    return root


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("limit", [10, 32])
def test_few_open_files_are_enough(roomy: Path, limit: int, jobs: str) -> None:
    run = ran("-j", jobs, roomy, before=f"ulimit -n {limit}")
    assert (run.returncode, found(run, roomy), run.stderr) == (1, ["IDX001 ."], "")


def test_a_large_run_with_few_open_files(tmp_path: Path) -> None:
    root = lay(tmp_path, TREE)
    assert ran("check", "--engine", "local", "-j", "2", root, before="ulimit -n 32").returncode == 0


@pytest.mark.parametrize("words", [["check"], ["check", "-j", "2"]])
def test_little_memory_is_enough_for_a_large_file(tmp_path: Path, words: list[str]) -> None:
    """With so few addresses a package of the extra ``fast`` would end the process, as if there were findings."""
    line = "Der {}. Satz über größere Dinge, der lang genug ist, um eine Zeile zu füllen.\n"
    text = "".join(map(line.format, range((30 << 20) // len(line.encode()))))
    root = lay(tmp_path, {"a.txt": text.encode(), "b.txt": b"Text.\n", "c.txt": b"More.\n"})
    run = ran(*words, "--near-duplicates", "off", root, before="ulimit -v 100000")
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("limit", [14_000, 18_000, 40_000])
@pytest.mark.parametrize("words", [["c"], ["-j", "2", "c"], ["check", "--output-format", "html", "c"], ["fix", "c"]])
def test_too_little_memory_is_said_in_one_line(tmp_path: Path, words: list[str], limit: int) -> None:
    lay(tmp_path / "c", TREE)
    run = ran(*words, cwd=tmp_path, before=f"ulimit -v {limit}")
    if run.returncode:
        one_line(run, "memory ran out")
    assert run.returncode or limit > 14_000


@pytest.mark.parametrize("limit", [100_000, 1_000_000])
def test_libraries_that_cannot_bear_little_memory_are_not_loaded(tmp_path: Path, limit: int) -> None:
    root = lay(tmp_path, TREE)
    run = ran("check", "--engine", "local", root, before=f"ulimit -v {limit}")
    one_line(run, "a large run (--engine, --state) needs 3,072 MiB of address space")
    (root / "INDEX.parquet").write_bytes(b"PAR1 and so on")
    (root / "INDEX.md").unlink()
    one_line(ran(root, before=f"ulimit -v {limit}"), "needs 1,024 MiB of address space")


# -- surroundings

SURROUNDINGS = (
    {"LC_ALL": "POSIX"},
    {"LC_ALL": "xx_YY"},
    {"LC_ALL": "xx_YY.UTF-8", "LANGUAGE": "xx"},
    {"PYTHONIOENCODING": "utf-16"},
    {"TERM": "no-such-terminal", "COLUMNS": "-5", "LINES": "many"},
    {"COLUMNS": "0", "TERM": ""},
    {"HOME": "/no/such/home", "XDG_CACHE_HOME": "/no/such/home", "TMPDIR": "/no/such/folder", "USER": ""},
    {"HOME": "", "TMPDIR": "/proc", "TZ": "No/Where", "PATH": ""},
)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder with a collection, and what is said of it in usual surroundings."""
    folder = tmp_path_factory.mktemp("usual")
    lay(folder / "c", {"Größe.txt": "Größe\n".encode(), "a.txt": b"No newline"})
    return folder, ran(*VALIDATE, "-j", "2", "c", cwd=folder)


@pytest.mark.parametrize("environment", SURROUNDINGS, ids=lambda environment: " ".join(environment))
def test_odd_surroundings_change_nothing(
    usual: tuple[Path, subprocess.CompletedProcess[str]], environment: dict[str, str]
) -> None:
    folder, expected = usual
    run = ran(*VALIDATE, "-j", "2", "c", cwd=folder, before=exported(environment))
    said = run.stdout.replace("\0", "").removeprefix("\ufeff") if "PYTHONIOENCODING" in environment else run.stdout
    assert said.replace("\\xf6", "ö").replace("\\xdf", "ß") == expected.stdout
    assert (run.returncode, run.stderr) == (expected.returncode, expected.stderr)


def exported(environment: dict[str, str]) -> str:
    return "; ".join(f"export {name}='{content}'" for name, content in environment.items())


def test_nothing_at_all_in_the_surroundings(tmp_path: Path) -> None:
    lay(tmp_path / "c", TREE)
    run = ran("sh", "-c", 'exec env -i PYTHONPATH="$PYTHONPATH" "$@"', "sh", *VALIDATE, "--cache", "c", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("folder", ["/no/such/folder", "/proc"])
def test_a_stream_is_unpacked_without_a_folder_for_temporary_files(tmp_path: Path, folder: str) -> None:
    root = lay(tmp_path / "c", TREE)
    assert ran("pack", root, "-o", tmp_path / "x").returncode == 0
    run = ran("unpack", "-", "-d", tmp_path / "d", stdin=(tmp_path / "x").read_bytes(), TMPDIR=folder)
    assert run.returncode == 0
    assert held(tmp_path / "d") == held(root)


# -- clocks

CLOCK = """
import sys, time
now = float(sys.argv.pop(1))
time.time, time.time_ns = (lambda: now), (lambda: int(now * 10**9))
from validator.__main__ import main
main()
"""


@pytest.mark.parametrize("now", [0, -1_000_000_000, 946_684_800, 4_102_444_800])
def test_no_clock_makes_the_cache_believe_what_is_not_so(tmp_path: Path, now: int) -> None:
    """The year is 1970, 1938, 2000 or 2100."""
    root = lay(tmp_path / "c", TREE)
    words = [sys.executable, "-c", CLOCK, str(now), "--cache", "c"]
    assert ran(*words, cwd=tmp_path).returncode == 0
    before = (root / "sub/d.txt").stat()
    (root / "sub/d.txt").write_bytes(b"The text of X.\n")  # of the same size
    os.utime(root / "sub/d.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    run = ran(*words, cwd=tmp_path)
    assert (run.returncode, found(run, Path("c"))) == (1, ["IDX006 INDEX.md"])


def test_files_of_any_time_are_read_packed_and_remembered(tmp_path: Path) -> None:
    root = lay(tmp_path / "c", TREE)
    times = dict(zip(TREE, (0, -1, -(10**9), -(2**31), 2**31, 2**32, 2**33, 10**9), strict=True))
    for name, time in {**times, "INDEX.md": 0, ".": -1}.items():
        os.utime(root / name, (time, time))
    for _ in range(2):
        assert ran("--cache", "c", cwd=tmp_path).returncode == 0
    assert ran("pack", "c", "-o", "x", cwd=tmp_path).returncode == 0
    assert ran("x", cwd=tmp_path).returncode == 0
    for name, time in times.items():
        (root / name).write_bytes(TREE[name].replace(b"T", b"t"))
        os.utime(root / name, (time, time))
    run = ran("--cache", "c", cwd=tmp_path)
    assert set(found(run, Path("c"))) == {"IDX006 INDEX.md"}
    assert f"{len(TREE)} errors" in run.stdout


def test_reports_are_written_at_any_time(tmp_path: Path) -> None:
    lay(tmp_path / "c", TREE)
    words = ["check", "c", "-q", "-o", "html:r.html", "-o", "junit:r.xml", "--state", "s", "--log", "l"]
    assert ran(sys.executable, "-c", CLOCK, "0", *words, cwd=tmp_path).returncode == 0


# -- sizes of names and folders


def nested(root: Path, part: str, depth: int) -> None:
    """Make folders in each other, deeper than any path may be long, and a document in the last."""
    root.mkdir()
    here = os.open(root, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(part, dir_fd=here)
        inner = os.open(part, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    fd = os.open("a.txt", os.O_CREAT | os.O_WRONLY, dir_fd=here)
    os.write(fd, b"Text.\n")
    os.close(fd)
    os.close(here)


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A folder for others that are so deep that Python could not delete them."""
    yield tmp_path
    subprocess.run(["rm", "-rf", tmp_path / "c"], check=True)


@pytest.mark.parametrize("words", [[], ["-j", "2"], ["fix"]])
def test_what_lies_deeper_than_a_path_can_say_is_a_finding(deep: Path, words: list[str]) -> None:
    root = deep / "c"
    nested(root, "n" * 255, 20)
    (root / "z.txt").write_bytes(b"Text.\n")
    (root / "INDEX.md").write_bytes(indexed({"z.txt": b"Text.\n"}))
    run = ran(*words, root)
    codes = [line.split()[0] for line in found(run, root)]
    assert run.returncode == 2
    assert codes.count("VAL001") == 1
    assert set(codes) <= {"VAL001", "NAM012"}
    assert "file name too long" in run.stdout


def test_names_as_long_as_a_name_may_be(tmp_path: Path) -> None:
    root = lay(tmp_path / "c", {f"{'a' * 255}": b"Text.\n", f"{'ü' * 127}": b"Text.\n"})
    assert ran("-q", root).returncode == 0
    assert ran("pack", root, "-o", tmp_path / "x").returncode == 0
    assert ran("unpack", tmp_path / "x", "-d", tmp_path / "d").returncode == 0
    assert held(tmp_path / "d") == held(root)
