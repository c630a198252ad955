"""The rules as the code itself states them: each check's, from its docstring, and each limit with its reason."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import linkage

PACKAGE = Path(linkage.__file__).resolve().parent
LIMITS = "limits/*.py"
"""Where the battery's limits stand, each a constant with a docstring."""
BATTERY = ("checks.py", "refuting/*.py", "cards/parts/*.py", "rungs/*.py")
"""Where a link's checks are judged."""
FORMULATED = re.compile(r"\s*\(.*")


@dataclass(frozen=True)
class Limit:
    """A line that a check draws. name : of the constants, value : as text, why : what it means, and its source."""

    name: str
    value: str
    why: str


@dataclass(frozen=True)
class Chapter:
    """The limits of one module. about : the first line of what it says of itself."""

    module: str
    about: str
    limits: tuple[Limit, ...]


@cache
def chapters() -> tuple[Chapter, ...]:
    """Every limit that says why it is as it is, by module."""
    files = sorted(PACKAGE.glob(LIMITS))
    return tuple(chapter for chapter in map(_chapter, files) if chapter.limits)


def _chapter(path: Path) -> Chapter:
    name = ".".join(("linkage", *path.relative_to(PACKAGE).with_suffix("").parts))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    values = vars(importlib.import_module(name))
    pairs = zip(tree.body, tree.body[1:], strict=False)
    found = [_limit(one, after.value.value, values) for one, after in pairs if _is_told(one, after)]
    return Chapter(name, _first_sentence(ast.get_docstring(tree) or ""), tuple(found))


def _is_told(one: ast.stmt, after: ast.stmt) -> bool:
    """An assignment to a constant, and the text that explains it."""
    told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    return isinstance(one, ast.Assign) and told and isinstance(after.value.value, str)


def _limit(assigned: ast.Assign, why: str, values: dict[str, object]) -> Limit:
    names = list(
        dict.fromkeys(n.id for t in assigned.targets for n in ast.walk(t) if isinstance(n, ast.Name))
    )
    value = "; ".join(dict.fromkeys(_shown(values[name]) for name in names))
    return Limit(", ".join(names), value, " ".join(why.split()))


def _shown(value: object) -> str:
    """A limit's value as it is read: a pair as a range, a table entry by entry."""
    if isinstance(value, dict):
        return "; ".join(f"{key} {_shown(part)}" for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return " to ".join(map(_shown, value))
    text = f"{value:,g}" if isinstance(value, (int, float)) else str(value)
    return text.replace("-", "\N{MINUS SIGN}") if isinstance(value, (int, float)) else text


@cache
def check_rules() -> dict[str, str]:
    """By the name of a check, what its function says it asks or demands."""
    rules: dict[str, str] = {}
    for path in (path for pattern in BATTERY for path in sorted(PACKAGE.glob(pattern))):
        text = path.read_text(encoding="utf-8")
        if "Check(" not in text:  # most modules of the battery make none
            continue
        for name, rule in _rules_of(ast.parse(text)):
            rules.setdefault(name, rule)
    return rules


def _rules_of(tree: ast.Module) -> list[tuple[str, str]]:
    constants = _texts_by_name(tree)
    functions = [f for f in tree.body if isinstance(f, ast.FunctionDef) and ast.get_docstring(f)]
    return [
        (name, _first_sentence(ast.get_docstring(function)))
        for function in functions
        for name in _named(function, constants)
    ]


def _texts_by_name(tree: ast.Module) -> dict[str, str]:
    """The module's constants that are texts, one name or several in a line."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            several = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            for one, text in zip(target.elts, value.elts, strict=False) if several else [(target, value)]:
                if (
                    isinstance(one, ast.Name)
                    and isinstance(text, ast.Constant)
                    and isinstance(text.value, str)
                ):
                    found[one.id] = text.value
    return found


def _named(function: ast.FunctionDef, constants: dict[str, str]) -> list[str]:
    """The names that a function gives to its checks: written out, put together, kept in `name` or in a constant."""
    given = [
        call.args[0]
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Check" and call.args
    ]
    if given:
        given += [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "name"
        ]
    return [name for name in (_text(node, constants) for node in given) if name]


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        node = node.values[0]
    if isinstance(node, ast.Name):
        return constants.get(node.id, "")
    return FORMULATED.sub("", node.value) if isinstance(node, ast.Constant) and node.value else ""


def _first_sentence(text: str) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join(text.split("\n\n")[0].split())
