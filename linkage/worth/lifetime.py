"""What are customers worth, and was that foretold? By the form the study chooses, by loyalty band, with the checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.checks import PASS, REVIEW, Check
from linkage.errors import LinkageError, TooFewRowsError
from linkage.memory import kept
from linkage.precision import check_draws
from linkage.value.bands import ValueByBand
from linkage.value.bgnbd import fit_bgnbd
from linkage.value.calibration import HoldoutCalibration, check_calibration
from linkage.value.contract import ContractTerms, present_value
from linkage.value.contract_bands import contract_value_by_band
from linkage.value.gamma_gamma import INDEPENDENT, fit_gamma_gamma
from linkage.value.lifetime import PurchaseTerms, value_customers
from linkage.value.lifetime_bands import value_by_band
from linkage.value.money import horizon_words
from linkage.value.purchases import DAYS_IN, summarise_purchases
from linkage.value.serving import ServiceByValue, compare_service
from linkage.worth.holdout import hold_out_contract
from linkage.worth.lifetime_result import LifetimeValue
from linkage.worth.people import (
    Money,
    customer_periods,
    last_year,
    latest_bands,
    money_of,
    periods_a_year,
    present_now,
    rules_of,
)

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

CONTRACT, NON_CONTRACT = "contract", "non_contract"
CONTRACT_DRAWS, PURCHASE_DRAWS = 1000, 100
CLOCK = "week"


@kept
def lifetime_value(
    study: OpenStudy, *, period: object, draws: int | None = None, seed: int = 0
) -> LifetimeValue:
    """What are customers of each band worth, was that foretold, and who gets the service?

    Contract: constant retention and mean margin by band, in arrears (Berger and Nasr 1998); otherwise BG/NBD and
    Gamma-Gamma (Fader, Hardie and Lee 2005). Values are discounted margin over `value.horizon`. Never raises for what
    the data lack: the parts not made say why.
    """
    if draws is not None:
        check_draws(draws)
    through = study.check_period(period) if study.periods else ""
    try:
        form, chosen = form_of(study)
        money = money_of(study)
        if money.column is None:
            raise TooFewRowsError(
                "It needs a source of transactions with a sum of money (its metrics: amount, margin), by customer."
            )
        make = _by_contract if form == CONTRACT else _by_purchases
        return make(study, through, money, chosen, draws, seed)
    except LinkageError as error:
        return _nothing(study, through, str(error))


def has_departures(study: OpenStudy) -> bool:
    """Whether the register of customers says who left, though nobody may have yet."""
    known = study.study.source_of("customers") is not None
    return known and "left_on" in study.connection.table("stg_customers").columns


def form_of(study: OpenStudy) -> tuple[str, str]:
    """The form of value and why: as declared, else contract where departures are known."""
    declared = rules_of(study).form
    if declared:
        return declared, "as declared"
    if (
        has_departures(study)
        and study.connection.table("stg_customers").aggregate("count(left_on)").fetchall()[0][0]
    ):
        return CONTRACT, "since departures are known (left_on)"
    return NON_CONTRACT, "since no departures are known (left_on)"


def _by_contract(
    study: OpenStudy, through: str, money: Money, chosen: str, draws: int | None, seed: int
) -> LifetimeValue:
    rows = customer_periods(study, through)
    rows["value"] = money.margin_of(rows).to_numpy()
    known = _with_a_year_before(rows, study)
    terms = contract_terms(study)
    bands = contract_value_by_band(
        known,
        band="band",
        margin="value",
        terms=terms,
        currency=study.study.declared.currency,
        minimum_group=study.study.declared.minimum_group,
        draws=draws or CONTRACT_DRAWS,
        seed=seed,
    )
    bands = replace(bands, level="L0", basis="assumed") if money.is_assumed else bands
    missing: dict[str, str] = {}
    held = _try(missing, "hold-out", lambda: hold_out_contract(rows, study, through))
    own = rows.groupby("customer_id", sort=True)["value"].mean()
    left = rows.groupby("customer_id", sort=True)["is_lost"].max()
    apart = _try(missing, "independence", lambda: _margin_and_leaving(own, left))
    values = _values_under_contract(rows, study, through, bands, terms)
    service = _try(missing, "service against value", lambda: _service(study, rows, through, values, bands))
    return LifetimeValue(
        bands.estimates, CONTRACT, chosen, bands, held, apart, service, missing, money.words(),
        study.study.declared.currency, through,
    )  # fmt: skip


def _with_a_year_before(rows: pd.DataFrame, study: OpenStudy) -> pd.DataFrame:
    """Without the first year, in which nobody can have answered before; all rows where there is no more."""
    kept = rows[rows["position"] >= rows["position"].min() + periods_a_year(study)]
    return kept if len(kept) else rows


def contract_terms(study: OpenStudy) -> ContractTerms:
    """The study's horizon and discount in its own periods, margin at the end of each."""
    a_year, rules = periods_a_year(study), rules_of(study)
    return ContractTerms(
        discount=(1 + rules.discount[1]) ** (1 / a_year) - 1,
        horizon=max(1, round(rules.horizon * a_year)),
        first_payment="arrears",
        time_unit=study.study.declared.period,
    )


