"""The command that checks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from validator import checking, discovery, drilling, reporters
from validator.cli import options
from validator.cli.root import app
from validator.model import UsageError
from validator.sketching import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@app.command()
def check(
    paths: options.Paths = None,
    output_format: options.Format = None,
    output: options.Outputs = None,
    select: options.Select = None,
    extend_select: options.Extend = None,
    ignore: options.Ignore = None,
    per_file_ignores: options.PerFile = None,
    exclude: options.Exclude = None,
    near_duplicates: options.NearDuplicates = None,
    fail_on: options.FailOn = None,
    baseline: options.Baseline = None,
    since: options.Since = "",
    trust: options.Trust = None,
    staged: options.Staged = False,
    tracked: options.Tracked = False,
    config: options.Config = None,
    isolated: options.Isolated = False,
    allow_empty: options.AllowEmpty = False,
    statistics: options.Statistics = False,
    show_files: options.ShowFiles = False,
    watch: options.Watch = False,
    jobs: options.Jobs = 0,
    use_cache: options.UseCache = False,
    engine: options.Engine = "",
    state: options.State = "",
    log: options.Log = "",
    stdin_filename: options.StdinName = "stdin",
    color: options.Color = "auto",
    hyperlinks: options.Hyperlinks = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Check collections (the default command).

    Exit code: 0 all well, 1 errors (or warnings, with --fail-on), 2 something could not be checked, 130 interrupted.
    """
    for path in paths or []:
        if path != discovery.STDIN and not (os.path.lexists(path) or staged or discovery.is_promising(path)):
            raise typer.Exit(_no_such_path(path, alone=len(paths or []) == 1))
    options.refuse_others("--color", color, ("auto", "always", "never"))
    options.refuse_others("--hyperlinks", hyperlinks, ("auto", "always", "never"))
    options.refuse_others("--fail-on", fail_on, ("error", "warning", "never"))
    options.refuse_others("--near-duplicates", near_duplicates, list(LIMITS))
    options.refuse_others("--output-format", output_format, reporters.FORMATS)
    try:
        if statistics and output_format not in (None, "full", "concise"):
            raise UsageError(f"--statistics goes with the formats full and concise, not with {output_format}")
        if trust == "":
            raise UsageError("--trust: no revision is named")
        flags = checking.Flags(
            overrides=options.overrides(
                config,
                select=options.split(select),
                ignore=options.split(ignore),
                extend_select=options.split(extend_select),
                per_file_ignores=options.per_file(per_file_ignores),
                exclude=exclude,
                near_duplicates=near_duplicates,
                fail_on=fail_on,
                output_format=output_format,
            ),
            config=options.config_file(config),
            isolated=isolated,
            tracked=tracked,
            staged=staged,
            since=since,
            trust=trust or "",
            baseline=baseline,
            output_format=output_format,
            outputs=tuple(options.output(text) for text in output or []),
            allow_empty=allow_empty,
            jobs=jobs,
            cache=use_cache,
            stdin_filename=stdin_filename,
            color=color,
            hyperlinks=hyperlinks,
            quiet=quiet,
            verbose=verbose,
            statistics=statistics,
            show_files=show_files,
            engine=engine,
            state=state,
            log=log,
        )
        raise typer.Exit(_command(watch)(paths or ["."], flags))
    except UsageError as error:
        raise typer.Exit(checking.complain(str(error))) from None


def _command(watch: bool) -> Callable[[Sequence[str], checking.Flags], int]:
    if not watch:
        return checking.command
    from validator import watching

    return watching.watch


@app.command()
def drill(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A folder, a container, or git:REV:path.")],
    faults: Annotated[int, typer.Option("--faults", min=1, max=1000, metavar="N", help="Faults for each rule.")] = 3,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed commits them elsewhere.")] = 0,
    output_format: Annotated[
        str, typer.Option("--output-format", metavar="FORMAT", help=", ".join(drilling.FORMATS))
    ] = "full",
    select: options.Select = None,
    extend_select: options.Extend = None,
    ignore: options.Ignore = None,
    exclude: options.Exclude = None,
    config: options.Config = None,
    isolated: options.Isolated = False,
    jobs: options.Jobs = 0,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> None:
    """Prove that the gate sounds: commit every rule's fault on a copy in memory, and look for it.

    Nothing is written. Exit code: 0 every fault was found, 1 some were not, 2 it could not be done.
    """
    options.refuse_others("--color", color, ("auto", "always", "never"))
    options.refuse_others("--output-format", output_format, drilling.FORMATS)
    flags = options.flags(
        config,
        isolated,
        quiet,
        color=color,
        select=options.split(select),
        extend_select=options.split(extend_select),
        ignore=options.split(ignore),
        exclude=exclude,
    )
    raise typer.Exit(drilling.command(path, flags, faults, seed, output_format, jobs))


@app.command()
def lsp(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Speak over standard input and output, as it always does.")
    ] = True,
) -> None:
    """Serve editors with the Language Server Protocol (extra `lsp`)."""
    from validator import lsp

    try:
        raise typer.Exit(lsp.serve())
    except UsageError as error:
        raise typer.Exit(checking.complain(str(error))) from None


def _no_such_path(path: str, alone: bool) -> int:
    from difflib import get_close_matches

    near = get_close_matches(path, _command_names(), 1)
    hint = f"; did you mean the command {near[0]!r}?" if near and alone else ""
    return checking.complain(f"no such file or folder: {path!r}{hint}")


def _command_names() -> list[str]:
    found = [command.callback.__name__ for command in app.registered_commands if command.callback is not None]
    return [*found, *(group.name for group in app.registered_groups if group.name)]
