"""What is left to settle once sources are known: names used once, lost zeros, selects, and what to ask about keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from linkage.proposing.addresses import EMAIL
from linkage.proposing.facts import Facts
from linkage.proposing.files import Found
from linkage.proposing.intake import Intake
from linkage.proposing.lines import settle_lines
from linkage.proposing.measured import MetricGuess
from linkage.proposing.names import free_name, identifier
from linkage.proposing.overlap import Reference
from linkage.proposing.parts import ENTITY_OF, Mapped, Part
from linkage.proposing.places import needs_copy
from linkage.proposing.proposal import SourceProposal
from linkage.proposing.roles import OWN_KEY
from linkage.proposing.selects import needs_grouping, select_reasons, write_select
from linkage.proposing.totals import find_totals
from linkage.proposing.waits import BESIDE
from linkage.study_file.declaration import ROLES
from linkage.tables.quoting import name_sql

TAKEN = frozenset(
    {column for role in ROLES.values() for column in role.columns}
    | {
        "answer_count",
        "contact_count",
        "order_count",
        "employee_count",
        "training_count",
        "is_silent",
        "is_lost",
    }
    | {"is_trained", "tenure_months", "position", "period"}
)
"""Columns the linkage tables make themselves."""


def settle_names(sources: Sequence[SourceProposal]) -> None:
    """Give every metric and every attribute of the study a name that nothing else has."""
    taken = set(TAKEN)
    for source in sources:
        metrics: dict[tuple, MetricGuess] = {}
        for part in source.parts:
            part.metrics = [_settled(m, metrics, taken, part) for m in part.metrics]
        source.metrics = list(metrics.values())
        named: dict[str, str] = {}
        for part in source.parts:
            part.columns = [_named(c, named, taken, source.name) for c in part.columns]
        source.columns = list({c.ours: c for part in reversed(source.parts) for c in part.columns}.values())


def _settled(
    metric: MetricGuess, metrics: dict[tuple, MetricGuess], taken: set[str], part: Part
) -> MetricGuess:
    """The same measure on the same scale in two files of a source is one metric; on another scale it is another."""
    key = (metric.name, metric.kind, metric.scale and (metric.scale.low, metric.scale.high))
    if key not in metrics:
        name = free_name(metric.name, taken, other=identifier(part.facts.table.name))
        taken.add(name)
        metrics[key] = replace(metric, name=name)
    return replace(metric, name=metrics[key].name)


def _named(mapped: Mapped, named: dict[str, str], taken: set[str], source: str) -> Mapped:
    if not mapped.attribute or mapped.ours in (EMAIL, *BESIDE):
        return mapped  # these are meant to be called the same wherever they stand
    if mapped.ours not in named:
        named[mapped.ours] = free_name(mapped.ours, taken, other=source)
        taken.add(named[mapped.ours])
    return replace(mapped, ours=named[mapped.ours])


def settle_keys(
    intake: Intake, sources: Sequence[SourceProposal], refs: Sequence[Reference], has_identities: bool
) -> list[str]:
    """Pad what lost its zeros, tell doubled keys apart, and say where two files know nobody in common."""
    for source in sources:
        if source.parts[0].own_key and settle_lines(intake, source):
            continue
        for part in source.parts:
            if part.own_key == "doubled":
                _settle_doubled(intake, source, part)
            elif part.own_key == "absent" and f"{OWN_KEY.get(source.role)}_id" not in part.mapped:
                source.notes.append(
                    f"{part.facts.table.shown} numbers its rows nowhere: their order in it numbers them."
                )
    doubts = []
    for ref in refs:
        if ref.pad:
            _pad(sources, *ref.pad, ref)
        elif ref.overlap.share < 0.5 and not (has_identities and ref.entity == "customer"):
            doubts += [] if _side_by_side(sources, ref) else [_not_met(ref)]
    return doubts


def _side_by_side(sources: Sequence[SourceProposal], ref: Reference) -> bool:
    """Whether both tables are parts of one source, which number their own rows and need not meet."""
    views = ({p.facts.table.view for p in s.parts} for s in sources if OWN_KEY.get(s.role) == ref.entity)
    return any({ref.facts.table.view, ref.register.table.view} <= of_one for of_one in views)


def _not_met(ref: Reference) -> str:
    seen, here = ref.overlap, f"{ref.facts.table.shown}, {ref.column}"
    if seen.matched == 0:
        remedy = (
            "Then add a file that says which is which (role identities: alias_id, customer_id)"
            if ref.entity == "customer"
            else "Then name the column of the one in the other, or they will not be joined"
        )
        return (
            f"{here}: none of {seen.keys:,} keys is found in {ref.register.table.shown}, {ref.key}. Two systems that "
            f"number the {ref.entity}s differently? {remedy}"
        )
    return f"{here}: only {ref.says}; the other rows will join nothing"


def _settle_doubled(intake: Intake, source: SourceProposal, part: Part) -> None:
    table = part.facts.table
    own = part.mapped[f"{OWN_KEY[source.role]}_id"].theirs
    columns = ", ".join(map(name_sql, table.columns))
    counted = (
        f"select count(*), count(distinct {name_sql(own)}) from (select distinct {columns} from {table.view})"
    )
    whole, keys = intake.rows(counted)[0]
    empty = intake.rows(f"select count(*) from {table.view} where coalesce({name_sql(own)}, '') = ''")[0][0]
    extra = table.rows - keys - empty
    if extra <= 0:
        part.own_key = ""
        source.doubts.append(f"{empty:,} of {table.rows:,} rows have no {own!r} and are rejected")
        return
    if whole - min(empty, 1) == keys:
        source.doubled, part.own_key = "first", ""
        source.doubts.append(
            f"{table.rows - whole:,} rows stand twice, the same in every column: one of each is kept"
        )
    elif source.role in ("customers", "employees", "units", "identities"):
        source.doubled, part.own_key = "first", ""
        said = f"{extra:,} rows share their {own!r} with another that says something else"
        source.doubts.append(f"{said}: the first of each is kept. Which is right?")
    elif source.role == "interactions":
        source.doubled, part.own_key = "last", ""
        source.doubts.append(
            f"{extra:,} rows share their {own!r} with another: reopened? The last of each is kept"
        )
    else:
        source.doubts.append(
            f"{extra:,} rows share their {own!r} with another: -2, -3 and so on is put behind it"
        )


def _pad(sources: Sequence[SourceProposal], facts: Facts, column: str, width: int, ref: Reference) -> None:
    for source in sources:
        for part in source.parts:
            if part.facts.table.view != facts.table.view:
                continue
            for mapped in part.columns:
                if mapped.theirs == column and mapped.ours in ENTITY_OF:
                    source.pad[mapped.ours] = width
                    source.doubts.append(f"{column} lost its leading zeros: {ref.says}")


def settle_selects(intake: Intake, sources: Sequence[SourceProposal]) -> None:
    """Group what has several rows a unit and period, and write the select of every source that needs one."""
    siblings = frozenset(f.shown for s in sources for p in s.parts for f in p.facts.table.found)
    for source in sources:
        source.siblings = siblings
        if source.off:
            continue
        find_totals(intake, source)
        if needs_grouping(intake, source):
            _group(source)
        if select_reasons(source):
            for found in (
                f for p in source.parts for f in p.facts.table.read_from if needs_copy(intake, source, f)
            ):
                source.copies[found] = _copy_name(found)
                source.notes.append(_copy_note(found, source.copies[found]))
            if any(f.period for p in source.parts for f in p.facts.table.found):
                source.notes.append("Each new file or sheet needs a line of its own in the select.")
            source.select = write_select(source)


def _group(source: SourceProposal) -> None:
    """Several rows a unit and period become one: means, and sums of money and of what is counted."""
    source.grouped = True
    part = source.parts[0]
    part.metrics = source.metrics = [
        replace(m, kind="number") if m.kind != "percent" else m for m in source.metrics
    ]
    kinds = [c.theirs for c in part.columns if c.attribute]
    if kinds:
        source.doubts.append(
            f"rows of one unit and {source.kind} differ in {', '.join(kinds)}: should they be mixed?"
        )
    kept = [
        replace(c, ours="period") if c.ours == "period_on" else c for c in part.columns if not c.attribute
    ]
    part.columns = source.columns = [c for c in kept if c.ours in ("unit_id", "period")]
    source.notes.append(
        f"{part.facts.table.shown} has several rows a unit and {source.kind}: "
        "amounts and counts are summed, the rest averaged."
    )


def _copy_name(found: Found) -> str:
    """The name of the text a sheet, or a file in another encoding, is written out as."""
    stem = (
        found.shown.rsplit(".", 1)[0]
        if found.kind == "workbook"
        else found.shown.removesuffix(".gz").rsplit(".", 1)[0]
    )
    return f"{stem}-{identifier(found.sheet)}.csv" if found.sheet else f"{stem}-plain.csv"


def _copy_note(found: Found, copied: str) -> str:
    whole = f"the table of {found.path.name}"
    what = f"sheet {found.sheet!r} of {found.path.name}" if found.sheet else whole
    return f"{copied} is {what} as text, which a select can read: write it out again when that changes."
