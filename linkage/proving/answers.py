"""Scores, reliability, unit means and who did not answer, held to what is planted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.fetching import fetch_rows
from linkage.proving.evidence import IN_PART, NAIVE, Asked, Subject, evidence_row

SCALES = {"nps": (0, 10), "csat": (1, 5)}
EVERYBODY = "all periods: the planted means count everybody ever asked"
NPS_SPREAD = 1.5  # the standard deviation of nps for which the planted loadings are standardised
ROUNDING = 1 / 12  # variance that rounding to whole points adds

INVITED = """
select
    invitations.customer_id,
    invitations.survey,
    cast(invitations.response_id is not null as double) as has_answered,
    customers.segment,
    date_diff('day', customers.joined_on, invitations.invited_at) / 365.25 as tenure_years,
    feedback.csat,
    feedback.nps
from stg_invitations as invitations
inner join stg_customers as customers on customers.customer_id = invitations.customer_id
left join stg_feedback as feedback on feedback.response_id = invitations.response_id
order by invitations.invitation_id
"""


def prove_scores(subject: Subject, family: str) -> list[dict]:
    """Mean answers as they were drawn; scores made of them, for which nothing is planted."""
    from linkage.metrics import mean_score, net_promoter, top_box

    answers, rows = subject.opened.table("stg_feedback", columns=["customer_id", *SCALES]), []
    for score, scale in SCALES.items():
        found = mean_score(answers, score=score, scale=scale, cluster="customer_id")
        truth = subject.planted.non_response[score]["mean_of_answers"]
        asked = Asked(family, "mean", "mean_score", found.n_used)
        line = found.estimates.loc["all"]
        what, unit = f"Mean {score} of those who answered", f"{score} point"
        rows.append(evidence_row(asked, f"{score}_of_answers", what, unit, truth, line, note=EVERYBODY))
    promoters = net_promoter(answers, score="nps", scale=SCALES["nps"], cluster="customer_id")
    top = top_box(answers, score="csat", scale=SCALES["csat"], cluster="customer_id")
    note = "its value follows from the simulation and is not written down"
    for found, what, method, source in (
        (promoters, "Net promoter score", "adjusted Wald", "net_promoter"),
        (top, "Share of the best answer", "Wilson", "top_box"),
    ):
        asked, line = Asked(family, method, source, found.n_used), found.estimates.loc["all"]
        rows.append(evidence_row(asked, source, what, found.unit, np.nan, line, note=note))
    return rows


def prove_reliability(subject: Subject, family: str) -> list[dict]:
    """Alpha and omega of the three loyalty indices, from the loading that is planted."""
    from linkage.metrics import scale_reliability

    rows = []
    note = "the planted loading, after rounding to whole points and at the spread that nps has here"
    for index, count in subject.planted.measurement["items"].items():
        items = [f"{index}_{place}" for place in range(1, count + 1)]
        answers = subject.opened.table("stg_feedback", columns=["nps", *items])
        found = scale_reliability(answers, items=items, scale=SCALES["nps"])
        truth = planted_reliability(subject, answers, items)
        for name in ("alpha", "omega_total"):
            asked = Asked(family, name.replace("_", " "), "scale_reliability", found.n_used)
            what = f"Reliability of {count} items of {index}"
            line = found.estimates.loc[name]
            rows.append(evidence_row(asked, f"{index}_{name}", what, "share", truth, line, note=note))
    return rows


def planted_reliability(subject: Subject, answers: pd.DataFrame, items: list[str]) -> float:
    """Reliability of the sum of k equal items, k r / (1 + (k - 1) r), r that of one answer in whole points.

    Before rounding an item is loading x factor + error of variance 1 - loading^2, and the factor shares
    `factor_correlation` of its variance with nps, where nps has the spread it was planted for.
    """
    loading, shared = (subject.planted.measurement[k] for k in ("item_loading", "factor_correlation"))
    known = answers[["nps", *items]].dropna()
    factor = shared * known["nps"].var() / NPS_SPREAD**2 + 1 - shared
    signal = loading**2 * factor
    spread = known[items].var().mean()
    single = signal / (signal + 1 - loading**2) * (spread - ROUNDING) / spread
    return float(len(items) * single / (1 + (len(items) - 1) * single))


def prove_gate(subject: Subject, family: str) -> list[dict]:
    """Whether answers may be averaged to units and to employees."""
    from linkage.aggregation import gate_aggregation

    answers, rows = subject.table("link_survey", ["unit_id", "employee_id", "csat"]), []
    note = "units and employees differ by draws that are not written down"
    for group in ("unit_id", "employee_id"):
        found = gate_aggregation(answers, group=group, score="csat", scale=SCALES["csat"])
        for name, method in (("icc1", "ICC(1)"), ("rwg", "median rwg")):
            asked = Asked(family, method, "gate_aggregation", found.n_used)
            what = f"{method} of csat by {group}: {found.estimates.loc[name, 'verdict']}"
            line = found.estimates.loc[name]
            rows.append(evidence_row(asked, f"csat_{name}_{group}", what, "share", np.nan, line, note=note))
    return rows


def prove_weights(subject: Subject, family: str) -> list[dict]:
    """What everybody asked would have answered: as it stands, weighted by who answers, raked."""
    asked = fetch_rows(subject.opened.connection.sql(INVITED))
    surveys = {score: subject.planted.non_response[score]["survey"] for score in SCALES}
    return [
        row for score, survey in surveys.items() for row in _weighted(subject, family, asked, score, survey)
    ]


def _weighted(subject: Subject, family: str, asked: pd.DataFrame, score: str, survey: str) -> list[dict]:
    from linkage.metrics import mean_score
    from linkage.weights import rake, response_weights

    invited = asked[asked["survey"] == survey].reset_index(drop=True)
    invited["tenure_band"] = pd.qcut(invited["tenure_years"], 5, labels=list("abcde")).astype(str)
    model = response_weights(
        invited, responded="has_answered", predictors=["segment", "tenure_years"], cluster="customer_id"
    )
    answers = invited.assign(by_model=model.weights)[invited["has_answered"] == 1]
    margins = ("segment", "tenure_band")
    raked = rake(answers, targets={m: dict(invited[m].value_counts(normalize=True)) for m in margins})
    answers = answers.assign(raked=raked.weights)
    half = "weights undo what is known of everybody (tenure, segment); half of the disposition is not"
    ways = (
        ("answers as they are", None, "mean_score", NAIVE, "who is well disposed answers more often"),
        ("response weights", "by_model", "response_weights", IN_PART, half),
        ("raking", "raked", "rake", IN_PART, half),
    )
    rows, truth = [], subject.planted.non_response[score]["mean_of_all_invited"]
    for method, weights, source, reading, note in ways:
        found = mean_score(answers, score=score, weights=weights, cluster="customer_id")
        label, line = Asked(family, method, source, found.n_used), found.estimates.loc["all"]
        what = f"Mean {score} of everybody asked"
        name, unit = f"{score}_of_all_invited", f"{score} point"
        rows.append(evidence_row(label, name, what, unit, truth, line, reading=reading, note=note))
    return rows
