"""Questions answered: every declared link of a study as one family, or one that an analyst asks of a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from linkage.cards.card import LinkCard
from linkage.cards.card_set import CardSet
from linkage.catalogue import LinkageColumn, missing_roles
from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.fetching import fetch_rows
from linkage.grains import grain_by_key
from linkage.ladder import UNSAFE
from linkage.limits.foreseen import ROWS_A_TERM
from linkage.linking.clock import AFTER, SAME, Clock, clock_of
from linkage.linking.judging import card_of, empty_card, judge
from linkage.linking.large import is_large, large_card
from linkage.linking.link_rows import link_rows_sql, those_there
from linkage.linking.surroundings import Lookout
from linkage.memory import kept
from linkage.rows import (
    are_numbers_as_text,
    as_names,
    cast_to_write,
    holds_text,
    require_columns,
)
from linkage.sentences import NOUNS
from linkage.study_file.declaration import ChangeBetween, LinkSpec

if TYPE_CHECKING:
    from linkage.opening import OpenStudy


def answer_family(study: OpenStudy, through: str) -> CardSet:
    """Answer every declared link and control false discoveries over all of them (Benjamini and Hochberg 1995)."""
    from linkage.linking.multiplicity import adjust_p_values

    lookout = Lookout(study, through)
    cards = [declared_card(study, name, through, lookout) for name in study.study.links]
    p_values = np.concatenate([_family_p_values(c) for c in cards] or [np.array([])])
    q_values = adjust_p_values(p_values) if np.isfinite(p_values).any() else p_values
    judged, start = [], 0
    for card in cards:
        stop = start + len(card.estimates)
        judged.append(judge(card, np.asarray(q_values)[start:stop]))
        start = stop
    return CardSet(tuple(judged), int(np.isfinite(p_values).sum()))


@kept
def declared_card(study: OpenStudy, name: str, through: str, lookout: Lookout) -> LinkCard:
    """One declared link's own card, not yet judged among its family: what the links share out among processes."""
    return answer_link(study, study.study.links[name], through, lookout)


def _family_p_values(card: LinkCard) -> np.ndarray:
    """A card's p-values as the family counts them.

    An estimate that may not be used was asked, and found nothing: its own small p-value, which a leak always
    has, would make room for false discoveries among the others.
    """
    p_values = card.estimates["p_value"].to_numpy(dtype=float)
    return np.where(np.isfinite(p_values), 1.0, np.nan) if card.verdict == UNSAFE else p_values


def answer_link(study: OpenStudy, spec: LinkSpec, through: str, lookout: Lookout | None = None) -> LinkCard:
    """Answer one declared link from a study's linkage table; never raises for what the data lack.

    lookout : of the family it belongs to, so that what several links need is fetched once.
    """
    columns = study.study.columns[spec.grain]
    lacking = missing_roles(study.study, spec.grain)
    clock = clock_of(study.study, spec)
    span = _span_of(study, spec, through)
    if lacking:
        return empty_card(spec, columns, clock, span, f"This study has no source of {' and '.join(lacking)}.")
    asked = (spec.outcome, *spec.drivers, *spec.controls)
    there = those_there(study, spec, asked)
    absent = [c for c in asked if c not in there]
    if absent:
        return empty_card(spec, columns, clock, span, f"The sources hold no column for {', '.join(absent)}.")
    later = _later_than(study, spec, through)
    if later:
        return empty_card(spec, columns, clock, span, later)
    if not study.periods:
        return empty_card(spec, columns, clock, span or "no period", _NO_DATES)
    sql = link_rows_sql(study, spec, through)
    rows = fetch_rows(study.connection.sql(sql))
    opens = _outcome_opens(study, spec)
    return card_of(
        rows, spec, columns=columns, clock=clock, span=span, opens=opens, rows_sql=sql,
        around=(lookout or Lookout(study, through)).around(spec) if len(rows) else None,
    )  # fmt: skip


def _span_of(study: OpenStudy, spec: LinkSpec, through: str) -> str:
    """The periods of the drivers: from the first of the data, or those a change is declared between."""
    if isinstance(spec.change, ChangeBetween):
        return f"{spec.change.drivers[0]} to {spec.change.drivers[1]}"
    return " to ".join(dict.fromkeys([*study.periods[:1], through]))


