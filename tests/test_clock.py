"""The order of time in a declared link: which design earns "after", and which is refused."""

import pytest

from linkage.errors import LinkError, StudyError
from linkage.linking.clock import clock_of
from linkage.study import load_study

YML = """
study: Tiny
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
  employees: {from: employees.csv}
  employee_feedback: {from: staff.csv}
  trainings: {from: trainings.csv}
  reports: {role: unit_periods, from: reports.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  nps: {of: feedback, scale: [0, 10]}
  handle_minutes: {of: interactions, unit: minute}
  spend: {of: transactions, unit: EUR}
  account_calls: {of: customers, unit: call}
  engagement: {of: employee_feedback}
  margin: {of: reports}
  rating: {of: reports}
  old_rating: {of: reports, covers: {from: 2020-01-01, to: 2020-12-31}}
  readmissions: {of: reports, covers: {from: 2021-07-01, to: 2022-06-30}}
  later_margin: {of: reports, covers: {from: 2023-01-01, to: 2023-12-31}}
windows: {before: 30 days, after: 60 days}
"""


@pytest.fixture
def clock(make_study):
    """clock(grain=..., outcome=..., drivers=...) gives the clock of one link of this study."""

    def read(period="year", **link):
        lines = "".join(f"    {key}: {value}\n" for key, value in link.items())
        folder = make_study(f"{YML}period: {period}\nlinks:\n  asked:\n    question: q?\n{lines}")
        study = load_study(folder)
        return clock_of(study, study.links["asked"])

    return read


@pytest.mark.parametrize(
    ("grain", "outcome", "drivers", "order"),
    [
        # Service before the answer and the answer itself: one occasion, not a follow-up.
        ("interaction", "csat", "[handle_minutes]", "same time"),
        ("interaction", "csat", "[account_calls]", "same time"),
        ("survey", "csat", "[handle_minutes]", "same time"),
        ("survey", "csat", "[nps]", "same time"),
        ("survey", "nps", "[spend_before]", "same time"),
        # Money in the window after the answer.
        ("survey", "spend_after", "[nps]", "after"),
        ("survey", "spend_after", "[nps, handle_minutes, spend_before]", "after"),
        ("survey", "spend_after", "[account_calls]", "after"),
        # Panels without a lag.
        ("customer_period", "spend", "[nps]", "same time"),
        ("customer_period", "is_lost", "[account_calls]", "same time"),
        ("unit_period", "margin", "[rating]", "same time"),
        ("employee_period", "csat", "[engagement]", "same time"),
        # A training counts from the period after the one it ended in: known before the outcome's period.
        ("employee_period", "csat", "[is_trained]", "after"),
        ("employee_period", "csat", "[training_count, is_trained]", "after"),
        ("employee_period", "csat", "[is_trained, engagement]", "same time"),
    ],
)
def test_the_order_by_grain_and_moment(clock, grain, outcome, drivers, order):
    assert clock(grain=grain, outcome=outcome, drivers=drivers).order == order


@pytest.mark.parametrize(
    ("lag", "change", "order"),
    [
        (0, None, "same time"),
        (1, None, "after"),
        (4, None, "after"),
        (0, 1, "same time"),
        # From t - 1 to t against t to t + 1: both hold period t.
        (1, 1, "same time"),
        (2, 1, "after"),
        (2, 3, "same time"),
    ],
)
def test_a_lag_orders_periods_and_a_change_takes_its_length_off(clock, lag, change, order):
    more = {} if change is None else {"change": change}
    found = clock(
        grain="customer_period", outcome="spend", drivers="[nps]", lag=lag, **more, period="quarter"
    )
    assert found.order == order
    if lag:
        assert f"outcome {lag} quarter" in found.words
    if change:
        assert f"changes over {change} quarter" in found.words


def test_changes_between_named_periods(clock):
    base = {"grain": "unit_period", "outcome": "margin", "drivers": "[rating]"}
    apart = clock(**base, change='{drivers: ["2018", "2019"], outcome: ["2020", "2021"]}')
    assert apart.order == "after"
    touching = clock(**base, change='{drivers: ["2018", "2019"], outcome: ["2019", "2021"]}')
    assert touching.order == "same time"
    assert "the windows overlap" in touching.words


