"""What is written from the code: the JSON Schemas that others may build on, and the table of the rules.

The schemas, of settings, index front matter, report and drill, come from pydantic models and go into ``schemas/``;
the table, ``rules/table.py``, comes from the files of the rules. ``python -m validator.contracts``, in the
folder of the project, writes both.
"""

from __future__ import annotations

import json
import os
from typing import Annotated, Any, Literal

from validator.metadata import shipped as load

__all__ = ["NAMES", "beginnings", "generate", "load", "table", "written"]
NAMES = ("config", "drill", "index", "report")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def generate(name: str) -> dict[str, Any]:
    """A schema as the models define it now."""
    from pydantic import BaseModel, ConfigDict, Field

    from validator.config import Settings

    class Model(BaseModel):
        model_config = ConfigDict(extra="forbid")

    Count = Annotated[int, Field(ge=0)]  # noqa: N806
    Position = Annotated[int, Field(ge=1)]  # noqa: N806

    class Rows(Model):
        """Where the rows of an index are that is too large for a table in it."""

        file: str = Field(description="Parquet file, relative to the index")
        sha256: str = Field(pattern="^[0-9a-fA-F]{64}$", description="SHA-256 of the file, in hexadecimal")

    class FrontMatter(BaseModel):
        """What the YAML front matter of an INDEX.md may say; other keys are kept and not judged."""

        model_config = ConfigDict(extra="allow", title="Front matter of an INDEX.md")
        title: str = ""
        description: str = ""
        language: str = Field("", description="BCP 47 tag of the documents' language, where they share one")
        license: str = Field("", description="SPDX expression or name")
        version: str | float = ""
        date: str | int = Field("", description="ISO 8601; a year alone is a number")
        source: str = ""
        homepage: str = ""
        allow: dict[str, dict[str, str]] = Field(
            {}, description="What may be broken: by document or pattern, by rule, with the reason"
        )
        rows: Rows = Field(
            default_factory=lambda: Rows(file="", sha256=""),
            description="Parquet file with the rows of the index, where they are not in it",
        )
        metadata: str = Field("", description="JSON Schema, relative to the index, for the documents' own front matter")

    class Edit(Model):
        byte_start: Count
        byte_end: Count
        replacement: str = Field(description="UTF-8; a byte that is not UTF-8 as a lone surrogate (PEP 383)")

    class Fix(Model):
        safe: bool
        edits: list[Edit]

    class Passage(Model):
        """A passage of a document, which may be cut short."""

        path: str
        path_bytes: str | None = Field(None, description="base64 of a path that is not UTF-8")
        document: str | None = Field(description="the block's name inside a container")
        line: Position
        end_line: Position
        text: str

    class Finding(Model):
        """Lines and columns count from 1, columns in characters; bytes from 0, half-open; null where a file as a
        whole, or its name, is meant."""

        code: str = Field(pattern="^[A-Z]{3}[0-9]{3}$")
        name: str
        severity: Literal["error", "warning", "info"]
        message: str
        path: str
        path_bytes: str | None = Field(None, description="base64 of a path that is not UTF-8")
        document: str | None = Field(description="the block's name inside a container")
        line: Position | None
        column: Position | None
        end_line: Position | None
        end_column: Position | None
        byte_start: Count | None
        byte_end: Count | None
        fix: Fix | None
        help: str
        more: Count = Field(description="further findings of this rule in this document, not listed")
        fingerprint: str = Field(
            pattern="^([0-9a-f]{32})?$",
            description="the same as long as the rule and what it speaks of are, wherever in the document that stands",
        )

        passages: list[Annotated[list[Passage], Field(min_length=2, max_length=2)]] = Field(
            [], description="what two documents have in common, as it stands in the one and in the other"
        )

    class Suppressed(Finding):
        """A finding that the user has allowed."""

        by: Literal["settings", "index", "baseline"]
        reason: str

    class Tool(Model):
        name: str
        version: str

    class Summary(Model):
        documents: Count
        indexes: Count
        containers: Count
        bytes: Count
        rules: Count
        errors: Count
        warnings: Count
        infos: Count
        incomplete: bool = Field(description="something could not be checked")
        suppressed: Count = Field(description="findings that the user has allowed; the other counts are without them")
        baselined: Count = Field(description="those of them that the baseline allows")

    class Report(Model):
        """The report of one run."""

        version: Literal[1]
        tool: Tool
        summary: Summary
        findings: list[Finding]
        suppressed: list[Suppressed]

    class Fault(Model):
        """A fault that was committed, and what became of it."""

        place: str = Field(description="path:line:column or a path; empty if it could not be committed")
        outcome: Literal["found", "allowed", "elsewhere", "missed", "inapplicable"]
        detail: str

    class Tried(Model):
        """A rule and its faults."""

        code: str = Field(pattern="^[A-Z]{3}[0-9]{3}$")
        name: str
        severity: Literal["error", "warning", "info"]
        faults: list[Fault]

    class Drill(Model):
        """The outcome of a drill."""

        version: Literal[1]
        tool: Tool
        path: str
        seed: int
        passed: bool = Field(description="no fault was missed, or found elsewhere only")
        documents: Count
        findings: Count = Field(description="findings of the collection as it lies")
        rules: list[Tried]
        off: list[str] = Field(description="rules that the settings leave out")

    models: dict[str, type[BaseModel]] = {
        "config": Settings,
        "drill": Drill,
        "index": FrontMatter,
        "report": Report,
    }
    return {"$schema": _DIALECT, **models[name].model_json_schema()}


