"""Those who stay silent are compared by what they did, and the link is weighted for them."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.linking.link_rows import link_rows
from linkage.refuting.nonresponse import compare_silent, judge_nonresponse
from linkage.refuting.sample import sample_of
from linkage.refuting.silence import look_at_silence
from linkage.refuting_rows.nonresponse import nonresponse_rows
from linkage.regression import fit_linear
from linkage.study_file.declaration import LinkSpec


def spec_of(**changes) -> LinkSpec:
    plain = {"name": "t", "question": "?", "grain": "survey", "outcome": "y", "drivers": ("x",)}
    return LinkSpec(**{**plain, **changes})


def world(seed=0, n=2500, strength=0.45, slope_by_spend=0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers, and everybody who was asked: who spends more answers more often."""
    rng = np.random.default_rng(seed)
    spend, x = rng.normal(size=n), rng.normal(size=n)
    y = (0.5 + slope_by_spend * spend) * x + 0.5 * spend + rng.normal(size=n)
    answered = rng.random(n) < 1 / (1 + np.exp(0.3 - strength * spend))
    keys = {"customer_id": np.arange(n), "response_id": np.where(answered, np.arange(n).astype(str), None)}
    asked = pd.DataFrame({**keys, "answered": answered.astype(float), "spend": 500 + 100 * spend})
    asked["segment"] = rng.choice(["home", "trade"], n)
    answers = pd.DataFrame({**keys, "x": x, "y": y})[answered].reset_index(drop=True)
    return answers, asked


def attacked(answers: pd.DataFrame, asked: pd.DataFrame | None):
    fit = fit_linear(answers, "y ~ x", cluster="customer_id")
    return compare_silent(sample_of(fit, answers, spec_of()), look_at_silence(asked), spec_of())


def test_differences_are_those_of_the_means():
    answers, asked = world()
    row = attacked(answers, asked).differences.loc["spend"]
    one, none = (asked.loc[asked["answered"] == a, "spend"] for a in (1, 0))
    assert_allclose(row["estimate"], one.mean() - none.mean(), rtol=1e-9)
    # Welch's error by hand; every customer is asked once.
    assert_allclose(row["std_error"], np.sqrt(one.var() / len(one) + none.var() / len(none)), rtol=2e-3)
    pooled = np.sqrt((one.var() + none.var()) / 2)
    assert_allclose(row["standardised"], (one.mean() - none.mean()) / pooled, rtol=2e-3)
    assert abs(row["weighted_standardised"]) < 0.1 * row["standardised"]


def test_the_weighted_link_is_the_weighted_fit():
    answers, asked = world()
    silence = look_at_silence(asked)
    found = attacked(answers, asked)
    weight = silence.weights[asked["answered"].to_numpy() == 1]
    fit = fit_linear(answers.assign(w=weight), "y ~ x", cluster="customer_id", weights="w").slope("x")
    row = found.estimates.loc["weighted"]
    assert_allclose([row["estimate"], row["std_error"]], [fit.estimate, fit.std_error], rtol=1e-6)
    plain = fit_linear(answers, "y ~ x", cluster="customer_id").slope("x")
    assert_allclose(found.estimates.loc["unweighted", "std_error"], plain.std_error, rtol=1e-9)
    assert found.n_eff < found.n_linked


def test_weights_bring_the_link_of_all_back():
    for seed in range(3):
        found = attacked(*world(seed, slope_by_spend=0.4))
        row = found.estimates.loc["weighted"]
        assert abs(row["estimate"] - 0.5) < 3 * row["std_error"]
        assert found.estimates.loc["difference", "high"] < 0
        assert judge_nonresponse(found).verdict == REVIEW


def test_silence_that_leaves_the_link_alone_passes():
    verdicts = [judge_nonresponse(attacked(*world(s))).verdict for s in range(6)]
    assert verdicts.count(PASS) >= 5


def test_groups_far_apart_are_doubted_though_the_link_holds():
    check = judge_nonresponse(attacked(*world(strength=1.5)))
    assert check.verdict == REVIEW
    assert "too unlike" in check.advice


def test_a_behaviour_s_units_do_not_matter():
    answers, asked = world()
    first = attacked(answers, asked).estimates
    other = attacked(answers, asked.assign(spend=asked["spend"] / 1e6, margin=asked["spend"] * 0.3, same=1.0))
    assert_allclose(other.estimates.astype(float), first.astype(float), rtol=1e-5)


def test_what_is_not_known_is_not_assessed():
    answers, asked = world()
    assert judge_nonresponse(attacked(answers, None)).verdict == NOT_ASSESSED
    assert attacked(answers, asked[asked["answered"] == 1]) is None
    apart = asked.assign(spend=asked["answered"] * 1.0)
    found = attacked(answers, apart)
    assert found.estimates.empty
    assert judge_nonresponse(found).verdict == REVIEW


