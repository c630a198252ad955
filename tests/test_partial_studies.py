"""Studies that have only part of the data: all is built that can be, and what cannot be answered says what it needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from linkage.contract import check_study
from linkage.errors import LinkageError, TableError
from linkage.feedback import headlines, overview_by_period
from linkage.ladder import NOT_JUDGED
from linkage.opening import open_study
from linkage.shapes import driver_rankings, driver_shapes

# Two years of a small company: what each study below leaves out is what it is about.
RANDOM = np.random.default_rng(20)
DAYS = pd.date_range("2025-01-01", "2026-06-30", periods=240)


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


CUSTOMERS = frame(
    customer_id=[f"C{i:02d}" for i in range(40)],
    segment=["home", "office"] * 20,
    joined_on="2024-05-01",
    account_calls=RANDOM.integers(0, 9, 40),
    exit_score=RANDOM.integers(0, 11, 40),
)
CONTACTS = frame(
    interaction_id=[f"I{i:03d}" for i in range(240)],
    customer_id=[f"C{i % 40:02d}" for i in range(240)],
    unit_id=[f"U{i % 12:02d}" for i in range(240)],
    started_at=DAYS.strftime("%Y-%m-%d %H:%M"),
    channel=["phone", "chat", "shop"] * 80,
    handle_minutes=RANDOM.gamma(4, 2, 240).round(1),
    hold_minutes=RANDOM.gamma(2, 1, 240).round(1),
)
ANSWERS = frame(
    response_id=[f"R{i:03d}" for i in range(240)],
    customer_id=CONTACTS["customer_id"],
    interaction_id=CONTACTS["interaction_id"],
    unit_id=CONTACTS["unit_id"],
    answered_at=(DAYS + pd.Timedelta(days=1)).strftime("%Y-%m-%d"),
    csat=np.clip(np.round(5 - CONTACTS["handle_minutes"] / 6 + RANDOM.normal(0, 0.7, 240)), 1, 5),
    effort=RANDOM.integers(1, 8, 240),
)
PURCHASES = frame(
    transaction_id=[f"T{i:03d}" for i in range(240)],
    # Some buy more often than others: an order a head and quarter would tell quarters apart, and no customers.
    customer_id=[f"C{i % 40 if i % 3 else i % 7:02d}" for i in range(240)],
    unit_id=CONTACTS["unit_id"],
    purchased_at=DAYS.strftime("%Y-%m-%d"),
    amount=RANDOM.gamma(3, 20, 240).round(2),
)
UNITS = frame(unit_id=[f"U{i:02d}" for i in range(12)], kind=["branch", "partner"] * 6)
UNIT_FIGURES = frame(
    unit_id=[f"U{i:02d}" for i in range(12) for _ in range(6)],
    period=["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2"] * 12,
    rating=RANDOM.normal(4, 0.3, 72).round(2),
    wait_days=RANDOM.gamma(3, 2, 72).round(1),
    revenue=RANDOM.gamma(9, 20, 72).round(0),
)

SOURCES = {
    "customers": (CUSTOMERS, "  account_calls: {of: customers}\n  exit_score: {of: customers}\n"),
    "interactions": (CONTACTS, "  handle_minutes: {of: interactions}\n  hold_minutes: {of: interactions}\n"),
    "feedback": (ANSWERS, "  csat: {of: feedback, scale: [1, 5]}\n  effort: {of: feedback, scale: [1, 7]}\n"),
    "transactions": (PURCHASES, "  spend: {of: transactions, column: amount}\n"),
    "units": (UNITS, ""),
    "figures": (
        UNIT_FIGURES,
        "  rating: {of: figures}\n  wait_days: {of: figures}\n  revenue: {of: figures}\n",
    ),
}


def link(name: str, grain: str, outcome: str, drivers: str, more: str = "") -> str:
    return f"  {name}: {{question: 'Q?', grain: {grain}, outcome: {outcome}, drivers: [{drivers}]{more}}}\n"


@pytest.fixture
def partial(make_study):
    """partial([sources], links) opens a study of these sources only; a frame may take the place of a source's own."""

    def build(names: list[str], links: str, **frames: pd.DataFrame):
        texts = {f"{n}.csv": frames.get(n, SOURCES[n][0]).to_csv(index=False) for n in names}
        special = {"figures": "role: unit_periods, about: feedback, "}
        sources = "".join(f"  {n}: {{{special.get(n, '')}from: {n}.csv}}\n" for n in names)
        metrics = "".join(SOURCES[n][1] for n in names)
        yml = f"study: Part\nsources:\n{sources}" + (f"metrics:\n{metrics}" if metrics else "")
        return make_study(yml + f"links:\n{links}", texts)

    return build


