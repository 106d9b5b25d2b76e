"""The commands that tell: of rules, settings, schemas, and what is kept between runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from validator import checking, contracts, discovery, pages
from validator.cli import options
from validator.cli.root import app
from validator.model import UsageError
from validator.rules import catalogue
from validator.text import shown

if TYPE_CHECKING:
    from validator.rule import Rule


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
            metavar="RULE",
            help="A code or a name, such as IDX002 or missing-document.",
            autocompletion=options.selectors,
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
    found = settings.model_dump(by_alias=True)
    text = yaml.safe_dump(found, sort_keys=False, allow_unicode=True).rstrip("\n")
    if any(shown(line) != line for line in text.split("\n")):
        text = yaml.safe_dump(found, sort_keys=False).rstrip("\n")
    lines = [shown(f"# from {file}") if file else "# no settings file: these are the defaults", *text.split("\n")]
    raise typer.Exit(checking.print_lines(lines, guard=True))


@config_app.command("schema")
def config_schema(
    name: Annotated[
        str, typer.Argument(help=", ".join(contracts.NAMES), autocompletion=lambda: list(contracts.NAMES))
    ] = "config",
) -> None:
    """Print a JSON Schema: of the settings, of an index's front matter, of the JSON report, or of a drill."""
    if name not in contracts.NAMES:
        raise typer.Exit(checking.complain(f"there is no schema {name!r}; there are {', '.join(contracts.NAMES)}"))
    raise typer.Exit(checking.print_lines(contracts.written(name).rstrip("\n").split("\n"), guard=False))


@config_app.command("init")
def config_init() -> None:
    """Write a settings file with every setting, its meaning and its default, all commented out."""
    from validator import config

    file = discovery.SETTINGS_FILES[0]
    nearest = discovery.settings_file(".")
    if nearest is not None and not os.path.lexists(file) and os.path.samefile(os.path.dirname(nearest) or ".", "."):
        raise typer.Exit(checking.complain(f"there are settings in {nearest!r} already, which {file!r} would hide"))
    raise typer.Exit(checking.create(file, config.template()))
