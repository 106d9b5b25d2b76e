"""Paths that cannot be divided, such as archives: each is checked in the ordinary way, by whoever is free."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from validator import discovery, engine
from validator.addresses import collection, is_elsewhere
from validator.model import Options, Report, replaced, value
from validator.scale.engines import Lost, spread
from validator.scale.work import at
from validator.trees import File, Memory, Odd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.scale import Scaled
    from validator.trees import Tree


@value
class Whole:
    """What is checked as a whole: its path, as the user wrote it in the folder ``home``, and the options."""

    path: str
    options: Options
    home: str


def check(wholes: Sequence[Whole], by: Scaled) -> list[Report]:
    """The report of each, in the order of the paths. Raises ``UsageError``, ``OSError``."""
    reports: dict[int, Report] = {}
    size = 0
    for (number, whole), result in spread(by.engine, partial(_checked, by.inventory), enumerate(wholes)):
        path = collection(whole.path)
        if isinstance(result, Lost):
            by.log("given-up", tries=result.tries, first=path)
            reports[number] = _given_up(path, whole.options, result)
            continue
        reports[number] = result
        size += result.bytes
        by.log("checked", path=path, documents=result.documents, bytes=result.bytes)
        if by.watch is not None:
            by.watch(len(reports), len(wholes), size)
    return [reports[number] for number in range(len(wholes))]


def _checked(inventory: bool, task: tuple[int, Whole]) -> Report:
    """Check a path as if this process were where the user is: settings speak of paths from there."""
    _, whole = task
    with at(whole.home):
        tree = _tree(whole)
        try:
            return engine.check([tree], whole.options, means=engine.Means(inventory=inventory))
        finally:
            discovery.let_go(tree)


def _tree(whole: Whole) -> Tree:
    """The tree of a path; a file that is not there any more, or not here, cannot be read."""
    if discovery.is_archive(whole.path):
        return discovery.archive(whole.path, whole.options)
    return discovery.tree_at(whole.path)[0] if is_elsewhere(whole.path) else File(whole.path)


def _given_up(path: str, options: Options, lost: Lost) -> Report:
    """What is said of a path that nobody can read and live."""
    odd = Odd("unreadable", lost.said)
    return engine.check([Memory({path: odd}, is_folder=False)], replaced(options, exclude=(), only=None))
