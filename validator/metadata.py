"""Metadata against JSON Schema (draft 2020-12).

A schema may come from the collection that is checked, so it is not trusted: nothing is ever fetched (a
``$ref`` stays inside the schema, and leads to what was looked through as part of it), and whatever the
library raises ends here. Expressions are matched by the engine of pydantic-core, which takes linear time
and so knows neither look-around nor back references; ``patternProperties`` is refused, because the
library would match it with Python's. ``$schema`` is not obeyed, because the library would go on with a
validator of its own, which knows of none of this. What a keyword has to look at is counted, up to a limit.
"""

from __future__ import annotations

import json
import os
from functools import cache

from validator.model import TYPE_CHECKING, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pydantic_core import SchemaValidator

    from validator.frontmatter import Path, Value
    from validator.model import Document

SIZE_LIMIT = 1 << 18
"""Bytes of a schema."""

_STEP_LIMIT = 50_000
_STEP = 50
"""Values, or characters, that are looked at in one step."""
_QUICKER = 40
"""How many states of an expression are followed in the time in which a value is looked at."""
_PATTERN_LIMIT = 100
_PART_LIMIT = 10_000
_VIOLATION_LIMIT = 1000
_SHOWN = 200
_SHORT = 60
_FORMATS = ("date", "email", "ipv4", "ipv6", "uuid")
_NAMED = ("properties", "$defs", "definitions", "dependentSchemas")
_DATA = ("const", "enum", "default", "examples")
_ALTERNATIVES = ("allOf", "anyOf", "oneOf")
_LAST = ("unevaluatedItems", "unevaluatedProperties")
"""Keywords for which the library follows references uncounted; behind the others, these are counted already."""
_TYPES = 7


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
            parts = _parts(schema)
            Draft202012Validator.check_schema(schema, format_checker=FormatChecker(()))
            self._patterns = _patterns(parts)
            self._widths = {pattern: _width(pattern) for pattern in self._patterns}
        except exceptions.SchemaError as error:
            raise Unusable(f"it is no JSON Schema: {_named(error)}{error.message[:_SHOWN]}") from error
        except RecursionError as error:
            raise Unusable("it is nested too deeply") from error
        self._steps = 0
        self._sizes: dict[int, int] = {}
        self._own_sizes = _sizes(schema)
        extend: Any = validators.extend
        own = {"pattern": self._pattern, "uniqueItems": _unique_items, "required": _required, "anyOf": _any_of}
        keywords = {**Draft202012Validator.VALIDATORS, **own}
        made = extend(Draft202012Validator, {name: self._counted(name, keyword) for name, keyword in keywords.items()})
        self._validator = made(schema, registry=Registry(), format_checker=FormatChecker(_FORMATS))

    def violations(self, values: dict[str, Value]) -> list[Violation]:
        """What is wrong with some values. Raises ``Unusable`` where the schema cannot say."""
        from itertools import islice

        self._steps = 0
        self._sizes = {**self._own_sizes, **_sizes(values)}
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

    def _counted(self, name: str, keyword: Any) -> Any:
        """A keyword whose use is counted: a small schema can ask for more than a machine can do."""

        def counted(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
            self._steps += 1 + self._looked_at(name, said, instance) // _STEP
            if self._steps > _STEP_LIMIT:
                raise Unusable(f"it takes more than {_STEP_LIMIT:,} steps for one document")
            yield from keyword(validator, said, instance, schema) or ()

        return counted

    def _looked_at(self, name: str, said: Any, instance: Any) -> int:
        """How much a keyword looks at, or repeats in its errors, itself."""
        if name == "pattern":
            return self._widths.get(said, 0) * _length(instance) // _QUICKER
        if name in _ALTERNATIVES:
            return len(said) * self._size(instance)
        if name in _LAST:  # the library looks for each item among all that were evaluated
            return len(instance) * self._size(instance) if isinstance(instance, (dict, list)) else 0
        return self._size(said) + self._size(instance)

    def _size(self, content: Any) -> int:
        return self._sizes.get(id(content), 1) if isinstance(content, (dict, list)) else _length(content)


def objected(document: Document, values: dict[str, Value]) -> frozenset[str]:
    """The keys of a document's front matter to whose values its schema objects, as is said elsewhere."""
    if document.is_index or document.index is None or document.index.schema is None:
        return frozenset()
    try:
        found = compiled(document.index.schema).violations(values)
    except Unusable:
        return frozenset()
    return frozenset(str(violation.path[0]) for violation in found if violation.path)


def _parsed(source: bytes) -> dict[str, Any]:
    if len(source) > SIZE_LIMIT:
        raise Unusable(f"it is {len(source):,} bytes long, and {SIZE_LIMIT:,} are the limit")
    try:
        schema = json.loads(source.decode("utf-8-sig"), object_pairs_hook=_apart, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"it is not JSON: {str(error)[:_SHOWN]}") from error
    if not isinstance(schema, dict):
        raise Unusable("it is no JSON object")
    return schema


def _apart(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, none of whose keys is there twice: of two, the library would obey the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:_SHORT]!r} is there twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number there")


