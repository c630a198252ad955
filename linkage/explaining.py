"""Mistakes in study.yml, told with file, line, key and remedy."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from linkage.declaration import LinkSpec, Metric, SourceSpec, StudyFile
from linkage.identity.declared import Identity
from linkage.raw_rules import Attached, FormerScale, LongForm

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


_PARTS = {"long": LongForm, "attach": Attached, "was": FormerScale}


def _allowed(key: tuple) -> list[str]:
    models = {"sources": SourceSpec, "metrics": Metric, "links": LinkSpec}
    if not key:
        model: Any = StudyFile
    elif key[0] in models and len(key) == 2:
        model = models[key[0]]
    elif key == ("identity",):
        model = Identity
    elif key == ("business_hours",):
        return ["days", "open", "close", "holidays"]
    elif (part := [k for k in key if not k.isdigit()][-1]) in _PARTS:
        model = _PARTS[part]
    elif key[0] == "windows":
        return ["before", "after"]
    else:
        return []
    return [f.alias or name for name, f in model.model_fields.items() if name != "name"]


def suggest(word: str, allowed: list[str]) -> str:
    """The nearest allowed word as a question, or else all of them."""
    near = get_close_matches(word, allowed, n=1, cutoff=0.6)
    if near:
        return f" Did you mean {near[0]!r}?"
    return f" Allowed here: {', '.join(allowed)}." if allowed else ""
