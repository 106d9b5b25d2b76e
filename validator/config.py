"""Settings: what a file, or ``--config``, may say, and how wrong ones are reported.

They stand in ``[tool.validate]`` of ``pyproject.toml``, in ``validate.yaml`` or in
``.validate.yaml``; the nearest one applies, from the collection up to the root of the repository.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from glob import escape
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from validator.model import Options, UsageError

_DEFAULTS = Options()
_LIMIT = 1 << 18
_MOST_DOTS = 1000
_SHOWN = 80
_URL = r"^$|^https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$"
"""Characters that a URL has (RFC 3986, section 2): it is put into reports in many languages."""


def _kebab(name: str) -> str:
    return name.replace("_", "-")


Selectors = list[Annotated[str, Field(min_length=1)]]


class Settings(BaseModel):
    """Settings of the validator."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=_kebab,
        populate_by_name=False,
        title="validate settings",
    )

    select: Selectors = Field(
        [], description="Rules to apply instead of the default ones: codes, beginnings of codes, names, or ALL"
    )
    extend_select: Selectors = Field([], description="Rules to apply besides the default ones")
    ignore: Selectors = Field([], description="Rules to leave out; the longer of two selectors decides")
    per_file_ignores: dict[str, Selectors] = Field({}, description="Rules to leave out for files that match a pattern")
    exclude: list[str] = Field([], description="Patterns of files and folders that are no part of the collection")
    containers: list[str] = Field(
        list(_DEFAULTS.containers), description="Patterns of files that are containers whatever their first line says"
    )
    require_end_marker: bool = Field(_DEFAULTS.require_end_marker, description="A container without END is an error")
    max_document_size: int = Field(
        _DEFAULTS.max_document_size, ge=1, description="Bytes; the text of a larger document is not checked"
    )
    max_archive_size: int = Field(
        _DEFAULTS.max_archive_size, ge=1, description="Bytes to which an archive may expand, to be checked at all"
    )
    max_archive_entries: int = Field(
        _DEFAULTS.max_archive_entries, ge=1, description="Files and folders that an archive may have"
    )
    max_archive_ratio: int = Field(
        _DEFAULTS.max_archive_ratio,
        ge=1,
        description="Times its own size to which an archive may expand; up to 64 MiB anything may",
    )
    max_findings: int = Field(
        _DEFAULTS.max_findings, ge=1, description="Findings of one rule in one document that are listed one by one"
    )
    near_duplicates: Literal["off", "fast", "full"] = Field(
        "fast",
        description="Look for near-duplicates (DUP002) and for shared heads and tails (RES011) nowhere (off), in "
        "collections of up to 4 MB of prose (fast), or everywhere (full)",
    )
    fail_on: Literal["error", "warning", "never"] = Field(
        "error", description="The mildest severity that makes the run fail"
    )
    output_format: Literal[
        "full", "concise", "json", "jsonl", "sarif", "junit", "github", "gitlab", "azure", "teamcity", "rdjson",
        "markdown", "html",
    ] = Field("full", description="How findings are printed")  # fmt: skip

    baseline: str = Field("", description="The file that lists findings which are forgiven, relative to this one")
    documentation: str = Field(
        "", pattern=_URL, description="URL of the published documentation, to which reports link"
    )

    def options(self, source: str = "", without: Iterable[str] = ()) -> Options:
        """The part that the engine obeys; ``source`` is the settings file.

        ``without`` names files that are no documents: settings, reports.
        """
        return Options(
            select=tuple(self.select),
            ignore=tuple(self.ignore),
            extend_select=tuple(self.extend_select),
            per_file_ignores=tuple((pattern, tuple(codes)) for pattern, codes in self.per_file_ignores.items()),
            source=source,
            exclude=(*self.exclude, *(f"/{escape(name)}" for name in without)),
            containers=tuple(self.containers),
            require_end_marker=self.require_end_marker,
            max_document_size=self.max_document_size,
            max_archive_size=self.max_archive_size,
            max_archive_entries=self.max_archive_entries,
            max_archive_ratio=self.max_archive_ratio,
            max_findings=self.max_findings,
            near_duplicates=self.near_duplicates,
        )


def load(path: str | None, overrides: dict[str, Any], data: bytes | None = None) -> Settings:
    """Settings from a file, if there is one, with ``overrides`` by key. Raises ``UsageError``.

    ``data`` is what the file is taken to contain, whatever it does on the disk.
    """
    found = {} if path is None else read(path) if data is None else parsed(path, data)
    try:
        return Settings.model_validate({**found, **overrides})
    except ValidationError as error:
        raise UsageError(_explained(error, path, overrides)) from None


def read(path: str) -> dict[str, Any]:
    """The settings that a file holds, not yet validated. Raises ``UsageError``."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    return parsed(path, data)


def parsed(path: str, data: bytes) -> dict[str, Any]:
    """The settings in the bytes of a file, not yet validated. Raises ``UsageError``."""
    if len(data) > _LIMIT:
        raise UsageError(f"{path}: is larger than {_LIMIT:,} bytes, which no settings file should be")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    found = _toml(path, text) if path.endswith(".toml") else _yaml(path, text)
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise UsageError(f"{path}: holds no settings: write them as `key: value`")
    return found


def _toml(path: str, text: str) -> Any:
    import tomllib

    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):  # the library takes the square of their number
        raise UsageError(f"{path}: has a line with more than {_MOST_DOTS:,} dots, which no settings file should")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise UsageError(f"{path}: is not TOML: {error}") from None
    if os.path.basename(path) != "pyproject.toml":
        return document
    tool = document.get("tool", {})
    return tool.get("validate", {}) if isinstance(tool, dict) else {}


def _yaml(path: str, text: str) -> dict[str, Any]:
    from validator import frontmatter

    try:
        return {**frontmatter.values(text)}
    except frontmatter.Refused as why:
        line = text.count("\n", 0, why.start)
        column = why.start - (text.rfind("\n", 0, why.start) + 1)
        raise UsageError(f"{path}:{line + 1}:{column + 1}: is not YAML for settings: {why}") from None


def template() -> list[str]:
    """The lines of a settings file in which every setting is explained, and none is made."""
    import json

    lines = ["# Settings of `validate`. Each line shows a default; take the # away to change it.", ""]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"# {field.alias or name}: {json.dumps(field.default)}", ""]
    return lines[:-1]


def parse_override(text: str) -> tuple[str, Any]:
    """``KEY=VALUE`` as given on the command line, the value in YAML. Raises ``UsageError``."""
    key, _, content = text.partition("=")
    try:
        return key.strip(), _yaml("--config", f"value:\n  {content}")["value"]
    except UsageError:
        return key.strip(), content


def _explained(error: ValidationError, path: str | None, overrides: dict[str, Any]) -> str:
    first = error.errors(include_url=False)[0]
    keys = [str(part) for part in first["loc"]]
    where = "--config" if keys and keys[0] in overrides else path or "--config"
    key = ".".join(keys)
    if first["type"] == "extra_forbidden":
        from difflib import get_close_matches

        known = [field.alias or name for name, field in Settings.model_fields.items()]
        near = get_close_matches(_kebab(key), known, 1)
        return f"{where}: there is no setting {key!r}" + (
            f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
        )
    return f"{where}: {key}: {first['msg'][:1].lower()}{first['msg'][1:]}, not {_short(first['input'])}"


def _short(content: object) -> str:
    text = repr(content)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
