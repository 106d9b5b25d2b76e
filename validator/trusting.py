"""What speaks for a gate when the change that it judges may not: settings, pardons and permissions of a revision.

A change brings along the files that say how it is to be judged. With a trusted revision these are read
from there: the settings, the baseline, the JSON Schemas that indexes name, and what indexes allow. Where the
change would have made the gate weaker, that is said (VAL006), since it will once the change is merged. Of settings
and pardons only what the change did is held against it, and not what the revision has done since the two went
apart. An index or a schema that is not as in the revision is not obeyed where it allows more, whoever changed it.
"""

from __future__ import annotations

import os

from validator import baseline, config, container, discovery, frontmatter, manifest, revisions
from validator.model import TYPE_CHECKING, Place, Suppression, Trust, UsageError, value
from validator.selection import selected
from validator.trees import Changed, Opened, in_work_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from validator.config import Settings

_STRICTNESS = ("never", "error", "warning")
_LARGEST = 1 << 28
"""Bytes of a file that may speak for a gate."""
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
_NAMED = 5
"""Rules or patterns that a message names one by one."""


@value
class Gate:
    """The settings that a trusted revision has for a collection, with the file that they come from.

    ``baseline`` is the path of the file with ``pardons``, empty where there are none. ``weakened`` is what the
    change would have done to all this.
    """

    settings: Settings
    file: str | None
    baseline: str
    pardons: bytes
    trust: Trust
    weakened: tuple[Suppression, ...]


def gate(path: str, revision: str, overrides: dict[str, Any], given: str | None, isolated: bool, pardons: str) -> Gate:
    """What speaks for a collection; ``given`` are the settings file and ``pardons`` the baseline of the command line.

    Raises ``UsageError``.
    """
    _refuse_links(path)
    commit, base = revisions.commits(revision, path)
    trusted, before = (_Version(path, one, given, isolated) for one in (commit, base))
    file, data = trusted.settings()
    settings = config.load(file, overrides, data)
    at = pardons or _beside(file, settings.baseline)
    content = trusted.content(at) if at else None
    if pardons and content is None:
        raise UsageError(f"--baseline: there is no {pardons!r} in the trusted revision")
    trust, packed = _trust(path, revision, commit)
    weakened = [
        *_weaker_settings(before, revision, overrides, settings, at),
        *_more_pardons(before, revision, at),
        *_other_schemas(path, trust, packed),
    ]
    return Gate(settings, file, at if content is not None else "", content or b"", trust, tuple(weakened))


def _refuse_links(path: str) -> None:
    """Raise ``UsageError`` where a link leads to a collection: a change could have put it there."""
    here = os.path.abspath(path)
    while not os.path.lexists(os.path.join(here, ".git")):
        if os.path.islink(here):
            raise UsageError(f"--trust: {path!r} is reached through a link, {here!r}: name what it leads to")
        if here == os.path.dirname(here):
            return
        here = os.path.dirname(here)


@value
class _Version:
    """The files of a gate as a commit has them."""

    path: str
    commit: str
    given: str | None
    isolated: bool

    def content(self, file: str) -> bytes | None:
        """What a file contains in the commit; one of no repository contains what it does."""
        folder, name = os.path.split(os.path.abspath(file))
        if not os.path.isdir(folder):
            return None
        if not in_work_tree(folder):
            return _read(file)
        return next(iter(revisions.contents(folder, self.commit, [name])))

    def settings(self) -> tuple[str | None, bytes]:
        """The settings file that applies, and its content."""
        if self.isolated:
            return None, b""
        if self.given is not None:
            content = self.content(self.given)
            if content is None:
                raise UsageError(f"--config: there is no {self.given!r} in the trusted revision")
            return self.given, content
        here = os.path.realpath(self.path if os.path.isdir(self.path) else os.path.dirname(self.path) or ".")
        while True:
            found = revisions.contents(here, self.commit, discovery.SETTINGS_FILES)
            for name, content in zip(discovery.SETTINGS_FILES, found, strict=True):
                if content is not None and (name != "pyproject.toml" or discovery.speaks_of_us(content)):
                    return discovery.short(os.path.join(here, name)), content
            parent = os.path.dirname(here)
            if parent == here or os.path.lexists(os.path.join(here, ".git")):
                return None, b""
            here = parent


