"""What many purchases of a customer or unit come to: sums, means of yes and no, and sums that are not known."""

import pytest

from linkage.contract import check_study
from linkage.errors import StudyError
from linkage.opening import open_study
from linkage.refuting_rows.windows import window_rows
from linkage.reviewing.other_windows import with_windows
from linkage.study import load_study
from linkage.worth.people import customer_periods

YML = """
study: Dentist
minimum_group: 1
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  transactions: {from: invoices.csv}
  units: {from: units.csv}
metrics:
  nps: {of: feedback, scale: [0, 10]}
  amount: {of: transactions, unit: EUR}
  paid: {of: transactions, type: flag}
  orders: {of: transactions, type: flag, unit: order}
windows: {before: 30 days, after: 30 days}
links:
  paying:
    question: Do customers who recommend more go on to pay?
    grain: survey
    outcome: paid_after
    drivers: [nps]
  spending:
    question: Do they go on to spend more?
    grain: survey
    outcome: amount_after
    drivers: [nps]
    controls: [amount_before]
"""

# Both customers answer on 1 March. A's second invoice after it cannot be read; B has none after it at all.
FILES = {
    "customers.csv": "customer_id,unit_id\nA,U1\nB,U2\n",
    "units.csv": "unit_id\nU1\nU2\n",
    "answers.csv": "response_id,customer_id,answered_at,nps\nR1,A,2026-03-01,9\nR2,B,2026-03-01,3\n",
    "invoices.csv": "transaction_id,customer_id,purchased_at,amount,paid,orders\n"
    "T1,A,2026-01-10,10,yes,1\nT2,A,2026-02-10,20,yes,1\nT3,A,2026-03-10,30,yes,1\n"
    "T4,A,2026-03-11,a lot,no,1\nT5,A,2026-03-12,,no,0\n"
    "T6,B,2026-02-20,7,no,1\nT7,B,2026-05-20,8,no,1\n",
}


@pytest.fixture
def dentist(make_study):
    return open_study(make_study(YML, FILES))


def rows(study, table, *columns):
    found = study.table(table, columns=list(columns)).astype(object)
    return found.where(found.notna(), None).values.tolist()


def test_yes_and_no_of_purchases_are_averaged_and_those_with_a_unit_of_their_own_are_counted(dentist):
    # After: A paid one of three invoices; B had none, so nobody knows how B pays. Before: T2 alone, T6 alone.
    found = rows(
        dentist, "link_survey", "response_id", "paid_before", "paid_after", "orders_before", "orders_after"
    )
    assert found == [["R1", 1, pytest.approx(1 / 3), 1, 2], ["R2", 0, None, 1, 0]]
    assert rows(dentist, "link_customer_period", "customer_id", "paid", "orders") == [
        ["A", pytest.approx(3 / 5), 4],
        ["B", 0, 1],
        ["B", 0, 1],
    ]
    assert rows(dentist, "link_unit_period", "unit_id", "paid", "orders")[0] == [
        "U1",
        pytest.approx(3 / 5),
        4,
    ]
    columns = dentist.study.columns["survey"]
    assert (columns["paid_after"].unit, columns["paid_after"].kind) == ("share", "number")
    assert (columns["orders_after"].unit, columns["orders_after"].kind) == ("order", "number")


def test_a_share_that_is_to_be_summed_is_refused(make_study):
    summed = "paid: {of: transactions, type: flag, aggregate: sum}"
    folder = make_study(YML.replace("paid: {of: transactions, type: flag}", summed), FILES)
    with pytest.raises(StudyError, match="a share adds up to nothing"):
        load_study(folder)


def test_a_sum_with_a_value_that_could_not_be_read_is_not_known(dentist):
    # T4 could not be read: what A spent after the answer is unknown, what A spent before is not. The empty cell of T5
    # says nothing of the kind, and B really bought nothing in the window. A unit's sum is of what could be read.
    found = rows(dentist, "link_survey", "response_id", "amount_before", "amount_after")
    assert found == [["R1", 20, None], ["R2", 7, 0]]
    found = rows(dentist, "link_customer_period", "customer_id", "period", "amount")
    assert found == [["A", "2026Q1", None], ["B", "2026Q1", 7], ["B", "2026Q2", 8]]
    assert rows(dentist, "link_unit_period", "unit_id", "period", "amount", "amount_growth") == [
        ["U1", "2026Q1", 60, None],
        ["U2", "2026Q1", 7, None],
        ["U2", "2026Q2", 8, pytest.approx(1 / 7)],
    ]


def test_a_sum_of_values_that_could_all_be_read_is_as_before(make_study):
    study = open_study(
        make_study(YML, {**FILES, "invoices.csv": FILES["invoices.csv"].replace("a lot", "40")})
    )
    assert rows(study, "link_survey", "response_id", "amount_after") == [["R1", 70], ["R2", 0]]
    assert "is_unread_amount" not in study.connection.table("event_purchase").columns
    assert "sums not known" not in set(check_study(study.study.folder).problems["what"])


def test_a_key_read_from_another_copy_of_its_row_is_known(make_study):
    yml = YML.replace("{from: invoices.csv}", "{from: invoices.csv, doubled: last}")
    more = FILES["invoices.csv"] + "T4,A,2026-03-11,40,no,1\n"
    study = open_study(make_study(yml, {**FILES, "invoices.csv": more}))
    assert rows(study, "link_survey", "response_id", "amount_after") == [["R1", 70], ["R2", 0]]


def test_other_windows_average_shares_and_know_no_more_than_the_declared_one(dentist):
    paying, spending = (dentist.study.links[name] for name in ("paying", "spending"))
    found = window_rows(dentist, paying, "2026Q1").set_index("response_id")
    assert found["paid_after|half the days"].isna().tolist() == [False, True]
    assert found.loc["R1", "paid_after|half the days"] == pytest.approx(1 / 3)
    found = window_rows(dentist, spending, "2026Q1").set_index("response_id")
    assert found["amount_after|half the days"].isna().tolist() == [True, False]
    assert found.loc["R1", "amount_before|half the days"] == 0
    other, _ = with_windows(dentist, spending, 10)
    assert rows(other, "link_survey", "response_id", "amount_after") == [["R1", None], ["R2", 0]]


def test_the_check_tells_of_sums_that_are_not_known_and_of_the_links_on_them(dentist):
    problems = check_study(dentist.study.folder).problems
    (found,) = problems[problems["what"] == "sums not known"].to_dict("records")
    assert (found["source"], found["column"], found["rows"]) == ("transactions", "amount", 1)
    assert "1 customer" in found["advice"] and "the link spending" in found["advice"]
    assert "paying" not in found["advice"]


def test_money_at_stake_adds_up_what_could_be_read(dentist):
    found = customer_periods(dentist, "2026Q2").set_index(["customer_id", "period"])["amount"]
    assert found.to_dict() == {("A", "2026Q1"): 60, ("B", "2026Q1"): 7, ("B", "2026Q2"): 8}
