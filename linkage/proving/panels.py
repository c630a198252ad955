"""Units against themselves: effects of units and periods, changes and events, held to what is planted."""

from __future__ import annotations

import pandas as pd

from linkage.proving.evidence import Asked, Subject, effect_row, evidence_row

SURVEY_RHYTHM = 3  # quarters between two relationship surveys of a customer
LEADS, LAGS = 4, 3


def prove_within(subject: Subject, family: str) -> list[dict]:
    """Effects of customers and quarters, of employees and quarters, and of units."""
    from linkage.panel import fit_within

    money = fit_within(
        subject.rows("loyalty_and_next_quarter_spend"), "spend ~ nps", unit="customer_id", period="period"
    )
    asked = Asked(family, "customer and period effects", "fit_within", money.n_used)
    rows = [effect_row(subject, asked, "loyalty_on_next_quarter_spend", money.estimates.loc["nps"])]
    staff = staff_periods(subject)
    people = fit_within(staff, "csat ~ is_trained + engagement", unit="employee_id", period="period")
    asked = Asked(family, "employee and period effects", "fit_within", people.n_used)
    terms = {"training_on_satisfaction": "is_trained", "engagement_on_satisfaction": "engagement"}
    rows += [effect_row(subject, asked, name, people.estimates.loc[term]) for name, term in terms.items()]
    return [*rows, *_engagement_items(subject, family, staff)]


def staff_periods(subject: Subject) -> pd.DataFrame:
    """One row an employee and period, the flag as a number."""
    staff = subject.table("link_employee_period")
    return staff.assign(is_trained=staff["is_trained"].astype("float64"))


def _engagement_items(subject: Subject, family: str, staff: pd.DataFrame) -> list[dict]:
    """What engagement is made of, among colleagues of a unit; each answer counts once."""
    from linkage.panel import fit_within

    items = ("manager_support", "recognition", "tools", "workload")
    answers = staff.drop_duplicates(["employee_id", "surveyed_at"])
    formula = f"engagement ~ {' + '.join(items)}"
    fit = fit_within(answers, formula, unit="unit_id", cluster="employee_id")
    asked = Asked(family, "unit effects", "fit_within", fit.n_used)
    return [effect_row(subject, asked, f"{item}_on_engagement", fit.estimates.loc[item]) for item in items]


def prove_changes(subject: Subject, family: str) -> list[dict]:
    """The same links from the changes alone."""
    from linkage.panel import first_differences

    money = first_differences(
        subject.rows("loyalty_and_next_quarter_spend"),
        "spend ~ nps",
        unit="customer_id",
        period="period",
        apart=SURVEY_RHYTHM,
    )
    staff = first_differences(
        staff_periods(subject), "csat ~ is_trained", unit="employee_id", period="period"
    )
    asked = {
        "loyalty_on_next_quarter_spend": (money, "nps", f"changes over {SURVEY_RHYTHM} quarters"),
        "training_on_satisfaction": (staff, "is_trained", "changes from quarter to quarter"),
    }
    return [
        effect_row(subject, Asked(family, method, "first_differences", fit.n_used), name, fit.term(term))
        for name, (fit, term, method) in asked.items()
    ]


def prove_events(subject: Subject, family: str) -> list[dict]:
    """Satisfaction around a training, against those not trained (yet): the step, and nothing before it."""
    from linkage.panel import event_study

    staff = staff_periods(subject)
    first = staff[staff["is_trained"] == 1].groupby("employee_id")["period"].min()
    study = event_study(
        staff.assign(trained_in=staff["employee_id"].map(first)),
        outcome="csat",
        unit="employee_id",
        period="period",
        treated_at="trained_in",
        leads=LEADS,
        lags=LAGS,
    )
    name = "training_on_satisfaction"
    asked = Asked(family, "stacked difference in differences", "event_study", study.n_used)
    rows = [effect_row(subject, asked, name, study.average)]
    note = "no movement before the training: the step begins the day after it"
    for lead in range(LEADS, 1, -1):
        what = f"{lead} quarters before the training, against the last one before it"
        row = study.estimates.loc[-lead]
        rows.append(evidence_row(asked, name, what, "csat point", 0.0, row, note=note))
    return rows
