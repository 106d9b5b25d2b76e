"""The commands that write, and the one that compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from validator import changing, checking, indexing, reporters
from validator.cli import options
from validator.cli.root import app
from validator.comparing import differences

if TYPE_CHECKING:
    from validator.identifiers import Style

Targets = Annotated[list[str], typer.Argument(metavar="PATHS", help="Folders, containers or documents.")]
Chosen = Annotated[
    list[str] | None, typer.Option("--select", metavar="ID|PATTERN", help="Only these documents; repeatable.")
]
Unverified = Annotated[
    bool, typer.Option("--no-verify", help="Do not hold the documents against the digests in the index.")
]


@app.command()
def fix(
    paths: Targets,
    diff: Annotated[bool, typer.Option("--diff", help="Print what would change as a patch; change nothing.")] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Also mend what a person should look at afterwards.")
    ] = False,
    output_format: options.Format = None,
    select: options.Select = None,
    extend_select: options.Extend = None,
    ignore: options.Ignore = None,
    exclude: options.Exclude = None,
    fail_on: options.FailOn = None,
    config: options.Config = None,
    isolated: options.Isolated = False,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
) -> None:
    """Mend what can be mended, with its digests, and report what is left.

    Exit code: 0 nothing is left, 1 errors are left (with --diff: something would change), 2 it could not be done.
    """
    options.refuse_others("--color", color, ("auto", "always", "never"))
    options.refuse_others("--fail-on", fail_on, ("error", "warning", "never"))
    options.refuse_others("--output-format", output_format, reporters.FORMATS)
    flags = options.flags(
        config,
        isolated,
        quiet,
        color=color,
        select=options.split(select),
        extend_select=options.split(extend_select),
        ignore=options.split(ignore),
        exclude=exclude,
        fail_on=fail_on,
        output_format=output_format,
    )
    raise typer.Exit(changing.fix_command(paths, flags, unsafe=unsafe_fixes, diff=diff))


@app.command()
def index(
    paths: Annotated[list[str], typer.Argument(metavar="PATHS", help="Folders.")],
    check: Annotated[bool, typer.Option("--check", help="Only say whether an index would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print what would change as a patch; change nothing.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Take out the entries of documents that are missing.")] = False,
    ids: Annotated[
        str, typer.Option(metavar="STYLE", help="New ids: pattern (like those that are there) or digest.")
    ] = "pattern",
    format: Annotated[
        str,
        typer.Option(metavar="FORMAT", help="markdown, or parquet: INDEX.parquet, for very many documents."),
    ] = "markdown",
    exclude: options.Exclude = None,
    config: options.Config = None,
    isolated: options.Isolated = False,
    quiet: options.Quiet = False,
) -> None:
    """Write INDEX.md, or bring it up to date: new documents, renames, sizes, digests, empty titles.

    An INDEX.parquet that is there is brought up to date, and stays one.
    """
    options.refuse_others("--ids", ids, ("pattern", "digest"))
    options.refuse_others("--format", format, indexing.FORMATS)
    flags = options.flags(config, isolated, quiet, exclude=exclude)
    style: Style = "digest" if ids == "digest" else "pattern"
    raise typer.Exit(
        changing.index_command(paths, flags, check=check, diff=diff, prune=prune, ids=style, format=format)
    )


@app.command()
def pack(
    path: Annotated[str, typer.Argument(metavar="FOLDER", help="The folder to pack.")],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="The container, or - for standard output.")
    ],
    select: Chosen = None,
    no_verify: Unverified = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE even if it is no container.")] = False,
    exclude: options.Exclude = None,
    config: options.Config = None,
    isolated: options.Isolated = False,
    quiet: options.Quiet = False,
) -> None:
    """Pack a folder into one container, byte for byte, INDEX.md first."""
    flags = options.flags(config, isolated, quiet, exclude=exclude)
    raise typer.Exit(changing.pack_command(path, output, flags, select=select or (), verify=not no_verify, force=force))


@app.command()
def unpack(
    path: Annotated[str, typer.Argument(metavar="FILE", help="The container, or - for standard input.")],
    folder: Annotated[str, typer.Option("-d", "--directory", metavar="DIR", help="Where to; made if need be.")],
    select: Chosen = None,
    no_verify: Unverified = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    quiet: options.Quiet = False,
) -> None:
    """Unpack a container into a folder, byte for byte: all of it or nothing."""
    flags = checking.Flags(quiet=quiet)
    raise typer.Exit(
        changing.unpack_command(path, folder, flags, select=select or (), verify=not no_verify, force=force)
    )


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="A", help="A folder, a container or REV:path.")],
    new: Annotated[str, typer.Argument(metavar="B", help="What to compare it with.")],
    output_format: Annotated[
        str, typer.Option("--output-format", metavar="FORMAT", help=", ".join(differences.FORMATS))
    ] = "text",
    quiet: options.Quiet = False,
) -> None:
    """Compare two collections, document by document. Exit code: 0 the same, 1 different, 2 could not compare."""
    options.refuse_others("--output-format", output_format, differences.FORMATS)
    raise typer.Exit(changing.diff_command(old, new, checking.Flags(quiet=quiet), format=output_format))


baseline_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Manage the findings that are forgiven.")
app.add_typer(baseline_app, name="baseline")


@baseline_app.command("update")
def baseline_update(
    paths: Targets,
    baseline: options.Baseline = None,
    select: options.Select = None,
    extend_select: options.Extend = None,
    ignore: options.Ignore = None,
    exclude: options.Exclude = None,
    config: options.Config = None,
    isolated: options.Isolated = False,
    quiet: options.Quiet = False,
) -> None:
    """Forgive everything that is found now, in a file that is written."""
    flags = options.flags(
        config,
        isolated,
        quiet,
        baseline=baseline,
        select=options.split(select),
        extend_select=options.split(extend_select),
        ignore=options.split(ignore),
        exclude=exclude,
    )
    raise typer.Exit(changing.baseline_command(paths, flags, prune=False))


@baseline_app.command("prune")
def baseline_prune(
    paths: Targets,
    baseline: options.Baseline = None,
    exclude: options.Exclude = None,
    config: options.Config = None,
    isolated: options.Isolated = False,
    quiet: options.Quiet = False,
) -> None:
    """Take out of the file what is no longer found. Nothing new is forgiven."""
    flags = options.flags(config, isolated, quiet, baseline=baseline, exclude=exclude)
    raise typer.Exit(changing.baseline_command(paths, flags, prune=True))
