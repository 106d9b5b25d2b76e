"""Metadata against JSON Schema (draft 2020-12).

A schema may come from the collection that is checked, so it is not trusted: nothing is ever fetched (a
``$ref`` stays inside the schema), and whatever the library raises ends here. Expressions are matched by
the engine of pydantic-core, which takes linear time and so knows neither look-around nor back
references; ``patternProperties`` is refused, because the library would match it with Python's.
"""

from __future__ import annotations

import json
import os
from functools import cache

from validator.model import TYPE_CHECKING, value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pydantic_core import SchemaValidator

    from validator.frontmatter import Path, Value

SIZE_LIMIT = 1 << 18
"""Bytes of a schema."""

_STEP_LIMIT = 100_000
_PATTERN_LIMIT = 100
_VIOLATION_LIMIT = 1000
_SHOWN = 200
_SHORT = 60
_FORMATS = ("date", "email", "ipv4", "ipv6", "uuid")
_NAMED = ("properties", "$defs", "definitions", "dependentSchemas")
_DATA = ("const", "enum", "default", "examples")


class Unusable(ValueError):
    """A schema that cannot be used; the message says why."""


@value
class Violation:
    """What a schema finds wrong, at a path in the values; ``expected`` is the schema's own description."""

    path: Path
    problem: str
    expected: str = ""


@cache
def of_indexes() -> Schema:
    """The schema for the front matter of an INDEX.md, as it is shipped."""
    return Schema(shipped("index"))


