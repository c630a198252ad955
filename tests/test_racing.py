"""The metric race: a planted winner wins, equals draw, noise wins nothing; no forecast sees its own period."""

import numpy as np
import pytest

from linkage.racing import Forecasts, contenders_of, drawn_shares, forecast, metric_race, shares
from linkage.racing.contenders import Contender
from linkage.racing.race import _judge, _verdict

PERIODS, CUSTOMERS = 8, 300


def races(weights, noise=1.0, seed=3, same=0.0):
    """Metrics (n, 3) and an outcome made of them."""
    rng = np.random.default_rng(seed)
    n = PERIODS * CUSTOMERS
    shared = rng.standard_normal((n, 1))
    metrics = np.sqrt(1 - same) * rng.standard_normal((n, 3)) + np.sqrt(same) * shared
    y = metrics @ np.asarray(weights) + noise * rng.standard_normal(n)
    period, cluster = np.repeat(np.arange(PERIODS), CUSTOMERS), np.tile(np.arange(CUSTOMERS), PERIODS)
    return forecast(y + period, np.empty((n, 0)), metrics, period, cluster)


HEAT = [Contender(name, name, name, (name,)) for name in ("first", "second", "third")]


def verdict(found):
    return _verdict(_judge(found, HEAT, 0.95, seed=1), CUSTOMERS, "customer_period")


def test_a_planted_winner_wins_by_the_share_it_was_planted_with():
    found = races([0.5, 0.0, 0.0])
    assert shares(found)[0] == pytest.approx(0.25 / 1.25, abs=0.03)  # explained variance of the outcome
    winner, words = verdict(found)
    assert winner == "first"
    assert "foretells it best" in words


def test_equals_have_no_winner():
    found = races([0.3, 0.3, 0.0])
    winner, words = verdict(found)
    assert winner == "no winner"
    assert "as good within the interval" in words


def test_where_nothing_is_planted_nothing_wins():
    winners = [verdict(races([0, 0, 0], seed=seed))[0] for seed in range(40)]
    assert (
        sum(w != "no winner" for w in winners) <= 4
    )  # 5 % wanted; more than 4 of 40 falls once in a hundred


def test_a_forecast_never_sees_its_own_period_or_a_later_one():
    rng = np.random.default_rng(5)
    n = PERIODS * 50
    period, cluster = np.repeat(np.arange(PERIODS), 50), np.tile(np.arange(50), PERIODS)
    x, y = rng.standard_normal((n, 1)), rng.standard_normal(n)
    last = period == PERIODS - 1
    first = forecast(y, np.empty((n, 0)), x, period, cluster)
    y2 = np.where(last, 100 * x[:, 0], y)  # a perfect link, in the last period alone
    second = forecast(y2, np.empty((n, 0)), x, period, cluster)
    assert shares(second)[0] < 0.2  # what was learned before says nothing of it
    assert first.periods == PERIODS - 2


def test_the_sums_are_those_of_a_plain_loop():
    rng = np.random.default_rng(8)
    period, cluster = np.repeat(np.arange(4), 30), np.tile(np.arange(30), 4)
    x, y = rng.standard_normal((120, 1)), rng.standard_normal(120)
    held = rng.integers(0, 2, (120, 1)).astype(float)
    found = forecast(y, held, x, period, cluster)
    total = 0.0
    for t in (2, 3):
        d = {}
        for name, v in (("x", x[:, 0]), ("y", y), ("h", held[:, 0])):
            d[name] = v - np.array([v[period == p].mean() for p in period])
        past, now = period < t, period == t
        design = np.column_stack([d["h"], d["x"]])
        b, *_ = np.linalg.lstsq(design[past], d["y"][past], rcond=None)
        total += ((d["y"][now] - design[now] @ b) ** 2).sum()
    # The nuisance weights are those without the metric, taken out of both sides: the same up to its own fit.
    assert found.errors.sum() == pytest.approx(total, rel=1e-9)


def test_too_few_periods_are_no_race():
    assert (
        forecast(np.arange(6.0), np.empty((6, 0)), np.ones((6, 1)), np.repeat([0, 1], 3), np.arange(6))
        is None
    )


def test_draws_repeat_with_their_seed_and_cover_the_estimate():
    found = races([0.2, 0.1, 0.0])
    one, two = drawn_shares(found, draws=300, seed=4), drawn_shares(found, draws=300, seed=4)
    assert (one == two).all()
    assert np.abs(one.mean(axis=0) - shares(found)).max() < 0.01


def test_forecasts_hold_one_row_a_cluster():
    found = races([0.2, 0.1, 0.0])
    assert isinstance(found, Forecasts)
    assert found.base.shape == (CUSTOMERS,)
    assert found.errors.shape == (CUSTOMERS, 3)


def test_clusters_are_counted_among_the_rows_that_were_forecast():
    """Of twelve customers half are there in the first periods only: they are learned from, not forecast."""
    rng = np.random.default_rng(1)
    period = np.concatenate([np.repeat([0, 1], 12), np.repeat([2, 3, 4], 6)])
    who = np.concatenate([np.tile(np.arange(12), 2), np.tile(np.arange(6), 3)])
    x = rng.normal(size=len(who))
    found = forecast(x + rng.normal(size=len(x)), np.empty((len(x), 0)), x[:, None], period, who)
    assert (found.n, found.clusters, found.periods) == (18, 6, 3)  # two periods at least are learned from


def test_contenders_of_the_demo_study(demo):
    names = [c.name for c in contenders_of(demo.study)]
    assert {
        "nps",
        "nps_top_1",
        "nps_top_2",
        "nps_net",
        "csat_top_2",
        "effort_top_1",
        "rli",
        "ali",
        "pli",
    } <= set(names)
    assert "rli_1" not in names
    effort = next(c for c in contenders_of(demo.study) if c.name == "effort_top_2")
    assert "<= 2" in effort.sql  # the best end of a scale where lower is better


def test_the_demo_race_finds_no_winner_where_intervals_overlap(demo):
    race = metric_race(demo, period="2026Q3")
    assert set(race.verdicts["winner"]) >= {"no winner"}
    first = race.estimates.groupby(["outcome", "heat"]).first()
    assert (first["behind"] == 0).all()
    lost = race.verdicts[race.verdicts["outcome"] == "Lost, customers"].iloc[0]
    assert "Effort" in lost["said"]  # effort was planted as what makes customers leave
    assert race.plot().alt
    won, idle = (
        (race.verdicts["winner"] != "no winner").sum(),
        race.verdicts["said"].str.contains("not shown").sum(),
    )
    said = race.summary().splitlines()
    assert said[0].startswith(f"{won or 'None'} of {len(race.verdicts)} races ha")
    assert f"In {idle} even the best" in said[0]
    assert len(said) == 1 + len(race.verdicts)
    assert not race.verdicts["heat"].isin(demo.study.metrics).any()  # labels, no columns' names


def test_a_study_without_single_answers_says_so(hospitals):
    race = metric_race(hospitals, period="2022")
    assert race.estimates.empty
    assert race.summary().startswith("No race could be run")


def test_a_contender_of_whole_numbers_holds_nothing_else(demo):
    """A mean of whole numbers is taken in whatever order: that holds of every one that says so of itself."""
    whole = [c for c in contenders_of(demo.study) if c.is_whole]
    values = ", ".join(c.sql for c in whole)
    found = demo.connection.sql(f"select {values} from event_answer as answers").df().to_numpy("float64")
    known = found[np.isfinite(found)]
    assert {"nps_top_1", "nps_net"} <= {c.name for c in whole}
    assert (known == np.round(known)).all()
