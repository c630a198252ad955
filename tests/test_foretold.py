"""Does feedback foretell money? Where the slope of a link and the metric race disagree, the answer names both."""

from types import SimpleNamespace

import pandas as pd
from test_front import MINUS, asked, finding, spec


def raced(monkeypatch, *rows):
    """The metric race as if it had found these: outcome, metric, share, low, high."""
    columns = ["outcome", "metric", "share", "low", "high"]
    found = SimpleNamespace(estimates=pd.DataFrame(rows, columns=columns))
    monkeypatch.setattr("linkage.racing.metric_race", lambda study, period: found)
    return {"outcomes": {"11_metric_race": SimpleNamespace(status="ok")}, "period": "2026Q3"}


def test_where_a_slope_is_shown_and_the_race_shows_none_the_answer_says_both(monkeypatch):
    links = [
        spec("buys", "spend", "nps", grain="customer_period", lag=1),
        spec("goes", "is_lost", "csat", grain="customer_period", lag=1),
    ]
    found = [
        finding("buys", "nps", "spend", 9.0, grain="customer_period"),
        finding("goes", "csat", "is_lost", -0.3, grain="customer_period"),
    ]
    race = raced(
        monkeypatch,
        ("Spend, customers", "Likelihood to recommend, mean", 0.0145, 0.0079, 0.0216),
        ("Spend, customers", "Rating, mean", 0.02, -0.01, 0.05),  # a larger share that is not shown
        ("Lost, customers", "Rating, top box", 0.0006, -0.0006, 0.0018),
        ("Lost, units", "Rating, mean", 0.5, 0.4, 0.6),
    )
    row = asked(links, found, **race)["Q10"]
    buying, _, leaving = row["brief"].partition(" Leaving: ")
    assert row["answer"] == "yes"
    assert buying.endswith("Metric race: 1.45% of the error saved (0.79% to 2.16%).")
    assert leaving.endswith(
        f"Metric race: not shown to foretell it (at best 0.06% of the error saved, {MINUS}0.06% to 0.18%)."
    )
    assert "race" not in asked(links, found)["Q10"]["brief"]  # a report without the race has none to name


def test_where_no_slope_is_shown_and_the_race_foretells_the_answer_says_both(monkeypatch):
    forth = spec("forth", "margin", "csat", grain="unit_period", lag=2)
    unseen = finding("forth", "csat", "margin", 5.0, verdict="no link", grain="unit_period", checks=[])
    race = raced(monkeypatch, ("Margin, units", "Rating, mean", 0.03, 0.01, 0.05))
    row = asked([forth], [unseen], **race)["Q3"]
    assert row["answer"] == "not shown"
    assert row["brief"].endswith("Metric race: “Rating, mean”, 3.00% of the error saved (1.00% to 5.00%).")
