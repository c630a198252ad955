"""What may be the name of a column, a metric or a source."""

from __future__ import annotations

import re

SQL_WORDS = re.compile(
    r"all|analyse|analyze|and|anti|any|array|as|asc|asof|asymmetric|at|authorization|binary|both|by|case|"
    r"cast|check|collate|collation|column|concurrently|constraint|create|cross|default|deferrable|desc|"
    r"describe|distinct|do|else|end|except|false|fetch|for|foreign|freeze|from|full|glob|group|having|"
    r"ilike|in|initially|inner|intersect|into|is|isnull|join|lambda|lateral|leading|left|like|limit|"
    r"natural|not|notnull|offset|on|only|or|order|outer|overlaps|pivot|pivot_longer|pivot_wider|placing|"
    r"positional|primary|qualify|references|returning|right|select|semi|show|similar|some|summarize|"
    r"symmetric|table|tablesample|then|to|trailing|true|union|unique|unpack|unpivot|using|variadic|verbose|"
    r"when|where|window|with"
)
"""Words of SQL that cannot stand for a column without quotes, in DuckDB 2.0."""


def plain_name(name: str) -> str:
    """The name itself, where files and addresses can carry it; ValueError with the remedy otherwise."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(
            f"{name!r} is not a usable name: lower-case letters, digits and underscores, a letter first"
        )
    return name


def usable_name(name: str) -> str:
    """The name itself, where SQL can carry it too; ValueError with the remedy otherwise."""
    if SQL_WORDS.fullmatch(name):
        raise ValueError(
            f"{name!r} is a word of SQL and cannot name a column: choose another, such as {name}_1"
        )
    return plain_name(name)
