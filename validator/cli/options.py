"""The options of the commands, and what becomes of their words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from validator import checking, discovery, reporters
from validator.model import UsageError
from validator.rules import catalogue
from validator.sketching import LIMITS

if TYPE_CHECKING:
    from collections.abc import Sequence


def selectors(incomplete: str) -> list[str]:
    """How the last of several rules may go on, for the completion of shells."""
    *given, last = incomplete.split(",")
    words = [word for rule in catalogue() for word in (rule.code, rule.name)]
    return [",".join([*given, word]) for word in words if word.startswith(last)]


def split(values: list[str] | None) -> list[str] | None:
    """The rules in what may be lists with commas. Raises ``UsageError``."""
    if not values:
        return None
    words = [word.strip() for value in values for word in value.split(",") if word.strip()]
    if not words:
        raise UsageError("--select, --extend-select and --ignore want the code or the name of a rule")
    return words


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATHS",
        help="Folders, containers, documents, archives, URLs (extra `remote`), git:REV:path, patterns of these,"
        " or - for standard input; default: this folder.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--output-format",
        metavar="FORMAT",
        help=", ".join(reporters.FORMATS),
        autocompletion=lambda: list(reporters.FORMATS),
    ),
]
Outputs = Annotated[
    list[str] | None,
    typer.Option("-o", "--output", metavar="FORMAT:FILE", help="Write a report to a file as well; repeatable."),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULES",
        help="Apply these rules instead of the default ones: codes, beginnings of codes, names, ALL.",
        autocompletion=selectors,
    ),
]
Extend = Annotated[
    list[str] | None,
    typer.Option(metavar="RULES", help="Apply these rules besides the default ones.", autocompletion=selectors),
]
Ignore = Annotated[
    list[str] | None, typer.Option(metavar="RULES", help="Leave these rules out.", autocompletion=selectors)
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="PATTERN", help="Leave out files and folders that match; repeatable.")
]
NearDuplicates = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        help="Look for near-duplicates and shared blocks nowhere (off), in up to 4 MB of prose (fast), or everywhere "
        "(full).",
        autocompletion=lambda: list(LIMITS),
    ),
]
FailOn = Annotated[
    str | None,
    typer.Option(
        metavar="SEVERITY",
        help="error, warning or never: the mildest finding that makes the exit code 1.",
        autocompletion=lambda: ["error", "warning", "never"],
    ),
]
Config = Annotated[
    list[str] | None, typer.Option(metavar="FILE|KEY=VALUE", help="A settings file, or one setting; repeatable.")
]
Isolated = Annotated[bool, typer.Option("--isolated", help="Read no settings file.")]
PerFile = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN:RULES", help="Leave rules out for files that match a pattern; repeatable."),
]
Baseline = Annotated[
    str | None, typer.Option("--baseline", metavar="FILE", help="Forgive the findings that this file lists.")
]
Since = Annotated[
    str,
    typer.Option(
        metavar="REV",
        help="Look only into what has changed since a git revision; the index is still judged as a whole.",
    ),
]
Trust = Annotated[
    str | None,
    typer.Option(
        metavar="REV",
        help="Take settings, baseline, schemas and permissions from this git revision, and tell what weakens them.",
    ),
]
Staged = Annotated[bool, typer.Option("--staged", help="Check what git has staged, not what lies on the disk.")]
Statistics = Annotated[bool, typer.Option("--statistics", help="Count findings by rule in place of showing them.")]
ShowFiles = Annotated[bool, typer.Option("--show-files", help="Only list the files that would be checked.")]
Watch = Annotated[bool, typer.Option("--watch", help="Check again whenever something changes (extra `watch`).")]
Hyperlinks = Annotated[
    str,
    typer.Option(
        metavar="WHEN",
        help="auto, always or never: links to files and to the pages of rules.",
        autocompletion=lambda: ["auto", "always", "never"],
    ),
]
Tracked = Annotated[
    bool, typer.Option("--tracked", help="Check only what git tracks: what a commit will hold, for hooks.")
]
AllowEmpty = Annotated[bool, typer.Option("--allow-empty", help="Nothing to check is no error.")]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs", "-j", min=0, metavar="N", help="Processes; by default one for each processor, and one for small work."
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help="For large collections: local (this machine's processes) or dask://HOST:PORT (extras `scale`, `cluster`).",
    ),
]
State = Annotated[
    str,
    typer.Option(
        "--state",
        metavar="DIR|URL",
        help="Remember there what is done: an interrupted run goes on, and a later one reads what has changed.",
    ),
]
Log = Annotated[str, typer.Option("--log", metavar="FILE", help="Append what a large run does, a JSON object a line.")]
UseCache = Annotated[
    bool,
    typer.Option("--cache/--no-cache", help=f"Do not read again what has not changed ({discovery.CACHE})."),
]
StdinName = Annotated[str, typer.Option("--stdin-filename", metavar="NAME", help="What to call standard input.")]
Color = Annotated[
    str, typer.Option(metavar="WHEN", help="auto, always or never.", autocompletion=lambda: ["auto", "always", "never"])
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print findings only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say which settings apply, and where in bytes.")]


def config_file(config: list[str] | None) -> str | None:
    """The file among what ``--config`` says. Raises ``UsageError``."""
    files = [text for text in config or [] if _is_file(text)]
    if len(files) > 1:
        raise UsageError(f"--config: only one settings file can apply, not {files[0]!r} and {files[1]!r}")
    if files and not os.path.isfile(files[0]):
        raise UsageError(f"--config: no such file: {files[0]!r}; a setting is written KEY=VALUE")
    return files[0] if files else None


def _is_file(text: str) -> bool:
    return "=" not in text or os.path.isfile(text)


def overrides(config: list[str] | None, **given: Any) -> dict[str, Any]:
    """The settings that ``--config`` and other options give."""
    from validator.config import parse_override

    found = dict(parse_override(text) for text in config or [] if not _is_file(text))
    return found | {key.replace("_", "-"): value for key, value in given.items() if value is not None}


def per_file(values: list[str] | None) -> dict[str, list[str]] | None:
    """What ``--per-file-ignores`` says, as the setting of that name. Raises ``UsageError``."""
    found: dict[str, list[str]] = {}
    for text in values or []:
        pattern, colon, rules = text.rpartition(":")
        if not colon or not pattern or not rules:
            raise UsageError(f"--per-file-ignores {text!r}: write PATTERN:RULES, such as '*.csv:utf8-bom'")
        found.setdefault(pattern, []).extend(rules.split(","))
    return found or None


def output(text: str) -> tuple[str, str]:
    """Format and file. Raises ``UsageError``."""
    format, colon, file = text.partition(":")
    if not colon or not file:
        raise UsageError(f"-o {text!r}: write FORMAT:FILE, such as json:report.json")
    if format not in reporters.FORMATS:
        raise UsageError(f"-o {text!r}: there is no format {format!r}; there are {', '.join(reporters.FORMATS)}")
    return format, file


def refuse_others(option: str, given: str | None, choices: Sequence[str]) -> None:
    """End the command where an option is given something that it does not know."""
    if given is not None and given not in choices:
        raise typer.Exit(checking.complain(f"{option}: {given!r} is none of {', '.join(choices)}"))


def flags(
    config: list[str] | None,
    isolated: bool,
    quiet: bool,
    *,
    color: str = "auto",
    baseline: str | None = None,
    **given: Any,
) -> checking.Flags:
    """What the options that most commands share say. Ends the command where they cannot be obeyed."""
    try:
        return checking.Flags(
            overrides=overrides(config, **given),
            config=config_file(config),
            isolated=isolated,
            baseline=baseline,
            output_format=given.get("output_format"),
            color=color,
            quiet=quiet,
        )
    except UsageError as error:
        raise typer.Exit(checking.complain(str(error))) from None