def walk_through(folder) -> tuple:
    """Everything a notebook would ask of a study; what cannot be said must say why, and nothing may break."""
    study = open_study(folder)
    cards = study.links()
    assert set(study.contents["table"]) == set(study.tables)
    for table in study.tables:
        assert len(study.table(table).columns)
        assert study.joins(table) is not None
    for name in study.study.links:
        card = cards[name]
        assert card.summary() and isinstance(card.to_frame(), pd.DataFrame)
        assert card.n_used > 0 or card.verdict == NOT_JUDGED
        if card.verdict == NOT_JUDGED:
            assert card.reason, name
    assert isinstance(cards.findings(), list)
    assert len(cards.to_frame()) >= len(study.study.links)
    assert cards.table() is not None and cards.checks() is not None
    for topic in ("operations", "money", "units", "people"):
        assert cards.about(topic).summary()
    if study.periods:
        period = study.periods[-1]
        for asked in (driver_shapes, driver_rankings):
            found = asked(study, period=period)
            assert found.summary() and found.plot() is not None and found.table() is not None
        for asked in (headlines, overview_by_period):
            try:
                assert asked(study, period=period).summary()
            except TableError as error:
                assert "holds no feedback" in str(error)
    contract = check_study(folder)
    assert contract.summary() and contract.to_json() and contract.headline()
    return study, cards, contract


def verdicts(cards, study) -> dict[str, bool]:
    """Whether each link was answered."""
    return {name: cards[name].verdict != NOT_JUDGED for name in study.study.links}


def test_operations_without_money(partial):
    links = (
        link("handling", "interaction", "csat", "handle_minutes")
        + link("which", "interaction", "csat", "handle_minutes, hold_minutes")
        + link("before", "survey", "csat", "handle_minutes")
        + link("panel", "customer_period", "csat", "handle_minutes", ", lag: 1")
        + link("staff", "employee_period", "csat", "contact_count")
        + link("branches", "unit_period", "csat", "handle_minutes")
    )
    study, cards, contract = walk_through(partial(["interactions", "feedback"], links))
    assert study.tables == ["link_interaction", "link_survey", "link_customer_period"]
    assert verdicts(cards, study) == {
        "handling": True, "which": True, "before": True, "panel": True, "staff": False, "branches": False,
    }  # fmt: skip
    assert cards["staff"].reason == "This study has no source of employees or employee_feedback."
    assert "units or unit_periods" in cards["branches"].reason
    assert contract.broken == (
        "staff needs a source of employees or employee_feedback",
        "branches needs a source of units or unit_periods",
    )


def test_units_without_customers(partial):
    links = (
        link("waiting", "unit_period", "rating", "wait_days")
        + link("growing", "unit_period", "revenue", "rating", ", lag: 1, controls: [revenue_now]")
        + link("answers", "unit_period", "csat", "wait_days")
        + link("spending", "customer_period", "csat", "effort")
    )
    answers = ANSWERS.drop(columns=["customer_id", "interaction_id"])
    study, cards, contract = walk_through(partial(["units", "figures", "feedback"], links, feedback=answers))
    assert verdicts(cards, study) == {"waiting": True, "growing": True, "answers": True, "spending": False}
    assert any(said.startswith("spending finds no value of") for said in contract.broken)


def test_one_wave(partial):
    days = pd.date_range("2026-01-05", "2026-03-20", periods=240)
    answers = ANSWERS.assign(answered_at=(days + pd.Timedelta(days=1)).strftime("%Y-%m-%d"))
    contacts = CONTACTS.assign(started_at=days.strftime("%Y-%m-%d %H:%M"))
    links = (
        link("handling", "interaction", "csat", "handle_minutes")
        + link("later", "customer_period", "csat", "handle_minutes", ", lag: 1")
        + link("changed", "unit_period", "csat", "handle_minutes", ", change: 1")
        + link("same", "unit_period", "csat", "handle_minutes")
    )
    folder = partial(["interactions", "feedback", "units"], links, feedback=answers, interactions=contacts)
    study, cards, _ = walk_through(folder)
    assert study.periods == ["2026Q1"]
    assert verdicts(cards, study) == {"handling": True, "later": False, "changed": False, "same": True}
    shown = headlines(study, period="2026Q1")
    assert "no earlier period to compare with" in shown.summary()


