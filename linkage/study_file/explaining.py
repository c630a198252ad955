"""Mistakes in study.yml, told with file, line, key and remedy."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from linkage.study_file.declaration import StudyFile

_CHOICES = ("int", "float", "str", "bool", "constrained-int", "ChangeBetween")
"""What pydantic adds to a place where a value could be of several kinds."""


def explain(path: Path, error: ValidationError, lines: dict[tuple, int]) -> str:
    """What pydantic found wrong, in plain words: one line a mistake, with its file, line and key."""
    found: dict[tuple, str] = {}
    for item in error.errors():
        key = tuple(str(k) for k in item["loc"] if "[" not in str(k))
        if len(key) > 3 and key[0] == "links" and key[2] in _EITHER:
            found[key[:3]] = f"{_EITHER[key[2]]}{_shown(item['input'])}"
            continue
        if len(key) > 1 and key[0] == "rates":
            found[key[:2]] = f"{_EITHER['rates']}{_shown(item['input'])}"
            continue
        key = tuple(k for k in key if k not in _CHOICES or key in lines)
        said = _say(item, key)
        # A name or column that comes from the key itself: the key has been complained of already.
        if key in lines or found.get(key[:-1]) != said:
            found[key] = said
    return "\n".join(f"{place(path, key, lines)}: {said}" for key, said in found.items())


_EITHER = {
    "change": "expected a number of periods, or {drivers: [first, last], outcome: [first, last]}.",
    "rates": "expected a number above zero, or for a period its rates, {USD: 0.92}.",
    "where": "expected {column: value}, the value a text in quotes, a number, true or false.",
}


def place(path: Path, key: tuple, lines: dict[tuple, int]) -> str:
    """File, line and key of a mistake; the line of the nearest key above it that is written down."""
    known = key
    while known and known not in lines:
        known = known[:-1]
    line = f", line {lines[known]}" if known else ""
    return f"{path}{line}, {'.'.join(key)}"


def _say(item: dict[str, Any], key: tuple) -> str:
    if item["type"] == "extra_forbidden":
        return f"unknown key.{suggest(key[-1], _allowed(key[:-1]))}"
    if item["type"] == "missing":
        return "this key is needed and not there."
    message = _PLAIN.get(item["type"], item["msg"]).removeprefix("Value error, ").removesuffix(".")
    message = message.replace("Input should be", "it should be")
    shown = _shown(item.get("input"))
    return f"{message}." if repr(item.get("input")) in message else f"{message}.{shown}"


_PLAIN = {
    "dict_type": "expected keys below it, each with its value",
    "model_type": "expected keys below it, each with its value",
    "string_type": "expected a text; put it in quotes",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "float_parsing": "expected a number",
    "tuple_type": "expected a list such as [a, b]",
    "too_short": "at least one is needed",
}


def _shown(given: object) -> str:
    shown = given.isoformat() if isinstance(given, date) else repr(given)
    return "" if isinstance(given, (dict, list, tuple)) else f" It says {shown}."


def _allowed(key: tuple) -> list[str]:
    """The keys that may stand at a place of study.yml, in the words of its models; none where anything may."""
    if key == ("business_hours",):  # its form in the file is simpler than what it becomes
        return ["days", "open", "close", "holidays"]
    kinds: list[Any] = [StudyFile]
    for part in key:
        kinds = [below for kind in kinds for below in _below(kind, part)]
    models = [kind for kind in kinds if _is_model(kind)]
    # Sources, metrics, links and interventions have their name from their key: it is not written below it.
    named = [f.alias or name for m in models for name, f in m.model_fields.items() if name != "name"]
    return list(dict.fromkeys(named))


def _below(kind: Any, part: str) -> list[Any]:
    """What may stand under one key of a model, a mapping or a list."""
    if _is_model(kind):
        found = [f.annotation for name, f in kind.model_fields.items() if part in (f.alias, name)]
        return [k for annotation in found for k in _kinds(annotation)]
    inside = get_args(kind)
    if get_origin(kind) is dict:
        return _kinds(inside[1])
    return _kinds(inside[0]) if get_origin(kind) in (tuple, list) and part.isdigit() else []


def _kinds(annotation: Any) -> list[Any]:
    """The kinds of value an annotation allows, its rules and alternatives taken apart."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [kind for one in get_args(annotation) for kind in _kinds(one)]
    return [annotation]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def suggest(word: str, allowed: list[str]) -> str:
    """The nearest allowed word as a question, or else all of them."""
    near = get_close_matches(word, allowed, n=1, cutoff=0.6)
    if near:
        return f" Did you mean {near[0]!r}?"
    return f" Allowed here: {', '.join(allowed)}." if allowed else ""
