"""Tables and their roles -> sources: files of one form together, several roles from one file, one source a role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from linkage.proposing.facts import Facts
from linkage.proposing.intake import Intake, Table
from linkage.proposing.meaning import names_a_delivery
from linkage.proposing.measures import FEEDBACK, MONEY, OPERATIONS
from linkage.proposing.names import free_name
from linkage.proposing.overlap import Reference, measure_overlap
from linkage.proposing.parts import Part, part_of, without_metrics
from linkage.proposing.proposal import SourceProposal
from linkage.proposing.roles import EVENTS, OWN_KEY, Verdict, about_of
from linkage.proposing.two_ways import two_ways
from linkage.study_file.declaration import ROLES

MODEL_NAMES = frozenset(
    {
        *ROLES,
        "answers",
        "contacts",
        "staff",
        "purchases",
        "grid",
        "units",
        "earlier",
        "periods",
        "ledger",
        "sources",
        "rejects",
    }
)
"""Names a source of units and periods cannot have: the models use them for something else."""

FEWEST_UNITS = 5
"""Units below which comparing them is no use."""

NO_END = "no end is known"

SHARED = {"interactions": OPERATIONS, "feedback": FEEDBACK, "transactions": MONEY}


def same_form(tables: Sequence[Table]) -> list[list[Table]]:
    """Tables grouped so that each group can be one source: one header, one way to read it."""
    groups: dict[tuple, list[Table]] = {}
    for table in tables:
        first = table.first
        how = (first.kind, first.encoding, first.delimiter, first.above > 0, first.header_rows)
        key = (frozenset(table.columns), *how)
        # Sheets of one workbook may be unlike things with like columns; those that say their period are not.
        alone = (table.name,) if first.kind == "workbook" and not first.period else ()
        groups.setdefault((*key, *alone), []).append(table)
    return list(groups.values())


def sources_of(
    intake: Intake, tables: Sequence[Facts], verdicts: dict[int, Verdict], refs: Sequence[Reference]
) -> list[SourceProposal]:
    """One source a role, and one for each table of units and periods; those that cannot be are marked off."""
    by_role: dict[str, list[tuple[Facts, Verdict]]] = {}
    for place, facts in enumerate(tables):
        by_role.setdefault(verdicts[place].role, []).append((facts, verdicts[place]))
    _units_aside(by_role)
    found: list[SourceProposal] = []
    for role in (r for r in ROLES if r in by_role):
        found += _sources_of_role(intake, role, by_role[role], refs)
    found += _derived(found)
    found += _units_named(found)
    for source in found:
        _note_second(source, verdicts, tables)
    return found


def _units_aside(by_role: dict[str, list[tuple[Facts, Verdict]]]) -> None:
    """Answers that name units and no customer, beside answers of customers, speak of the units: partners, branches."""
    answers = by_role.get("feedback", [])
    about_units = [
        g for g in answers if "unit" in g[0].keys and not {"customer", "interaction"} & set(g[0].keys)
    ]
    if about_units and len(about_units) < len(answers):
        by_role["feedback"] = [g for g in answers if g not in about_units]
        by_role.setdefault("unit_periods", []).extend(about_units)


def _sources_of_role(
    intake: Intake, role: str, given: list[tuple[Facts, Verdict]], refs: Sequence[Reference]
) -> list[SourceProposal]:
    if role == "unit_periods":
        taken: set[str] = set()
        return [_panel(facts, verdict, taken) for facts, verdict in given]
    made = [SourceProposal(role, role, [part_of(f, role)], v.why) for f, v in given]
    good = [s for s in made if not s.parts[0].impossible]
    for source in made:
        if source.parts[0].impossible:
            source.off = two_ways(source.parts[0].facts) or f"it lacks {source.parts[0].impossible}"
            source.name = free_name(source.parts[0].facts.table.name, {role})
    if len(good) > 1 and role == "transactions":
        _same_orders(intake, good)
        good, same = [s for s in good if not s.off], [s for s in good if s.off]
        made = [*same, *(s for s in made if s not in same and s not in good)]
    if len(good) > 1:
        good = [_united(intake, role, good)] if role in EVENTS else _best_first(good, refs)
    return [*good, *(s for s in made if s.off and s not in good)]


def _same_orders(intake: Intake, sources: list[SourceProposal]) -> None:
    """Mark off a table that holds the money of orders another holds already: together they would count it twice."""
    ranked = sorted(
        sources, key=lambda s: ("product" in s.parts[0].mapped, s.parts[0].facts.table.rows), reverse=True
    )
    for place, source in enumerate(ranked):
        for other in (o for o in ranked[:place] if not o.off):
            key, theirs = (s.parts[0].facts.keys.get("transaction") for s in (source, other))
            if key and theirs and not source.off:
                seen = measure_overlap(intake, source.parts[0].facts, key, other.parts[0].facts, theirs)
                if seen.share >= 0.5:
                    source.name = source.parts[0].facts.table.name
                    source.off = (
                        f"it holds the money of the same orders as {other.shown}, which would count twice; "
                        "if it is the better figure, swap the two"
                    )


def _panel(facts: Facts, verdict: Verdict, taken: set[str]) -> SourceProposal:
    name = facts.table.name
    name = free_name(f"{name}_periods" if name in MODEL_NAMES else name, taken)
    taken.add(name)
    part = part_of(facts, "unit_periods")
    off = (two_ways(facts) or f"it lacks {part.impossible}") if part.impossible else ""
    return SourceProposal(name, "unit_periods", [part], verdict.why, about_of(facts), off=off)


def _united(intake: Intake, role: str, sources: list[SourceProposal]) -> SourceProposal:
    """Tables of the same events as one source; the numbers of their rows told apart where they meet."""
    first = sources[0]
    parts = [s.parts[0] for s in sources]
    own = f"{OWN_KEY[role]}_id"
    numbered = [p for p in parts if own in p.mapped]
    meet = any(
        measure_overlap(intake, a.facts, a.mapped[own].theirs, b.facts, b.mapped[own].theirs).matched
        for i, a in enumerate(numbered)
        for b in numbered[i + 1 :]
    )
    if meet:
        for part in numbered:
            part.own_key = part.own_key or "meets"
    names = " and ".join(p.facts.table.shown for p in parts)
    united = SourceProposal(role, role, parts, first.why, notes=[f"put one below the other: {names}"])
    if role == "interactions" and any("ended_at" in p.mapped for p in parts):
        _end_at_once(united)
    if role == "feedback":
        united.notes.append("the column survey says from which file an answer is")
    return united


def _end_at_once(source: SourceProposal) -> None:
    """Where some tables tell no end, theirs is the begin: so no time until the end is counted for any."""
    endless = [p for p in source.parts if "ended_at" not in p.mapped and "started_at" in p.mapped]
    for part in endless:
        part.columns.append(replace(part.mapped["started_at"], ours="ended_at", why=NO_END))
    for part in source.parts if endless else []:
        counted = [m for m in part.metrics if m.span and "ended_at" in m.span]
        part.metrics = [m for m in part.metrics if m not in counted]
        source.notes += [
            f"No {m.label[:1].lower()}{m.label[1:]} is counted: {endless[0].facts.table.shown} tells no end."
            for m in counted
        ]


def _best_first(sources: list[SourceProposal], refs: Sequence[Reference]) -> list[SourceProposal]:
    """The register the other files speak of; the others are written down, and asked about."""

    def spoken_of(source: SourceProposal) -> tuple[int, int]:
        facts = source.parts[0].facts
        met = sum(max(r.overlap.matched, r.overlap.stripped) for r in refs if r.register is facts)
        return met, facts.table.rows

    best, *others = sorted(sources, key=spoken_of, reverse=True)
    role = best.role
    for other in others:
        other.name = free_name(other.parts[0].facts.table.name, set(ROLES))
        other.off = (
            f"{best.shown} was taken for {role}, and only one source can be; is {other.shown} the better one? "
            f"Then swap the two, or join them in a select"
        )
    best.doubts.append(f"{', '.join(o.shown for o in others)} could be the {role} too")
    return [best, *others]


def _derived(sources: list[SourceProposal]) -> list[SourceProposal]:
    """What a file holds beside its own role: the answers, contacts or money of its rows, where no file is of these."""
    present = {s.role for s in sources if not s.off}
    made: list[SourceProposal] = []
    for source in [s for s in sources if s.role in SHARED and not s.off]:
        for place, role in product(range(len(source.parts)), SHARED):
            part = source.parts[place]
            if role in present or role == source.role or part.own_key == "meets":
                continue
            columns = {m.theirs for m in part.metrics if m.family == SHARED[role] and m.sure}
            arrived = role == "interactions" and any(names_a_delivery(d.name) for d in part.facts.dates)
            if (columns or arrived) and (role != "transactions" or "customer" in part.facts.keys):
                second = _second_role(source, place, role, columns)
                if second:
                    made.append(second)
                    present.add(role)
    return made


def _units_named(sources: list[SourceProposal]) -> list[SourceProposal]:
    """The units that rows of another source name, where no file lists them: so that units can be compared at all."""
    live = [p for s in sources if not s.off for p in s.parts if "unit_id" in p.mapped]
    if any(s.role in ("units", "unit_periods") for s in sources) or not live:
        return []
    part = min(live, key=lambda p: (-_named(p), p.facts.table.rows))
    column, count = part.mapped["unit_id"], _named(part)
    if not FEWEST_UNITS <= count <= part.facts.table.rows / 2:
        return []
    why = (f"{count} units are named in {column.theirs!r}, and no file lists them",)
    return [SourceProposal("units", "units", [Part(part.facts, "units", [column])], why, doubled="first")]


def _named(part: Part) -> int:
    """How many units a part names: a file of complaints may lack those about which nobody complains."""
    return part.facts.columns[part.mapped["unit_id"].theirs].distinct


def _second_role(source: SourceProposal, place: int, role: str, columns: set[str]) -> SourceProposal | None:
    part = source.parts[place]
    own = part.mapped.get(f"{OWN_KEY[source.role]}_id")
    keys = dict(part.facts.keys)
    if own and own.theirs in part.facts.unique:
        keys[OWN_KEY[role]] = own.theirs
        if "interactions" in (role, source.role):
            keys["interaction"] = own.theirs
    facts = replace(part.facts, keys=keys)
    twin = part_of(facts, role)
    if twin.impossible:
        return None
    waited = [m for m in twin.metrics if role == "interactions" and (m.span or m.measure == "delay")]
    twin.metrics = [m for m in twin.metrics if m.theirs in columns or m in waited]
    if not twin.metrics:
        return None
    twin.columns = [m for m in twin.columns if not m.attribute]
    twin.left = []
    ended = [m for m in part.columns if m.ours == "ended_at" and m.why == NO_END]
    source.parts[place] = without_metrics(part_of(facts, source.role), columns)
    source.parts[place].columns += ended
    held = sorted(columns) or [m.label.lower() for m in waited]
    why = (f"the same rows hold {', '.join(held)}",)
    return SourceProposal(role, role, [twin], why, only_answered=role == "feedback")


def _note_second(source: SourceProposal, verdicts: dict[int, Verdict], tables: Sequence[Facts]) -> None:
    for place, verdict in verdicts.items():
        mine = any(part.facts.table.view == tables[place].table.view for part in source.parts)
        if mine and verdict.second and verdict.role == source.role:
            source.doubts.append(f"it could be {verdict.second} as well; if so, change its role")
    for part in source.parts:
        source.doubts += part.doubts
        table = part.facts.table
        if table.broken:
            source.doubts.append(f"{table.shown}: {_lines(table.broken)} no record and left out")
        if table.doubled:
            source.doubts.append(f"two columns are called {table.doubled[0]!r}: neither is used")
        if table.rows < 30:
            source.doubts.append(
                f"only {table.rows} rows: too few to tell what a column holds, or to link anything"
            )
        if not part.facts.looks.signs.sure:
            source.doubts.append(
                f"numbers: {part.facts.looks.signs.why}; the other way they are a thousand times off"
            )
        for mapped in part.columns:
            look = part.look(mapped)
            if look and look.dates and look.dates.swapped and look.is_date:
                source.doubts.append(
                    f"{look.name}: no date has a day after the 12th, so day and month could be swapped; "
                    f"{look.dates.formats[0]} was taken, the other is {look.dates.swapped}"
                )


def _lines(count: int) -> str:
    return "1 line is" if count == 1 else f"{count:,} lines are"
