"""The group of all commands, in which a path stands for checking it."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from validator import checking
from validator.version import __version__


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
