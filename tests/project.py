"""This project as somebody else gets it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.command import ROOT


def copy_project(target: Path) -> None:
    """Copy the project's present files, as git knows them, without its history."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT
    ).split(b"\0")
    for name in filter(None, map(os.fsdecode, listed)):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
