"""Where files come from when a git revision is named: its tree, read from the repository without a checkout.

``REV:path`` is spelled as for ``git show``: the path begins at the top of the repository, or, with ``./``
or ``../``, at the working folder; ``REV:`` is all of the revision, ``:path`` a staged file.

A clean checkout of a tree and the tree itself are the same documents, for as long as git converts none
of them on the way (line ends; large files that are kept elsewhere, of which a revision holds the
pointers). So names that begin with a dot are left out, and a link counts as a document only where it
leads to one. A submodule is none.

What is staged is a tree, too: ``Staged`` holds what the next commit will. It obeys ``GIT_INDEX_FILE``, which
git sets for a hook where the commit takes only some of the files. What lies on the disk belongs to the
repository that it lies in, whatever else git tells a hook.

Blobs come one by one out of a single ``git cat-file``. Nothing is fetched from elsewhere, and nothing
that a repository names is run.
"""

from __future__ import annotations

import errno
import os

from validator.model import TYPE_CHECKING, Options, UsageError
from validator.streams import PIECE, Once
from validator.trees import GUARDED, Found, Odd, excluded, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from subprocess import Popen

    from validator.trees import Source

_FILE, _LINK, _SUBMODULE = b"100", b"120", b"160"
"""How the modes of files, symbolic links and submodules begin."""
_MOST_LINKS = 40
"""Links that are followed one after the other, as Linux does."""
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX")
"""What git tells a hook about its repository, which need not be that of the files."""
_PATTERNS = ("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS")
"""What would make patterns of paths."""


def is_spelled(path: str) -> bool:
    r"""Whether a path is spelled like ``REV:path``, which ``C:\x`` and ``C:/x`` are not."""
    on_drive = path[:1].isalpha() and path[1:3] in (":\\", ":/")
    return ":" in path and not on_drive


class Revision:
    """The tree, or the one file, that ``REV:path`` names. Raises ``UsageError`` where it names none.

    It is shown as it is spelled, with something ``before`` that. Close it when its files have been read.
    """

    def __init__(self, spelled: str, before: str = "") -> None:
        self._objects = _Objects()
        self._files: dict[str, bytes] = {}  # object names of what was walked past
        self._object, self.is_folder = _resolved(spelled)
        path = spelled[len(_revision(spelled)) + 1 :]
        self.path = before + (spelled.rstrip("/") if path.strip("/") else spelled)
        self._name = path.rpartition("/")[2]

    def walk(self, options: Options) -> Iterator[Found]:
        """Every file once, in order of name, folder by folder."""
        if not self.is_folder:
            self._files[self._name] = self._object
            yield Found(self._name)
            return
        entries = {name: entry for name, entry in self._entries() if not _left_out(name, options)}
        blobs = {name: blob for name, (mode, blob) in entries.items() if mode.startswith(_FILE)}
        self._files = dict(blobs)
        odd = self._follow([name for name, (mode, _) in entries.items() if mode.startswith(_LINK)])
        for name, (mode, _) in entries.items():
            if mode.startswith(_SUBMODULE):
                odd[name] = Odd("special", "a submodule, which is a repository of its own")
        for name in sorted(entries, key=lambda name: _bytes(name).split(b"/")):
            yield Found(name, odd.get(name))

    def open(self, name: str) -> Source:
        return Once(self._objects, self._files[name])

    def shown(self, name: str) -> str:
        if not self.is_folder or not name:
            return self.path
        return self.path + name if self.path.endswith((":", "/")) else f"{self.path}/{name}"

    def close(self) -> None:
        """Let go of git."""
        self._objects.close()

    def _entries(self) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
        """Names with mode and object."""
        listed = _git("ls-tree", "-r", "-z", "--full-tree", self._object.decode())
        for entry in listed.split(b"\0"):
            described, _, name = entry.partition(b"\t")
            if name:
                mode, _, blob = described.split(b" ")
                yield _text(name), (mode, blob)

    def _follow(self, links: list[str]) -> dict[str, Odd]:
        """See where links lead; one that leads to a document is taken for it, of all others say why not."""
        asked = [name for name in links if "\n" not in name]
        odd = {name: Odd("link", "it has a line end in its name") for name in links if "\n" in name}
        documents = set(self._files.values())
        answers = _look_up([self._object + b":" + _bytes(name) for name in asked])
        for name, (kind, found) in zip(asked, answers, strict=True):
            if kind == "blob" and found in documents:
                self._files[name] = found
            elif kind == "symlink":
                odd[name] = Odd("link", f"it leads out of the collection, to {_text(found)!r}")
            else:
                odd[name] = Odd("link", _ASTRAY.get(kind, "it leads to something that is no document"))
        return odd


