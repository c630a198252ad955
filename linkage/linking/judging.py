"""One link's rows become its card: fits, checks, level, verdict and the sentence that may be said."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage import checks as battery
from linkage.cards.all_parts import Parts, look_closer
from linkage.cards.card import NUMBERS, LinkCard, column_of, label_of
from linkage.catalogue import LinkageColumn
from linkage.checks import Check
from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.grains import cluster_of
from linkage.ladder import Evidence, counted_as, evidence_of, verdict_of
from linkage.linking.clock import AFTER, Clock
from linkage.linking.fitting import LinkFits, fit_link
from linkage.linking.link_checks import (
    complete_check,
    driver_checks,
    held_fixed,
    largest_vif,
    of_driver,
    records_check,
)
from linkage.linking.link_estimates import estimates_of, quartiles_of
from linkage.linking.link_rows import each_once, unnamed_rows
from linkage.linking.surroundings import Surroundings
from linkage.nouns import cluster_noun, row_noun
from linkage.refuting.power import judge_other_drivers
from linkage.rungs.result import Orders
from linkage.sentences import link_sentence, over_time
from linkage.study_file.declaration import ChangeBetween, LinkSpec

if TYPE_CHECKING:
    from linkage.regression import LinearFit


def card_of(
    rows: pd.DataFrame,
    spec: LinkSpec,
    *,
    columns: dict[str, LinkageColumn],
    clock: Clock,
    span: str = "",
    opens: dict[str, pd.Timestamp] | None = None,
    confidence: float = 0.95,
    exploratory: bool = False,
    rows_sql: str = "",
    around: Surroundings | None = None,
) -> LinkCard:
    """Fit a link on its rows and let the battery judge it. Without rows enough it says so and judges nothing.

    around : what the study knows besides the rows. opens : by period of the drivers, in order, the day the outcome's
    window opens; rows with `answered_at` have their own. span : the periods asked for, said where no row was used.
    """
    around = around or Surroundings(orders=Orders(levels=clock.order, changes=clock.order))
    cluster = spec.cluster if exploratory else cluster_of(spec)
    records = records_check(rows, spec, opens)
    if records.verdict == battery.FAIL:
        return _refused_card(rows, spec, columns, clock, span, records, confidence)
    try:
        fits = fit_link(rows, spec, cluster=cluster, confidence=confidence)
    except (TooFewRowsError, FitError, LinkError, TableError) as error:
        if exploratory and isinstance(error, TableError):
            raise
        reason = _nothing_there(rows, spec) or str(error)
        return empty_card(spec, columns, clock, span, reason, n_dropped=len(rows), confidence=confidence)
    spec, fit, sample = fits.spec, fits.fit, fits.sample
    used = sample.table
    estimates = estimates_of(fit, fits.raw, spec, confidence, quartiles_of(used, spec.drivers))
    made = _checks_of_fit(rows, fits, estimates, clock, records, cluster)
    parts = look_closer(
        sample, rows, spec, around, estimates=estimates, columns=columns, robust=fit.errors != "iid"
    )
    made += [*parts.checks, *judge_other_drivers(sample, estimates)]
    return finished_card(
        spec, fit, estimates, made, columns=columns, clock=clock,
        span=_span_used(used, spec, tuple(opens or ())) or span,
        exploratory=exploratory, rows_sql=rows_sql, parts=parts, unnamed=unnamed_rows(used, spec),
        once=each_once(used, spec),
        missing={c: int(rows[c].isna().sum()) for c in (spec.outcome, *spec.drivers, *spec.controls) if c in rows},
    )  # fmt: skip


def _checks_of_fit(
    rows: pd.DataFrame,
    fits: LinkFits,
    estimates: pd.DataFrame,
    clock: Clock,
    records: Check,
    cluster: str | None,
) -> list[Check]:
    """What the fit itself says to each check, before anything attacks it."""
    spec, fit = fits.spec, fits.fit
    clusters = fit.clusters if isinstance(fit.clusters, int) else None
    return [
        battery.check_order(clock.order, clock.words),
        records,
        battery.check_leak(fits.alone),
        battery.check_clusters(clusters, spec.cluster or cluster, fits.why, fits.few),
        complete_check(rows, spec, fit.n_used),
        battery.check_collinearity(largest_vif(fits.sample)),
        *driver_checks(fit, estimates, spec),
    ]


def _span_used(used: pd.DataFrame, spec: LinkSpec, periods: tuple[str, ...]) -> str:
    """The periods of the rows that were used: late ones may lack their outcome, a change begins before its row.

    periods : of the study, in order. Empty where the rows tell none, or a change is declared between two.
    """
    if isinstance(spec.change, ChangeBetween) or "period" not in used or used["period"].isna().any():
        return ""
    first, last = str(used["period"].min()), str(used["period"].max())
    if spec.change:
        if first not in periods:
            return ""
        first = periods[max(periods.index(first) - spec.change, 0)]
    return " to ".join(dict.fromkeys([first, last]))


def finished_card(
    spec: LinkSpec,
    fit: LinearFit,
    estimates: pd.DataFrame,
    checks: list[Check],
    *,
    missing: dict[str, int],
    columns: dict[str, LinkageColumn],
    clock: Clock,
    span: str,
    exploratory: bool,
    rows_sql: str = "",
    parts: Parts | None = None,
    unnamed: int = 0,
    once: bool = False,
) -> LinkCard:
    """The card of a fit whose checks are made: its place on the ladder, its verdicts and its sentences."""
    clusters = fit.clusters if isinstance(fit.clusters, int) else None
    evidence = evidence_of(
        controlled=bool(held_fixed(spec)),
        clustered=clusters is not None,
        order=clock.order,
        checks=checks,
        ladder=parts.ladder if parts else None,
    )
    card = LinkCard(
        spec=spec,
        estimates=estimates,
        n_used=fit.n_used,
        n_dropped=fit.n_dropped,
        clusters=clusters,
        method=fit.method,
        errors=fit.errors,
        r_squared=fit.r_squared,
        confidence=fit.confidence,
        evidence=evidence,
        clock=clock,
        battery=tuple(checks),
        missing=missing,
        span=span,
        columns=columns,
        exploratory=exploratory,
        rows_sql=rows_sql,
        parts=parts,
        unnamed=unnamed,
        each_once=once,
    )
    return judge(card, np.full(len(estimates), np.nan))


def _nothing_there(rows: pd.DataFrame, spec: LinkSpec) -> str:
    """Which of the columns asked for are empty, or why there is no row at all; nothing where neither is so."""
    if rows.empty:
        met = " and ".join(f"{column} is {value}" for column, value in spec.where.items())
        return f"No row where {met}." if met else "The table has no row yet."
    empty = [c for c in (spec.outcome, *spec.drivers, *spec.controls) if c in rows and rows[c].isna().all()]
    if not empty:
        return ""
    open_yet = spec.outcome in empty and spec.outcome.endswith("_after")
    later = (
        " The data may end before the days after the answers do: take earlier periods." if open_yet else ""
    )
    return f"No value of {', '.join(empty)} in any of the {len(rows):,} rows.{later}"


def judge(card: LinkCard, q_values: np.ndarray) -> LinkCard:
    """Give each driver its q-value, verdict and sentence; add the check of the expected sign."""
    estimates, made = (
        card.estimates.copy(),
        [c for c in card.battery if not c.name.startswith("expected sign")],
    )
    estimates["q_value"] = q_values if battery.FAIL not in {c.verdict for c in made} else math.nan
    verdicts, sentences = [], []
    for row in estimates.to_dict("records"):
        known = None if pd.isna(row["estimate"]) else row["estimate"]
        verdict = verdict_of(estimate=known, p_value=row["p_value"], q_value=row["q_value"], checks=made)
        verdicts.append(verdict)
        sentences.append(sentence_of(card, row, verdict))
        several = len(estimates) > 1
        expected = battery.check_expected(card.spec.expect, known, verdict)
        made.append(replace(expected, name=f"expected sign{of_driver(row)}") if several else expected)
    estimates["verdict"], estimates["sentence"] = verdicts, sentences
    return replace(card, estimates=estimates, battery=tuple(made))


def sentence_of(card: LinkCard, row: dict, verdict: str) -> str:
    """What may be said of one row of a card's estimates: the same numbers always give the same words."""
    driver, outcome = column_of(card, row["driver"]), column_of(card, card.spec.outcome)
    failed = [c.advice for c in card.battery if c.verdict == battery.FAIL]
    category, changes = row.get("category"), card.spec.change is not None
    return link_sentence(
        {
            **row,
            "estimate": None if pd.isna(row["estimate"]) else row["estimate"],
            # A flag that switches is no difference of amounts: its own name says it best.
            "driver_label": label_of(driver, changes and driver.kind != "flag"),
            "outcome_label": label_of(outcome, changes and card.level not in ("L4", "L5")),
            "switches": changes,
            "driver_unit": driver.unit,
            "outcome_unit": outcome.unit,
            "horizon": outcome.horizon,
            "is_flag": driver.kind == "flag",
            "category": None if category is None or pd.isna(category) else category,
            "n": card.n_used,
            "clusters": card.clusters,
            "cluster": cluster_of(card.spec),
            "cluster_noun": cluster_noun(cluster_of(card.spec), card.columns),
            "unnamed": card.unnamed,
            "level": card.level,
            # An estimate of the same time is followed by nothing, whatever a later comparison showed.
            "verb_level": "L2" if earned_later(card) else card.level,
            "earned": earned_by(card, row),
            "verdict": verdict,
            "counted": counted_as({**row, "verdict": verdict}, card.battery),
            "reason": " ".join(failed) or card.reason,
            "shape": shape_words(card, row),
        },
        confidence=card.confidence,
        span=f"{card.span}; {card.clock.words}"
        if card.spec.lag or card.spec.change is not None
        else card.span,
        noun=row_noun(card.spec.grain, card.columns, once=card.each_once),
    )


