"""From the words on a command line to trees and their settings files, without heavy imports."""

from __future__ import annotations

import os

from validator import manifest
from validator.model import TYPE_CHECKING, UsageError
from validator.trees import File, Folder, Memory, git_ignored, in_work_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.trees import Tree

SETTINGS_FILES = ("validate.yaml", ".validate.yaml", "pyproject.toml")
CACHE = ".validate_cache"
"""The folder, in the working folder, in which `--cache` keeps what it knows."""
STDIN = "-"


def governed(path: str, staged: bool = False) -> str:
    """The path that is meant: of an INDEX.md, which with ``staged`` need not lie on the disk, its folder."""
    is_index = os.path.basename(path) == manifest.NAME and (staged or os.path.isfile(path))
    return os.path.dirname(path) or "." if is_index else path


def tree_at(path: str, tracked: bool = False) -> tuple[Tree, str]:
    """The tree of a path, and a note if git could not be asked. Raises ``UsageError``.

    With ``tracked``, only what git tracks belongs to it, which is what a commit will hold.
    """
    path = governed(path)
    if os.path.isdir(path):
        if tracked and not in_work_tree(path):
            raise UsageError(f"--tracked: {path!r} is in no git work tree")
        ignored, note = git_ignored(path, tracked)
        return Folder(path, ignored), note
    if not os.path.lexists(path):
        raise UsageError(f"no such file or folder: {path!r}")
    if not os.path.exists(path):
        raise UsageError(f"a link to something that does not exist: {path!r}")
    if not os.path.isfile(path):
        raise UsageError(f"neither a file nor a folder: {path!r}")
    return File(path), ""


def staged_tree(path: str) -> Tree:
    """What git has staged of a folder or a file. Raises ``UsageError``."""
    from validator.revisions import Staged

    path = governed(path, staged=True)
    if not in_work_tree(path if os.path.isdir(path) else os.path.dirname(path) or "."):
        raise UsageError(f"--staged: {path!r} is in no git work tree")
    return Staged(path)


def let_go(tree: Tree) -> None:
    """End the process that a tree of staged files reads from."""
    from validator.revisions import Staged

    if isinstance(tree, Staged):
        tree.close()


def refuse_to_overwrite(file: str, paths: Sequence[str]) -> None:
    """Raise ``UsageError`` if a report would replace something of what is checked."""
    target = os.path.realpath(file)
    for path in paths:
        inside = os.path.join(os.path.realpath(path), "")
        if os.path.isfile(target) and (target == os.path.realpath(path) or target.startswith(inside)):
            raise UsageError(f"will not write a report over {file!r}, which lies in what is checked")


def standard_input(data: bytes, name: str) -> Tree:
    """The tree of what came over standard input, called ``name``."""
    return Memory({name: data}, is_folder=False)


def without_nested(paths: Sequence[str]) -> list[str]:
    """The paths, each once, without those that lie in a folder which is also given."""
    real = {path: os.path.realpath(path) for path in dict.fromkeys(paths) if path != STDIN}
    kept: dict[str, str] = {}
    for path, target in real.items():
        inside = any(target.startswith(os.path.join(other, "")) for other in real.values() if os.path.isdir(other))
        if not inside and target not in kept.values():
            kept[path] = target
    return [path for path in dict.fromkeys(paths) if path in kept or path == STDIN]


def settings_file(path: str) -> str | None:
    """The nearest settings file of a collection, from its folder up to the root of the repository."""
    here = os.path.realpath("." if path == STDIN else path)
    if not os.path.isdir(here):
        here = os.path.dirname(here)
    while True:
        for name in SETTINGS_FILES:
            candidate = os.path.join(here, name)
            if os.path.isfile(candidate) and (name != "pyproject.toml" or _mentions_us(candidate)):
                return _short(candidate)
        parent = os.path.dirname(here)
        if parent == here or os.path.lexists(os.path.join(here, ".git")):
            return None
        here = parent


def below(path: str, file: str | None) -> str | None:
    """The name of a file relative to the folder ``path`` that it lies in; ``None`` where it does not."""
    if file is None or not os.path.isdir(path):
        return None
    root, target = os.path.join(os.path.realpath(path), ""), os.path.realpath(file)
    return target[len(root) :].replace(os.sep, "/") if target.startswith(root) else None


def _mentions_us(path: str) -> bool:
    """Whether a pyproject.toml holds settings of ours; one that cannot be read will be complained of."""
    try:
        with open(path, "rb") as file:
            return b"[tool.validate" in file.read(1 << 20).translate(None, b" \t\"'")
    except OSError:
        return True


def _short(path: str) -> str:
    """Relative to the working folder where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path
    return min(relative, path, key=len)