class Staged:
    """What git has staged of a folder or a file, as the next commit will hold it. Raises ``UsageError``.

    Files keep the names that they have on the disk. Close it when its files have been read.
    """

    def __init__(self, path: str) -> None:
        self.path = _slashes(path).removeprefix("./").rstrip("/") or "."
        folder, below = _located(path)
        self._objects = _Objects(folder)
        listed = dict(_staged(folder, below))
        self.is_folder = below not in listed
        start = len(below) + 1 if self.is_folder and below != "." else below.rfind("/") + 1
        self._listed = {name[start:]: entry for name, entry in listed.items()}
        self._files: dict[str, bytes] = {}

    def walk(self, options: Options) -> Iterator[Found]:
        """Every file once, in order of name, folder by folder."""
        entries = {name: one for name, one in self._listed.items() if not (self.is_folder and _left_out(name, options))}
        documents = {name: blob for name, (mode, blob) in entries.items() if mode.startswith(_FILE)}
        links = {name: blob for name, (mode, blob) in entries.items() if mode.startswith(_LINK)}
        self._files = dict(documents)
        for name in sorted(entries, key=lambda name: _bytes(name).split(b"/")):
            mode, _ = entries[name]
            odd = None
            if mode.startswith(_SUBMODULE):
                odd = Odd("special", "a submodule, which is a repository of its own")
            elif name in links:
                odd = self._follow(name, links, documents)
            elif name not in documents:
                odd = Odd("unreadable", "it is in conflict, so nothing of it can be committed")
            yield Found(name, odd)

    def open(self, name: str) -> Source:
        return Once(self._objects, self._files[name])

    def shown(self, name: str) -> str:
        return self.path if not name or not self.is_folder else name if self.path == "." else f"{self.path}/{name}"

    def close(self) -> None:
        """Let go of git."""
        self._objects.close()

    def _follow(self, name: str, links: dict[str, bytes], documents: dict[str, bytes]) -> Odd | None:
        """Take a link for the staged document that it leads to, or say why it leads to none."""
        led = self._led(name, links)
        if led not in documents:
            return Odd(
                "link", f"it leads to {self._target(links[name])!r}, which is no staged document of the collection"
            )
        self._files[name] = documents[led]
        return None

    def _led(self, name: str, links: dict[str, bytes]) -> str:
        """Where a path leads, link by link, as in a folder; empty where it leads out or round in circles."""
        done: list[str] = []
        waiting = name.split("/")[::-1]
        left = _MOST_LINKS
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == ".." and not done:
                return ""
            if part == "..":
                done.pop()
                continue
            done.append(part)
            link = links.get("/".join(done))
            if link is None:
                continue
            target, left = self._target(link), left - 1
            if target.startswith("/") or left < 0:
                return ""
            done.pop()
            waiting += target.split("/")[::-1]
        return "/".join(done)

    def _target(self, blob: bytes) -> str:
        return _text(self._objects.take(self._objects.ask(blob)))


def _staged(folder: str, below: str) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
    """Names with mode and object of what the next commit would hold; modes of what is in conflict are zeros.

    That is the difference to nothing. A file that is only announced (``git add -N``) is not committed.
    """
    nothing = _git("hash-object", "-t", "tree", "--stdin", folder=folder).strip().decode()
    listing = ("--cached", "--ita-invisible-in-index", "--raw", *_NAMES, nothing, "--", below)
    fields = _git("diff-index", *listing, folder=folder).split(b"\0")
    for described, name in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, blob, _ = described.split(b" ")
        yield _text(name), (mode, blob)


_NAMES = ("--no-renames", "--ignore-submodules=none", "--relative", "-z")
"""How differences are listed: every file for itself, whatever the settings of git say of submodules."""


