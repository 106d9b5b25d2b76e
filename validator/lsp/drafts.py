"""What is open in an editor, judged in the collection that it belongs to.

A file belongs to the nearest folder above it with an INDEX.md, and is judged together with what lies in that
folder, as the command line would: settings and their patterns count from the highest such folder, up to the
root of the repository or of the workspace. A file that no index governs is judged alone.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from validator import checking, engine, manifest
from validator.cache import Cache
from validator.lsp.buffers import Buffer, View, view
from validator.model import Finding, Options, Report, UsageError, replaced, value
from validator.trees import Folder, Memory, git_ignored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from validator.loading import Known
    from validator.trees import Found, Source, Stamp, Tree

_MOST = 1000
"""Findings of a rule in a document that are shown at least: an editor marks each where it is."""


@value
class Draft:
    """A file that is open in an editor: its real path, what it says there now, and how it is shown."""

    uri: str
    path: str
    text: str
    version: int
    view: View

    def buffer(self) -> Buffer:
        """The bytes that it stands for now."""
        return self.view.buffer(self.text, None if self.view.exact else _disk(self.path))


@value
class Verdict:
    """What was found in a draft, in the bytes that it stood for; ``docs`` as in ``model.Look``."""

    draft: Draft
    buffer: Buffer
    findings: tuple[Finding, ...] = ()
    docs: str = ""


@value
class Home:
    """Where a file belongs: the top of its collection, and the folder in it whose index governs the file.

    ``below`` is relative to ``root``, uses ``/``, and ends in one unless it is empty. Without a collection
    ``root`` is the file itself and ``alone`` is true.
    """

    root: str
    below: str = ""
    alone: bool = False

    def contains(self, path: str) -> bool:
        """Whether a file lies in what is judged here, be it governed by another index."""
        return path == self.root if self.alone else path.startswith(os.path.join(self.root, ""))

    def holds(self, path: str) -> bool:
        """Whether a file matters to what is found here."""
        return self.contains(path) and self.name(path).startswith(self.below)

    def name(self, path: str) -> str:
        """The name of a path in here, as a tree would say it."""
        above = os.path.dirname(self.root) if self.alone else self.root
        return _name(path[len(os.path.join(above, "")) :])


def opened(uri: str, path: str, text: str, version: int) -> Draft:
    """A file that has just been opened in an editor."""
    path = real(path)
    return Draft(uri, path, text, version, view(text, _disk(path)))


def saved(draft: Draft) -> Draft:
    """A file that has just been saved."""
    return replaced(draft, view=view(draft.text, _disk(draft.path), draft.view))


def real(path: str) -> str:
    """A path by which a file is known: without links on the way to it."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def home(path: str, limits: Collection[str]) -> Home:
    """Where a file belongs; ``limits`` are folders above which nothing is looked for."""
    governing: list[str] = []
    here = os.path.dirname(path)
    while True:
        if os.path.isfile(os.path.join(here, manifest.NAME)):
            governing.append(here)
        above = os.path.dirname(here)
        if above == here or here in limits or os.path.lexists(os.path.join(here, ".git")):
            break
        here = above
    if not governing:
        return Home(path, alone=True)
    below = governing[0].removeprefix(governing[-1]).lstrip(os.sep)
    return Home(governing[-1], _name(os.path.join(below, "") if below else ""))


class Judge:
    """Judges drafts, and remembers what it has learnt of the files beside them.

    ``pause`` is called between two files, and may raise to leave a check unfinished.
    """

    def __init__(self, pause: Callable[[], None]) -> None:
        self._pause = pause
        self._known: dict[tuple[Home, Options], dict[str, Known]] = {}

    def __call__(
        self, drafts: Sequence[Draft], changed: Collection[str], limits: Collection[str]
    ) -> tuple[list[Verdict], list[str]]:
        """What is to be said of drafts since these files changed, and why there is nothing to say of some."""
        buffers = {draft.path: draft.buffer() for draft in drafts}
        homes: dict[Home, list[Draft]] = {}
        for draft in drafts:
            homes.setdefault(home(draft.path, limits), []).append(draft)
        verdicts: list[Verdict] = []
        complaints: list[str] = []
        for place, mine in homes.items():
            if any(place.holds(path) for path in changed):
                try:
                    verdicts += self._at(place, mine, buffers)
                except UsageError as error:
                    verdicts += [Verdict(draft, buffers[draft.path]) for draft in mine]
                    complaints.append(str(error))
        return verdicts, complaints

    def _at(self, place: Home, drafts: Sequence[Draft], buffers: Mapping[str, Buffer]) -> Iterator[Verdict]:
        (job,) = checking.plan([place.root], checking.Flags())
        tree = _tree(place, {path: buffer.data for path, buffer in buffers.items()})
        names = {draft.path: place.name(draft.path) for draft in drafts}
        most = max(job.options.max_findings, _MOST)
        only, near_duplicates = frozenset(names.values()), "off"
        options = replaced(job.options, max_findings=most, only=only, near_duplicates=near_duplicates)
        job = replaced(job, options=options)
        memory = _Memory(self._known.setdefault((place, replaced(job.options, only=None)), {}), job.options)
        means = engine.Means(jobs=1, cache=memory, watch=lambda *_: self._pause())
        report = engine.check([tree], checking.unlimited(job).options, means=means)
        found: dict[str, list[Finding]] = {}
        for finding in checking.forgiving(report, [job]).findings:
            found.setdefault(finding.path, []).append(finding)
        for draft in drafts:
            findings = tuple(found.get(tree.shown(names[draft.path]), ()))
            yield Verdict(draft, buffers[draft.path], findings, job.docs)


def _tree(place: Home, contents: Mapping[str, bytes]) -> Tree:
    """What is to be judged, with these contents of files, by their paths, in place of those on the disk."""
    if place.alone:
        return Memory({place.name(place.root): contents[place.root]}, os.path.dirname(place.root), is_folder=False)
    inside = {place.name(path): data for path, data in contents.items() if place.contains(path)}
    return Overlay(place.root, place.below, inside)


class Overlay(Folder):
    """A folder on disk, seen from ``below`` on, some of whose files have other contents in an editor."""

    def __init__(self, path: str, below: str, contents: Mapping[str, bytes]) -> None:
        super().__init__(path, git_ignored(path)[0])
        self._below = below
        self._contents = contents

    def walk(self, options: Options) -> Iterator[Found]:
        return (found for found in super().walk(options) if found.name.startswith(self._below))

    def open(self, name: str) -> Source:
        return Memory(self._contents).open(name) if name in self._contents else super().open(name)

    def stamp(self, name: str) -> Stamp:
        return () if name in self._contents else super().stamp(name)


class _Memory(Cache):
    """A cache that keeps what is ``known`` of the files of a folder in this process, and no verdicts."""

    def __init__(self, known: dict[str, Known], options: Options) -> None:
        super().__init__("", options)
        self._known = known

    def listing(self, tree: Folder, found: Iterable[Found]) -> str:
        return ""

    def recall(self, root: str) -> dict[str, Known]:
        return dict(self._known)

    def keep(
        self, root: str, before: Mapping[str, Known], now: Mapping[str, Known], listing: str, report: Report
    ) -> None:
        self._known.clear()
        self._known.update((name, one) for name, one in now.items() if max(one.stamp[1:3]) < self._since)


def _name(path: str) -> str:
    return os.fsencode(path.replace(os.sep, "/")).decode("utf-8", "surrogateescape")


def _disk(path: str) -> bytes | None:
    """The bytes of a file on the disk; ``None`` if there is none that can be read."""
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
