"""A link becomes its card: rows, fits, checks, level, verdict and the sentence that may be said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage import checks as battery
from linkage.card import NUMBERS, CardSet, LinkCard, column_of, label_of
from linkage.catalogue import LinkageColumn, missing_roles
from linkage.checks import Check
from linkage.clock import Clock, clock_of
from linkage.declaration import LinkSpec
from linkage.errors import FitError, LinkError, TooFewRowsError
from linkage.ladder import Evidence, evidence_of, verdict_of
from linkage.link_rows import cluster_of, link_rows
from linkage.sentences import NOUNS, link_sentence

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.regression import LinearFit


def answer_family(study: OpenStudy, through: str) -> CardSet:
    """Answer every declared link and control false discoveries over all of them (Benjamini and Hochberg 1995)."""
    from linkage.multiplicity import adjust_p_values

    cards = [answer_link(study, spec, through) for spec in study.study.links.values()]
    p_values = np.concatenate([c.estimates["p_value"].to_numpy(dtype=float) for c in cards] or [np.array([])])
    q_values = adjust_p_values(p_values) if np.isfinite(p_values).any() else p_values
    judged, start = [], 0
    for card in cards:
        stop = start + len(card.estimates)
        judged.append(_judge(card, np.asarray(q_values)[start:stop]))
        start = stop
    return CardSet(tuple(judged), int(np.isfinite(p_values).sum()))


def answer_link(study: OpenStudy, spec: LinkSpec, through: str) -> LinkCard:
    """Answer one declared link from a study's linkage table; never raises for what the data lack."""
    columns = study.study.columns[spec.grain]
    lacking = missing_roles(study.study, spec.grain)
    clock = clock_of(study.study, spec)
    span = f"{study.periods[0]} to {through}" if study.periods else ""
    if lacking:
        return _empty_card(
            spec, columns, clock, span, f"This study has no source of {' and '.join(lacking)}."
        )
    absent = [c for c in (spec.outcome, *spec.drivers, *spec.controls) if not _has(study, spec, c)]
    if absent:
        return _empty_card(spec, columns, clock, span, f"The sources hold no column for {', '.join(absent)}.")
    rows = link_rows(study, spec, through)
    return card_of(rows, spec, columns=columns, clock=clock, span=span, period_start=_period_starts(study))


def _has(study: OpenStudy, spec: LinkSpec, column: str) -> bool:
    if column == f"{spec.outcome}_now":
        return True
    table = study.connection.table(f"link_{spec.grain}")
    return column in table.columns


def _period_starts(study: OpenStudy) -> dict[str, pd.Timestamp]:
    return {p: pd.Timestamp(study.study.period(p).start) for p in study.periods}


def card_of(
    rows: pd.DataFrame,
    spec: LinkSpec,
    *,
    columns: dict[str, LinkageColumn],
    clock: Clock,
    span: str = "",
    period_start: dict[str, pd.Timestamp] | None = None,
    confidence: float = 0.95,
    exploratory: bool = False,
) -> LinkCard:
    """Fit a link on its rows and let the battery judge it. Without rows enough it says so and judges nothing."""
    from linkage.regression import fit_linear

    cluster = cluster_of(spec) if cluster_of(spec) in rows.columns else None
    records = _records_check(rows, spec, period_start)
    if records.verdict == battery.FAIL:
        return _refused_card(rows, spec, columns, clock, span, records)
    try:
        how = {"cluster": cluster, "confidence": confidence, "weights": spec.weights}
        fit = fit_linear(rows, _formula(spec), drivers=spec.drivers, **how)
        # The same rows as the adjusted fit, so that the two differ by the controls alone.
        used = rows.iloc[fit.rows_kept]
        raw = {d: fit_linear(used, f"{spec.outcome} ~ {d}", **how) for d in spec.drivers}
        alone = _drivers_alone(used, spec, raw)
    except (TooFewRowsError, FitError, LinkError) as error:
        return _empty_card(spec, columns, clock, span, str(error), n_dropped=len(rows))
    terms = [t for d in spec.drivers for t in fit.recipe.terms_of(d)]
    estimates = _estimates(fit, raw, spec, columns, confidence)
    clusters = fit.clusters if isinstance(fit.clusters, int) else None
    made = [
        battery.check_order(clock.order, clock.words),
        records,
        battery.check_leak(alone),
        battery.check_clusters(clusters, cluster),
        _complete_check(rows, spec, fit.n_used),
        battery.check_collinearity(_largest_vif(fit, rows, terms)),
        *_driver_checks(fit, estimates, spec),
    ]
    evidence = evidence_of(
        controlled=bool(_held_fixed(spec)), clustered=clusters is not None, order=clock.order, checks=made
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
        confidence=confidence,
        evidence=evidence,
        clock=clock,
        checks=tuple(made),
        missing={
            c: int(rows[c].isna().sum()) for c in (spec.outcome, *spec.drivers, *spec.controls) if c in rows
        },
        span=span,
        columns=columns,
        exploratory=exploratory,
    )
    return _judge(card, np.full(len(estimates), np.nan))


