"""The tests of the container format notice every planted bug, and are silent without one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests import planted

Verdicts = dict[planted.Bug | None, Future[str]]


@pytest.fixture(scope="module")
def verdicts() -> Iterator[Verdicts]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {bug: pool.submit(planted.verdict, bug) for bug in (None, *planted.BUGS)}


def test_the_tests_pass_without_a_bug(verdicts: Verdicts) -> None:
    assert verdicts[None].result() == ""


@pytest.mark.parametrize("bug", planted.BUGS, ids=lambda bug: bug.title)
def test_a_planted_bug_is_noticed(bug: planted.Bug, verdicts: Verdicts) -> None:
    assert verdicts[bug].result() != ""


def test_a_bug_that_no_longer_applies_is_noticed() -> None:
    with pytest.raises(ValueError, match="0 places instead of one"):
        planted.broken("source", planted.Bug("title", "gone", ""))
    with pytest.raises(ValueError, match="2 places instead of one"):
        planted.broken("twice twice", planted.Bug("title", "twice", ""))