def _values_under_contract(
    rows: pd.DataFrame, study: OpenStudy, through: str, bands: ValueByBand, terms: ContractTerms
) -> pd.Series:
    """Each present customer's value: their own mean margin of the last year, at the retention of their band."""
    own = last_year(rows, study, through).groupby("customer_id")["value"].mean()
    now = present_now(rows, study, through).set_index("customer_id")
    stay = now["band"].astype(str).map(bands.estimates["retention"]).astype(float)
    stay = stay.fillna(
        (bands.estimates["retention"] * bands.estimates["n"]).sum() / bands.estimates["n"].sum()
    )
    return pd.Series(
        present_value(stay.to_numpy(), own.reindex(now.index).to_numpy(), terms),
        index=now.index,
        name="value",
    )


def _by_purchases(
    study: OpenStudy, through: str, money: Money, chosen: str, draws: int | None, seed: int
) -> LifetimeValue:
    rules, end = rules_of(study), study.study.period(through).end
    relation = study.connection.table("event_purchase")
    asked = {"amount": money.column, "time_unit": CLOCK, "observed_until": end}
    histories = summarise_purchases(relation, **asked)
    buying, spending = fit_bgnbd(histories.customers, time_unit=CLOCK), fit_gamma_gamma(histories.customers)
    terms = PurchaseTerms(
        horizon=rules.horizon * DAYS_IN["year"] / DAYS_IN[CLOCK],
        yearly_discount=rules.discount[1],
        margin_share=None if not money.is_assumed else _share(money),
    )
    values = value_customers(
        histories.customers, buying, spending, terms=terms, currency=study.study.declared.currency
    )
    small = study.study.declared.minimum_group
    banded = latest_bands(study, through).reindex(values.customers.index)
    if banded.isna().all():
        banded = pd.Series("all", values.customers.index)
    bands = value_by_band(values, banded, minimum_group=small, draws=draws or PURCHASE_DRAWS, seed=seed)
    missing: dict[str, str] = {}
    held = _try(missing, "hold-out", lambda: _held_out_purchases(relation, asked, histories, small))
    worth = values.customers["estimate"].rename("value")
    service = _try(missing, "service against value", lambda: _service(study, None, through, worth, bands))
    return LifetimeValue(
        bands.estimates, NON_CONTRACT, chosen, bands, held, spending.check(), service, missing, money.words(),
        study.study.declared.currency, through,
    )  # fmt: skip


def _share(money: Money) -> object:
    """The assumed margin share as a number or a range; 1 where revenue counts in full."""
    low, value, high = money.share or (1.0, 1.0, 1.0)
    return value if low == high else (low, value, high)


def _held_out_purchases(relation, asked: dict, histories, small: int) -> HoldoutCalibration:
    """The last quarter of the span is held out, a year at most."""
    span = (histories.observed_until - histories.first_day).days
    cut = histories.observed_until - timedelta(days=min(span // 4, 365))
    until = summarise_purchases(relation, **asked, calibration_until=cut)
    return check_calibration(until, fit_bgnbd(until.customers, time_unit=CLOCK), minimum_group=small)


def _margin_and_leaving(margin: pd.Series, left: pd.Series) -> Check:
    """Do customers who leave bring another margin? The contract form takes the two as unrelated."""
    if left.nunique() < 2 or margin.std() == 0:
        raise TooFewRowsError("All customers left, or none, or all bring the same: nothing to correlate.")
    r = float(np.corrcoef(margin, left)[0, 1])
    half = 1.96 / np.sqrt(max(len(margin) - 3, 1))
    low, high = np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)
    verdict = PASS if abs(r) <= INDEPENDENT else REVIEW
    said = "they nearly are unrelated" if verdict == PASS else "value segments of unlike margin apart"
    return Check(
        "margin independent of leaving", verdict, r, INDEPENDENT,
        f"Margin and leaving correlate by {r:.2f} ({low:.2f} to {high:.2f}, n = {len(margin):,} customers), taken as "
        f"none: {said}.",
    )  # fmt: skip


def _service(
    study: OpenStudy, rows: pd.DataFrame | None, through: str, values: pd.Series, bands: ValueByBand
) -> ServiceByValue:
    """Value against the first measure of contacts of which less is better; against contacts where there is none."""
    rows = customer_periods(study, through) if rows is None else rows
    source = study.study.source_of("interactions")
    if source is None:
        raise TooFewRowsError("It needs a source of interactions: what customers got.")
    metrics = [m for m in study.study.metrics_of(source.name) if m.better == "lower" and m.type == "number"]
    name, better = (metrics[0].name, "lower") if metrics else ("contact_count", "higher")
    column = study.study.columns["customer_period"][name]
    got = last_year(rows, study, through).groupby("customer_id")[name].mean()
    table = pd.DataFrame({"value": values, column.label: got.reindex(values.index)})
    return compare_service(
        table,
        value="value",
        service=column.label,
        better=better,
        unit=column.unit,
        currency=study.study.declared.currency,
        horizon=horizon_words(bands.horizon, bands.time_unit),
        level=bands.level,
        basis=bands.basis,
        minimum_group=study.study.declared.minimum_group,
    )


def _try(missing: dict[str, str], part: str, make):
    """A part, or None and the reason under `missing`."""
    try:
        return make()
    except LinkageError as error:
        missing[part] = str(error)
        return None


def _nothing(study: OpenStudy, through: str, reason: str) -> LifetimeValue:
    return LifetimeValue(
        pd.DataFrame(columns=["n", "estimate", "std_error", "low", "high"]), "none", "", None, None, None, None,
        {"value": reason}, "", study.study.declared.currency, through,
    )  # fmt: skip