def _formula(spec: LinkSpec, *, controls: bool = True) -> str:
    return f"{spec.outcome} ~ {' + '.join([*spec.drivers, *(spec.controls if controls else ())])}"


def _drivers_alone(used: pd.DataFrame, spec: LinkSpec, raw: dict[str, LinearFit]) -> float:
    """The share of the outcome's variance that the drivers explain with nothing held fixed."""
    from linkage.regression import fit_linear

    if len(spec.drivers) == 1:
        return raw[spec.drivers[0]].r_squared
    return fit_linear(used, _formula(spec, controls=False), errors="HC1", weights=spec.weights).r_squared


def _estimates(
    fit, raw, spec: LinkSpec, columns: dict[str, LinkageColumn], confidence: float
) -> pd.DataFrame:
    from linkage.power import detectable_effect

    records = []
    for driver in spec.drivers:
        for term in fit.recipe.terms_of(driver):
            row, alone = fit.estimates.loc[term], raw[driver].estimates.loc[term]
            records.append(
                {
                    "driver": driver,
                    "category": None if term == driver else term,
                    **{c: float(row[c]) for c in ("estimate", "std_error", "low", "high", "p_value", "df")},
                    "raw_estimate": float(alone["estimate"]),
                    "raw_low": float(alone["low"]),
                    "raw_high": float(alone["high"]),
                    "detectable": float(
                        detectable_effect(row["std_error"], row["df"], confidence=confidence)
                    ),
                }
            )
    return pd.DataFrame(records)


def _driver_checks(fit, estimates: pd.DataFrame, spec: LinkSpec) -> list[Check]:
    made = []
    for row in estimates.itertuples():
        several = len(estimates) > 1
        name = f" ({row.driver}{'' if pd.isna(row.category) else ' ' + str(row.category)})" if several else ""
        statistic = row.estimate / row.std_error if row.std_error else math.nan
        df = fit.n_used - len(fit.terms)
        # Partial correlation from the t statistic of independent rows would overstate n; it is only a size.
        correlation = (
            statistic / math.sqrt(statistic**2 + df) if df > 0 and math.isfinite(statistic) else None
        )
        raw, adjusted = (row.raw_estimate, row.raw_low, row.raw_high), (row.estimate, row.low, row.high)
        controls = battery.check_controls(raw, adjusted, _held_fixed(spec))
        plausible = battery.check_plausible(correlation)
        made += [replace(controls, name=f"controls{name}"), replace(plausible, name=f"plausible size{name}")]
    return made


def _held_fixed(spec: LinkSpec) -> str:
    """What a link holds fixed: its controls, and with a change everything that does not change."""
    each = {
        "unit_period": "each unit",
        "customer_period": "each customer",
        "employee_period": "each employee",
    }
    own = [f"{each[spec.grain]}'s own level"] if spec.change is not None else []
    return " and ".join([*own, *([", ".join(spec.controls)] if spec.controls else [])])


def _largest_vif(fit, rows: pd.DataFrame, terms: Sequence[str]) -> float | None:
    """The largest variance inflation among the drivers' terms: the diagonal of the inverse correlation matrix."""
    others = [t for t in fit.terms if t != "Intercept"]
    if len(others) < 2:
        return None
    x = fit.recipe.matrix(rows.iloc[fit.rows_kept])[:, [fit.terms.index(t) for t in others]]
    inflation = np.diag(np.linalg.inv(np.corrcoef(x, rowvar=False)))
    return float(max(inflation[others.index(t)] for t in terms))


def _complete_check(rows: pd.DataFrame, spec: LinkSpec, used: int) -> Check:
    asked = rows.dropna(subset=[spec.outcome, *spec.drivers])
    counts = {c: int(asked[c].isna().sum()) for c in spec.controls if c in asked}
    column = max(counts, key=lambda c: counts[c], default=None)
    most = f", most often {column} ({counts[column]:,})" if column and counts[column] else ""
    return battery.check_complete(len(asked), used, most)


def _records_check(rows: pd.DataFrame, spec: LinkSpec, period_start: dict[str, pd.Timestamp] | None) -> Check:
    """Compare when drivers were written down with when the outcome's window opened."""
    named = [c for c in (f"{d}_recorded_at" for d in spec.drivers) if c in rows.columns]
    opened = _outcome_opens(rows, period_start)
    if not named or opened is None:
        return battery.check_records(None)
    late = dated = 0
    for column in named:
        has = rows[column].notna() & opened.notna() & rows[column.removesuffix("_recorded_at")].notna()
        dated += int(has.sum())
        late += int((has & (pd.to_datetime(rows[column]) >= opened)).sum())
    return battery.check_records(late / dated if dated else None, late, dated)


def _outcome_opens(rows: pd.DataFrame, period_start: dict[str, pd.Timestamp] | None) -> pd.Series | None:
    if "answered_at" in rows:
        return pd.to_datetime(rows["answered_at"])
    if "period" in rows and period_start:
        return rows["period"].map(period_start)
    return None


