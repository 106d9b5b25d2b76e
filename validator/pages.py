"""Pages that are made from the code: each rule's from its own file, and one of all settings, from their schema.

``validate explain`` shows the page of a rule; ``python -m validator.pages docs`` writes all of them.
"""

from __future__ import annotations

import json
import os
import sys
from inspect import cleandoc

from validator import contracts, engine, text
from validator.model import TYPE_CHECKING, Options
from validator.rules import catalogue
from validator.trees import Memory

if TYPE_CHECKING:
    from typing import Any

    from validator.rule import Bad, Good, Rule
    from validator.trees import Odd

FAMILIES = {
    "CON": "Containers",
    "IDX": "Indexes",
    "NAM": "Names",
    "ENC": "Encodings",
    "TXT": "Text hygiene",
    "DUP": "Duplicates",
    "RES": "Residue",
    "MET": "Front matter",
    "VAL": "The run itself",
}


def page(rule: Rule) -> str:
    """A rule's page in Markdown."""
    state = f"**{rule.severity}**" + (
        ", always on" if rule.always else "" if rule.default else ", only where it is selected"
    )
    parts = [
        f"# {rule.code} {rule.name}",
        f"{state} · {FAMILIES[rule.code[:3]]}",
        cleandoc(rule.page),
        *_said(rule),
        "## Bad",
        *([_LEGEND] if rule.scope in ("index", "collection", "suppression") else []),
        *(_bad(rule, example) for example in rule.bad),
        "## Good",
        *(_shown(rule, example) for example in rule.good),
    ]
    return "\n\n".join(parts) + "\n"


_LEGEND = "A folder is written here as a container: each `<<<FILE id name>>>` line begins another file of it."


def _said(rule: Rule) -> list[str]:
    """What the rule says of its first bad example."""
    tree, is_folder = rule.example(rule.bad[0].content)
    options = Options(extend_select=(rule.code,), **rule.bad[0].settings)  # type: ignore[arg-type]
    findings = engine.check([Memory(tree, is_folder=is_folder)], options).findings
    found = next(finding for finding in findings if finding.code == rule.code)
    return [f"It says, for instance: {text.shown(found.message)}", f"Help: {text.shown(found.help)}"]


def _bad(rule: Rule, example: Bad) -> str:
    found = "\n".join(f"- `{text.shown(place)}`" for place in example.findings)
    mended = f"\n\nMended:\n\n{_block(_escaped(example.mended))}" if example.mended is not None else ""
    return f"{_shown(rule, example)}\n\nFound at:\n\n{found}{mended}"


def _shown(rule: Rule, example: Good | Bad) -> str:
    note = f"{example.note[:1].upper()}{example.note[1:]}:\n\n" if example.note else ""
    settings = f"With the setting `{', '.join(example.settings).replace('_', '-')}`:\n\n" if example.settings else ""
    if isinstance(example.content, bytes):
        return note + settings + _block(_escaped(example.content))
    files = [f"{text.shown(name)}: {_in_folder(content)}" for name, content in example.content.items()]
    return note + settings + _block("\n".join(files))


def _in_folder(content: bytes | Odd) -> str:
    return _escaped(content) if isinstance(content, bytes) else f"({content.kind}: {content.detail})"


def _escaped(data: bytes) -> str:
    """Bytes as readable text: line ends as they are, a CR and what cannot be seen as escapes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        return repr(data)[2:-1]
    shown = "\n".join(text.shown(line) for line in data.decode("utf-8", "surrogateescape").split("\n"))
    return shown.removesuffix("\n") if shown.endswith("\n") else f"{shown} (no final newline)" if data else "(empty)"


def _block(content: str) -> str:
    fence = "```"
    while fence in content:
        fence += "`"
    return f"{fence}text\n{content}\n{fence}"


_INTRODUCTION = """Made from the rule files by `python -m validator.pages docs`.

A severity in parentheses belongs to a rule that is off unless it is selected, with `--extend-select` or the setting
`extend-select`. Examples show what cannot be seen as escapes (`\\x0d` is a CR) and say where the final newline is
missing. Examples of whole folders are written as containers, one `<<<FILE id name>>>` line for each file. Where a
rule knows how to mend what it finds, the JSON report gives the edits under `fix`."""


def overview() -> str:
    """The table of all rules, in Markdown."""
    parts = ["# Rules", _INTRODUCTION]
    for family, title in FAMILIES.items():
        rules = [rule for rule in catalogue() if rule.code.startswith(family)]
        if rules:
            rows = [
                f"| [{rule.code}]({rule.code}.md) | {rule.name} | {_state(rule)} | {rule.summary} |" for rule in rules
            ]
            parts += [
                f"## {family}: {title}",
                "\n".join(["| code | name | severity | speaks when |", "|---|---|---|---|", *rows]),
            ]
    return "\n\n".join(parts) + "\n"


def _state(rule: Rule) -> str:
    return rule.severity if rule.default else f"({rule.severity})"


_ABOUT_SETTINGS = """Made from the schema of the settings by `python -m validator.pages docs`.

Settings stand in `[tool.validate]` of `pyproject.toml`, in `validate.yaml` or in `.validate.yaml`. The nearest file
counts, from the collection up to the root of the repository; `validate config show PATH` prints what applies to a
collection. A key that is not known is an error. On the command line, options go before settings, and
`--config KEY=VALUE` makes any setting; `--isolated` reads no file. `validate config init` writes a file in which every
setting is explained and none is made.

A pattern without a slash fits a file or folder at any depth; one with a slash fits from the top of the collection.
`*` stands for any characters but a slash, `**` for any number of folders."""


def settings() -> str:
    """The page of all settings, in Markdown."""
    schema = contracts.generate("config")
    parts = ["# Settings", _ABOUT_SETTINGS]
    for name, about in schema["properties"].items():
        kind = _kind(about)
        default = json.dumps(about["default"], ensure_ascii=False)
        parts += [f"## {name}", f"{about['description']}.", f"Type: {kind}. Default: `{default}`."]
    return "\n\n".join(parts) + "\n"


def _kind(about: dict[str, Any]) -> str:
    """What a setting holds, in words."""
    if "enum" in about:
        return "one of " + ", ".join(f"`{one}`" for one in about["enum"])
    if about["type"] == "array":
        return "a list of strings"
    if about["type"] == "object":
        return "lists of strings by pattern"
    least = f" of at least {about['minimum']}" if "minimum" in about else ""
    return {"boolean": "`true` or `false`", "integer": f"a whole number{least}", "string": "a string"}[about["type"]]


def everything() -> dict[str, str]:
    """Every page by file name."""
    rules = {os.path.join("rules", f"{rule.code}.md"): page(rule) for rule in catalogue()}
    return {"settings.md": settings(), os.path.join("rules", "README.md"): overview(), **rules}


def write(folder: str) -> None:
    """Write every page, and take away pages of rules that are gone."""
    os.makedirs(os.path.join(folder, "rules"), exist_ok=True)
    made = everything()
    for name in os.listdir(os.path.join(folder, "rules")):
        if os.path.join("rules", name) not in made:
            os.unlink(os.path.join(folder, "rules", name))
    for name, content in made.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
            file.write(content)


if __name__ == "__main__":
    write(sys.argv[1])