def earned_later(card: LinkCard) -> bool:
    """Whether a card of the same time has its level from another comparison, in which the outcome came later."""
    return card.level == "L3" and card.clock.order != AFTER


def earned_by(card: LinkCard, row: dict) -> dict | None:
    """The comparison that earned the card's level, where that is another than the declared one: of its first row."""
    first = card.estimates.iloc[0]
    if of_driver(row) != of_driver(first.to_dict()):
        return None
    ladder = card.parts.ladder if card.parts else None
    rung = ladder.rung(card.evidence.rung) if ladder and card.evidence.rung else None
    return None if rung is None else rung.to_dict()


def shape_words(card: LinkCard, row: dict) -> str:
    """What stands in for one slope where the main driver's link is no straight line; else nothing."""
    shape = card.parts.shape if card.parts else None
    if shape is None or shape.is_straight is not False or row["driver"] != card.spec.drivers[0]:
        return ""
    from linkage.cards.parts import shape_sentence

    pair = [column_of(card, name) for name in (row["driver"], card.spec.outcome)]
    labels = tuple(over_time(label_of(c, card.spec.change is not None), c.horizon) for c in pair)
    words = shape_sentence(shape, labels, tuple(column.unit for column in pair), level=card.level)
    return words[:1].lower() + words[1:]


def empty_card(
    spec: LinkSpec,
    columns: dict[str, LinkageColumn],
    clock: Clock,
    span: str,
    reason: str,
    *,
    n_dropped: int = 0,
    checks: tuple[Check, ...] = (),
    confidence: float = 0.95,
) -> LinkCard:
    """A card without estimates: what could not be computed is said, never guessed."""
    estimates = pd.DataFrame(
        [{"driver": d, "category": None, **dict.fromkeys(NUMBERS, math.nan)} for d in spec.drivers]
    )
    card = LinkCard(
        spec, estimates, 0, n_dropped, None, "none", "none", math.nan, confidence,
        Evidence("L1", "nothing was estimated", reason), clock, checks, {}, span, columns, reason,
    )  # fmt: skip
    return judge(card, np.full(len(estimates), math.nan))


def _refused_card(rows, spec, columns, clock, span, records: Check, confidence: float) -> LinkCard:
    return empty_card(
        spec, columns, clock, span, records.advice, n_dropped=len(rows), checks=(records,), confidence=confidence,
    )  # fmt: skip
