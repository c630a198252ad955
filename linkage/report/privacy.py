"""Keeps persons' keys and addresses, and this computer's paths, out of what is published.

What is sought among the outputs: keys of the study's tables that a digit and a letter, or a leading zero, tell from a
figure; and e-mail addresses, keys or not, that study.yml does not state itself. The limit: a key that is a plain number
or a plain word cannot be told from a figure or a label, nor a person's name in a category from any other: groups below
the study's minimum are what keeps those out.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import linkage
from linkage.notebooks.jobs import FAILED, OK, Outcome
from linkage.report.ledger import SHOWN_KEYS
from linkage.sentences import plural

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

WITHHELD = "[key withheld]"
WORD = re.compile(r"[\w.@:-]*\w")
ADDRESS = re.compile(r"[\w.-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")
DRAWN = re.compile(r"<svg.*?</svg>|<[^>]+>", re.DOTALL)
SHORTEST = 4
"""A shorter word is as likely a label as a key."""


def make_publishable(outcome: Outcome, folder: Path, study: OpenStudy) -> Outcome:
    """The outcome, and its executed notebook in the folder, fit to be published.

    A failed notebook may quote the row or the file that broke it: the key is withheld, the path cut short.
    A good one that shows a person's key or address is withheld in the same way and counts as failed.
    """
    file = folder / f"{outcome.name}.ipynb"
    if not file.is_file():
        return outcome
    notebook = json.loads(file.read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    failed = outcome.status != OK
    texts = [*_texts(outputs), outcome.reason, *outcome.error.values()]
    words = {word for text in texts for word in WORD.findall(DRAWN.sub(" ", text))}
    keys = keys_among(words if failed else {w for w in words if looks_like_key(w)}, study)
    addresses = addresses_among(words, study) - keys
    said = _counted(keys, addresses)
    keys |= addresses
    if keys or failed:
        _rewrite(notebook, lambda text: shorten_paths(_hide(text, keys), study))
        text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
        file.write_text(text + "\n", encoding="utf-8", newline="\n")
    if failed:
        error = {name: shorten_paths(_hide(text, keys), study) for name, text in outcome.error.items()}
        return replace(outcome, reason=shorten_paths(_hide(outcome.reason, keys), study), error=error)
    if keys:
        return replace(outcome, status=FAILED, reason=f"its outputs show {said}; they are withheld")
    return outcome


def _counted(keys: set[str], addresses: set[str]) -> str:
    """How many keys and addresses, in words."""
    parts = [f"{len(keys)} {plural('key', len(keys))} of persons, answers or contacts"] if keys else []
    parts += (
        [f"{len(addresses)} e-mail {'address' if len(addresses) == 1 else 'addresses'}"] if addresses else []
    )
    return " and ".join(parts)


def looks_like_key(word: str) -> bool:
    """Whether a word is hardly a figure: a digit with a letter, a leading zero that counts nothing, or an address."""
    if "@" in word and ADDRESS.search(word):
        return True
    if len(word) < SHORTEST or not any(map(str.isdigit, word)):
        return False
    return any(map(str.isalpha, word)) or (word.isdigit() and word.startswith("0"))


def _texts(content: object) -> list[str]:
    """Every string in a notebook's outputs."""
    if isinstance(content, str):
        return [content]
    inside = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [text for part in inside for text in _texts(part)]


def _rewrite(notebook: dict, change: Callable[[str], str]) -> None:
    """Change every string of the outputs, findings included."""

    def changed(content: object) -> object:
        if isinstance(content, str):
            return change(content)
        if isinstance(content, dict):
            return {name: changed(value) for name, value in content.items()}
        return [changed(value) for value in content] if isinstance(content, list) else content

    for cell in notebook["cells"]:
        if "outputs" in cell:
            cell["outputs"] = changed(cell["outputs"])


def _hide(text: str, keys: set[str]) -> str:
    return WORD.sub(lambda word: WITHHELD if word[0] in keys else word[0], text) if keys else text


def shorten_paths(text: str, study: OpenStudy) -> str:
    """A text without the folders of this computer: a study's file begins with the study's name."""
    package = Path(linkage.__file__).resolve().parent.parent
    folders = [study.study.folder.parent, package, Path(sys.prefix), Path.home()]
    for folder in folders:
        if folder != Path(folder.anchor):
            text = text.replace(f"{folder}/", "").replace(f"{folder}\\", "")
    return text


def keys_among(words: set[str], study: OpenStudy) -> set[str]:
    """Which of the words are a key of a person, an answer, a contact or a purchase in the study's tables.

    The name of a unit is none, though a customer's key be the same text: units are published by name everywhere.
    """
    columns = study.connection.execute(
        "select table_name, column_name from duckdb_columns() where table_name like 'stg_%' "
        "and column_name like '%\\_id' escape '\\' order by all"
    ).fetchall()
    keys = [
        f'select cast("{column}" as varchar) as key from {table}'
        for table, column in columns
        if column not in SHOWN_KEYS
    ]
    if not words or not keys:
        return set()
    # One join for all columns: the words are laid out once.
    sql = f"select distinct key from ({' union all '.join(keys)}) where key in (select unnest(?))"
    found = {key for (key,) in study.connection.execute(sql, [sorted(words)]).fetchall()}
    return found - _unit_names(study) if found else found


def _unit_names(study: OpenStudy) -> set[str]:
    """What every table of the study calls its units."""
    tables = study.connection.execute(
        "select table_name from duckdb_columns() where table_name like 'stg_%' and column_name = 'unit_id'"
    ).fetchall()
    asked = " union ".join(f"select cast(unit_id as varchar) from {table}" for (table,) in tables)
    return {name for (name,) in study.connection.execute(asked).fetchall()} if asked else set()


def addresses_among(words: set[str], study: OpenStudy) -> set[str]:
    """Which of the words hold an e-mail address, other than those that study.yml states and the names of units."""
    found = {word: ADDRESS.search(word) for word in words}
    addresses = {word: match[0] for word, match in found.items() if match}
    if not addresses:
        return set()
    stated, units = study.study.path.read_text(encoding="utf-8"), _unit_names(study)
    return {word for word, address in addresses.items() if address not in stated and address not in units}
