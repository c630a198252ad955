"""A challenge changes one thing and shows what moves; what cannot be asked is refused with the remedy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from corner_shop import corner_study, environment, workplace

from linkage.errors import LinkError
from linkage.opening import open_study
from linkage.reviewing.challenging import challenge
from linkage.reviewing.curves import specification_curves
from linkage.reviewing.first_challenge import first_challenge
from linkage.reviewing.moving import move_between

LINK = "handle_and_satisfaction"
PERIOD = {"period": "2026Q3"}


@pytest.fixture(scope="module")
def corner():
    with environment(workplace()):
        opened = open_study(corner_study())
        opened.links(**PERIOD)
        yield opened


def challenged(found, driver: str = "handle_minutes") -> pd.Series:
    return found.estimates.set_index(["driver", "asked"]).loc[(driver, "challenged")]


def test_without_its_control_the_planted_slope_stays(corner):
    """A minute more costs 0.1 points whatever the channel, which was drawn by lot."""
    found = challenge(corner, LINK, drop_controls="channel", **PERIOD)
    row = challenged(found)
    assert abs(row["estimate"] + 0.1) < 3 * (row["high"] - row["low"]) / 4
    assert row["excludes_zero"] and row["n"] == 239
    assert found.changed == ("nothing held fixed instead of channel",)
    assert found.summary().startswith(f"{LINK} with nothing held fixed instead of channel. handle_minutes: ")
    assert (
        "the sign stays, both intervals exclude zero. Exploratory: asked after the data were seen."
        in found.summary()
    )
    assert "of its standard errors away: it holds; the sign stays" in found.summary()
    assert found.moves.loc["handle_minutes", "verdict"] == "PASS"


def test_without_its_control_it_is_the_fit_by_hand(corner):
    rows = corner.connection.sql(
        "select csat, handle_minutes from link_interaction where csat is not null"
    ).df()
    slope = np.polyfit(rows["handle_minutes"], rows["csat"], 1)[0]
    found = challenge(corner, LINK, drop_controls=["channel"], **PERIOD)
    assert challenged(found)["estimate"] == pytest.approx(slope, rel=1e-9)
    assert found.estimates.iloc[0]["estimate"] == corner.link(LINK, **PERIOD).estimates["estimate"].iloc[0]


def test_a_study_may_be_named_by_its_folder(corner):
    named = challenge(corner.study.folder, LINK, drop_controls="channel", **PERIOD)
    assert named.estimates.equals(challenge(corner, LINK, drop_controls="channel", **PERIOD).estimates)


def test_rows_left_out_are_counted_and_gone(corner):
    found = challenge(corner, LINK, exclude={"channel": "phone"}, drop_controls="channel", **PERIOD)
    shop = (
        corner.connection.sql("select csat, handle_minutes from link_interaction where channel = 'shop'")
        .df()
        .dropna()
    )
    row = challenged(found)
    assert row["n"] == len(shop)
    assert row["estimate"] == pytest.approx(np.polyfit(shop["handle_minutes"], shop["csat"], 1)[0], rel=1e-9)
    phones = corner.connection.sql(
        "select count(*) from link_interaction where channel = 'phone'"
    ).fetchall()[0][0]
    assert found.changed[-1] == f"{phones} of 240 rows left out (channel phone)"


def test_the_published_side_is_the_card_and_the_study_stays_as_it_was(corner):
    before = corner.link(LINK, **PERIOD)
    found = challenge(corner, LINK, drop_controls="channel", **PERIOD)
    assert found.published is before and corner.link(LINK, **PERIOD) is before
    declared = found.estimates[found.estimates["asked"] == "as declared"].iloc[0]
    assert (declared["n"], declared["clusters"]) == (before.n_used, before.clusters)
    assert list(found.table().columns) == [
        "estimate",
        "std_error",
        "low",
        "high",
        "n",
        "clusters",
        "excludes_zero",
    ]


REFUSED = {
    "nothing": ({}, "Nothing of handle_and_satisfaction is changed"),
    "the same": ({"controls": ["channel"]}, "Nothing of handle_and_satisfaction is changed"),
    "not held": ({"drop_controls": ["segment"]}, "does not hold 'segment' fixed; it holds channel"),
    "misspelt": ({"controls": ["chanel"]}, "no column 'chanel' to hold fixed. Did you mean 'channel'"),
    "lag": ({"lag": 1}, "'lag' and 'change' are for grains with periods"),
    "window": ({"window": 30}, "a contact has no window, so there is no window to change"),
    "no such rows": ({"exclude": {"channel": "fax"}}, "has channel fax. It has: phone, shop"),
    "no such column": ({"exclude": {"colour": "red"}}, "have no column 'colour'"),
    "persons": ({"exclude": {"customer_id": "CUST-0001"}}, "customer_id names persons"),
    "all rows": ({"exclude": {"channel": ["phone", "shop"]}}, "nothing is left of the 240 rows"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_asked_is_refused(corner, case):
    options, words = REFUSED[case]
    with pytest.raises(LinkError) as refused:
        challenge(corner, LINK, **PERIOD, **options)
    assert words in str(refused.value)


def test_an_unknown_link_is_refused_with_the_nearest(corner):
    with pytest.raises(LinkError, match="Did you mean 'handle_and_satisfaction'"):
        challenge(corner, "handle_and_satisfation", drop_controls="channel", **PERIOD)


# ------------------------------------------------------------------------------------------ windows and lags


SHOP = """
study: Windows
currency: EUR
period: quarter
windows: {before: 30 days, after: 60 days}
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  transactions: {from: purchases.csv}
metrics:
  nps: {of: feedback, scale: [0, 10], label: Recommend}
  spend: {of: transactions, column: amount, label: Spend, unit: EUR}
