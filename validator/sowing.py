"""Where residue can be put, for the faults of rules on prose."""

from __future__ import annotations

from validator import faults, prose, screening
from validator.model import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TRIES = 100
"""Documents that are looked at in search of one that will do."""


def _is_any(name: str, data: bytes) -> bool:
    return True


def add_lines(
    tree: faults.Tree,
    random: faults.Random,
    added: bytes,
    place: str = "anywhere",
    fits: Callable[[str, bytes], bool] = _is_any,
) -> None:
    """Put a paragraph into some prose, behind a line that is neither code nor table.

    ``place`` is ``head`` (before all but blank lines), ``tail`` (behind all but blank lines) or ``anywhere``; the
    document is one that ``fits``, by its name and its bytes. Raises ``Inapplicable`` where no prose will do.
    """
    choose: dict[str, Callable[[Sequence[int]], int]] = {
        "head": lambda ends: ends[0],
        "tail": lambda ends: ends[-1],
        "anywhere": random.choice,
    }
    spot = pick(tree, random, place, fits)
    data = faults.content(tree, spot)
    at = choose[place](_ends(data))
    before = data[:at] and data[:at] + b"\n\n"
    faults.write(tree, spot, before + added + (b"\n\n" + data[at:].lstrip(b"\r\n") if data[at:].strip() else b"\n"))


def pick(
    tree: faults.Tree,
    random: faults.Random,
    place: str = "anywhere",
    fits: Callable[[str, bytes], bool] = _is_any,
) -> faults.Spot:
    """A document of prose that has room for a paragraph. Raises ``Inapplicable`` where there is none."""
    named = [spot for spot in faults.documents(tree) if prose.is_prose(spot.full)]
    for spot in random.sample(named, min(len(named), _TRIES)):
        data = faults.content(tree, spot)
        if not screening.screen(data) & (screening.NOT_TEXT | screening.BLANK) and (
            _suits(data, place) and fits(spot.full, data)
        ):
            return spot
    return faults.some(random, [], "prose to spoil")


def _suits(data: bytes, place: str) -> bool:
    """Whether the place is not within code, a table or front matter."""
    lines = [line for line in prose.lines(data) if line.text.strip()]
    if place == "anywhere":
        return len(_ends(data)) > 0
    return not lines[0 if place == "head" else -1].masked


def _ends(data: bytes) -> list[int]:
    """Where the lines end behind which there is room, and the beginning if there is room before the first."""
    lines = [line for line in prose.lines(data) if line.text.strip()]
    start = [lines[0].start] if lines and not lines[0].masked and not data.startswith(b"\xef\xbb\xbf") else []
    return start + [line.span().end for line in lines if not line.masked]
