"""The page of a rule, made from its own file: for ``validate explain`` and for ``docs/rules/``.

``python -m validator.pages docs/rules`` writes them all.
"""

from __future__ import annotations

import os
import sys
from inspect import cleandoc

from validator import engine, text
from validator.model import TYPE_CHECKING, Options
from validator.rules import catalogue
from validator.trees import Memory

if TYPE_CHECKING:
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


_INTRODUCTION = """Made from the rule files by `python -m validator.pages docs/rules`.

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


def everything() -> dict[str, str]:
    """Every page by file name."""
    return {"README.md": overview(), **{f"{rule.code}.md": page(rule) for rule in catalogue()}}


def write(folder: str) -> None:
    """Write every page, and take away pages of rules that are gone."""
    os.makedirs(folder, exist_ok=True)
    made = everything()
    for name in set(os.listdir(folder)) - set(made):
        os.unlink(os.path.join(folder, name))
    for name, content in made.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
            file.write(content)


if __name__ == "__main__":
    write(sys.argv[1])
