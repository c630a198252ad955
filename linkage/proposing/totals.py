"""The line below a table that adds it up: its word is no customer and no unit."""

from __future__ import annotations

from linkage.proposing.intake import Intake
from linkage.proposing.meaning import is_total
from linkage.proposing.parts import ENTITY_OF, Part
from linkage.proposing.proposal import SourceProposal
from linkage.proposing.roles import OWN_KEY
from linkage.tables.quoting import name_sql

LAST = 3


def _note_keyless(intake: Intake, source: SourceProposal, part: Part) -> None:
    """Note a last line that names no key and says in another column that it is a total."""
    table, own = part.facts.table, part.mapped.get(f"{OWN_KEY.get(source.role)}_id")
    if own is None or own.theirs not in table.columns:
        return
    rows = intake.rows(
        f"select {', '.join(map(name_sql, table.columns))} from {table.view} "
        f"where coalesce({name_sql(own.theirs)}, '') = ''"
    )
    words = dict.fromkeys(v for row in rows[:LAST] for v in row if v and is_total(v))
    if words and len(rows) <= LAST:
        said = ", ".join(map(repr, words))
        source.doubts = [
            d for d in source.doubts if not d.endswith(f"have no {own.theirs!r} and are rejected")
        ]
        source.notes.append(
            f"{said} adds up the other lines of {table.shown}: no key, so its line is rejected."
        )


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
        elif not said:
            _note_keyless(intake, source, part)
        for word in dict.fromkeys(said):
            source.totals.append(word)
            source.notes.append(
                f"{word!r} adds up the other lines of {table.shown}: no key, so its line is rejected."
            )