def shipped(name: str) -> dict[str, Any]:
    """A schema of this package: ``config``, ``index`` or ``report``. Raises ``FileNotFoundError``."""
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (os.path.join(here, "schemas"), os.path.join(os.path.dirname(here), "schemas")):
        path = os.path.join(folder, f"{name}.schema.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return dict(json.load(file))
    raise FileNotFoundError(f"the schema {name!r} is not part of this installation")


def compiled(source: bytes) -> Schema:
    """The schema in a JSON file. Raises ``Unusable``."""
    global _latest
    if _latest is None or _latest[0] != source:
        try:
            schema = Schema(_parsed(source))
            schema.violations({})  # a schema that refers to itself without end shows it here
            _latest = source, schema
        except Unusable as why:
            _latest = source, why
    if isinstance(_latest[1], Unusable):
        raise _latest[1]
    return _latest[1]


_latest: tuple[bytes, Schema | Unusable] | None = None
"""What was compiled last: the documents of a collection come one after the other, and share a schema."""


class Schema:
    """A schema, ready for use. Raises ``Unusable``."""

    def __init__(self, schema: dict[str, Any]) -> None:
        from jsonschema import Draft202012Validator, FormatChecker, exceptions, validators
        from referencing import Registry

        try:
            Draft202012Validator.check_schema(schema, format_checker=FormatChecker(()))
            self._patterns = _patterns(schema)
        except exceptions.SchemaError as error:
            raise Unusable(f"it is no JSON Schema: {_named(error)}{error.message[:_SHOWN]}") from error
        except RecursionError as error:
            raise Unusable("it is nested too deeply") from error
        self._steps = 0
        extend: Any = validators.extend
        own = {"pattern": self._pattern, "uniqueItems": _unique_items, "required": _required, "anyOf": _any_of}
        keywords = {**Draft202012Validator.VALIDATORS, **own}
        made = extend(Draft202012Validator, {name: self._counted(keyword) for name, keyword in keywords.items()})
        self._validator = made(schema, registry=Registry(), format_checker=FormatChecker(_FORMATS))

    def violations(self, values: dict[str, Value]) -> list[Violation]:
        """What is wrong with some values. Raises ``Unusable`` where the schema cannot say."""
        from itertools import islice

        self._steps = 0
        try:
            errors = list(islice(self._validator.iter_errors(values), _VIOLATION_LIMIT))
        except Unusable:
            raise
        except RecursionError as error:
            raise Unusable("it refers to itself without end") from error
        except Exception as error:  # a reference to nowhere, and whatever else a schema library may think of
            raise Unusable(str(error).split("\n")[0][:_SHOWN]) from error
        return [violation for error in errors for violation in _violations(error)]

    def _pattern(self, validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
        from jsonschema import ValidationError

        if isinstance(instance, str) and not self._patterns[pattern].isinstance_python(instance):
            shown = instance if len(instance) <= _SHORT else instance[:_SHORT] + "…"
            yield ValidationError(f"{shown!r} does not match {pattern!r}")

    def _counted(self, keyword: Any) -> Any:
        """A keyword whose use is counted: a small schema can ask for more than a machine can do."""

        def counted(validator: Any, *arguments: Any) -> Iterator[Any]:
            self._steps += 1
            if self._steps > _STEP_LIMIT:
                raise Unusable(f"it takes more than {_STEP_LIMIT:,} steps for one document")
            yield from keyword(validator, *arguments) or ()

        return counted


def _parsed(source: bytes) -> dict[str, Any]:
    if len(source) > SIZE_LIMIT:
        raise Unusable(f"it is {len(source):,} bytes long, and {SIZE_LIMIT:,} are the limit")
    try:
        schema = json.loads(source.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unusable(f"it is not JSON: {str(error)[:_SHOWN]}") from error
    if not isinstance(schema, dict):
        raise Unusable("it is no JSON object")
    return schema


def _patterns(schema: dict[str, Any]) -> dict[str, SchemaValidator]:
    """The expressions of a schema. Raises ``Unusable`` for one, or for a keyword, that is not supported."""
    found: dict[str, SchemaValidator] = {}
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        if not isinstance(part, dict):
            continue
        if "patternProperties" in part:
            raise Unusable("it uses patternProperties, which is not supported")
        for reference in (part.get("$ref", "#"), part.get("$dynamicRef", "#")):
            if not isinstance(reference, str):
                continue  # below a keyword that means nothing, or the schema would have been refused
            if not reference.startswith("#"):
                raise Unusable(f"it refers to {reference[:_SHOWN]!r}, and other files are never fetched")
            if not _leads_somewhere(schema, reference):
                raise Unusable(f"it refers to {reference[:_SHOWN]!r}, which is not there")
        if isinstance(pattern := part.get("pattern"), str) and pattern not in found:
            found[pattern] = _compiled(pattern)
        for keyword, below in part.items():
            if keyword in _NAMED and isinstance(below, dict):
                waiting += below.values()
            elif keyword not in _DATA:
                waiting.append(below)
    if len(found) > _PATTERN_LIMIT:
        raise Unusable(f"it has {len(found)} patterns, and {_PATTERN_LIMIT} are the limit")
    return found


def _leads_somewhere(schema: Any, reference: str) -> bool:
    """Whether a JSON Pointer (RFC 6901) finds something in a schema; of other references it is believed."""
    if not reference.startswith("#/"):
        return True
    from urllib.parse import unquote

    for step in unquote(reference[2:]).split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(schema):
            schema = schema[int(name[:9])]
        elif isinstance(schema, dict) and name in schema:
            schema = schema[name]
        else:
            return False
    return True


def _compiled(pattern: str) -> SchemaValidator:
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError as error:
        why = str(error).strip().split("\n")[-1].removeprefix("error: ").removeprefix("  SchemaError: ")
        raise Unusable(f"its pattern {pattern[:_SHOWN]!r} cannot be used: {why}") from error


def _required(validator: Any, required: list[str], instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(instance, dict):
        yield from (ValidationError(f"{name!r} is missing") for name in required if name not in instance)


def _any_of(validator: Any, alternatives: list[Any], instance: Any, schema: Any) -> Iterator[Any]:
    """``anyOf`` without an error for each alternative, which could be many."""
    from jsonschema import ValidationError

    if not any(validator.evolve(schema=one).is_valid(instance) for one in alternatives):
        yield ValidationError("it fits none of the alternatives")


def _unique_items(validator: Any, unique: bool, instance: Any, schema: Any) -> Iterator[Any]:
    """``uniqueItems`` in linear time."""
    from jsonschema import ValidationError

    if unique and isinstance(instance, list) and len({_key(item) for item in instance}) < len(instance):
        yield ValidationError("an item is there twice")


def _key(item: Value) -> object:
    """A key that is equal for what JSON Schema takes for equal: ``1`` and ``1.0``, but not ``true``."""
    if isinstance(item, dict):
        return "mapping", frozenset((name, _key(below)) for name, below in item.items())
    if isinstance(item, list):
        return "list", tuple(map(_key, item))
    return (type(item), item) if isinstance(item, bool) else item


def _violations(error: Any) -> Iterator[Violation]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and error.validator_value is False:
        for key in error.instance:
            if key not in error.schema.get("properties", {}):
                yield Violation((*path, key), f"{_dotted((*path, key))!r} is not known")
        return
    expected = error.schema.get("description", "") if path and isinstance(error.schema, dict) else ""
    if error.validator == "type" and error.validator_value == "string" and isinstance(error.instance, (int, float)):
        expected = "a text, so put it into quotes"
    problem = _named(error) + " ".join(error.message.split())[:_SHOWN]
    yield Violation(path, problem, " ".join(str(expected).split())[:_SHOWN])


def _named(error: Any) -> str:
    path = _dotted(tuple(error.absolute_path))
    return f"{path}: " if path else ""


def _dotted(path: Path) -> str:
    """A path as people write it: ``authors[0].name``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return " ".join(text.removeprefix(".").split())[:_SHOWN]