def _beside(file: str | None, name: str) -> str:
    return os.path.join(os.path.dirname(file or ""), name) if name else ""


def _read(file: str) -> bytes | None:
    """The content of a regular file; ``None`` where there is none, or too much of it."""
    try:
        source = Opened(os.fsencode(os.path.realpath(file)))
        data = source.read(0, source.size) if source.size <= _LARGEST else None
        source.close()
    except (OSError, Changed):
        return None
    return data


def _weaker_settings(
    before: _Version, revision: str, overrides: dict[str, Any], trusted: Settings, pardons: str
) -> Iterator[Suppression]:
    """What the settings that the change brings would let pass, if it changes them."""
    file = before.given or (None if before.isolated else discovery.settings_file(before.path))
    old_file, old = before.settings()
    data = _read(file) if file is not None else b""
    if (file, data) == (old_file, old):
        return
    at = Place(file or old_file or before.path)
    try:
        settings = config.load(file, overrides, data or b"")
    except UsageError as why:
        yield _untrusted(at, f"its settings cannot be read: {why}")
        return
    for said in _weaker(trusted, settings):
        yield _untrusted(at, f"{said}, unlike {revision!r}")
    forgiving = _beside(file, settings.baseline)
    if forgiving and (not pardons or os.path.realpath(forgiving) != os.path.realpath(pardons)):
        yield _untrusted(at, f"it forgives what {forgiving!r} lists, unlike {revision!r}")


def _weaker(old: Settings, new: Settings) -> Iterator[str]:
    """In which ways settings let more pass than others."""
    codes = [{rule.code for rule in selected(one.options())} for one in (old, new)]
    if lost := sorted(codes[0] - codes[1]):
        yield f"it leaves out {_few(lost)}"
    ignores = [{(p, rule) for p, rules in one.per_file_ignores.items() for rule in rules} for one in (old, new)]
    if more := sorted(ignores[1] - ignores[0]):
        yield f"it ignores {_few(f'{rule} for {pattern!r}' for pattern, rule in more)}"
    if excluded := sorted(set(new.exclude) - set(old.exclude)):
        yield f"it excludes {_few(map(repr, excluded))}"
    if lost := sorted(set(old.containers) - set(new.containers)):
        yield f"it no longer takes {_few(map(repr, lost))} for containers"
    if old.require_end_marker and not new.require_end_marker:
        yield "it no longer asks for end markers"
    if _STRICTNESS.index(new.fail_on) < _STRICTNESS.index(old.fail_on):
        yield f"its fail-on is {new.fail_on!r}"


def _more_pardons(before: _Version, revision: str, file: str) -> Iterator[Suppression]:
    """What a baseline forgives more than before, if the change changes it."""
    data = _read(file) if file else None
    old = before.content(file) if data is not None else None
    if data is None or data == old:
        return
    try:
        counts = baseline.parsed(file, data).counts - (baseline.parsed(file, old).counts if old else baseline.NONE)
    except UsageError as why:
        yield _untrusted(Place(file), f"its baseline cannot be read: {why}")
        return
    if counts:
        yield _untrusted(Place(file), f"it forgives {counts.total():,} findings that {revision!r} does not")


def _trust(path: str, revision: str, commit: str) -> tuple[Trust, dict[str, bytes]]:
    """What may speak of what has changed below a path, as the commit has it, and the schemas in its containers.

    What lies behind a link may change while the link does not, so links count as changed.
    """
    changed = revisions.changed_since(path, revision) | revisions.changed_since(path, commit, exactly=True)
    if os.path.isdir(path):
        changed |= revisions.links(path)
    folder = path if os.path.isdir(path) else os.path.dirname(path) or "."
    names = sorted(changed)
    files: dict[str, bytes] = {}
    schemas: dict[str, bytes] = {}
    called = [name or os.path.basename(path) for name in names]
    for name, asked, content in zip(names, called, revisions.contents(folder, commit, called), strict=True):
        if not content:
            continue
        if asked.rpartition("/")[2] == manifest.NAME or content.lstrip(_BEFORE_JSON)[:1] == b"{":
            files[name] = content
        elif container.looks_like_container(content):
            files[name], schemas[name] = _packed(content)
    return Trust(revision, changed, files), schemas