def test_no_keys_but_a_unit_and_a_period(partial):
    links = (
        link("waiting", "unit_period", "rating", "wait_days")
        + link("change", "unit_period", "rating", "wait_days", ", change: 1")
        + link("growth", "unit_period", "revenue", "rating, wait_days", ", lag: 2")
        + link("answers", "survey", "tenure_months", "weight")
    )
    study, cards, contract = walk_through(partial(["figures"], links))
    assert study.tables == ["link_unit_period"]
    assert verdicts(cards, study) == {"waiting": True, "change": True, "growth": True, "answers": False}
    assert contract.broken == ("answers needs a source of feedback",)
    assert list(driver_rankings(study, period="2026Q2").rankings) == ["growth"]


def test_only_transactions(partial):
    links = (
        link("habit", "customer_period", "spend", "order_count", ", lag: 1")
        + link("units", "unit_period", "spend", "order_count")
        + link("answers", "survey", "spend_after", "spend_before")
    )
    study, cards, contract = walk_through(partial(["transactions"], links))
    assert study.tables == ["link_customer_period"]
    assert verdicts(cards, study) == {"habit": True, "units": False, "answers": False}
    assert len(contract.broken) == 2
    with pytest.raises(TableError, match="holds no feedback"):
        headlines(study, period=study.periods[-1])


def test_only_customers(partial):
    links = link("calls", "customer_period", "is_lost", "account_calls") + link(
        "scores", "customer_period", "exit_score", "account_calls"
    )
    study, cards, contract = walk_through(partial(["customers"], links))
    assert study.periods == []
    assert verdicts(cards, study) == {"calls": False, "scores": False}
    assert cards["calls"].reason.startswith("No dated row")
    assert len(contract.broken) == 2
    with pytest.raises(LinkageError, match="no dated row"):
        _ = study.last_complete_period


@pytest.mark.parametrize("missing", ["column", "values"])
def test_only_feedback_without_customer_ids(partial, missing):
    answers = ANSWERS.drop(columns=["customer_id", "interaction_id", "unit_id"])
    if missing == "values":
        answers = answers.assign(customer_id=None, interaction_id=None)
    links = (
        link("effort", "survey", "csat", "effort")
        + link("panel", "customer_period", "csat", "effort", ", lag: 1")
        + link("contact", "interaction", "csat", "effort")
    )
    study, cards, contract = walk_through(partial(["feedback"], links, feedback=answers))
    assert verdicts(cards, study) == {"effort": True, "panel": False, "contact": False}
    assert cards["effort"].n_used == 239  # that of 1 July is of a quarter that has only begun
    assert set(contract.broken) == {
        "panel finds no value of csat, effort",
        "contact needs a source of interactions",
    }
    overview = overview_by_period(study, period=study.periods[-1]).estimates
    assert overview["n"].sum() == 2 * 240


def test_a_contact_without_answers_and_an_answer_without_contacts(partial):
    links = link("handling", "interaction", "csat", "handle_minutes") + link(
        "before", "survey", "csat", "handle_minutes"
    )
    apart = ANSWERS.assign(customer_id=lambda f: "X" + f["customer_id"], interaction_id="none")
    study, cards, contract = walk_through(partial(["interactions", "feedback"], links, feedback=apart))
    assert verdicts(cards, study) == {"handling": False, "before": False}
    assert contract.broken == (
        "handling finds no value of csat",
        "before finds no value of handle_minutes",
    )


def test_a_table_with_a_header_and_no_readable_money(partial):
    purchases = PURCHASES.assign(amount="n/a")
    links = link("spending", "survey", "spend_after", "csat") + link("effort", "survey", "csat", "effort")
    study, cards, _ = walk_through(partial(["feedback", "transactions"], links, transactions=purchases))
    assert verdicts(cards, study) == {"spending": False, "effort": True}


def test_answers_that_name_nobody_count_each_for_itself(partial):
    # Every other answer is anonymous: it is not lost with the cluster it does not have.
    answers = ANSWERS.assign(
        customer_id=ANSWERS["customer_id"].where(ANSWERS.index % 2 == 0),
        interaction_id=ANSWERS["interaction_id"].where(ANSWERS.index % 2 == 0),
    )
    links = link("effort", "survey", "csat", "effort")
    study, cards, _ = walk_through(partial(["feedback"], links, feedback=answers))
    # Without the last, of 1 July: its quarter has only begun.
    assert (cards["effort"].n_used, cards["effort"].clusters) == (239, 20 + 119)
    overview = overview_by_period(study, period=study.periods[-1]).estimates
    assert overview.groupby("metric")["n"].sum().tolist() == [240, 240]