def _parts(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Every schema in a schema, put in order. Raises ``Unusable`` for what is not supported."""
    found = [schema, *_below(schema)]
    places = {id(part) for part in found}
    for part in found:
        part.pop("$schema", None)
        for keyword in _LAST:
            if keyword in part:
                part[keyword] = part.pop(keyword)
        if isinstance(part.get("type"), list) and len(part["type"]) > _TYPES:
            raise Unusable(f"it allows {len(part['type'])} types at once, and there are {_TYPES}")
        if "patternProperties" in part:
            raise Unusable("it uses patternProperties, which is not supported")
        if "$id" in part and part is not schema:
            raise Unusable("it holds a schema with an $id of its own, which is not supported")
        for reference in (part.get("$ref", "#"), part.get("$dynamicRef", "#")):
            if not isinstance(reference, str):
                continue  # below a keyword that means nothing, or the schema would have been refused
            if not reference.startswith("#"):
                raise Unusable(f"it refers to {reference[:_SHOWN]!r}, and other files are never fetched")
            target = _target(schema, reference)
            if target is None:
                raise Unusable(f"it refers to {reference[:_SHOWN]!r}, which is not there")
            if not isinstance(target, bool) and id(target) not in places:
                raise Unusable(f"it refers to {reference[:_SHOWN]!r}, which is no schema")
    return found


def _below(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas in a schema, without those that are only data. Raises ``Unusable`` if they are too many."""
    waiting: list[Any] = [schema]
    count = 0
    while waiting:
        part = waiting.pop()
        count += isinstance(part, (dict, bool))
        if count > _PART_LIMIT:
            raise Unusable(f"it holds more than {_PART_LIMIT:,} schemas")
        if isinstance(part, list):
            waiting += part
        if not isinstance(part, dict):
            continue
        if part is not schema:
            yield part
        for keyword, below in part.items():
            if keyword in _NAMED and isinstance(below, dict):
                waiting += below.values()
            elif keyword not in _DATA:
                waiting.append(below)


def _patterns(parts: list[dict[str, Any]]) -> dict[str, SchemaValidator]:
    """The expressions of schemas. Raises ``Unusable`` for one that is not supported."""
    found = {pattern for part in parts if isinstance(pattern := part.get("pattern"), str)}
    if len(found) > _PATTERN_LIMIT:
        raise Unusable(f"it has {len(found)} patterns, and {_PATTERN_LIMIT} are the limit")
    return {pattern: _compiled(pattern) for pattern in sorted(found)}


def _sizes(content: Any) -> dict[int, int]:
    """How many values and characters are in each list and object of a value, by its identity."""
    found: dict[int, int] = {}
    order = [content]
    for part in order:  # which grows on the way, so that whatever is inside comes behind
        order += (one for one in _inside(part) if isinstance(one, (dict, list)))
    for part in reversed(order):
        names = sum(map(len, part)) if isinstance(part, dict) else 0
        found[id(part)] = names + sum(1 + found.get(id(one), _length(one)) for one in _inside(part))
    return found


def _inside(content: Any) -> Iterable[Any]:
    return content.values() if isinstance(content, dict) else content


def _length(content: Any) -> int:
    return len(content) if isinstance(content, str) else content.bit_length() >> 2 if isinstance(content, int) else 0


def _target(schema: Any, reference: str) -> Any:
    """What a JSON Pointer (RFC 6901) finds in a schema; of other references it is believed that they find it."""
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
            return None
    return schema


def _width(pattern: str) -> int:
    """How many states an expression has at most; the engine may follow all of them at each character."""
    import re

    width, times = len(pattern), 1
    for before, least, most in re.findall(r"(.?)\{([0-9]+)(?:,([0-9]*))?\}", pattern, re.DOTALL):
        repeated = max(int(least[:9]), int(most[:9] or 0), 1)
        if before in "]." or (before.isascii() and before.isalnum()):
            width += repeated
        else:  # a group, whose size nobody knows here
            times *= repeated
    return width * times


def _compiled(pattern: str) -> SchemaValidator:
    import re

    from pydantic_core import SchemaError, SchemaValidator, core_schema

    if re.search(r"\(\?[a-zA-Z-]*x", pattern):
        raise Unusable(f"its pattern {pattern[:_SHOWN]!r} cannot be used: the flag x is not supported")
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
