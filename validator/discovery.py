"""From the words on a command line to trees and their settings files, without heavy imports."""

from __future__ import annotations

import os

from validator import manifest
from validator.addresses import GIT, collection, is_elsewhere, is_git, is_url, is_web
from validator.model import TYPE_CHECKING, Options, UsageError
from validator.trees import File, Folder, Memory, git_ignored, in_work_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.trees import Tree

SETTINGS_FILES = ("validate.yaml", ".validate.yaml", "pyproject.toml")
CACHE = ".validate_cache"
"""The folder, in the working folder, in which `--cache` keeps what it knows."""
STDIN = "-"


def governed(path: str, staged: bool = False) -> str:
    """The path that is meant: of an INDEX.md, which with ``staged`` need not lie on the disk, its folder.

    Of one on a web server it is the index itself, which knows the folder better than the server.
    """
    if is_elsewhere(path):
        is_listed = is_url(path) and not is_web(path) and path.endswith(f"/{manifest.NAME}")
        return path.removesuffix(manifest.NAME) if is_listed else path
    is_index = os.path.basename(path) in (manifest.NAME, manifest.COLUMNAR) and (staged or os.path.isfile(path))
    return os.path.dirname(path) or "." if is_index else path


def tree_at(path: str, tracked: bool = False) -> tuple[Tree, str]:
    """The tree of a path, and a note if git could not be asked. Raises ``UsageError``.

    With ``tracked``, only what git tracks belongs to it, which is what a commit will hold.
    """
    path = governed(path)
    if is_url(path):
        from validator.remote import Remote

        return Remote(path), ""
    if is_git(path):
        return revision(path.removeprefix(GIT), GIT), ""
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


def revision(spelled: str, before: str = "") -> Tree:
    """What ``REV:path`` names, shown with something ``before`` it; an index stands for its folder.

    Raises ``UsageError``.
    """
    from validator.revisions import Revision

    if spelled.endswith((f":{manifest.NAME}", f"/{manifest.NAME}")) and not spelled.startswith(":"):
        spelled = spelled.removesuffix(manifest.NAME)
    return Revision(spelled, before)


def is_archive(path: str) -> bool:
    """Whether a path names an archive or a compressed file, which can be read and not changed."""
    if not os.path.isfile(path):
        return False
    from validator import archives

    return archives.is_archive(path)


def archive(path: str, options: Options) -> Tree:
    """The tree of an archive or of a compressed file. Raises ``UsageError``."""
    from validator.archives import Archive

    return Archive(path, options)


def refuse_archive(path: str) -> None:
    """Raise ``UsageError`` for an archive: nothing in it can be changed."""
    if is_archive(path):
        raise UsageError(f"{path!r} is an archive, or compressed, and cannot be changed: unpack it first")


def let_go(tree: Tree) -> None:
    """Close what a tree reads from, if it is more than a file at a time."""
    close = getattr(tree, "close", None)
    if close is not None:
        close()


def refuse_elsewhere(path: str, what: str = "cannot write there") -> None:
    """Raise ``UsageError`` for a path that does not lie on the disk."""
    if is_elsewhere(path):
        raise UsageError(f"{collection(path)} does not lie on the disk: {what}")


def expanded(paths: Sequence[str]) -> list[str]:
    """The paths, with those that a pattern stands for in its place. Raises ``UsageError``.

    A pattern is a path with ``*``, ``?``, ``[a-z]`` or a part ``**``, unless something is called just so. With a
    slash at its end it stands for folders only. Web servers have nothing to hold a pattern against.
    """
    return [found for path in paths for found in _expanded(path)]


def _expanded(path: str) -> list[str]:
    if path.startswith(("file://", "local://")) and is_url(path):
        from urllib.request import url2pathname

        path = url2pathname(path.partition("://")[2])
    is_pattern = any(sign in path for sign in "*?[") and not is_git(path) and not (is_url(path) and is_web(path))
    if not is_pattern or os.path.lexists(path):
        return [path]
    if is_url(path):
        from validator.remote import matching_urls

        found = matching_urls(path)
    else:
        from glob import glob

        found = sorted(glob(path, recursive=True))
    if not found:
        raise UsageError(f"nothing matches {path!r}")
    return found


def is_promising(path: str) -> bool:
    """Whether a path that there is not on the disk may be a pattern, or lie elsewhere."""
    return is_elsewhere(path) or any(sign in path for sign in "*?[")


def refuse_to_overwrite(file: str, paths: Sequence[str]) -> None:
    """Raise ``UsageError`` if a report would replace something of what is checked."""
    target = os.path.realpath(file)
    for path in paths:
        if is_elsewhere(path):
            continue
        inside = os.path.join(os.path.realpath(path), "")
        if os.path.isfile(target) and (target == os.path.realpath(path) or target.startswith(inside)):
            raise UsageError(f"will not write a report over {file!r}, which lies in what is checked")


def standard_input(data: bytes, name: str) -> Tree:
    """The tree of what came over standard input, called ``name``."""
    return Memory({name: data}, is_folder=False)


def without_nested(paths: Sequence[str]) -> list[str]:
    """The paths, each once, without those that lie in a folder which is also given."""
    real = {path: _target(path) for path in dict.fromkeys(paths) if path != STDIN}
    folders = [os.path.join(target, "") for target in real.values() if is_elsewhere(target) or os.path.isdir(target)]
    kept: dict[str, str] = {}
    for path, target in real.items():
        inside = any(target.startswith(folder) for folder in folders)
        if not inside and target not in kept.values():
            kept[path] = target
    return [path for path in dict.fromkeys(paths) if path in kept or path == STDIN]


def _target(path: str) -> str:
    """What a path comes to: on the disk its real path."""
    return path.rstrip("/") if is_elsewhere(path) else os.path.realpath(path)


def settings_file(path: str) -> str | None:
    """The nearest settings file of a collection, from its folder up to the root of the repository.

    For what does not lie on the disk it is that of the working folder.
    """
    here = os.path.realpath("." if path == STDIN or is_elsewhere(path) else path)
    if not os.path.isdir(here):
        here = os.path.dirname(here)
    while True:
        for name in SETTINGS_FILES:
            candidate = os.path.join(here, name)
            if os.path.isfile(candidate) and (name != "pyproject.toml" or _mentions_us(candidate)):
                return short(candidate)
        parent = os.path.dirname(here)
        if parent == here or os.path.lexists(os.path.join(here, ".git")):
            return None
        here = parent


def is_within(path: str, folder: str) -> bool:
    """Whether a path is a folder that is checked, or lies in it and is not hidden; both may be URLs."""
    top, target = os.path.join(_target(folder), ""), os.path.join(_target(path), "")
    inside = target[len(top) :].replace(os.sep, "/")
    return target.startswith(top) and not any(part.startswith(".") for part in inside.split("/"))


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
            return speaks_of_us(file.read(1 << 20))
    except OSError:
        return True


def speaks_of_us(data: bytes) -> bool:
    """Whether the content of a pyproject.toml holds settings of ours."""
    return b"[tool.validate" in data.translate(None, b" \t\"'")


def short(path: str) -> str:
    """Relative to the working folder where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path
    return min(relative, path, key=len)
