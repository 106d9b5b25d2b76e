"""Folders in which reading a file ends the process that reads it; importable, since other processes get them."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from validator.trees import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from validator.trees import Source


class Deadly(Folder):
    """Whoever opens ``name`` is killed; with ``marker``, a file, only once. ``victim`` dies in its place if given."""

    def __init__(self, path: str, name: str, marker: str = "", victim: int = 0) -> None:
        super().__init__(path)
        self._deadly = name, marker, victim

    def open(self, name: str) -> Source:
        deadly, marker, victim = self._deadly
        if name == deadly and not (marker and os.path.exists(marker)):
            if marker:
                with open(marker, "w"):
                    pass
            os.kill(victim or os.getpid(), signal.SIGKILL)
        return super().open(name)

    def narrowed(self, names: Iterable[str]) -> Folder:
        return Deadly(self.path, *self._deadly)
