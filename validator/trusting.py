"""What speaks for a gate when the change that it judges may not: settings, pardons and permissions of a revision.

A change brings along the files that say how it is to be judged. With a trusted revision these are read
from there: the settings, the baseline, the JSON Schemas that indexes name, and what indexes allow. Where the
change would have made the gate weaker, that is said (VAL006), since it will once the change is merged. Only
what the change did counts, and not what the revision has done since the two went apart.
"""

from __future__ import annotations

import os

from validator import baseline, config, container, discovery, frontmatter, manifest, revisions
from validator.model import TYPE_CHECKING, Place, Suppression, Trust, UsageError, value
from validator.selection import selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from validator.config import Settings

_STRICTNESS = ("never", "error", "warning")
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
    commit, base = revisions.commits(revision, path)
    trusted, before = (_Version(path, one, given, isolated) for one in (commit, base))
    file, data = trusted.settings()
    settings = config.load(file, overrides, data)
    at = pardons or _beside(file, settings.baseline)
    content = trusted.content(at) if at else None
    weakened = [
        *_weaker_settings(before, revision, overrides, settings, path),
        *_more_pardons(before, revision, at, path),
    ]
    trust = _trust(path, revision, commit)
    weakened += _other_schemas(path, trust)
    return Gate(settings, file, at if content is not None else "", content or b"", trust, tuple(weakened))


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
        try:
            return next(iter(revisions.contents(folder, self.commit, [name])))
        except UsageError:
            return _read(file)

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
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except OSError:
        return None


def _weaker_settings(
    before: _Version, revision: str, overrides: dict[str, Any], trusted: Settings, path: str
) -> Iterator[Suppression]:
    """What the settings that the change brings would let pass, if it changes them."""
    file = before.given or (None if before.isolated else discovery.settings_file(path))
    old_file, old = before.settings()
    data = _read(file) if file is not None else b""
    if (file, data) == (old_file, old):
        return
    at = Place(file or old_file or path)
    try:
        settings = config.load(file, overrides, data or b"")
    except UsageError as why:
        yield _untrusted(at, f"its settings cannot be read: {why}")
        return
    for said in _weaker(trusted, settings):
        yield _untrusted(at, f"{said}, unlike {revision!r}")


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
    if new.baseline != old.baseline:
        yield f"it forgives what {new.baseline!r} lists" if new.baseline else "it has another baseline"


def _more_pardons(before: _Version, revision: str, file: str, path: str) -> Iterator[Suppression]:
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


def _trust(path: str, revision: str, commit: str) -> Trust:
    """What has changed below a path, and what of it may speak, as the commit has it."""
    changed = revisions.changed_since(path, revision)
    folder = path if os.path.isdir(path) else os.path.dirname(path) or "."
    asked = {name: name or os.path.basename(path) for name in sorted(changed)}
    found = zip(asked, revisions.contents(folder, commit, asked.values()), strict=True)
    speaking = ((name, _speaking(asked[name], content)) for name, content in found if content)
    named = {"": os.path.basename(path)}  # of a path that is a file itself
    files = tuple((named.get(name, name), content) for name, content in speaking if content)
    return Trust(revision, frozenset(named.get(name, name) for name in changed), files)


def _speaking(name: str, content: bytes) -> bytes:
    """What a file says of how documents are to be judged: an index, the index of a container, a JSON Schema."""
    if name.rpartition("/")[2] == manifest.NAME or content.lstrip()[:1] == b"{":
        return content
    if container.looks_like_container(content):
        for block in container.parse(content).blocks:
            if block.name == manifest.NAME.encode():
                return container.unescape(content[block.header_end : block.body_end])[0]
    return b""


def _other_schemas(path: str, trust: Trust) -> Iterator[Suppression]:
    """The schemas that indexes name and that the change replaces, and indexes that name another one."""
    for name in sorted(trust.changed):
        old = trust.of(name)
        is_index = name.rpartition("/")[2] == manifest.NAME
        if is_index and not old and (schema := _schema_above(path, name, trust)):
            said = f"with an index of its own, the folder is no longer held against the schema {schema!r}"
            yield _untrusted(Place(_shown(path, name)), said)
        elif is_index and old:
            here = _read(os.path.join(path, name)) or b""
            if frontmatter.schema_name(old) not in ("", frontmatter.schema_name(here)):
                said = f"it no longer names the schema {frontmatter.schema_name(old)!r}, unlike {trust.revision!r}"
                yield _untrusted(Place(_shown(path, name)), said)
        elif old and _is_schema(path, name):
            yield _untrusted(Place(_shown(path, name)), f"it is another schema than that of {trust.revision!r}")


def _schema_above(path: str, name: str, trust: Trust) -> str:
    """The schema that the nearest index above the folder of a new index names, if there is one that does."""
    parts = name.split("/")[:-1]
    for depth in reversed(range(len(parts))):
        above = "/".join([*parts[:depth], manifest.NAME])
        index = trust.of(above) or _read(os.path.join(path, above))
        if index:
            return frontmatter.schema_name(index)
    return ""


def _is_schema(path: str, name: str) -> bool:
    """Whether an index in a folder above a file names it as its schema."""
    parts = name.split("/")
    for depth in range(len(parts)):
        index = _read(os.path.join(path, *parts[:depth], manifest.NAME))
        if index is not None and frontmatter.schema_name(index) == "/".join(parts[depth:]):
            return True
    return False


def _shown(path: str, name: str) -> str:
    return name if path == "." else f"{path.rstrip('/')}/{name}"


def _untrusted(at: Place, said: str) -> Suppression:
    return Suppression("settings", "", "", at, untrusted=said)


def _few(words: Iterable[str]) -> str:
    """A few of some words, and how many more there are."""
    found = list(words)
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more