def changed_since(path: str, revision: str, staged: bool = False, exactly: bool = False) -> frozenset[str]:
    """The files below a folder, by relative name, that are not what they were where the history went on from
    ``revision``; of a path that is a file itself, the empty name. Raises ``UsageError``.

    What git does not know, does not watch, or does not look into counts as changed; with ``staged`` only what
    is staged counts. ``exactly``: what differs from the revision itself.
    """
    if revision.startswith("-") or "\n" in revision or "\0" in revision:
        raise UsageError(f"--since: {revision!r} is no git revision")
    folder, below = _located(path)
    base = revision if exactly else _common(revision, folder)
    if staged:
        found = _git("diff-index", "--cached", "--name-only", *_NAMES, base, "--", below, folder=folder).split(b"\0")
    elif os.path.islink(path) and below != ".":
        return frozenset([""])  # git sees the link, and the document is what it leads to
    else:
        differing = ("diff", "--name-only", "--no-ext-diff", *_NAMES, base, "--", below)
        found = _git(*differing, folder=folder, muted=_filters(folder)).split(b"\0")
        listed = _git("ls-files", "-v", "-z", "--cached", "--others", "--", below, folder=folder).split(b"\0")
        found += [name for status, name in (one.split(b" ", 1) for one in listed if one) if status != b"H"]
        found += [inner for name in found for inner in _inside(folder, name)]
    start = len(below) + 1 if below != "." else 0
    return frozenset(_text(name)[start:] for name in found if name)


def contents(folder: str, commit: str, names: Iterable[str]) -> Iterator[bytes | None]:
    """What files contain in a commit, by names relative to a folder on the disk; ``None`` where it has none."""
    objects = _Objects(os.path.realpath(folder), "--follow-symlinks")
    try:
        for name in names:
            try:
                yield objects.take(objects.ask(_bytes(f"{commit}:./{name}"))) if "\n" not in name else None
            except OSError:
                yield None
    finally:
        objects.close()


def commits(revision: str, path: str) -> tuple[str, str]:
    """The commit that a revision names, and the one from which ``HEAD`` went another way. Raises ``UsageError``."""
    if not revision or revision.startswith("-") or "\n" in revision or "\0" in revision:
        raise UsageError(f"--trust: {revision!r} is no git revision")
    folder, _ = _located(path)
    if _git("rev-parse", "--show-superproject-working-tree", folder=folder).strip():
        raise UsageError(f"--trust: {path!r} lies in a submodule, whose revisions are its own")
    base = _common(revision, folder, "--trust")
    return _git("rev-parse", "--verify", f"{revision}^{{commit}}", folder=folder).strip().decode(), base


def links(path: str) -> frozenset[str]:
    """The symbolic links below a folder that git knows, by relative name. Raises ``UsageError``."""
    folder, below = _located(path)
    listed = _git("ls-files", "-z", "--stage", "--", below, folder=folder).split(b"\0")
    start = len(below) + 1 if below != "." else 0
    return frozenset(_text(one.partition(b"\t")[2])[start:] for one in listed if one.startswith(_LINK))


def _inside(folder: str, name: bytes) -> Iterator[bytes]:
    """The files of a repository in this one, of which git gives no more than the folder."""
    name = name.rstrip(b"/")
    top = os.path.join(os.fsencode(folder), name)
    if name and os.path.isdir(top) and not os.path.islink(top):
        for above, _, files in os.walk(top):
            inner = above[len(top) :].replace(os.fsencode(os.sep), b"/")
            yield from (b"%b%b/%b" % (name, inner, file) for file in files)


def _filters(folder: str) -> dict[str, str]:
    """Settings with which git runs none of the programs that turn files into what it holds."""
    keys = [_text(key) for key in _git("config", "--list", "--name-only", "-z", folder=folder).split(b"\0")]
    drivers = {key[: key.rfind(".")] for key in keys if key.startswith("filter.")}
    return {f"{driver}.{key}": value for driver in drivers for key, value in _NO_FILTER.items()}


_NO_FILTER = {"clean": "", "smudge": "", "process": "", "required": "false"}


def _common(revision: str, folder: str, option: str = "--since") -> str:
    """The commit from which the history of ``HEAD`` and that of a revision went on, or else the revision."""
    try:
        return _git("merge-base", revision, "HEAD", folder=folder).strip().decode()
    except UsageError:
        pass
    try:
        return _git("rev-parse", "--verify", f"{revision}^{{commit}}", folder=folder).strip().decode()
    except UsageError as error:
        raise UsageError(f"{option}: git has no revision {revision!r} here; fetch it, with its history") from error


