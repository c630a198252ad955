"""The line below a table that adds it up: its word is no customer and no unit."""

from __future__ import annotations

from linkage.proposing.intake import Intake
from linkage.proposing.meaning import is_total
from linkage.proposing.parts import ENTITY_OF
from linkage.proposing.proposal import SourceProposal
from linkage.tables.quoting import name_sql

LAST = 3


def find_totals(intake: Intake, source: SourceProposal) -> None:
    """Note the last lines of a source's tables that are totals, and take their word for no key."""
    for part in source.parts:
        table = part.facts.table
        keys = {m.theirs for m in part.columns if m.ours in ENTITY_OF and m.theirs in table.columns}
        if not keys:
            continue
        listed = ", ".join(map(name_sql, sorted(keys)))
        rows = intake.rows(f"select {listed} from {table.view} offset {max(0, table.rows - LAST)}")
        said = [value for row in rows for value in row if value and is_total(value)]
        if table.select:  # turned: the order of the file is gone
            found = " union ".join(
                f"select distinct {name_sql(k)} as k from {table.view}" for k in sorted(keys)
            )
            said = [k for (k,) in intake.rows(found) if k and is_total(k)]
        for word in dict.fromkeys(said):
            source.totals.append(word)
            source.notes.append(
                f"{word!r} adds up the other lines of {table.shown}: no key, so its line is rejected."
            )