def _judge(card: LinkCard, q_values: np.ndarray) -> LinkCard:
    """Give each driver its q-value, verdict and sentence; add the check of the expected sign."""
    estimates, made = (
        card.estimates.copy(),
        [c for c in card.checks if not c.name.startswith("expected sign")],
    )
    estimates["q_value"] = q_values
    verdicts, sentences = [], []
    for row in estimates.to_dict("records"):
        known = None if pd.isna(row["estimate"]) else row["estimate"]
        verdict = verdict_of(estimate=known, p_value=row["p_value"], q_value=row["q_value"], checks=made)
        verdicts.append(verdict)
        sentences.append(_sentence(card, row, verdict))
        several = len(estimates) > 1
        expected = battery.check_expected(card.spec.expect, known, verdict)
        made.append(replace(expected, name=f"expected sign ({row['driver']})") if several else expected)
    estimates["verdict"], estimates["sentence"] = verdicts, sentences
    return replace(card, estimates=estimates, checks=tuple(made))


def _sentence(card: LinkCard, row: dict, verdict: str) -> str:
    driver, outcome = column_of(card, row["driver"]), column_of(card, card.spec.outcome)
    failed = [c.advice for c in card.checks if c.verdict == battery.FAIL]
    category = row.get("category")
    return link_sentence(
        {
            **row,
            "estimate": None if pd.isna(row["estimate"]) else row["estimate"],
            "driver_label": label_of(driver, card.spec.change is not None),
            "outcome_label": label_of(outcome, card.spec.change is not None),
            "driver_unit": driver.unit,
            "outcome_unit": outcome.unit,
            "is_flag": driver.kind == "flag",
            "category": None if category is None or pd.isna(category) else category,
            "n": card.n_used,
            "clusters": card.clusters,
            "cluster": cluster_of(card.spec),
            "level": card.level,
            "verdict": verdict,
            "reason": " ".join(failed) or card.reason,
        },
        confidence=card.confidence,
        span=card.span,
        noun=NOUNS[card.spec.grain],
    )


def _empty_card(
    spec: LinkSpec,
    columns: dict[str, LinkageColumn],
    clock: Clock,
    span: str,
    reason: str,
    *,
    n_dropped: int = 0,
    checks: tuple[Check, ...] = (),
) -> LinkCard:
    """A card without estimates: what could not be computed is said, never guessed."""
    estimates = pd.DataFrame(
        [{"driver": d, "category": None, **dict.fromkeys(NUMBERS, math.nan)} for d in spec.drivers]
    )
    card = LinkCard(
        spec, estimates, 0, n_dropped, None, "none", "none", math.nan, 0.95,
        Evidence("L1", "nothing was estimated", reason), clock, checks, {}, span, columns, reason,
    )  # fmt: skip
    return _judge(card, np.full(len(estimates), math.nan))


def _refused_card(rows, spec, columns, clock, span, records: Check) -> LinkCard:
    return _empty_card(spec, columns, clock, span, records.advice, n_dropped=len(rows), checks=(records,))


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
    cluster : the column whose rows belong together, such as customer_id.
    order : "after" where you know the outcome's window opens after the drivers' closed; by default read off the
        column's name (`spend_after` follows the answer).

    Raises LinkError for a formula that is not of this form, TableError for a missing column.
    """
    from linkage.rows import require_columns

    outcome, named = _parse(formula)
    asked = tuple(drivers) if drivers else named[:1]
    require_columns(table, [outcome, *named, *asked, *([cluster] if cluster else [])])
    spec = LinkSpec(
        name="asked",
        question=question or f"Does {outcome} go with {', '.join(asked)}?",
        grain=grain or table.attrs.get("grain", "survey"),
        outcome=outcome,
        drivers=asked,
        controls=tuple(n for n in named if n not in asked),
        expect=expect,
        cluster=cluster,
    )
    after = order or ("after" if outcome.endswith("_after") else "same time")
    plain = {c: LinkageColumn(c, str(c).replace("_", " "), unit="unit") for c in table.columns}
    known = {**plain, **table.attrs.get("columns", {})}
    span = _span(table)
    rows = table if cluster else table.drop(columns=[c for c in (cluster_of(spec),) if c in table])
    card = card_of(
        rows, spec, columns=known, clock=Clock(after, f"{after}, as asked"), span=span,
        confidence=confidence, exploratory=True,
    )  # fmt: skip
    if not card.n_used:
        raise LinkError(card.reason)
    return card


def _span(table: pd.DataFrame) -> str:
    if "period" not in table or table["period"].isna().all():
        return "all rows"
    first, last = table["period"].dropna().min(), table["period"].dropna().max()
    return str(first) if first == last else f"{first} to {last}"


def _parse(formula: str) -> tuple[str, tuple[str, ...]]:
    parts = [p.strip() for p in formula.split("~")]
    terms = tuple(t.strip() for t in parts[1].split("+")) if len(parts) == 2 else ()
    if len(parts) != 2 or not parts[0] or not all(t.isidentifier() for t in (parts[0], *terms)):
        raise LinkError(
            f"{formula!r} is not a question: write 'outcome ~ driver + control'. For interactions and curves use "
            "linkage.regression.fit_linear."
        )
    return parts[0], terms