def written(name: str) -> str:
    """The text of a schema file."""
    return json.dumps(generate(name), indent=2, ensure_ascii=False) + "\n"


def described() -> str:
    """The text of ``schemas/facts.md``: what large runs remember of documents and rows, column by column."""
    from validator.scale import facts

    kinds = [f"| {number} | {name} | {meaning} |" for number, (name, meaning) in enumerate(facts.KINDS)]
    columns = [f"| `{name}` | {kind} | {meaning} |" for name, kind, meaning in facts.COLUMNS]
    parts = [
        "# Facts",
        "What `validate check --engine` and `--state` remember, as Apache Parquet files. Every row is a fact.",
        "\n".join(["| column | Arrow type | |", "|---|---|---|", *columns]),
        "\n".join(["| kind | called | |", "|--:|---|---|", *kinds]),
    ]
    return "\n\n".join(parts) + "\n"


def table() -> str:
    """The text of ``rules/table.py``: a row for each rule, with the fields of ``rules.Listed``."""
    from validator.rules import catalogue

    head = '"""What the files of the rules say, written by ``python -m validator.contracts``: not for editing."""'
    rows = [(r.code, r.name, r.scope, r.default, r.always, r.wakes, r.raw) for r in catalogue()]
    lines = [f"    {row}," for row in rows]
    return "\n".join([head, "", "ROWS = (", *lines, ")", ""]).replace("'", '"')


def beginnings() -> str:
    """The text of ``beginnings.py``: how lines begin that may hold a phrase, without the phrases."""
    from validator import phrases

    head = '"""How the lines begin of which ``phrases`` may know, written by ``python -m validator.contracts``."""'
    told = f"BEGINNINGS = frozenset((\n{_filled(sorted(phrases.beginnings()))}\n))  # fmt: skip"
    leading = f"LEADING = {bytes(sorted(set(phrases.LEADING.encode())))!r}  # fmt: skip"
    return f'{head}\n\n{told}\n{leading}\n"""The bytes of what may stand before a phrase."""\n'


def _filled(parts: list[bytes]) -> str:
    """Literals in lines that are not too long."""
    from textwrap import fill

    literals = " ".join(f"{part!r},".replace(" ", "\0") for part in parts)
    return fill(literals, 112, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False).replace(
        "\0", " "
    )


if __name__ == "__main__":
    files = {os.path.join("schemas", f"{name}.schema.json"): written(name) for name in NAMES}
    files[os.path.join("validator", "rules", "table.py")] = table()
    files[os.path.join("validator", "beginnings.py")] = beginnings()
    files[os.path.join("schemas", "facts.md")] = described()
    for file, text in files.items():
        with open(file, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
