"""One target in a process of its own, which may be killed: ``python -m tests.fuzz.child TARGET FOLDER …``.

With Atheris, libFuzzer leads: what reaches new code in ``validator`` is kept and changed further. Without it,
Hypothesis changes the corpus at random. Either way what is being tried has little time and memory, an input
that breaks the law is left in the folder, and the last lines tell how many there were.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hypothesis import strategies as st

HERE = Path(__file__).parent
LONGEST = 4096
"""Bytes of an input."""
SECONDS = 30
"""For one input."""
MEGABYTES = 3072
"""For one process."""
_ELSEWHERE = ("__main__", "cli", "contracts", "drilling", "lsp", "pages", "remote", "revisions", "scale", "watching")
"""Modules that no target leads to."""


def committed(name: str) -> list[Path]:
    """The inputs in the repository that a target starts from, in order."""
    return sorted(path for kind in ("corpus", "pinned") for path in (HERE / kind / name).glob("*"))


_BYTE = "\\x{:02x}".format


def guided(name: str, folder: Path, seconds: int) -> None:
    """Fuzz with Atheris; does not return."""
    import atheris

    with atheris.instrument_imports(include=["validator"]):
        _import_all()
    from tests.fuzz.targets import TARGETS

    law, tokens = TARGETS[name]
    words = folder / "words"
    words.write_text("".join(f'"{"".join(map(_BYTE, token))}"\n' for token in tokens))
    (folder / "corpus").mkdir(exist_ok=True)
    seeds = [str(path) for kind in ("corpus", "pinned") if (path := HERE / kind / name).is_dir()]
    options = {"max_total_time": seconds, "max_len": LONGEST, "timeout": SECONDS, "rss_limit_mb": MEGABYTES}
    options |= {"print_final_stats": 1, "len_control": 20, "reload": 0}
    given = [f"-{key}={value}" for key, value in options.items()]
    given += [f"-artifact_prefix={folder}/", f"-dict={words}"]
    atheris.Setup([sys.argv[0], *given, str(folder / "corpus"), *seeds], law)
    atheris.Fuzz()


def _import_all() -> None:
    """Import what the targets may come to, so that all of it is instrumented."""
    import pkgutil
    from importlib import import_module

    import validator

    for found in pkgutil.walk_packages(validator.__path__, "validator."):
        if found.name.split(".")[1] not in _ELSEWHERE:
            import_module(found.name)


def blind(name: str, folder: Path, seconds: int) -> None:
    """Fuzz without Atheris, for so many seconds or until something is found."""
    import faulthandler
    from random import Random
    from time import monotonic

    from hypothesis import HealthCheck, Phase, given, settings

    from tests.fuzz.targets import TARGETS

    _limit_memory()
    law, tokens = TARGETS[name]
    trial, count = folder / "trial", 0
    inputs = changed([path.read_bytes() for path in committed(name)], tokens)

    @settings(database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(data=inputs)
    def tried(data: bytes) -> None:
        nonlocal count
        count += 1
        trial.write_bytes(data)
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            law(data)
        finally:
            faulthandler.cancel_dump_traceback_later()

    test: Any = tried
    until, random = monotonic() + seconds, Random()
    try:
        while monotonic() < until:
            test.hypothesis.fuzz_one_input(random.randbytes(random.randrange(16, 512)))
        trial.unlink(missing_ok=True)
    finally:
        print(f"stat::number_of_executed_units: {count}", file=sys.stderr)


def changed(corpus: Sequence[bytes], tokens: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Inputs of a corpus with a few bytes taken out, and others put in."""
    from hypothesis import strategies as st

    piece = st.sampled_from([*tokens, b"\n"]) | st.binary(max_size=4) | st.sampled_from([*corpus, b""])
    edits = st.lists(st.tuples(st.integers(0, LONGEST), st.integers(0, 64), piece), max_size=6)
    return st.builds(_edited, st.sampled_from([*corpus, b""]), edits)


def _edited(data: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    for at, length, piece in edits:
        at %= len(data) + 1
        data = data[:at] + piece + data[at + length :]
    return data[:LONGEST]


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))


ENGINES: dict[str, Callable[[str, Path, int], None]] = {"atheris": guided, "hypothesis": blind}


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.fuzz.child", description="Fuzz one target.")
    parser.add_argument("target")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=ENGINES, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    asked = parser.parse_args()
    ENGINES[asked.engine](asked.target, asked.folder, asked.seconds)


if __name__ == "__main__":
    main()