links:
  loyalty_and_spend:
    question: Do those who recommend spend more?
    grain: survey
    outcome: spend_after
    drivers: [nps]
    controls: [spend_before]
  nobody:
    question: Nothing to ask?
    grain: survey
    outcome: spend_after
    drivers: [nps]
    where: {nps: 11}
"""


@pytest.fixture
def windows(make_study):
    """A point more of recommendation: 1 EUR 10 days after the answer, and 5 EUR 50 days after it."""
    rng = np.random.default_rng(3)
    n = 120
    nps = rng.integers(0, 11, n)
    answered = pd.Timestamp("2026-02-01 10:00") + pd.to_timedelta(np.arange(n) % 20, unit="D")
    name = [f"C{i:03d}" for i in range(n)]
    answers = pd.DataFrame({"response_id": name, "customer_id": name, "answered_at": answered, "nps": nps})
    noise = rng.normal(0, 0.5, n).round(2)
    bought = [
        (name, answered - pd.Timedelta(days=10), rng.uniform(20, 30, n).round(2)),
        (name, answered + pd.Timedelta(days=10), 20 + 1 * nps + noise),
        (name, answered + pd.Timedelta(days=50), 20 + 5 * nps),
        (["C000"], [pd.Timestamp("2025-12-01")], [1.0]),
        (["C000"], [pd.Timestamp("2026-12-31")], [1.0]),
    ]
    frames = [pd.DataFrame({"customer_id": c, "purchased_at": t, "amount": a}) for c, t, a in bought]
    purchases = pd.concat(frames, ignore_index=True)
    purchases.insert(0, "transaction_id", [f"T{i}" for i in range(len(purchases))])
    files = {
        "customers.csv": pd.DataFrame({"customer_id": name}),
        "answers.csv": answers,
        "purchases.csv": purchases,
    }
    folder = make_study(SHOP, {file: frame.to_csv(index=False) for file, frame in files.items()}, "windows")
    return open_study(folder)


def test_another_window_counts_other_days_and_says_them_at_the_declared_length(windows):
    """A point is worth 6 EUR over 60 days, and 1 EUR over 20, which is 3 EUR in 60: what was planted."""
    asked = {"period": "2026Q1"}
    found = challenge(windows, "loyalty_and_spend", window=(30, 20), **asked)
    declared = found.estimates.iloc[0]
    row = challenged(found, "nps")
    assert declared["estimate"] == pytest.approx(6, abs=0.1) and row["estimate"] == pytest.approx(3, abs=0.1)
    assert row["low"] < 3 < row["high"]
    assert found.changed == (
        "30 days before and 20 after the answer instead of 30 and 60",
        "spend_after of 20 days brought to 60",
    )
    assert "spend in the 20 days after, brought to 60 days" in found.challenged.summary()
    # From 6 to 3 EUR half of it is gone, and it was known to within a hundredth: that is no small matter.
    move = found.moves.loc["nps"]
    assert move["moved_share"] == pytest.approx(-1 / 2, abs=0.02) and move["verdict"] == "REVIEW"
    assert move["moved_errors"] == pytest.approx(
        (declared["estimate"] - row["estimate"]) / declared["std_error"], rel=1e-9
    )
    assert (
        f"{-move['moved_share']:.0%} smaller, " in found.summary()
        and "it rests on this choice; the sign stays" in found.summary()
    )
    # The study's own tables are as they were.
    again = challenge(windows, "loyalty_and_spend", drop_controls="spend_before", **asked)
    assert challenged(again, "nps")["estimate"] == pytest.approx(6, abs=0.1)


def test_a_window_in_which_money_goes_on_alike_moves_nothing(windows):
    """A driver that is a sum is brought to its declared days too: 20 to 30 EUR came in its first ten of 30 days."""
    asked = {"period": "2026Q1", "controls": ["nps"]}
    earlier = windows.study.links["loyalty_and_spend"].model_copy(
        update={"name": "habit", "outcome": "nps", "drivers": ("spend_before",), "controls": ()}
    )
    windows.study.links["habit"] = earlier
    found = challenge(windows, "habit", window=(15, 60), period=asked["period"])
    declared, row = found.estimates.iloc[0], challenged(found, "spend_before")
    assert row["estimate"] == pytest.approx(declared["estimate"] / 2, rel=1e-9)
    assert found.changed[1] == "spend_before of 15 days brought to 30"


@pytest.mark.parametrize("window", [0, -3, (30,), (30, 10_000), ("30", 20)])
def test_days_that_are_none_are_refused(windows, window):
    with pytest.raises(LinkError, match="is no number of days, nor a pair of them"):
        challenge(windows, "loyalty_and_spend", window=window, period="2026Q1")


def test_the_declared_window_and_a_link_without_estimate_are_refused(windows):
    with pytest.raises(LinkError, match="30 days before and 60 after already"):
        challenge(windows, "loyalty_and_spend", window=(30, 60), period="2026Q1")
    with pytest.raises(LinkError, match="nobody has no published estimate to challenge"):
        challenge(windows, "nobody", window=10, period="2026Q1")


# ------------------------------------------------------------------------------------------ what a review begins with


def test_a_review_begins_with_the_best_founded_link(corner):
    found = first_challenge(corner, **PERIOD)
    assert found.found.link == LINK and found.found.changed == ("nothing held fixed instead of channel",)
    assert found.summary() == found.found.summary() and len(found.table()) == 2
    asked = first_challenge(
        corner, link=LINK, drop_controls=["channel"], exclude={"channel": "phone"}, **PERIOD
    )
    assert asked.found.changed[1].endswith("left out (channel phone)")


def test_a_study_without_an_estimate_says_so(make_study):
    yml = "study: Bare\nsources:\n  customers: {from: customers.csv}\n  feedback: {from: f.csv}\nmetrics:\n"
    yml += "  nps: {of: feedback, scale: [0, 10]}\n"
    answers = "response_id,customer_id,answered_at,nps\nR1,A,2026-02-03 10:00,9\n"
    bare = open_study(make_study(yml, {"customers.csv": "customer_id\nA\n", "f.csv": answers}))
    found = first_challenge(bare, period="2026Q1")
    assert found.summary() == "No declared link has an estimate: there is nothing to challenge."
    assert found.table().empty and "nothing to challenge" in found.plot().alt


def test_the_curve_of_a_link_holds_its_declared_estimate(corner):
    curves = specification_curves(corner.links(**PERIOD))
    row = curves.loc[LINK]
    spread = corner.connection.sql(
        "select stddev_pop(handle_minutes) / stddev_pop(csat) from link_interaction where csat is not null"
    ).fetchall()[0][0]
    declared = corner.link(LINK, **PERIOD).estimates["estimate"].iloc[0]
    assert row["declared"] == pytest.approx(declared * spread, rel=1e-6)
    assert row["low"] <= row["median"] <= row["high"] < 0
    assert (row["same_sign_share"], row["excludes_zero_share"]) == (1.0, 1.0) and row["specifications"] >= 4


# ------------------------------------------------------------------------------------------ how far it moved


def estimate(value: float, error: float = 1.0, zero: bool = True) -> dict:
    return {"estimate": value, "std_error": error, "excludes_zero": zero}


@pytest.mark.parametrize(
    ("declared", "challenged", "verdict", "said"),
    [
        (estimate(10.0), estimate(9.0), "PASS", "10% smaller, 1.0 of its standard errors away: it holds"),
        (estimate(10.0), estimate(12.0), "PASS", "20% larger, 2.0 of its standard errors away: it holds"),
        (
            estimate(10.0),
            estimate(7.9),
            "REVIEW",
            "21% smaller, 2.1 of its standard errors away: it rests on this",
        ),
        (
            estimate(10.0, 5.0),
            estimate(4.9),
            "REVIEW",
            "51% smaller, 1.0 of its standard errors away: it rests",
        ),
        (
            estimate(10.0),
            estimate(9.0, zero=False),
            "FAIL",
            "10% smaller, 1.0 of its standard errors away: it does",
        ),
        (estimate(-10.0), estimate(1.0), "FAIL", "11.0 of its standard errors away: it does not hold"),
        (
            estimate(1.0, zero=False),
            estimate(1.2, zero=False),
            "PASS",
            "20% larger, 0.2 of its standard errors",
        ),
        (estimate(10.0, float("nan")), estimate(9.0), "NOT ASSESSED", "whether it holds cannot be told"),
    ],
)
def test_a_move_is_told_by_its_share_and_its_standard_errors(declared, challenged, verdict, said):
    move = move_between(declared, challenged)
    assert move.verdict == verdict and move.sentence().startswith(said)
