"""How is a name or a text written in SQL, whatever stands in it?"""

from __future__ import annotations


def name_sql(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def text_sql(text: str) -> str:
    """A text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"