def _packed(content: bytes) -> tuple[bytes, bytes]:
    """The index in a container and the schema that it names there, empty where there is none."""
    blocks = {block.name: block for block in container.parse(content).blocks}

    def body(name: str) -> bytes:
        block = blocks.get(name.encode("utf-8", "surrogateescape"))
        return container.unescape(content[block.header_end : block.body_end])[0] if block is not None else b""

    index = body(manifest.NAME)
    schema = frontmatter.schema_name(index)
    return index, body(schema) if schema else b""


def _other_schemas(path: str, trust: Trust, packed: dict[str, bytes]) -> Iterator[Suppression]:
    """What takes documents away from the schemas that they were held against, or puts others in their place."""

    def is_left(name: str) -> bool:
        return os.path.isdir(os.path.dirname(os.path.join(path, name)))

    named = _Schemas(path, trust)
    for name in sorted(trust.changed):
        old = trust.of(name)
        at = Place(_shown(path, name))
        here = _read(os.path.join(path, name) if name else path)
        if name.rpartition("/")[2] in (manifest.NAME, manifest.COLUMNAR):
            above = named.above(name)
            if not old and here is not None and above and above != frontmatter.schema_name(here):
                yield _untrusted(at, f"with an index of its own, the folder is not held against the schema {above!r}")
            elif old and here is None and is_left(name):
                yield _untrusted(at, "without its index, the folder falls to the one above, if there is one")
            elif old and here is not None and frontmatter.schema_name(old) not in ("", frontmatter.schema_name(here)):
                yield _untrusted(at, f"it no longer names the schema {frontmatter.schema_name(old)!r}")
        elif here is not None and container.looks_like_container(here):
            index, schema = _packed(here)
            if name in packed and packed[name] not in (b"", schema):
                yield _untrusted(at, f"its documents are not held against the schema that {trust.revision!r} has in it")
            elif index and not old and (above := named.above(name)):
                yield _untrusted(at, f"with an index of its own, it is not held against the schema {above!r}")
        elif old and here != old and is_left(name) and named.is_one(name):
            yield _untrusted(at, f"it is another schema than that of {trust.revision!r}")


class _Schemas:
    """The schemas that indexes name, as the trusted revision has them, or else the disk."""

    def __init__(self, path: str, trust: Trust) -> None:
        self._path = path
        self._trust = trust
        self._known: dict[str, str | None] = {}

    def above(self, name: str) -> str:
        """The schema of the nearest index in a folder above the one that a file lies in; empty if there is none.

        For a container that is the folder that it lies in.
        """
        parts = name.split("/")
        is_index = parts[-1] in (manifest.NAME, manifest.COLUMNAR)
        for depth in range(len(parts) - 1 - is_index, -1, -1):
            if (found := self._of("/".join(parts[:depth]))) is not None:
                return found
        return ""

    def is_one(self, name: str) -> bool:
        """Whether an index in a folder above a file names it as its schema."""
        parts = name.split("/")
        return any(self._of("/".join(parts[:depth])) == "/".join(parts[depth:]) for depth in range(len(parts)))

    def _of(self, folder: str) -> str | None:
        """The schema that the index of a folder names; ``None`` where there is no index."""
        if folder not in self._known:
            name = f"{folder}/{manifest.NAME}" if folder else manifest.NAME
            index = self._trust.of(name) or _read(os.path.join(self._path, name))
            self._known[folder] = frontmatter.schema_name(index) if index is not None else None
        return self._known[folder]


def _shown(path: str, name: str) -> str:
    shown = path.replace(os.sep, "/").removeprefix("./").rstrip("/") or "."
    return shown if not name else name if shown == "." else f"{shown}/{name}"


def _untrusted(at: Place, said: str) -> Suppression:
    return Suppression("settings", "", "", at, untrusted=said)


def _few(words: Iterable[str]) -> str:
    """A few of some words, and how many more there are."""
    found = list(words)
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more
