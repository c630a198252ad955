"""Keeps keys of persons out of what a failed notebook says: an error text may quote the row that broke it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.notebooks.jobs import OK, Outcome
from linkage.report.ledger import SHOWN_KEYS

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

WITHHELD = "[key withheld]"
WORD = re.compile(r"[\w.@:-]*\w")


def withhold_keys(outcome: Outcome, folder: Path, study: OpenStudy) -> Outcome:
    """The outcome of a failed notebook, and its file in the folder, without keys of customers or employees."""
    file = folder / f"{outcome.name}.ipynb"
    if outcome.status == OK or not file.is_file():
        return outcome
    notebook = json.loads(file.read_text(encoding="utf-8"))
    errors = [o for c in notebook["cells"] for o in c.get("outputs", ()) if o["output_type"] == "error"]
    texts = [outcome.reason, *outcome.error.values(), *(json.dumps(e, ensure_ascii=False) for e in errors)]
    keys = keys_among({word for text in texts for word in WORD.findall(text)}, study)
    if not keys:
        return outcome
    for error in errors:
        error["evalue"] = _hide(error["evalue"], keys)
        error["traceback"] = [_hide(line, keys) for line in error["traceback"]]
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8", newline="\n")
    shown = {name: _hide(text, keys) for name, text in outcome.error.items()}
    return replace(outcome, reason=_hide(outcome.reason, keys), error=shown)


def _hide(text: str, keys: set[str]) -> str:
    return WORD.sub(lambda word: WITHHELD if word[0] in keys else word[0], text)


def keys_among(words: set[str], study: OpenStudy) -> set[str]:
    """Which of the words are a key of a person, an answer, a contact or a purchase in the study's tables."""
    columns = study.connection.execute(
        "select table_name, column_name from duckdb_columns() where table_name like 'stg_%' "
        "and column_name like '%\\_id' escape '\\' order by all"
    ).fetchall()
    found: set[str] = set()
    for table, column in columns:
        if column not in SHOWN_KEYS and words:
            rows = study.connection.execute(
                f'select distinct "{column}" from {table} where list_contains(?, cast("{column}" as varchar))',
                [sorted(words)],
            ).fetchall()
            found |= {str(key) for (key,) in rows}
    return found
