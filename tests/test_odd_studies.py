"""Studies that are odd and yet readable: each page's question has an answer, or the reason why there is none."""

import numpy as np
import pandas as pd
import pytest
from test_kpis import FULL, full_frames, written

import linkage as lk
from linkage.opening import open_study

LINKS = """
links:
  talk:
    {question: Do longer calls hurt?, grain: interaction, outcome: csat, drivers: [handle_minutes], controls: [channel]}
  spend: {question: Do the satisfied spend more?, grain: survey, outcome: spend_after, drivers: [csat]}
"""
ODD = "<b>Süße 😀</b> '=1+1'"


def answered(frames):
    """The small company with an answer of chance to every contact."""
    rng, contacts = np.random.default_rng(8), frames["contacts.csv"]
    answers = contacts[["customer_id", "interaction_id"]].assign(
        response_id=[f"R{i}" for i in range(len(contacts))]
    )
    answers["answered_at"] = contacts["ended_at"] + pd.Timedelta(hours=1)
    answers["csat"] = rng.integers(1, 6, len(answers))
    return frames | {
        "answers.csv": answers,
        "invitations.csv": frames["invitations.csv"].assign(response_id=None),
    }


def column(file, name, value):
    return lambda frames: frames | {file: frames[file].assign(**{name: value})}


def same_customer(frames):
    return {n: f if n == "customers.csv" else f.assign(customer_id="C1") for n, f in frames.items()}


def without_a_quarter(frames):
    times = {"contacts.csv": "started_at", "answers.csv": "answered_at", "purchases.csv": "purchased_at"}
    kept = {n: frames[n][pd.to_datetime(frames[n][c]).dt.quarter != 2] for n, c in times.items()}
    return frames | kept


CASES = {
    "all answers are equal": (column("answers.csv", "csat", 4), "no link|not assessed"),
    "the outcome is missing": (column("answers.csv", "csat", None), "not assessed"),
    "the driver never varies": (column("contacts.csv", "handle_minutes", 5), "not assessed"),
    "all are of one customer": (same_customer, "no link|linked|not assessed"),
    "ten rows a file": (lambda frames: {n: f.head(10) for n, f in frames.items()}, "no link|not assessed"),
    "a quarter without a row": (without_a_quarter, "no link|linked"),
    "amounts below nought": (column("purchases.csv", "amount", -3), "no link|linked|not assessed"),
}


@pytest.mark.parametrize("name", CASES)
def test_every_page_of_an_odd_study_has_an_answer_or_a_reason(make_study, name):
    change, verdicts = CASES[name]
    study = open_study(make_study(FULL + LINKS, written(change(answered(full_frames())))))
    period = study.periods[-2]
    cards = study.links(period=period)
    assert cards["talk"].verdict in verdicts.split("|")
    ledger, goals = (
        lk.keep_and_lose(study, period=period, draws=50),
        lk.operational_goals(study, period=period),
    )
    said = [
        *(card.summary() for card in cards.cards),
        lk.business_kpis(study, period=period).summary(),
        goals.headline(),
        goals.summary(),
        lk.link_matrix(study, period=period).summary(),
        lk.matrix_beside_links(study, period=period).summary(),
        lk.metric_race(study, period=period).summary(),
        ledger.headline(),
        lk.usual_calculator(study, ledger).summary(),
        lk.band_migration(study, period=period).summary(),
        lk.value_points(study, period=period, draws=50).headline(),
    ]
    for words in said:
        assert len(words) > 10
        assert " nan" not in words.lower()
        assert "Traceback" not in words


def test_ten_rows_do_not_show_that_there_is_no_link(make_study):
    frames = {name: frame.head(10) for name, frame in answered(full_frames()).items()}
    study = open_study(make_study(FULL + LINKS, written(frames)))
    card = study.links(period=study.periods[-1])["talk"]
    power = next(c for c in card.battery if c.name.startswith("power"))
    assert (card.verdict, power.verdict) == ("no link", "REVIEW")
    assert "<b>not shown, L" in card._repr_html_()


def test_labels_units_and_comments_that_look_like_code_stay_words(make_study):
    yml = FULL.replace("scale: [1, 5]}", f'scale: [1, 5], label: "{ODD}"}}').replace(
        "unit: minute", 'unit: "=1+1"'
    )
    frames = answered(full_frames())
    frames["answers.csv"]["comment"] = "<script>alert(1)</script>"
    frames["contacts.csv"]["channel"] = frames["contacts.csv"]["channel"].replace("phone", "<img src=x>")
    study = open_study(make_study(yml + LINKS, written(frames)))
    period = study.periods[-2]
    cards = study.links(period=period)
    assert "Süße 😀" in cards["talk"].summary()
    shown = [
        cards._repr_mimebundle_()["text/html"],
        cards.publish()._repr_mimebundle_()["text/html"],
        cards.ladders().to_html(),
        lk.operational_goals(study, period=period).plot()._repr_mimebundle_()["text/html"],
        lk.link_matrix(study, period=period).plot()._repr_mimebundle_()["text/html"],
        lk.business_kpis(study, period=period).publish()._repr_mimebundle_()["text/html"],
    ]
    for page in shown:
        for code in ("<script", "<img src=x", "<b>S"):
            assert code not in page