def test_days_a_metric_covers_count_and_not_its_period(clock):
    base = {"grain": "unit_period", "outcome": "readmissions"}
    # Mid-2021 to mid-2022 lies in 2022; a driver three years earlier is of 2019.
    assert clock(**base, drivers="[rating]", lag=3).order == "after"
    # One year earlier is 2021, which the outcome's days have begun in.
    overlapping = clock(**base, drivers="[rating]", lag=1)
    assert overlapping.order == "same time"
    assert "2021-07-01 to 2022-06-30" in overlapping.words
    assert clock(**base, drivers="[old_rating]").order == "after"
    assert clock(**base, drivers="[old_rating, rating]").order == "same time"


def test_an_answer_carried_forward_is_no_outcome_that_follows(clock):
    # The latest answer by the end of a quarter may be older than the driver of the quarter before.
    found = clock(grain="employee_period", outcome="engagement", drivers="[csat]", lag=1, period="quarter")
    assert found.order == "same time"
    assert "latest answer" in found.words
    trained = clock(grain="employee_period", outcome="engagement", drivers="[is_trained]")
    assert trained.order == "same time"
    settled = clock(grain="employee_period", outcome="is_trained", drivers="[engagement]", lag=1)
    assert settled.order == "same time"


@pytest.mark.parametrize(
    ("grain", "outcome", "drivers", "more", "names"),
    [
        ("interaction", "handle_minutes", "[csat]", {}, ("handle_minutes", "csat")),
        ("survey", "spend_before", "[nps]", {}, ("the 30 days before the answer", "the answer itself")),
        ("survey", "nps", "[spend_after]", {}, ("the answer itself", "the 60 days after the answer")),
        ("survey", "spend_before", "[spend_after]", {}, ("spend_before", "spend_after")),
        ("survey", "tenure_months", "[nps]", {}, ("known beforehand", "nps")),
        ("survey", "nps", "[handle_minutes]", {"controls": "[spend_after]"}, ("its control spend_after",)),
        ("customer_period", "account_calls", "[nps]", {"lag": 1}, ("known beforehand", "account_calls")),
        ("employee_period", "is_trained", "[csat]", {}, ("settled before the year begins", "csat")),
        ("unit_period", "old_rating", "[readmissions]", {}, ("2020-12-31", "2021-07-01")),
        ("unit_period", "readmissions", "[later_margin]", {}, ("2022-06-30", "2023-01-01")),
        (
            "unit_period",
            "margin",
            "[rating]",
            {"change": '{drivers: ["2020", "2021"], outcome: ["2017", "2019"]}'},
            ("2019-12-31", "2020-01-01"),
        ),
        (
            "unit_period",
            "margin",
            "[rating]",
            {"change": '{drivers: ["2021", "2020"], outcome: ["2021", "2022"]}'},
            ("the change of drivers runs from 2021 to 2020",),
        ),
    ],
)
def test_an_outcome_before_its_driver_is_refused(clock, grain, outcome, drivers, more, names):
    with pytest.raises(StudyError) as caught:
        clock(grain=grain, outcome=outcome, drivers=drivers, **more)
    text = str(caught.value)
    assert "links.asked.outcome" in text
    for name in names:
        assert name in text


def test_the_refusal_is_the_clocks_own(make_study):
    folder = make_study(
        f"{YML}links:\n  asked: {{question: Why, grain: survey, outcome: spend_after, drivers: [nps]}}\n"
    )
    study = load_study(folder)
    backwards = study.links["asked"].model_copy(update={"outcome": "nps", "drivers": ("spend_after",)})
    with pytest.raises(LinkError, match="Swap them"):
        clock_of(study, backwards)


def test_two_windows_after_the_same_answer_do_not_follow_each_other(make_study):
    yml = YML.replace("  account_calls:", "  items: {of: transactions}\n  account_calls:")
    study = load_study(
        make_study(
            f"{yml}links:\n  asked: {{question: Why, grain: survey, outcome: spend_after, drivers: [items_after]}}\n"
        )
    )
    assert clock_of(study, study.links["asked"]).order == "same time"
