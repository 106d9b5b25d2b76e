"""The commands and their options, with Typer."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from validator import changing, checking, contracts, discovery, pages, reporters
from validator.comparing import differences
from validator.model import UsageError
from validator.rules import catalogue
from validator.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.identifiers import Style
    from validator.rule import Rule


class DefaultGroup(TyperGroup):
    """A group in which ``validate PATH…`` means ``validate check PATH…``."""

    default = "check"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {word for parameter in self.get_params(ctx) for word in (*parameter.opts, *parameter.secondary_opts)}
        head = args[0] if args else ""
        if head not in self.commands and head.partition("=")[0] not in own:
            if args or not ctx.resilient_parsing:
                args = [self.default, *args]
        elif head in self.commands and head != self.default and os.path.lexists(head) and not ctx.resilient_parsing:
            checking.say(f"note: running the command {head!r}; to check the path of that name write ./{head}")
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["[PATHS]...", "|", "COMMAND [ARGS]..."]

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        items = super().shell_complete(ctx, incomplete)
        command = self.commands[self.default]
        inner = command.make_context(command.name, [], parent=ctx, resilient_parsing=True)
        known = {item.value for item in items}
        return items + [item for item in command.shell_complete(inner, incomplete) if item.value not in known]


app = typer.Typer(
    cls=DefaultGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Check that a collection of text documents is whole: its index, its containers, its encodings.",
    epilog="`validate PATH` means `validate check PATH`; `validate check --help` lists the options.",
)


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    try:
        code = app(arguments, prog_name="validate", standalone_mode=True)
    except OSError as error:
        return checking.complain(f"cannot go on: {(error.strerror or str(error)).lower()}")
    except SystemExit as leave:
        code = leave.code
    return code if isinstance(code, int) else 0


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"validate {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _selectors(incomplete: str) -> list[str]:
    *given, last = incomplete.split(",")
    words = [word for rule in catalogue() for word in (rule.code, rule.name)]
    return [",".join([*given, word]) for word in words if word.startswith(last)]


def _split(values: list[str] | None) -> list[str] | None:
    if not values:
        return None
    words = [word.strip() for value in values for word in value.split(",") if word.strip()]
    if not words:
        raise UsageError("--select, --extend-select and --ignore want the code or the name of a rule")
    return words


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATHS", help="Folders, containers, documents, or - for standard input; default: this folder."
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
        autocompletion=_selectors,
    ),
]
Extend = Annotated[
    list[str] | None,
    typer.Option(metavar="RULES", help="Apply these rules besides the default ones.", autocompletion=_selectors),
]
Ignore = Annotated[
    list[str] | None, typer.Option(metavar="RULES", help="Leave these rules out.", autocompletion=_selectors)
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="PATTERN", help="Leave out files and folders that match; repeatable.")
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


@app.command()
def check(
    paths: Paths = None,
    output_format: Format = None,
    output: Outputs = None,
    select: Select = None,
    extend_select: Extend = None,
    ignore: Ignore = None,
    exclude: Exclude = None,
    fail_on: FailOn = None,
    config: Config = None,
    isolated: Isolated = False,
    tracked: Tracked = False,
    allow_empty: AllowEmpty = False,
    jobs: Jobs = 0,
    use_cache: UseCache = False,
    stdin_filename: StdinName = "stdin",
    color: Color = "auto",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check collections (the default command).

    Exit code: 0 all well, 1 errors (or warnings, with --fail-on), 2 something could not be checked, 130 interrupted.
    """
    for path in paths or []:
        if path != discovery.STDIN and not os.path.lexists(path):
            raise typer.Exit(_no_such_path(path, alone=len(paths or []) == 1))
    _refuse_others("--color", color, ("auto", "always", "never"))
    _refuse_others("--fail-on", fail_on, ("error", "warning", "never"))
    _refuse_others("--output-format", output_format, reporters.FORMATS)
    try:
        flags = checking.Flags(
            overrides=_overrides(config, select=_split(select), ignore=_split(ignore), exclude=exclude, fail_on=fail_on,
                                 extend_select=_split(extend_select), output_format=output_format),
            config=_config_file(config),
            isolated=isolated,
            output_format=output_format,
            outputs=tuple(_output(text) for text in output or []),
            tracked=tracked,
            allow_empty=allow_empty,
            jobs=jobs,
            cache=use_cache,
            stdin_filename=stdin_filename,
            color=color,
            quiet=quiet,
            verbose=verbose,
        )  # fmt: skip
    except UsageError as error:
        raise typer.Exit(checking.complain(str(error))) from None
    raise typer.Exit(checking.command(paths or ["."], flags))