def _later_than(study: OpenStudy, spec: LinkSpec, through: str) -> str:
    """Why a change between named periods cannot be told yet in a report that ends before them; else nothing."""
    if not isinstance(spec.change, ChangeBetween):
        return ""
    last = study.study.period(spec.change.drivers[1])
    known = study.study.period(through)
    return f"Its drivers change up to {last}, after {known}, where this report ends." if known < last else ""


_NO_DATES = (
    "No dated row: every linkage table is of answers, contacts, purchases or periods of units, and the sources hold "
    "none of them."
)


def _outcome_opens(study: OpenStudy, spec: LinkSpec) -> dict[str, pd.Timestamp]:
    """The day the outcome's window opens, for drivers of each period."""
    opens = {p: study.study.period(p) for p in study.periods}
    if isinstance(spec.change, ChangeBetween):
        opens = dict.fromkeys(opens, study.study.period(spec.change.outcome[0]))
    else:
        opens = {p: first.shift(spec.lag - (spec.change or 0)) for p, first in opens.items()}
    return {p: pd.Timestamp(first.start) for p, first in opens.items()}


def link(
    formula: str,
    table: pd.DataFrame,
    *,
    cluster: str | None = None,
    drivers: Sequence[str] | None = None,
    question: str | None = None,
    grain: str | None = None,
    expect: str = "either",
    order: str | None = None,
    confidence: float = 0.95,
) -> LinkCard:
    """Ask a question of a linkage table: an exploratory card, outside the declared family.

    formula : "outcome ~ driver + control + control"; the first term is the driver unless `drivers` names others.
    table : a DataFrame, or a DuckDB relation; a large relation is fitted where it lies, never held in memory.
    cluster : the column whose rows belong together, such as customer_id.
    grain : what a row is; by default what the study said, else read off the first key (`response_id`: an answer).
    order : "after" where you know the outcome's window opens after the drivers' closed, else "same time"; by
        default read off the columns' names (`spend_after` follows the answer).

    Raises LinkError for a question that cannot be read or answered, TableError for a column that is missing or
    cannot be used.
    """
    outcome, named = _parse(formula)
    if cluster is not None and not isinstance(cluster, str):
        raise LinkError(f"cluster names one column whose rows belong together; not {cluster!r}.")
    sql = table.sql_query() if hasattr(table, "sql_query") else ""
    if hasattr(table, "df") and is_large(table):
        top = _as_frame(table.limit(1000))
    else:
        top = table = _with_plain_periods(_as_frame(table))
    asked = as_names(drivers or named[:1])
    require_columns(top, [outcome, *named, *asked, *([cluster] if cluster else [])])
    _refuse_unusable_text(top, asked)
    spec = _asked(outcome, asked, named, cluster=cluster, expect=expect, question=question,
                  grain=grain or top.attrs.get("grain") or grain_by_key(top.columns))  # fmt: skip
    follows = outcome.endswith("_after") and not any(d.endswith("_after") for d in asked)
    clock = _one_of("order", order or (AFTER if follows else SAME), (AFTER, SAME))
    known, timed = _known_columns(top), Clock(clock, f"{clock}, as asked")
    if top is not table:
        try:
            return large_card(table, spec, columns=known, clock=timed, confidence=confidence)
        except (TooFewRowsError, FitError, TableError) as error:  # as of a table in memory
            raise LinkError(str(error)) from error
    card = card_of(
        table, spec, columns=known, clock=timed, span=_span(table), confidence=confidence, exploratory=True,
        rows_sql=sql,
    )  # fmt: skip
    if not card.n_used:
        raise LinkError(card.reason)
    return card


