"""What all parts of a large run have in common."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import chdir, contextmanager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING

from validator.model import Options, UsageError, value
from validator.rules.table import ROWS
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validator.rules import Listed
    from validator.scale.store import Store
    from validator.trees import Tree

_ALONE = Lock()


@contextmanager
def at(home: str, version: str = "") -> Iterator[None]:
    """Work in the folder in which the user is, if it is there, since settings may speak of paths from there.

    Raises ``UsageError`` where the user has another ``version`` of this program. Only one thread does: several would
    only stand in each other's way, and a process is in one folder at a time.
    """
    if version and version != __version__:
        raise UsageError(f"a worker has version {__version__} of this program, and this is {version}: install the same")
    with _ALONE, chdir(home) if os.path.isdir(home) else nullcontext():
        yield


@value
class Work:
    """What all shards of a collection have in common.

    Of the ``tree`` no more is known than where it is. ``run`` is the folder in the store for what nobody needs
    after this run, ``home`` the one in which the user is, ``version`` that of the
    user's program. With ``listing``, documents go into an inventory.
    """

    tree: Tree
    options: Options
    rules: tuple[Listed, ...]
    store: Store
    run: str
    home: str
    version: str
    listing: bool = False

    @property
    def identity(self) -> str:
        """What facts and findings depend on besides the files: the program, the rules, the settings, the place."""
        codes = [rule.code for rule in self.rules]
        parts = (
            __version__,
            sys.version,
            ROWS,
            codes,
            self.options,
            self.tree.path,
            _root(self.tree),
            self.home,
            self.listing,
        )
        return digest_of(parts)


def digest_of(parts: object) -> str:
    """The SHA-256 of some values, by how they are written."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _root(tree: Tree) -> str:
    """Where a tree really is, however its path was written."""
    return str(getattr(tree, "root", ""))