@pytest.mark.parametrize(
    ("link", "survey"), [("handle_time_and_satisfaction", "csat"), ("touch_points_and_loyalty", "nps")]
)
def test_the_planted_silence_is_seen_and_the_mean_moves_to_the_truth(demo, demo_truth, link, survey):
    spec, through = demo.study.links[link], demo.last_complete_period
    rows = link_rows(demo, spec, through)
    formula = f"{spec.outcome} ~ {' + '.join([*spec.drivers, *spec.controls])}"
    kept = sample_of(fit_linear(rows, formula, cluster="customer_id"), rows, spec)
    found = compare_silent(kept, look_at_silence(nonresponse_rows(demo, spec, through)), spec)
    planted = demo_truth["non_response"][survey]
    assert found.response_share == pytest.approx(planted["answered"] / planted["invited"], abs=0.01)
    assert found.differences.loc["tenure_months", "low"] > 0
    assert found.differences.loc["segment: business", "high"] < 0
    means = found.estimates["estimate"]
    # Tenure is half of what makes people answer, so about half of the way back can be gone.
    way = planted["mean_of_answers"] - planted["mean_of_all_invited"]
    assert 0.2 * way < means["outcome_mean"] - means["weighted_outcome_mean"] < 0.9 * way
    assert judge_nonresponse(found).verdict == PASS


@pytest.mark.parametrize("link", ["engagement_and_satisfaction", "satisfaction_and_growth"])
def test_means_of_answers_are_weighted_inside(demo, link):
    spec, through = demo.study.links[link], demo.last_complete_period
    rows = link_rows(demo, spec, through)
    formula = f"{spec.outcome} ~ {' + '.join([*spec.drivers, *spec.controls])}"
    fit = fit_linear(rows, formula, cluster="unit_id")
    found = compare_silent(
        sample_of(fit, rows, spec), look_at_silence(nonresponse_rows(demo, spec, through)), spec
    )
    assert found.n_linked > 0.95 * fit.n_used
    assert found.estimates.loc["weighted", "estimate"] != found.estimates.loc["unweighted", "estimate"]
    assert judge_nonresponse(found).verdict == PASS


def test_a_link_without_answers_has_nobody_silent(demo):
    spec = demo.study.links["account_calls_and_spend"]
    assert nonresponse_rows(demo, spec, demo.last_complete_period) is None


TINY = """
study: Tiny
sources:
  customers: {from: customers.csv}
  feedback: {from: feedback.csv}
  transactions: {from: purchases.csv}
  interactions: {from: contacts.csv}
metrics:
  nps: {of: feedback, scale: [0, 10]}
  csat: {of: feedback, scale: [1, 5]}
  spend: {of: transactions, column: amount}
  minutes: {of: interactions}
links:
  loyalty:
    question: Does loyalty go with spend?
    grain: customer_period
    outcome: spend
    drivers: [nps]
  service:
    question: Do minutes go with satisfaction?
    grain: interaction
    outcome: csat
    drivers: [minutes]
"""


def tiny_files() -> dict[str, str]:
    """160 customers over two quarters: every third says how loyal they are, every second contact is rated."""
    customers, purchases, contacts, answers = ["customer_id,segment,left_on"], [], [], []
    for c in range(160):
        customers.append(f"C{c},{'home' if c % 4 else 'trade'},")
        for quarter, month in (("1", "02"), ("2", "05")):
            purchases.append(f"T{c}{quarter},C{c},2025-{month}-20,{100 + c}")
            contacts.append(f"I{c}{quarter},C{c},2025-{month}-03 10:00:00,{c % 9}")
            if (c + int(quarter)) % 2:
                answers.append(f"R{c}{quarter},C{c},I{c}{quarter},2025-{month}-04 10:00:00,,{1 + c % 5}")
        if c % 3 == 0:
            answers.append(f"L{c},C{c},,2025-02-10 10:00:00,{c % 11},")
    return {
        "customers.csv": "\n".join(customers),
        "purchases.csv": "\n".join(["transaction_id,customer_id,purchased_at,amount", *purchases]),
        "contacts.csv": "\n".join(["interaction_id,customer_id,ended_at,minutes", *contacts]),
        "feedback.csv": "\n".join(["response_id,customer_id,interaction_id,answered_at,nps,csat", *answers]),
    }


def test_without_invitations_contacts_or_customers_are_who_could_have_answered(make_study):
    from linkage.opening import open_study

    study = open_study(make_study(TINY, tiny_files()))
    links = study.study.links
    service = nonresponse_rows(study, links["service"], "2025Q2")
    assert len(service) == 320
    assert service["answered"].mean() == 0.5
    assert set(service["interaction_id"]) == {f"I{c}{q}" for c in range(160) for q in (1, 2)}
    loyalty = nonresponse_rows(study, links["loyalty"], "2025Q2")
    assert len(loyalty) == 320
    assert loyalty["answered"].sum() == 54
    assert loyalty.loc[loyalty["answered"] == 1, "answer_period"].unique().tolist() == ["2025Q1"]
    assert len(nonresponse_rows(study, links["service"], "2025Q1")) == 160
    assert look_at_silence(loyalty).differences.loc["spend", "answered"] > 100
    # Nobody was asked, as far as is known: their share answering would be a figure of nothing.
    card = study.link("service", period="2025Q2")
    (check,) = [c for c in card.battery if c.name == "non-response"]
    assert check.verdict == NOT_ASSESSED and "The study has no invitations" in check.advice