def _refuse_unusable_text(table: pd.DataFrame, drivers: Sequence[str]) -> None:
    """Words as a driver are categories to compare: no comment or key, which has too few rows in each, and no number."""
    known = table.attrs.get("columns", {})
    for driver in drivers:
        values = table[driver].dropna()
        kinds = values.nunique() if holds_text(values) else 0
        is_declared = driver in known and known[driver].kind == "category"
        if kinds and not is_declared and are_numbers_as_text(values):
            raise LinkError(
                f"{driver} holds its numbers as text, for example {values.iloc[0]!r}. {cast_to_write(driver)}; if they "
                "are codes and no amounts, .astype('category') says so."
            )
        if kinds > 2 and len(values) < ROWS_A_TERM * kinds:
            raise LinkError(
                f"{driver} is text with {kinds:,} different values in {len(values):,} rows: no categories to compare. "
                "Sort them into a few topics first, or take another driver."
            )


def _as_frame(table: object) -> pd.DataFrame:
    if hasattr(table, "df"):
        table = table.df()
    if not isinstance(table, pd.DataFrame):
        raise TableError(f"A question needs a table of pandas or DuckDB, not {type(table).__name__}.")
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise TableError(f"Two columns of the table are called {twice[0]!r}. Rename one.")
    return table


def _asked(
    outcome: str,
    drivers: tuple[str, ...],
    named: tuple[str, ...],
    *,
    grain: str,
    expect: str,
    **rest: str | None,
) -> LinkSpec:
    """The question as a link. Its columns may have any name: study.yml's rules for names are for SQL."""
    if outcome in (*drivers, *named):
        raise LinkError(f"{outcome} is outcome and driver of the same question. Leave it out on the right.")
    if rest["cluster"] in (outcome, *drivers):
        raise LinkError(
            f"{rest['cluster']} is asked about and is the cluster too. Cluster by whose rows belong together, such as "
            "customer_id."
        )
    return LinkSpec.model_construct(
        name="asked",
        question=rest["question"] or f"Does {outcome} go with {', '.join(drivers)}?",
        grain=_one_of("grain", grain, tuple(NOUNS)),
        outcome=outcome,
        drivers=tuple(dict.fromkeys(drivers)),
        controls=tuple(n for n in dict.fromkeys(named) if n not in drivers),
        expect=_one_of("expect", expect, ("positive", "negative", "none", "either")),
        cluster=rest["cluster"],
    )


def _one_of(name: str, given: str, allowed: tuple[str, ...]) -> str:
    if given not in allowed:
        raise LinkError(f"{name}={given!r} is unknown: choose one of {', '.join(allowed)}.")
    return given


def _known_columns(table: pd.DataFrame) -> dict[str, LinkageColumn]:
    """What is known of a table's columns: from the study it came from, else by their names and types."""
    plain = {
        c: LinkageColumn(
            c, str(c).replace("_", " "), unit="unit", kind="flag" if is_bool_dtype(table[c]) else "number"
        )
        for c in table.columns
    }
    return {**plain, **table.attrs.get("columns", {})}


def _with_plain_periods(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its periods as text, days without their clock: moments, categories and mixed labels are told so.

    Numbers and ordered categories stay, which have an order and a name of their own.
    """
    periods = table["period"] if "period" in table else pd.Series(dtype=float)
    is_ordered = isinstance(periods.dtype, pd.CategoricalDtype) and periods.cat.ordered
    if is_ordered or is_numeric_dtype(periods) or periods.dtype.type is str:
        return table
    named = [f"{p:%Y-%m-%d}" if isinstance(p, dt.date) else str(p) for p in periods.astype(object)]
    return table.assign(period=pd.Series(named, index=table.index).where(periods.notna()))


def _span(table: pd.DataFrame) -> str:
    if "period" not in table or table["period"].isna().all():
        return "all rows"
    first, last = table["period"].dropna().min(), table["period"].dropna().max()
    return str(first) if first == last else f"{first} to {last}"


def _parse(formula: str) -> tuple[str, tuple[str, ...]]:
    parts = [p.strip() for p in str(formula).split("~")]
    terms = tuple(t.strip() for t in parts[1].split("+")) if len(parts) == 2 else ()
    if len(parts) != 2 or not parts[0] or not all(t.isidentifier() for t in (parts[0], *terms)):
        raise LinkError(
            f"{formula!r} is not a question: write 'outcome ~ driver + control'. For interactions and curves use "
            "linkage.regression.fit_linear."
        )
    return parts[0], terms
