"""The formats in which findings are shown, one a file, each loaded only when it is asked for.

Every format is a module with ``render(report, look)``, which returns lines without line ends and touches
neither a disk nor a terminal; for ``look`` see ``model.Look``. ``docs/formats.md`` says what each is for.

Names, messages and excerpts may hold anything. What is returned never does: no control character but
the colours, no bidirectional control, no lone surrogate, and no command for the runner of a build but
those that a format consists of.
"""

from __future__ import annotations

from validator.model import TYPE_CHECKING, Look, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS: tuple[str, ...] = (
    *("full", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "azure", "teamcity", "rdjson"),
    *("markdown", "html"),
)


def render(format: str, report: Report, look: Look | None = None) -> Iterator[str]:
    """The report in one of ``FORMATS``, line by line. Raises ``ValueError`` for any other."""
    if format not in FORMATS:
        raise ValueError(f"there is no format {format!r}; there are {', '.join(FORMATS)}")
    module = __import__(f"{__name__}.{format}", fromlist=["render"])  # importlib costs more than most reports
    lines: Iterator[str] = module.render(report, look or Look())
    return lines
