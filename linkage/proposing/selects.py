"""The select of a source that a mapping cannot describe, as a file of the study."""

from __future__ import annotations

from linkage.proposing.expressions import (
    day_period_sql,
    moment_sql,
    number_sql,
    own_period_sql,
    plain_date_sql,
    special_sql,
    value_sql,
)
from linkage.proposing.facts import is_unique_together
from linkage.proposing.intake import Intake
from linkage.proposing.longform import long_of
from linkage.proposing.measured import MetricGuess, adds_up
from linkage.proposing.parts import Mapped, Part
from linkage.proposing.places import origins, place_sql
from linkage.proposing.proposal import SourceProposal
from linkage.proposing.roles import OWN_KEY
from linkage.study_file.declaration import ROLES
from linkage.tables.quoting import name_sql, text_sql


def select_reasons(source: SourceProposal) -> list[str]:
    """Why a mapping in study.yml cannot say what the source's rows are; empty where it can."""
    table = source.parts[0].facts.table
    special = [m.theirs or m.ours for m in source.columns if m.sql]
    special += [m.theirs for m in source.metrics if m.sure and m.sql]
    said = {
        "several files of unlike columns become one": len(source.parts) > 1,
        "the table is turned": table.select is not None and not table.beside and long_of(source) is None,
        "it takes columns of another table": bool(table.beside),
        "its rows get a number": any(p.own_key for p in source.parts),
        "only rows with an answer count": source.only_answered,
        "several rows become one": source.grouped,
        "a figure is computed": any(m.made for m in source.metrics),
        f"rewritten: {', '.join(special)}": bool(special),
        "lines stand above the header": any(f.above for f in table.found),
        "the period is the name of the sheet or file": any(f.period for f in table.found),
        "several sheets become one": table.first.kind == "workbook" and len(table.found) > 1,
        "day and month stand in two orders": orders_clash(source),
    }
    return [words for words, is_so in said.items() if is_so]


def orders_clash(source: SourceProposal) -> bool:
    """Whether one date column has the day first and another the month: a list of formats would take the wrong one."""
    formats = {
        f[:2] for look in _dated(source) for f in look.dates.formats if "%b" not in f and "%B" not in f
    }
    return {"%d", "%m"} <= formats


def _dated(source: SourceProposal) -> list:
    looks = [part.look(m) for part in source.parts for m in part.columns]
    return [look for look in looks if look and look.dates]


def needs_grouping(intake: Intake, source: SourceProposal) -> bool:
    """Whether units have several rows a period, so that these must be brought together."""
    part = source.parts[0]
    unit, period, day = (part.mapped.get(c) for c in ("unit_id", "period", "period_on"))
    if source.role != "unit_periods" or unit is None:
        return False
    view = part.facts.table.view
    if period is not None:
        look = part.look(period)
        same = look is None or look.spelling is None or look.spelling.kind == source.kind
        return not (same and is_unique_together(intake, part.facts.table, [unit.theirs, period.theirs]))
    if day is None:
        return False
    in_period = day_period_sql(moment_sql(part.facts.columns[day.theirs]), source.kind)
    rows = intake.rows(
        f"select count(*) from (select distinct {name_sql(unit.theirs)}, {in_period} from {view})"
    )
    return rows[0][0] < part.facts.table.rows


def write_select(source: SourceProposal) -> str:
    """The whole .sql file: what it reads, how, and one line a column."""
    known = list(ROLES[source.role].columns)
    order = {ours: i for i, ours in enumerate(known)}
    names = sorted(dict.fromkeys(m.ours for m in source.columns), key=lambda n: order.get(n, 99))
    names += [m.name for m in source.metrics if m.sure and not m.is_made]
    if source.role == "feedback" and len(source.parts) > 1 and "survey" not in names:
        names.append("survey")
    bodies = [_body(source, part, names, number) for number, part in enumerate(source.parts)]
    ctes = ",\n\n".join(cte for body in bodies for cte in body[0])
    selects = "\n\nunion all\n\n".join(body[1] for body in bodies)
    grain = [g for g in ROLES[source.role].grain if g in names or g == f"{OWN_KEY.get(source.role)}_id"]
    if "period_on" in names and "period" not in names and not source.grouped:
        grain.append("period_on")
    if len(bodies) > 1:
        ctes += f",\n\ntogether as (\n{_indent(selects)}\n)"
        listed = ",\n    ".join(dict.fromkeys([*grain, *names]))
        selects = f"select\n    {listed}\nfrom together"
    return f"{_header(source, grain)}\nwith {ctes}\n\n{selects}\norder by {', '.join(grain)}\n"


def _header(source: SourceProposal, grain: list[str]) -> str:
    files = dict.fromkeys(
        source.copies.get(f, f.shown) for part in source.parts for f in part.facts.table.read_from
    )
    lines = [
        f"{source.name}: from {source.shown}.",
        f"grain: {', '.join(grain)}",
        f"reads: {', '.join(files)}",
        "",
    ]
    lines += [f"A select, because: {'; '.join(select_reasons(source))}.", *source.notes]
    return "".join(f"-- {line}".rstrip() + "\n" for line in lines)