def _located(path: str) -> tuple[str, str]:
    """The real folder on the disk in which git is asked about a path, and what is left of the path, or a dot."""
    left: list[str] = []
    while not os.path.isdir(path):
        path, name = os.path.split(path.rstrip(_SEPARATORS))
        left.append(name)
        path = path or "."
    return os.path.realpath(path), "/".join(left[::-1]) or "."


_SEPARATORS = os.sep + (os.altsep or "")


_ASTRAY = {
    "tree": "it leads to a folder",
    "blob": "it leads to something that is not part of the collection",
    "dangling": "its target does not exist",
    "notdir": "its target does not exist",
    "loop": "it leads back to itself",
}


class _Objects:
    """What one ``git cat-file`` gives, a blob after the other (see ``streams.Giver``)."""

    def __init__(self, folder: str = "", *options: str) -> None:
        self._folder = folder
        self._options = options
        self._process: Popen[bytes] | None = None
        self._left = 0  # bytes of the last answer that are still to come, with the line end behind it
        self.asked = 0

    def ask(self, blob: bytes) -> int:
        """Have a blob sent; return its size. What is left of the one before is passed over."""
        self.skip(self._left)
        self.asked += 1
        answer = self._answer(blob).split()
        if len(answer) == 3 and answer[1] == b"blob":
            self._left = int(answer[2]) + 1
            return self._left - 1
        if answer and answer[-1] == b"missing":
            raise OSError(errno.ENOENT, "its content is not in this repository: fetch it first")
        raise self._failure()

    def take(self, size: int) -> bytes:
        """The next bytes of the blob."""
        assert self._process is not None
        assert self._process.stdout is not None
        data = self._process.stdout.read(size)
        self._left -= len(data)
        if len(data) < size:
            raise self._failure()
        return data

    def skip(self, size: int) -> None:
        """Pass over the next bytes of the blob."""
        while size:
            size -= len(self.take(min(size, PIECE)))

    def close(self) -> None:
        process, self._process, self._left = self._process, None, 0
        self.asked += 1  # nobody can go on reading
        if process is not None:
            process.kill()
            process.communicate()

    def _answer(self, blob: bytes) -> bytes:
        if self._process is None:
            from subprocess import DEVNULL

            self._process = _start("cat-file", "--batch", *self._options, errors=DEVNULL, folder=self._folder)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(blob + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return b""
        return self._process.stdout.readline()

    def _failure(self) -> OSError:
        """Why git stopped; it is started again for the next blob."""
        self.close()
        return OSError(errno.EIO, "git cannot read its content; `git fsck` may tell why")


def _resolved(spelled: str) -> tuple[bytes, bool]:
    """The object that is named, and whether it is a folder. Raises ``UsageError``."""
    revision = _revision(spelled)
    if "\n" in spelled:
        raise UsageError(f"git cannot be asked for {spelled!r}, which holds a line end")
    try:
        (kind, found), (known, _) = _look_up([_bytes(spelled), _bytes(revision)])
    except UnicodeEncodeError as error:
        raise UsageError(f"git cannot be asked for {spelled!r}, which cannot be written in UTF-8") from error
    except UsageError as error:
        raise UsageError(f"no such file or folder: {spelled!r}; and as a git revision: {error}") from error
    if kind in ("blob", "tree"):
        return found, kind == "tree"
    if kind in ("commit", "tag"):
        raise UsageError(f"{spelled!r} names a commit and not its files: write REV:path, or REV: for all of them")
    if "ambiguous" in (kind, known):
        raise UsageError(f"{revision!r} may mean several revisions: write more of it")
    if kind == "missing" and not revision:
        raise UsageError(f"no file {spelled[1:]!r} is staged; for a folder write HEAD:{spelled[1:]}")
    if kind == "missing" and known == "missing":
        raise UsageError(f"there is neither a file {spelled!r} nor a git revision {revision!r}; see `git log`")
    path = spelled[len(revision) + 1 :]
    raise UsageError(
        f"there is no {path!r} in {revision!r}; a path begins at the top of the repository, or with ./ at this folder"
    )


def _revision(spelled: str) -> str:
    """What stands before the colon that separates a revision from a path; colons in braces do not."""
    depth = 0
    for at, character in enumerate(spelled):
        depth += (character == "{") - (character == "}")
        if character == ":" and depth <= 0:
            return spelled[:at]
    return spelled


def _look_up(names: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """What is called so, in the same order: its type and object name, links followed.

    Of a link that leads nowhere, the kind is ``symlink`` (out of the tree, with the target), ``dangling``,
    ``loop`` or ``notdir``; of a name that means nothing it is ``missing``, of one that means several things
    ``ambiguous``.
    """
    asked = b"".join(name + b"\n" for name in names)
    answers, at = _git("cat-file", "--batch-check", "--follow-symlinks", asked=asked) if asked else b"", 0
    found = []
    while at < len(answers):
        line = answers[at : answers.index(b"\n", at)]
        at += len(line) + 1
        words = line.split(b" ")
        if len(words) == 3 and words[2].isdigit():
            found.append((words[1].decode(), words[0]))
        elif len(words) == 2 and words[1].isdigit():
            end = at + int(words[1])
            found.append((words[0].decode(), answers[at:end]))
            at = end + 1
        else:
            found.append((words[-1].decode(), b""))
    return found


def _git(*arguments: str, asked: bytes = b"", folder: str = "", muted: Mapping[str, str] | None = None) -> bytes:
    """What git writes, run in a folder; ``muted`` are settings for it. Raises ``UsageError`` where it fails."""
    from subprocess import PIPE

    process = _start(*arguments, errors=PIPE, folder=folder, muted=muted or {})
    answer, said = process.communicate(asked)
    if process.returncode == 0:
        return answer
    if b"not a git repository" in said:
        raise UsageError("this folder belongs to no repository, so run it in one that has the revision")
    first = _text(said.strip().partition(b"\n")[0]) or f"it ended with {process.returncode}"
    raise UsageError(f"git cannot read its repository: {first}")


def _environment(folder: str) -> dict[str, str]:
    """What git is told: to speak English, to fetch nothing, and, in a folder on the disk, to look around there."""
    told = {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_OPTIONAL_LOCKS": "0"}
    if not folder:
        return {**os.environ, **told}
    own = {key: word for key, word in os.environ.items() if key not in (*_ELSEWHERE, *_PATTERNS)}
    if "GIT_INDEX_FILE" in own and not _is_of_hook(folder):
        del own["GIT_INDEX_FILE"]
    return {**own, **told, "GIT_LITERAL_PATHSPECS": "1"}


def _is_of_hook(folder: str) -> bool:
    """Whether a folder lies in the repository for which git has started a hook, and with it this program."""
    from subprocess import DEVNULL, run

    own = {key: word for key, word in os.environ.items() if key not in (*_ELSEWHERE, "GIT_INDEX_FILE")}
    ask = ["git", *GUARDED, "rev-parse", "--absolute-git-dir"]
    try:
        ours = run(ask, cwd=folder, env=own, capture_output=True, stdin=DEVNULL, check=False).stdout
        theirs = run(ask, capture_output=True, stdin=DEVNULL, check=False).stdout
    except OSError:
        return True  # said where git is needed
    return not theirs or ours == theirs


def _start(*arguments: str, errors: int, folder: str = "", muted: Mapping[str, str] | None = None) -> Popen[bytes]:
    """Start git. Raises ``UsageError``."""
    from subprocess import PIPE, Popen

    environment = _environment(folder)
    first = int(environment.get("GIT_CONFIG_COUNT") or 0) if muted else 0
    for number, (key, value) in enumerate((muted or {}).items(), first):
        environment[f"GIT_CONFIG_KEY_{number}"], environment[f"GIT_CONFIG_VALUE_{number}"] = key, value
        environment["GIT_CONFIG_COUNT"] = str(number + 1)
    try:
        command = ["git", *(("-C", folder, *GUARDED) if folder else GUARDED[:2]), *arguments]
        return Popen(command, stdin=PIPE, stdout=PIPE, stderr=errors, bufsize=1 << 16, env=environment)
    except FileNotFoundError as error:
        raise UsageError("git is not installed, so install it first") from error
    except OSError as error:
        raise UsageError(f"git cannot be run: {reason(error)}") from error


def _left_out(name: str, options: Options) -> bool:
    return name.startswith(".") or "/." in name or (bool(options.exclude) and excluded(name, options))


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _slashes(path: str) -> str:
    return path.replace(os.sep, "/")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
