"""What is a customer under contract worth? Retention and margin, discounted, and one point of retention."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.errors import LinkError
from linkage.regression.result import check_confidence
from linkage.sentences import number
from linkage.value.money import MoneyResult, estimates_of_draws, money_words
from linkage.value.quantity import Quantity, as_quantity, basis_of, drawn, level_of

FIRST_PAYMENTS = ("now", "renewal", "arrears")
POINT = 0.01
DRAWS = 4000
VALUE, GAINED, LOST = "lifetime value", "one point more retention", "one point less retention"


@dataclass(frozen=True)
class ContractTerms:
    """How the payments of a contract run, all in periods of one `time_unit`.

    discount : rate a period, 0.10 for 10 %. horizon : payments that count, a whole number, or infinite.
    first_payment : "now" (at the start, certain), "renewal" (after a period, by those who stayed through it),
        "arrears" (at the end of each period, by those who were there at its start).
    retention_cost : spent in mid-period, up to the last payment, on everyone there at the period's start; a plain
        number, so that a value net of it counts as assumed.
    """

    discount: float
    horizon: float = np.inf
    first_payment: str = "now"
    retention_cost: float = 0.0
    time_unit: str = "year"


@dataclass(frozen=True, eq=False, repr=False)
class ContractValue(MoneyResult):
    """The value of a customer under contract, and of a point of retention.

    estimates : rows "lifetime value", "one point more retention" (what 0.01 more would add; retention stops
        at 1) and "one point less retention" (what 0.01 less would take, negative). Columns estimate,
        std_error, low, high (missing where neither retention nor margin has an interval).
    retention, margin : what went in. n : rows behind the scarcer of the two, or None.
    """

    retention: Quantity
    margin: Quantity
    terms: ContractTerms
    n: int | None

    def summary(self) -> str:
        worth = money_words(self.estimates.loc[VALUE], self.currency, self.confidence)
        point = money_words(self.estimates.loc[GAINED], self.currency, self.confidence)
        counted = "" if self.n is None else f"; n = {self.n:,}"
        return (
            f"A customer is worth {worth} at a retention of {self.retention.estimate:.3g} and a margin of "
            f"{number(self.margin.estimate)} {self.currency} a {self.terms.time_unit}, discounted at "
            f"{self.terms.discount:.3g}, first payment: {self.terms.first_payment}. One point more retention "
            f"goes with {point} more. ({self.standing()}{counted}. Retention is taken as constant.)"
        )


def contract_value(
    retention: object,
    margin: object,
    *,
    terms: ContractTerms,
    currency: str,
    level: str = "L1",
    seed: int = 0,
    confidence: float = 0.95,
) -> ContractValue:
    """What is a customer under contract worth over the horizon, and what is a point of retention worth?

    retention : share that stays a period, 0 to 1. margin : money a period and customer (margin, not revenue).
        Each a row of estimates (estimate, low, high), a (low, value, high) range, or a plain number, which is
        taken as assumed. level : evidence level of the rows.

    The sum of margin x retention^t / (1 + discount)^t (Berger and Nasr 1998, Journal of Interactive
    Marketing 12(1), p. 17; without end: Gupta and Lehmann 2003, ibid. 17(1), p. 9). The interval: draws of
    retention and margin, taken as independent. Constant retention understates the value of customers who
    differ (Fader and Hardie 2010, Marketing Science 29, p. 85). Raises TableError, LinkError.
    """
    check_confidence(confidence)
    check_terms(terms)
    stay = as_quantity(retention, "retention", level=level, bounds=(0.0, 1.0))
    money = as_quantity(margin, "margin", level=level)
    cost = [as_quantity(terms.retention_cost, "retention_cost")] if terms.retention_cost else []
    check_bounded(stay.high, terms)
    standard = np.random.default_rng(seed).standard_normal((2, DRAWS))
    certain = not (stay.has_interval or money.has_interval)
    draws = _figures(
        drawn(stay, standard[0], confidence, (0.0, 1.0)), drawn(money, standard[1], confidence), terms
    )
    point = _figures(np.array([stay.estimate]), np.array([money.estimate]), terms)[0]
    counts = [q.n for q in (stay, money) if q.n is not None]
    return ContractValue(
        estimates=estimates_of_draws([VALUE, GAINED, LOST], point, None if certain else draws, confidence),
        currency=currency,
        horizon=terms.horizon,
        time_unit=terms.time_unit,
        level=level_of(stay, money, *cost),
        basis=basis_of(stay, money, *cost),
        confidence=confidence,
        retention=stay,
        margin=money,
        terms=terms,
        n=min(counts) if counts else None,
    )


def present_value(retention: np.ndarray, margin: np.ndarray, terms: ContractTerms) -> np.ndarray:
    """Discounted value (D,) of customers who stay with retention (D,) and bring margin (D,) a period.

    With q = r/(1+d) and S(n) = (1 - q^n)/(1 - q): now m S(n); renewal m q S(n); arrears m S(n)/(1+d). Cost of
    keeping: c S(k)/(1+d)^0.5, with k = n-1 periods between payments made now, n otherwise.
    """
    factor = 1 + terms.discount
    stays = np.asarray(retention, dtype="float64") / factor
    lead = {"now": 1.0, "renewal": stays, "arrears": 1 / factor}[terms.first_payment]
    worth = margin * lead * _series(stays, terms.horizon)
    spells = terms.horizon - (terms.first_payment == "now")
    return worth - terms.retention_cost / np.sqrt(factor) * _series(stays, spells)


def check_terms(terms: ContractTerms) -> None:
    """Refuse terms that make no sum: a discount at or below -1, a broken horizon, an unknown first payment."""
    if terms.first_payment not in FIRST_PAYMENTS:
        raise LinkError(
            f"first_payment={terms.first_payment!r} is unknown. Choose one of: {', '.join(FIRST_PAYMENTS)}."
        )
    if not terms.discount > -1 or not np.isfinite(terms.discount):
        raise LinkError(f"discount={terms.discount!r} is a rate a period, above -1, such as 0.10.")
    if not terms.horizon >= 1 or (np.isfinite(terms.horizon) and terms.horizon % 1):
        raise LinkError(f"horizon={terms.horizon!r} counts payments: a whole number from 1, or infinity.")


def check_bounded(retention: float, terms: ContractTerms) -> None:
    """Refuse a value without end and without bound."""
    if np.isinf(terms.horizon) and min(retention + POINT, 1.0) >= 1 + terms.discount:
        raise LinkError(
            f"A retention of up to {retention:.4g} (and a point more) at a discount of {terms.discount:g} has "
            "no finite value without end. State a horizon."
        )


def _series(ratio: np.ndarray, count: float) -> np.ndarray:
    """1 + ratio + ... over `count` terms."""
    if np.isinf(count):
        return 1 / (1 - ratio)
    near = np.abs(1 - ratio) < 1e-9
    safe = np.where(near, 0.5, ratio)
    return np.where(near, count, (1 - safe**count) / (1 - safe))


def _figures(retention: np.ndarray, margin: np.ndarray, terms: ContractTerms) -> np.ndarray:
    """Value, and what a point of retention more or less changes of it: (D, 3)."""
    value = present_value(retention, margin, terms)
    more = present_value(np.minimum(retention + POINT, 1.0), margin, terms) - value
    less = present_value(np.maximum(retention - POINT, 0.0), margin, terms) - value
    return np.column_stack([value, more, less])