def _no_such_path(path: str, alone: bool) -> int:
    from difflib import get_close_matches

    near = get_close_matches(path, _command_names(), 1)
    hint = f"; did you mean the command {near[0]!r}?" if near and alone else ""
    return checking.complain(f"no such file or folder: {path!r}{hint}")


def _command_names() -> list[str]:
    found = [command.callback.__name__ for command in app.registered_commands if command.callback is not None]
    return [*found, *(group.name for group in app.registered_groups if group.name)]


def _config_file(config: list[str] | None) -> str | None:
    files = [text for text in config or [] if _is_file(text)]
    if len(files) > 1:
        raise UsageError(f"--config: only one settings file can apply, not {files[0]!r} and {files[1]!r}")
    if files and not os.path.isfile(files[0]):
        raise UsageError(f"--config: no such file: {files[0]!r}; a setting is written KEY=VALUE")
    return files[0] if files else None


def _is_file(text: str) -> bool:
    return "=" not in text or os.path.isfile(text)


def _overrides(config: list[str] | None, **given: Any) -> dict[str, Any]:
    from validator.config import parse_override

    overrides = dict(parse_override(text) for text in config or [] if not _is_file(text))
    return overrides | {key.replace("_", "-"): value for key, value in given.items() if value is not None}


def _output(text: str) -> tuple[str, str]:
    format, colon, file = text.partition(":")
    if not colon or not file:
        raise UsageError(f"-o {text!r}: write FORMAT:FILE, such as json:report.json")
    if format not in reporters.FORMATS:
        raise UsageError(f"-o {text!r}: there is no format {format!r}; there are {', '.join(reporters.FORMATS)}")
    return format, file


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
    output_format: Format = None,
    select: Select = None,
    extend_select: Extend = None,
    ignore: Ignore = None,
    exclude: Exclude = None,
    fail_on: FailOn = None,
    config: Config = None,
    isolated: Isolated = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Mend what can be mended, with its digests, and report what is left.

    Exit code: 0 nothing is left, 1 errors are left (with --diff: something would change), 2 it could not be done.
    """
    _refuse_others("--color", color, ("auto", "always", "never"))
    _refuse_others("--fail-on", fail_on, ("error", "warning", "never"))
    _refuse_others("--output-format", output_format, reporters.FORMATS)
    flags = _flags(config, isolated, quiet, select=_split(select), ignore=_split(ignore), exclude=exclude,
                   fail_on=fail_on, extend_select=_split(extend_select), output_format=output_format,
                   color=color)  # fmt: skip
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
    exclude: Exclude = None,
    config: Config = None,
    isolated: Isolated = False,
    quiet: Quiet = False,
) -> None:
    """Write INDEX.md, or bring it up to date: new documents, renames, sizes, digests, empty titles."""
    _refuse_others("--ids", ids, ("pattern", "digest"))
    flags = _flags(config, isolated, quiet, exclude=exclude)
    style: Style = "digest" if ids == "digest" else "pattern"
    raise typer.Exit(changing.index_command(paths, flags, check=check, diff=diff, prune=prune, ids=style))


@app.command()
def pack(
    path: Annotated[str, typer.Argument(metavar="FOLDER", help="The folder to pack.")],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="The container, or - for standard output.")
    ],
    select: Chosen = None,
    no_verify: Unverified = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE even if it is no container.")] = False,
    exclude: Exclude = None,
    config: Config = None,
    isolated: Isolated = False,
    quiet: Quiet = False,
) -> None:
    """Pack a folder into one container, byte for byte, INDEX.md first."""
    flags = _flags(config, isolated, quiet, exclude=exclude)
    raise typer.Exit(changing.pack_command(path, output, flags, select=select or (), verify=not no_verify, force=force))


@app.command()
def unpack(
    path: Annotated[str, typer.Argument(metavar="FILE", help="The container, or - for standard input.")],
    folder: Annotated[str, typer.Option("-d", "--directory", metavar="DIR", help="Where to; made if need be.")],
    select: Chosen = None,
    no_verify: Unverified = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    quiet: Quiet = False,
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
    quiet: Quiet = False,
) -> None:
    """Compare two collections, document by document. Exit code: 0 the same, 1 different, 2 could not compare."""
    _refuse_others("--output-format", output_format, differences.FORMATS)
    raise typer.Exit(changing.diff_command(old, new, checking.Flags(quiet=quiet), format=output_format))


def _refuse_others(option: str, given: str | None, choices: Sequence[str]) -> None:
    if given is not None and given not in choices:
        raise typer.Exit(checking.complain(f"{option}: {given!r} is none of {', '.join(choices)}"))


def _flags(
    config: list[str] | None, isolated: bool, quiet: bool, *, color: str = "auto", **given: Any
) -> checking.Flags:
    try:
        return checking.Flags(
            overrides=_overrides(config, **given),
            config=_config_file(config),
            isolated=isolated,
            output_format=given.get("output_format"),
            color=color,
            quiet=quiet,
        )
    except UsageError as error:
        raise typer.Exit(checking.complain(str(error))) from None


@app.command()
def rules(json: Annotated[bool, typer.Option("--json", help="Print the catalogue as JSON.")] = False) -> None:
    """List every rule."""
    if json:
        from json import dumps

        lines = dumps([_described(rule) for rule in catalogue()], indent=2).split("\n")
    else:
        width = max(len(rule.name) for rule in catalogue())
        lines = [
            f"{rule.code}  {rule.name:{width}}  {rule.severity if rule.default else 'opt-in':8} {rule.summary}"
            for rule in catalogue()
        ]
    raise typer.Exit(checking.print_lines(lines, guard=False))


def _described(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "default": rule.default,
        "scope": rule.scope,
        "summary": rule.summary,
        "message": rule.message,
        "help": rule.help,
    }


@app.command()
def explain(
    rule: Annotated[
        str,
        typer.Argument(
            metavar="RULE", help="A code or a name, such as IDX002 or missing-document.", autocompletion=_selectors
        ),
    ],
) -> None:
    """Say what a rule looks for, why, and how to mend what it finds."""
    found = [one for one in catalogue() if rule.upper() == one.code or rule.lower() == one.name]
    if not found:
        from difflib import get_close_matches

        words = [word for one in catalogue() for word in (one.code.lower(), one.name)]
        near = [word for word in words if word.startswith(rule.lower())] or get_close_matches(rule.lower(), words, 1)
        hint = (
            f"; did you mean {near[0].upper() if near[0][-1].isdigit() else near[0]}?"
            if near
            else "; `validate rules` lists them"
        )
        raise typer.Exit(checking.complain(f"no rule is called {rule!r}{hint}"))
    raise typer.Exit(checking.print_lines(pages.page(found[0]).rstrip("\n").split("\n"), guard=True))


cache_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Manage what --cache keeps between runs.")
app.add_typer(cache_app, name="cache")


@cache_app.command("clear")
def cache_clear() -> None:
    """Delete the cache of this folder."""
    from validator import cache

    try:
        there = cache.clear(discovery.CACHE)
    except OSError as error:
        raise typer.Exit(
            checking.complain(f"cannot delete {error.filename!r}: {(error.strerror or str(error)).lower()}")
        ) from None
    said = f"deleted {discovery.CACHE}" if there else f"there is no cache here ({discovery.CACHE})"
    raise typer.Exit(checking.print_lines([said], guard=False))


config_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Show settings and schemas.")
app.add_typer(config_app, name="config")


@config_app.command("show")
def config_show(path: Annotated[str, typer.Argument(help="The collection whose settings to show.")] = ".") -> None:
    """Print the settings that apply to a collection, as YAML."""
    import yaml

    from validator import config

    try:
        file = discovery.settings_file(path)
        settings = config.load(file, {})
    except UsageError as error:
        raise typer.Exit(checking.complain(str(error))) from None
    text = yaml.safe_dump(settings.model_dump(by_alias=True), sort_keys=False, allow_unicode=True)
    lines = [f"# from {file}" if file else "# no settings file: these are the defaults", *text.rstrip("\n").split("\n")]
    raise typer.Exit(checking.print_lines(lines, guard=False))


@config_app.command("schema")
def config_schema(
    name: Annotated[
        str, typer.Argument(help=", ".join(contracts.NAMES), autocompletion=lambda: list(contracts.NAMES))
    ] = "config",
) -> None:
    """Print a JSON Schema: of the settings, of an index's front matter, or of the JSON report."""
    if name not in contracts.NAMES:
        raise typer.Exit(checking.complain(f"there is no schema {name!r}; there are {', '.join(contracts.NAMES)}"))
    raise typer.Exit(checking.print_lines(contracts.written(name).rstrip("\n").split("\n"), guard=False))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
