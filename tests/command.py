"""Running the program as a user does: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def validate(
    *arguments: str | os.PathLike[str], cwd: Path | None = None, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m validator`` with the given arguments; settings of this machine do not reach it."""
    inherited = {key: content for key, content in os.environ.items() if key not in ("GITHUB_ACTIONS", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "validator", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        timeout=120,
    )


def said(run: subprocess.CompletedProcess[bytes]) -> str:
    """Everything that a run printed."""
    return (run.stdout + run.stderr).decode()