def _body(source: SourceProposal, part: Part, names: list[str], number: int) -> tuple[list[str], str]:
    """The common table expressions of a part, and its select."""
    mark = f"_{number + 1}" if len(source.parts) > 1 else ""
    table = part.facts.table
    origin = f"origin{mark}"
    reading = f"\n{_indent('union all')}\n".join(
        _indent(f"select *{period}\nfrom {place}") for place, period in origins(source, table.found)
    )
    ctes = [f"{origin} as (\n{reading}\n)"]
    ctes += [
        f"{name} as (\n{_indent(f'select *{chr(10)}from {place_sql(source, other.found)}')}\n)"
        for name, other in table.beside
    ]
    if table.select:
        turned = table.select.replace("origin", origin) if mark else table.select
        ctes.append(f"turned{mark} as (\n{_indent(turned)}\n)")
        origin = f"turned{mark}"
    lines = [f"{_column(source, part, name)} as {name}" for name in _own_first(source, part, names)]
    listed = ",\n    ".join(lines)
    rest = _rest(source, part)
    return ctes, f"select\n    {listed}\nfrom {origin}{rest}"


def _own_first(source: SourceProposal, part: Part, names: list[str]) -> list[str]:
    own = f"{OWN_KEY.get(source.role)}_id"
    return list(dict.fromkeys([own, *names])) if part.own_key or own in names else names


def _rest(source: SourceProposal, part: Part) -> str:
    """What stands behind the table: which rows count, one row a key, one row a unit and period."""
    if source.by:
        return f"\nwhere {name_sql(source.by)} <> ''\ngroup by all"
    if source.grouped:
        return "\ngroup by all"
    if source.only_answered:
        answered = " or ".join(_is_answered(part, m) for m in part.metrics if not m.is_made)
        return f"\nwhere {answered}"
    return ""


def _is_answered(part: Part, metric: MetricGuess) -> str:
    nothing = ["", *part.facts.columns[metric.theirs].missing]
    return f"{name_sql(metric.theirs)} not in ({', '.join(map(text_sql, nothing))})"


def _column(source: SourceProposal, part: Part, ours: str) -> str:
    """The expression of one of our columns in one part."""
    if ours == f"{OWN_KEY.get(source.role)}_id" and part.own_key:
        return _own_key(part, ours)
    mapped = part.mapped.get(ours)
    if mapped:
        return _mapped_sql(source, part, mapped)
    metric = next((m for m in part.metrics if m.name == ours), None)
    if metric:
        return _metric_sql(source, part, metric)
    return text_sql(part.facts.table.name) if ours == "survey" else "null"


def _mapped_sql(source: SourceProposal, part: Part, mapped: Mapped) -> str:
    look = part.look(mapped)
    if mapped.ours == "period" and source.role == "unit_periods":
        return _period(source, part)
    if source.by and mapped.theirs != source.by:
        text = plain_date_sql(look, part.facts.looks.signs) if look.is_date else name_sql(mapped.theirs)
        return f"min(nullif({text}, ''))"
    if mapped.sql or look is None:
        return mapped.sql or name_sql(mapped.theirs)
    many = len(source.parts) > 1 or orders_clash(source)
    return plain_date_sql(look, part.facts.looks.signs) if many and look.is_date else name_sql(mapped.theirs)


def _period(source: SourceProposal, part: Part) -> str:
    look = part.facts.columns[part.mapped["period"].theirs]
    if look.kind == "period" and not source.grouped and look.spelling and look.spelling.kind == source.kind:
        return name_sql(look.name)  # staging knows every spelling
    return (
        own_period_sql(look, source.kind)
        if look.kind == "period"
        else day_period_sql(moment_sql(look), source.kind)
    )


def _metric_sql(source: SourceProposal, part: Part, metric: MetricGuess) -> str:
    look, signs = part.facts.columns[metric.theirs], part.facts.looks.signs
    if metric.made:
        return f"round({f'sum({metric.made})' if source.grouped else metric.made}, 4)"
    if source.grouped:
        return f"{'sum' if adds_up(metric) else 'avg'}({value_sql(look, signs)})"
    if len(source.parts) > 1:
        return number_sql(look, signs)
    return special_sql(look, signs) or name_sql(metric.theirs)


def _own_key(part: Part, ours: str) -> str:
    """A key for rows that have none, or none of their own."""
    mapped, stem = part.mapped.get(ours), text_sql(f"{part.facts.table.name}-")
    if mapped is None:
        return f"{stem} || row_number() over ()"
    own = name_sql(mapped.theirs)
    if part.own_key == "meets":
        return f"{stem} || {own}"
    others = ", ".join(name_sql(m.theirs) for m in part.columns if m.theirs and m.theirs != mapped.theirs)
    return f"{own} || coalesce('-' || nullif(row_number() over (partition by {own} order by {others or own}), 1), '')"


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())
