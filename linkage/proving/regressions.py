"""Least squares, few clusters, chances, ordered answers and amounts, held to what is planted."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from linkage.proving.evidence import NAIVE, Asked, Subject, effect_row, evidence_row

DECLARED = {
    "handle_time_and_satisfaction": {"handle_time_linear_slope": "handle_minutes"},
    "transfers_and_satisfaction": {"transfers_on_satisfaction_total": "transfer_count"},
    "effort_and_satisfaction": {
        "effort_on_satisfaction": "effort",
        "transfers_on_satisfaction_direct": "transfer_count",
    },
    "broken_promises_and_satisfaction": {"broken_promise": "days_late", "exceeded_promise": "days_early"},
    "first_response_and_satisfaction": {"first_response": "first_response_hours"},
    "hold_music_and_satisfaction": {"hold_music": "hold_music_b"},
    "touch_points_and_loyalty": {
        f"rating_{point}_on_loyalty": f"rating_{point}" for point in ("network", "service", "billing", "shop")
    },
    "loyalty_and_spend": {"loyalty_on_spend": "nps"},
    "loyalty_and_next_quarter_spend": {"loyalty_on_next_quarter_spend": "nps"},
    "effort_and_churn": {"effort_on_churn": "effort", "satisfaction_on_churn": "csat"},
    "engagement_and_satisfaction": {"engagement_on_satisfaction": "engagement"},
    "satisfaction_and_growth": {"satisfaction_on_growth": "csat"},
    "account_calls_and_spend": {"account_calls_on_spend": "account_calls"},
}
CUSTOMER = {"cluster": "customer_id"}


def prove_least_squares(subject: Subject, family: str) -> list[dict]:
    """Each declared link with its controls, errors clustered; and two that no link declares."""
    from linkage.regression import fit_linear

    rows = []
    for link, terms in DECLARED.items():
        fit = fit_linear(
            subject.rows(link), subject.formula(link), cluster=subject.cluster(link), seed=subject.seed
        )
        rows += _effects(subject, family, "controls as declared", "fit_linear", fit, terms)
    asked = ("customer_id", "effort", "transfer_count", "channel", "topic")
    contacts = fit_linear(
        subject.table("link_interaction", asked), "effort ~ transfer_count + channel + topic", **CUSTOMER
    )
    terms = {"transfers_on_effort": "transfer_count"}
    rows += _effects(subject, family, "channel and topic held fixed", "fit_linear", contacts, terms)
    return [*rows, *_intention(subject, family), *_selection(subject, family), *_naive(subject, family)]


def _effects(subject: Subject, family: str, method: str, source: str, fit, terms: dict[str, str]) -> Iterable:
    asked = Asked(family, method, source, fit.n_used)
    return [effect_row(subject, asked, name, fit.term(term)) for name, term in terms.items()]


def _intention(subject: Subject, family: str) -> Iterable[dict]:
    """The mean of three items against leaving in the quarter after."""
    from linkage.panel import add_lags
    from linkage.regression import fit_linear

    items = ["rli_1", "rli_2", "rli_3"]
    people = subject.table("link_customer_period", ["customer_id", "period", "is_lost", *items])
    people["retention"] = people[items].mean(axis=1, skipna=False)
    people["is_lost"] = people["is_lost"].astype("float64")
    rows = add_lags(people, unit="customer_id", period="period", columns=["is_lost"], lags=(-1,)).rows
    fit = fit_linear(rows, "is_lost_lead1 ~ retention", **CUSTOMER)
    terms = {"retention_intention_on_churn": "retention"}
    return _effects(subject, family, "the quarter after", "fit_linear", fit, terms)


def _selection(subject: Subject, family: str) -> Iterable[dict]:
    """Who will be trained against who never is, before anybody is."""
    from linkage.regression import fit_linear

    staff = subject.table("link_employee_period")
    trained = set(subject.opened.table("stg_trainings", columns=["employee_id"])["employee_id"])
    before = staff[~staff["is_trained"].astype(bool)]
    rows = before.assign(will_train=before["employee_id"].isin(trained).astype(float))
    fit = fit_linear(rows, "csat ~ will_train + period", cluster="employee_id")
    terms = {"training_selection": "will_train"}
    return _effects(subject, family, "before any training", "fit_linear", fit, terms)


def _naive(subject: Subject, family: str) -> Iterable[dict]:
    """What goes wrong without the control, or without following the same people."""
    from linkage.regression import fit_linear

    calls = fit_linear(subject.rows("account_calls_and_spend"), "spend ~ account_calls", **CUSTOMER)
    asked = Asked(family, "segment left out", "fit_linear", calls.n_used)
    note = "business customers are called more and spend more: the confounder turns the sign"
    yield effect_row(
        subject, asked, "account_calls_on_spend", calls.term("account_calls"), reading=NAIVE, note=note
    )
    staff = subject.table("link_employee_period")
    staff["is_trained"] = staff["is_trained"].astype("float64")
    levels = fit_linear(staff, "csat ~ is_trained + period", cluster="employee_id")
    asked = Asked(family, "levels instead of steps", "fit_linear", levels.n_used)
    note = "who is sent to the training served worse before it"
    yield effect_row(
        subject, asked, "training_on_satisfaction", levels.term("is_trained"), reading=NAIVE, note=note
    )


def prove_few_clusters(subject: Subject, family: str) -> list[dict]:
    """A null among eight partners: wild cluster bootstrap, and the jackknife beside it."""
    from linkage.regression import fit_linear

    rows = subject.rows("partner_satisfaction_and_loyalty")
    terms = {"partner_satisfaction_on_loyalty": "partner_satisfaction"}
    found = []
    for errors, method in (("auto", "wild cluster bootstrap"), ("CR3", "jackknife (CR3)")):
        fit = fit_linear(
            rows, "nps ~ partner_satisfaction", cluster="unit_id", errors=errors, seed=subject.seed
        )
        found += _effects(subject, family, f"{method}, {fit.clusters} clusters", "fit_linear", fit, terms)
    return found


def prove_chances(subject: Subject, family: str) -> list[dict]:
    """Leaving as a chance: average effects of a logit, and a hazard whose ratio nothing planted answers."""
    from linkage.regression import fit_logit
    from linkage.survival import fit_churn

    rows = subject.rows("effort_and_churn")
    fit = fit_logit(rows, subject.formula("effort_and_churn"), **CUSTOMER)
    asked = Asked(family, "logit, average effect on the chance", "fit_logit", fit.n_used)
    found = [
        effect_row(subject, asked, name, fit.effects.loc[term])
        for name, term in (("effort_on_churn", "effort"), ("satisfaction_on_churn", "csat"))
    ]
    tenure = subject.table("link_customer_period", ["customer_id", "period", "tenure_months"])
    spells = rows.merge(tenure, on=["customer_id", "period"]).assign(
        quarters=lambda t: t["tenure_months"] // 3 + 1  # 0 in the quarter of joining, which began before it
    )
    hazard = fit_churn(
        spells, "is_lost ~ effort + csat", duration="quarters", cluster="customer_id", baseline="spline"
    )
    asked = Asked(family, "hazard (complementary log-log)", "fit_churn", hazard.n_used)
    note = (
        "planted as a straight line of the chance, so no hazard ratio is planted; above 1 agrees in direction"
    )
    row = hazard.estimates.loc["effort"].rename(None)
    ratio = {"estimate": row["hazard_ratio"], "low": row["ratio_low"], "high": row["ratio_high"]}
    what = "Hazard ratio of leaving per point of effort"
    return [*found, evidence_row(asked, "effort_on_churn", what, "ratio", np.nan, ratio, note=note)]


def prove_ordered(subject: Subject, family: str) -> list[dict]:
    """Satisfaction as five ordered answers."""
    from linkage.regression import fit_ordered

    link, name = "transfers_and_satisfaction", "transfers_on_satisfaction_total"
    fit = fit_ordered(subject.rows(link), subject.formula(link), cluster=subject.cluster(link))
    shares = fit.effects.loc["transfer_count", "estimate"]
    on_mean = sum(level * share for level, share in shares.items())
    asked = Asked(family, "cumulative logit, log odds", "fit_ordered", fit.n_used)
    note = (
        f"no log odds are planted; its effects on the five shares move the mean answer by {on_mean:+.3f}, where "
        f"{subject.planted.value(name):+.2f} is planted"
    )
    what = "Log odds of a better answer per transfer"
    return [evidence_row(asked, name, what, "log odds", np.nan, fit.term("transfer_count"), note=note)]


def prove_amounts(subject: Subject, family: str) -> list[dict]:
    """Spend of the next quarter, the silent quarters as zeros, and of those who bought alone."""
    from linkage.regression import fit_positive, fit_two_part

    rows, name = subject.rows("loyalty_and_next_quarter_spend"), "loyalty_on_next_quarter_spend"
    # The planted effect is so many EUR in every segment; a log link needs a slope of its own for each.
    formula = "spend ~ nps * segment"
    both = fit_two_part(rows, formula, **CUSTOMER, draws=199, seed=subject.seed)
    asked = Asked(family, "two-part: any spend x Gamma with log link", "fit_two_part", both.n_used)
    found = [effect_row(subject, asked, name, both.estimates.loc["nps"])]
    bought: pd.DataFrame = rows[rows["spend"] > 0]
    amount = fit_positive(bought, formula, **CUSTOMER)
    asked = Asked(family, "Gamma with log link, buyers only", "fit_positive", amount.n_used)
    what, note = "Spend of those who bought, per point", "planted is the effect on all spend, zeros counted"
    unit = subject.planted.effect(name)["unit"]
    return [*found, evidence_row(asked, name, what, unit, np.nan, amount.effects.loc["nps"], note=note)]
