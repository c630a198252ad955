"""Business KPIs: given rows in, expected rows out; plain pandas on the demo; what always holds; refusals."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pydantic import ValidationError
from scipy import stats

from linkage.errors import LinkError, PeriodError, TableError
from linkage.kpis import business_kpis
from linkage.kpis.declared import KpiRules
from linkage.kpis.definitions import KPIS
from linkage.kpis.intervals import clustered_share, difference, mean_length, median_length, rate, ratio
from linkage.kpis.provenance import BASES, BY_REGISTER, in_a_word
from linkage.opening import open_study
from linkage.report.figure_cards import figure_card
from linkage.tables.models import model_names, render_model

PURCHASES = "transaction_id,customer_id,purchased_at,amount\n"


def rows(study, table, columns):
    frame = study.relation(table, columns=columns).df()
    return frame.astype(object).where(lambda f: f.notna(), None).values.tolist()


def lines(header, *records):
    return "\n".join([header, *records]) + "\n"


def purchases(*records):
    return PURCHASES + "".join(f"T{i},{record}\n" for i, record in enumerate(records))


SHOP = """
study: Shop
minimum_group: 1
sources:
  transactions: {from: purchases.csv}
metrics:
  spend: {of: transactions, column: amount, unit: EUR}
"""

CLUB = SHOP.replace("sources:\n", "sources:\n  customers: {from: customers.csv}\n")

DESK = """
study: Desk
minimum_group: 1
sources:
  customers: {from: customers.csv}
  interactions: {from: contacts.csv, columns: {started_at: started_at}}
metrics:
  first_response_hours: {of: interactions, unit: hour, better: lower}
  is_reopened: {of: interactions, type: flag, better: lower}
"""
CONTACTS = "interaction_id,customer_id,channel,topic,started_at,ended_at,first_response_hours,is_reopened"
MEMBERS = "customer_id,joined_on,left_on"


# ------------------------------------------------------------------------------------------------ who stays


def test_retention_counts_who_was_there_at_the_start_and_nobody_else(make_study):
    # B joins on Q1's first day (not there at its start) and leaves on Q2's last (lost). C leaves on Q2's first day:
    # there at its start. D has no date, E left before joining: no place in time. F left the day before Q1.
    register = lines(
        MEMBERS,
        "A,2025-01-01,",
        "B,2026-01-01,2026-06-30",
        "C,2025-06-01,2026-04-01",
        "D,,",
        "E,2026-02-01,2026-01-15",
        "F,2025-12-31,2025-12-31",
    )
    bought = purchases("A,2026-01-05,1", "A,2026-09-30,1")
    study = open_study(make_study(CLUB, {"customers.csv": register, "purchases.csv": bought}))
    columns = ["period", "start_count", "kept_count", "lost_count", "new_count", "presence_rule"]
    assert rows(study, "kpi_retention", columns) == [
        ["2026Q1", 2, 2, 0, 1, "contract"],
        ["2026Q2", 3, 1, 2, 0, "contract"],
        ["2026Q3", 1, 1, 0, 0, "contract"],
    ]


GAPS = purchases(
    "X,2025-07-01,1",
    "X,2025-12-31,1",  # 90 days before the end of 2026Q1 are 2026-01-01 to 03-31: a day too old
    "Y,2025-10-03,1",  # the oldest of the 90 days before 2026Q1
    "Y,2026-01-01,1",
    "Y,2026-01-01,1",
    "Z,2025-10-02,1",  # a day too old to be there at the start
    "Z,2026-03-01,1",
    ",2026-02-01,1",
)


def test_without_a_contract_who_has_not_bought_for_the_gap_is_gone(make_study):
    study = open_study(make_study(SHOP, {"purchases.csv": GAPS}))
    columns = ["period", "start_count", "kept_count", "lost_count", "new_count", "presence_rule"]
    # 2025Q3: the data begin with it, so nobody can be said to have been there before. 2025Q4: X, 92 days after the
    # first purchase, comes back, and Y comes; Z's purchase is a day too old at its end.
    assert rows(study, "kpi_retention", columns) == [
        ["2025Q3", 0, 0, 0, 0, "purchase"],
        ["2025Q4", 0, 0, 0, 2, "purchase"],
        ["2026Q1", 2, 1, 1, 1, "purchase"],
    ]


def test_churn_without_a_contract_hangs_on_the_gap(make_study):
    study = open_study(make_study(SHOP, {"purchases.csv": GAPS}))
    # 60 days before 2026Q1 begin 2025-11-02 (X only); 180 days begin 2025-07-05 (X, Y and Z, none silent for 180 days).
    assert rows(study, "kpi_lapse", ["period", "gap_days", "start_count", "lapsed_count"]) == [
        ["2026Q1", 60, 1, 1],
        ["2026Q1", 90, 2, 1],
        ["2026Q1", 180, 3, 0],
    ]
    found = business_kpis(study, period="2026Q1")
    gaps = found.estimates[found.estimates["kpi"] == "lapse_rate"]
    assert gaps["group"].tolist() == ["60 days", "90 days", "180 days"]
    assert_allclose(gaps["estimate"], [1, 1 / 2, 0])
    assert "bought within the last 90 days" in found.estimates["definition"].iloc[0]


def test_revenue_retention_counts_no_new_money_and_gross_no_growth(make_study):
    bought = purchases(
        *("A,2026-01-10,60", "A,2026-01-10,40", "B,2026-02-01,50", "C,2026-03-31,30", "D,2026-02-02,-10"),
        *(",2026-01-03,500", "A,2026-04-01,150", "B,2026-05-01,20", "E,2026-05-05,999", "C,2026-06-01,"),
    )
    study = open_study(make_study(SHOP, {"purchases.csv": bought}))
    columns = ["period", "customer_count", "net_sum", "gross_sum", "net_base"]
    # A: 100, then 150; B: 50, then 20; C: 30, then an amount that is missing; D only got money back; E is new.
    assert rows(study, "kpi_revenue_retention", columns) == [["2026Q2", 3, 170, 120, 180]]
    found = business_kpis(study, period="2026Q2").current.set_index("kpi")["estimate"]
    assert_allclose(
        found[["revenue_retention_net", "revenue_retention_gross"]].astype(float), [170 / 180, 120 / 180]
    )


def test_a_cohort_has_the_same_days_and_waits_until_they_are_over(make_study):
    register = lines(MEMBERS, "P,2025-01-01,", "Q,2026-02-01,", "R,2026-03-01,", "S,,")
    bought = purchases(
        *("P,2026-01-01,1", "P,2026-01-20,1"),  # joined before the data begin: not a first purchase
        *("Q,2026-02-10,1", "Q,2026-05-11,1"),  # the 90th day
        *("R,2026-03-31,1", "R,2026-03-31,1", "R,2026-06-30,1"),  # one day twice, then the 91st
        *("S,2026-03-01,1", "S,2026-03-02,1", ",2026-04-01,1"),  # may have bought before the data begin
    )
    study = open_study(make_study(CLUB, {"customers.csv": register, "purchases.csv": bought}))
    columns = ["period", "known_period", "customer_count", "repeat_count"]
    assert rows(study, "kpi_repeat_purchase", columns) == [["2026Q1", "2026Q2", 2, 1]]
    assert "repeat_purchase_share" in set(business_kpis(study, period="2026Q1").skipped["kpi"])
    later = business_kpis(study, period="2026Q2").current.set_index("kpi").loc["repeat_purchase_share"]
    assert (later["period"], later["estimate"]) == ("2026Q1", 0.5)


def test_purchase_frequency_divides_by_time_as_a_customer(make_study):
    # C2 is a customer for the last ten days of the quarter's ninety, and buys nothing: both count.
    register = lines(MEMBERS, "C1,2025-01-01,", "C2,2026-03-22,", "C3,2026-04-01,")
    bought = purchases("C1,2026-01-02,5", "C1,2026-01-02,5", "C1,2026-03-31,5", ",2026-02-02,5")
    study = open_study(make_study(CLUB, {"customers.csv": register, "purchases.csv": bought}))
    found = rows(
        study, "kpi_purchase_frequency", ["period", "customer_count", "purchase_sum", "purchase_base"]
    )
    assert found == [["2026Q1", 2, 2, pytest.approx(100 / 365.25)]]


def test_the_last_wait_is_unfinished_not_left_out(make_study):
    register = lines("customer_id,left_on", "K,", "L,2026-02-11", "M,")
    bought = purchases(
        *("K,2026-01-10,1", "K,2026-01-10,1", "K,2026-01-20,1", "L,2026-02-01,1", "M,2026-03-31,1"),
        ",2026-01-05,1",
    )
    study = open_study(make_study(CLUB, {"customers.csv": register, "purchases.csv": bought}))
    # K waits 10 days; L leaves 10 days after the purchase; M bought on the last day.
    assert rows(study, "kpi_purchase_interval", ["period", "days", "is_bought", "wait_count"]) == [
        ["2026Q1", 0, False, 1],
        ["2026Q1", 10, False, 1],
        ["2026Q1", 10, True, 1],
    ]


# ------------------------------------------------------------------------------------------------ service

DESK_FILES = {
    "customers.csv": lines(MEMBERS, "C1,2025-01-01,", "C2,2025-01-01,", "C3,2025-01-01,2025-12-31"),
    "contacts.csv": lines(
        CONTACTS,
        "I1,C1,email,a,2026-01-10 10:00,2026-01-10 10:05,24,0",  # in time to the minute
        "I2,C1,email,b,2026-01-11 10:00,2026-01-11 10:05,24.5,",
        "I3,C2,phone,a,2026-01-12 00:00,2026-01-12 00:05,,0",  # never answered
        "I4,C2,,a,2026-03-31 12:00,2026-03-31 12:05,1,1",  # its 24 hours end in Q2
        "I5,,phone,a,2026-03-31 20:00,2026-03-31 20:05,10,0",  # answered in Q2
        "I6,C1,phone,a,2026-04-20 10:00,2026-04-20 10:05,0.5,0",
        "I7,C3,phone,a,2026-04-21 10:00,2026-04-21 10:05,0.5,0",  # C3 had left
    ),
}


def test_an_unanswered_contact_is_late_and_a_late_hour_belongs_to_its_own_period(make_study):
    study = open_study(make_study(DESK, DESK_FILES))
    columns = ["period", "channel", "customer_count", "in_time_sum", "in_time_base"]
    assert rows(study, "kpi_first_response", columns) == [
        ["2026Q1", "email", 1, 1, 2],
        ["2026Q1", "phone", 1, 0, 1],
        ["2026Q1", None, 2, 1, 3],
        ["2026Q2", "not stated", 1, 1, 1],
        ["2026Q2", "phone", 3, 3, 3],
        ["2026Q2", None, 4, 4, 4],
    ]


def test_a_wait_is_known_as_far_as_the_period_goes(make_study):
    study = open_study(make_study(DESK, DESK_FILES))
    found = rows(study, "kpi_waiting_time", ["period", "wait", "hours", "is_over", "contact_count"])
    first = [row for row in found if row[:2] == ["2026Q1", "first_response"]]
    # I5 was answered after ten hours, of which four were in Q1; I3 waits from 01-12 to the end of March.
    assert [row[2:] for row in first] == [
        [1, True, 1],
        [4, False, 1],
        [24, True, 1],
        [24.5, True, 1],
        [79 * 24, False, 1],
    ]
    # No metric says how long it took to resolve: from start to end, five minutes.
    last = [row for row in found if row[:2] == ["2026Q2", "resolution"]]
    assert last == [["2026Q2", "resolution", pytest.approx(5 / 60), True, 2]]


def test_an_open_contact_is_an_unfinished_wait_and_no_reject(make_study):
    yml = DESK.replace("{from: contacts.csv, columns: {started_at: started_at}}", "{from: contacts.csv}")
    contacts = lines(
        CONTACTS,
        "I1,C1,email,a,2026-03-30 00:00,2026-03-30 06:00,1,0",
        "I2,C1,email,b,2026-03-31 00:00,,,",  # still open
        "I3,C2,email,a,,2026-03-31 12:00,,",  # nobody noted when it began: no wait
        "I4,C2,email,a,,,,",
        "I5,C2,email,c,2026-03-31 12:00,yesterday,,",
    )
    study = open_study(make_study(yml, {**DESK_FILES, "contacts.csv": contacts}))
    assert sorted(rows(study, "stg_interactions", ["interaction_id"])) == [["I1"], ["I2"], ["I3"], ["I5"]]
    found = study.rejects[["line", "column", "row_kept"]].values.tolist()
    assert found == [[5, "ended_at", False], [6, "ended_at", True]]
    waits = rows(study, "kpi_waiting_time", ["wait", "hours", "is_over", "contact_count"])
    assert [row[1:] for row in waits if row[0] == "resolution"] == [
        [6, True, 1],
        [12, False, 1],
        [24, False, 1],
    ]


OPENING = """
timezone: Europe/Berlin
business_hours: {days: [mon, tue, wed, thu, fri], open: '09:00', close: '17:00'}
"""


def test_hours_of_opening_decide_and_censor_where_the_metric_counts_them(make_study):
    yml = DESK.replace(
        "first_response_hours: {of: interactions, unit: hour,",
        "first_response_hours: {of: interactions, from: started_at, until: answered_on, clock: business, unit: hour,",
    ).replace("minimum_group: 1", "minimum_group: 1" + OPENING)
    contacts = lines(
        "interaction_id,customer_id,started_at,ended_at,answered_on,is_reopened",
        "I1,C1,2026-03-23 09:00,2026-03-23 09:05,2026-03-25 17:00,0",  # three days of eight hours: in time
        "I2,C1,2026-03-23 09:00,2026-03-23 09:05,2026-03-26 09:01,0",  # a minute late, days later by the clock
        "I3,C2,2026-03-27 16:00,2026-03-27 16:05,,0",  # 1 hour on Friday, 16 until the quarter ends
        "I4,C2,2026-04-02 12:00,2026-04-02 12:05,2026-04-02 13:00,0",
    )
    study = open_study(make_study(yml, {**DESK_FILES, "contacts.csv": contacts}))
    columns = ["period", "in_time_sum", "in_time_base"]
    # The 24 hours of I3 are over in Q2; those of I4, 24 of opening time after 2 April, are after the data's last day
    # but within its quarter.
    decided = [row for row in rows(study, "kpi_first_response", ["channel", *columns]) if row[0] is None]
    assert [row[1:] for row in decided] == [["2026Q1", 1, 2], ["2026Q2", 1, 2]]
    waits = rows(study, "kpi_waiting_time", ["period", "wait", "hours", "is_over"])
    assert [row[2:] for row in waits if row[:2] == ["2026Q1", "first_response"]] == [
        [17, False],
        [24, True],
        [pytest.approx(24 + 1 / 60), True],
    ]
    found = business_kpis(study, period="2026Q2").estimates.set_index("kpi")["definition"]
    assert "within 24 hours of opening time" in found["first_response_rate"].iloc[0]


def test_an_automatic_reply_is_no_answer(make_study):
    yml = DESK + "  is_automatic_reply: {of: interactions, type: flag, better: lower}\n"
    contacts = lines(
        CONTACTS + ",is_automatic_reply",
        "I1,C1,email,a,2026-01-10 10:00,2026-01-10 10:05,0.1,0,1",
        "I2,C1,email,b,2026-01-11 10:00,2026-01-11 10:05,2,0,0",
        "I3,C2,email,a,2026-01-12 10:00,2026-01-12 10:05,3,0,",
    )
    study = open_study(make_study(yml, {**DESK_FILES, "contacts.csv": contacts}))
    found = rows(study, "kpi_first_response", ["channel", "in_time_sum", "in_time_base"])
    assert found == [["email", 2, 3], [None, 2, 3]]
    waits = rows(study, "kpi_waiting_time", ["wait", "hours", "is_over"])
    assert [row[1:] for row in waits if row[0] == "first_response"] == [
        [2, True],
        [3, True],
        [81 * 24 - 10, False],
    ]


def test_a_merged_ticket_is_no_matter_of_its_own_but_the_next_contact(make_study):
    yml = DESK.replace("{started_at: started_at}", "{started_at: started_at, merged_into: merged_into}")
    contacts = lines(
        CONTACTS + ",merged_into",
        "I1,C1,email,a,2026-01-10 10:00,2026-01-12 10:00,1,0,",
        "I2,C1,email,a,2026-01-11 10:00,2026-01-11 10:01,1,0,I1",  # asked again while I1 was open
        "I3,C2,email,a,2026-01-10 10:00,2026-01-10 11:00,1,0,",
    )
    study = open_study(make_study(yml, {**DESK_FILES, "contacts.csv": contacts}))
    found = rows(study, "kpi_contact_resolution", ["channel", "settled_sum", "settled_base"])
    assert found == [["email", 1, 2], [None, 1, 2]]
    waits = rows(study, "kpi_waiting_time", ["wait", "hours", "is_over", "contact_count"])
    assert [row[1:] for row in waits if row[0] == "resolution"] == [[1, True, 1], [48, True, 1]]
    asked = rows(study, "kpi_contact_rate", ["channel", "contact_count"])
    assert asked == [["email", 3], [None, 3]]


def test_several_accounts_of_one_customer_are_one_customer(make_study):
    yml = CLUB.replace(
        "  transactions:",
        "  identities: {from: aliases.csv}\n  feedback: {from: answers.csv}\n  transactions:",
    ).replace("metrics:\n", "metrics:\n  csat: {of: feedback, scale: [1, 5]}\n")
    files = {
        "customers.csv": lines(MEMBERS, "ACME,2025-01-01,", "B,2025-01-01,"),
        # Two accounts of the shop and two people who answer stand for the firm.
        "aliases.csv": lines("alias_id,customer_id", "s1,ACME", "s2,ACME", "ann@acme,ACME", "bob@acme,ACME"),
        "answers.csv": lines(
            "response_id,customer_id,answered_at,csat",
            "R1,ann@acme,2026-02-01 10:00,5",
            "R2,bob@acme,2026-02-02 10:00,2",
            "R3,B,2026-02-02 10:00,3",
        ),
        "purchases.csv": purchases(
            "s1,2026-01-05,10", "s2,2026-01-05,20", "s2,2026-04-10,30", "B,2026-01-06,5"
        ),
    }
    study = open_study(make_study(yml, files))
    columns = ["customer_id", "period", "answer_count", "csat", "order_count", "spend"]
    assert rows(study, "link_customer_period", columns) == [
        ["ACME", "2026Q1", 2, 3.5, 2, 30],
        ["ACME", "2026Q2", 0, None, 1, 30],
        ["B", "2026Q1", 1, 3, 1, 5],
        ["B", "2026Q2", 0, None, 0, 0],
    ]
    columns = ["period", "customer_count", "net_sum", "net_base"]
    assert rows(study, "kpi_revenue_retention", columns) == [["2026Q2", 2, 30, 35]]
    columns = ["period", "customer_count", "purchase_sum"]
    assert rows(study, "kpi_purchase_frequency", columns) == [["2026Q1", 2, 2], ["2026Q2", 2, 1]]


# ------------------------------------------------------------------------------------------------ rules


def test_a_study_states_its_own_gaps_and_targets():
    rules = KpiRules.model_validate({"gap_days": 120, "target_hours": 8})
    assert (rules.gaps, rules.target_hours, rules.repeat_contact_days) == ((80, 120, 240), 8, 14)
    assert KpiRules().gaps == (60, 90, 180)
    assert KpiRules.model_validate({"gap_days": 30, "gaps_compared": [90, 60]}).gaps == (30, 60, 90)
    for wrong in ({"gap_days": 0}, {"gap_day": 30}, {"target_hours": "soon"}):
        with pytest.raises(ValidationError):
            KpiRules.model_validate(wrong)


def test_declared_rules_move_the_figures_and_stand_beside_them(make_study):
    yml = DESK.replace("sources:", "kpis: {target_hours: 1, repeat_contact_days: 100}\nsources:", 1)
    study = open_study(make_study(yml, DESK_FILES))
    found = rows(study, "kpi_first_response", ["period", "channel", "in_time_sum", "in_time_base"])
    assert [row for row in found if row[1] is None] == [["2026Q1", None, 1, 5], ["2026Q2", None, 2, 2]]
    shown = business_kpis(study, period="2026Q2").estimates.set_index("kpi")
    assert shown.loc["first_response_rate", "label"].iloc[0] == "First answer within 1 hour"
    assert "within 100 days" in shown.loc["first_contact_resolution", "definition"].iloc[0]


# ------------------------------------------------------------------------------------------------ contacts


def test_contacts_are_counted_for_each_customer_of_the_time(make_study):
    study = open_study(make_study(DESK, DESK_FILES))
    columns = ["period", "channel", "customer_count", "contact_count", "contact_squared", "other_count"]
    assert rows(study, "kpi_contact_rate", columns) == [
        ["2026Q1", "email", 2, 2, 4, 0],
        ["2026Q1", "not stated", 2, 1, 1, 0],
        ["2026Q1", "phone", 2, 1, 1, 1],
        ["2026Q1", None, 2, 4, 8, 1],
        ["2026Q2", "phone", 2, 1, 1, 1],
        ["2026Q2", None, 2, 1, 1, 1],
    ]


def test_a_flag_that_was_not_recorded_is_not_a_no(make_study):
    study = open_study(make_study(DESK, DESK_FILES))
    found = rows(study, "kpi_contact_flag", ["period", "flag", "customer_count", "flag_sum", "flag_base"])
    assert found == [["2026Q1", "is_reopened", 3, 1, 4], ["2026Q2", "is_reopened", 2, 0, 2]]
    shown = business_kpis(study, period="2026Q2")
    assert "is_abandoned" in shown.skipped.set_index("kpi").loc["abandonment_rate", "reason"]


def test_first_contact_resolution_looks_for_the_next_contact_on_the_topic(make_study):
    contacts = lines(
        CONTACTS,
        "J1,C1,phone,bill,2026-01-01 10:00,2026-01-01 10:10,,0",
        "J2,C1,phone,bill,2026-01-15 10:10,2026-01-15 10:20,,0",  # 14 days to the minute: J1 was not settled
        "J3,C1,phone,line,2026-01-16 10:00,2026-01-16 10:10,,",  # another topic
        "J4,C2,phone,bill,2026-02-01 10:00,2026-02-01 10:10,,0",  # J5 began with it: the one settled it, not the other
        "J5,C2,phone,bill,2026-02-01 10:00,2026-02-01 10:10,,0",
        "J6,,phone,bill,2026-02-02 10:00,2026-02-02 10:10,,0",
        "J7,C3,phone,,2026-02-03 10:00,2026-02-03 10:10,,0",
        "J8,C3,phone,bill,2026-02-10 10:00,,,0",  # still open
        "J9,C4,phone,bill,2026-03-25 10:00,2026-03-25 10:10,,0",  # its 14 days end in Q2
        "J10,C5,phone,bill,2026-02-20 10:00,2026-02-20 10:10,,1",  # reopened
        "J11,C6,phone,bill,2026-04-30 10:00,2026-04-30 10:10,,0",
    )
    register = lines(MEMBERS, *(f"C{i},2025-01-01," for i in range(1, 7)))
    study = open_study(make_study(DESK, {"customers.csv": register, "contacts.csv": contacts}))
    columns = ["period", "channel", "customer_count", "settled_sum", "settled_base", "unknown_count"]
    assert rows(study, "kpi_contact_resolution", columns) == [
        ["2026Q1", "phone", 4, 3, 7, 2],
        ["2026Q1", None, 4, 3, 7, 2],
        ["2026Q2", "phone", 2, 2, 2, 0],
        ["2026Q2", None, 2, 2, 2, 0],
    ]


def test_an_answer_counts_once_and_an_invitation_waits_until_its_days_are_over(make_study):
    yml = """
study: Asked
minimum_group: 1
sources:
  feedback: {from: answers.csv}
  invitations: {from: invitations.csv}
  transactions: {from: purchases.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  spend: {of: transactions, column: amount, unit: EUR}
"""
    files = {
        "answers.csv": lines(
            "response_id,customer_id,answered_at,csat",
            "R1,C1,2026-01-20 10:00,4",
            "R2,C2,2026-04-09 10:00,5",
            "R3,,2026-02-02 10:00,5",
        ),
        "invitations.csv": lines(
            "invitation_id,customer_id,invited_at,response_id",
            "V1,C1,2026-01-10 10:00,R1",
            "V2,C1,2026-01-15 10:00,R1",  # the reminder, which brought the answer
            "V3,C2,2026-03-10 10:00,R2",  # the 30th day to the minute, in Q2
            "V4,C3,2026-02-01 10:00,",
            "V5,C3,2026-02-01 10:00,R9",  # an answer that nobody can read
        ),
        "purchases.csv": purchases(
            "C1,2026-01-01,30", "C2,2026-01-02,60", "C3,2026-02-02,10", "C2,2026-05-01,7", ",2026-01-01,9"
        ),
    }
    study = open_study(make_study(yml, files))
    columns = ["period", "customer_count", "answer_sum", "answer_base"]
    assert rows(study, "kpi_response_rate", columns) == [["2026Q1", 2, 1, 4], ["2026Q2", 1, 1, 1]]
    columns = ["period", "customer_count", "answered_count", "covered_sum", "covered_base"]
    # C2 answered in Q2 only; the purchase of nobody known is in neither sum.
    assert rows(study, "kpi_feedback_coverage", columns) == [
        ["2026Q1", 3, 1, 30, 100],
        ["2026Q2", 1, 1, 7, 7],
    ]


# ------------------------------------------------------------------------------------------------ estimates


def test_a_rate_has_wilsons_interval():
    # Wilson's limits are where |p - 0.3| = z sqrt(p (1 - p) / 10).
    found = rate(3, 10, 0.95)
    z = stats.norm.ppf(0.975)
    for limit in (found["low"], found["high"]):
        assert_allclose(abs(limit - 0.3), z * np.sqrt(limit * (1 - limit) / 10), rtol=1e-12)
    assert np.isnan(rate(0, 0, 0.95)["estimate"])


def test_a_share_of_contacts_agrees_with_the_clustered_top_box():
    from linkage.metrics import top_box

    rng = np.random.default_rng(5)
    table = pd.DataFrame({"customer": rng.integers(0, 40, 200)})
    lean = rng.uniform(0.2, 0.9, 40)[table["customer"]]
    table["is_good"] = (rng.uniform(size=200) < lean).astype(float)
    want = top_box(table, score="is_good", scale=(0, 1), cluster="customer").estimates.iloc[0]
    own = table.groupby("customer")["is_good"].agg(["sum", "count"])
    found = clustered_share(sums_of(own["sum"], own["count"]), len(own), 0.95)
    names = ["estimate", "std_error", "low", "high"]
    assert_allclose([found[n] for n in names], want[names].astype(float), rtol=1e-9)


def sums_of(y, x):
    return {"y": y.sum(), "x": x.sum(), "yy": (y * y).sum(), "xy": (x * y).sum(), "xx": (x * x).sum()}


def test_a_ratio_has_the_linearised_interval():
    # By hand: r = 6 / 10; residuals y - 0.6 x are 0.4, -0.6, 0.2; squares 0.56; variance 0.56 * 3 / 2 / 100 = 0.0084.
    y, x = pd.Series([1.0, 3.0, 2.0]), pd.Series([1.0, 6.0, 3.0])
    found = ratio(sums_of(y, x), 3, 0.95, None)
    half = stats.t.ppf(0.975, 2) * np.sqrt(0.0084)
    assert_allclose([found["estimate"], found["std_error"]], [0.6, np.sqrt(0.0084)], rtol=1e-12)
    assert_allclose([found["low"], found["high"]], [max(0.6 - half, 0), 0.6 + half], rtol=1e-12)
    assert ratio(sums_of(y, x), 3, 0.95, 0.7)["high"] == 0.7


def test_half_are_over_is_not_the_mean_of_those_that_are():
    # Three waits of 1, 2 and 3 are over, three of 3 are not: one half is over at 3, the naive mean is 2.
    lengths = pd.DataFrame(
        {"length": [1.0, 2, 3, 3], "is_over": [True, True, True, False], "count": [1, 1, 1, 3]}
    )
    assert median_length(lengths, 0.95)["estimate"] == 3
    naive = mean_length(lengths, 0.95)
    assert_allclose([naive["estimate"], naive["std_error"]], [2, 1 / np.sqrt(3)])
    assert np.isnan(median_length(lengths[~lengths["is_over"]], 0.95)["estimate"])


def test_a_change_combines_the_distances_to_both_limits():
    # Newcombe (1998), Statistics in Medicine 17, p. 873, table II, method 10, case (a): 56/70 and 48/80 differ by 0.2,
    # 0.0524 to 0.3339.
    found = difference(rate(56, 70, 0.95), rate(48, 80, 0.95))
    assert_allclose(found, [0.2, 0.0524, 0.3339], atol=5e-5)


# ------------------------------------------------------------------------------------------------ on the demo

PERIOD = "2026Q3"


@pytest.fixture(scope="module")
def kpis(demo):
    return business_kpis(demo, period=PERIOD)


@pytest.fixture(scope="module")
def events(demo):
    return {name: demo.relation(f"event_{name}").df() for name in ("contact", "purchase", "answer")}


def estimate(kpis, kpi, group="all", period=PERIOD):
    found = kpis.estimates.query("kpi == @kpi and group == @group and period == @period")
    assert len(found) == 1
    return found.iloc[0]


def test_retention_agrees_with_the_register(demo, kpis):
    register = demo.relation("stg_customers").df()
    start, end = pd.Timestamp("2026-07-01"), pd.Timestamp("2026-09-30")
    joined, left = register["joined_on"], register["left_on"]
    there = register[(joined < start) & ~(left < start)]
    kept = there[~(there["left_on"] <= end)]
    found = estimate(kpis, "retention_rate")
    assert (found["n"], found["estimate"]) == (len(there), len(kept) / len(there))


def test_money_retained_agrees_with_a_pivot(events, kpis):
    wide = events["purchase"].pivot_table(
        index="customer_id", columns="period", values="spend", aggfunc="sum"
    )
    before = wide["2026Q2"][wide["2026Q2"] > 0]
    now = wide["2026Q3"].reindex(before.index).fillna(0)
    net, gross = estimate(kpis, "revenue_retention_net"), estimate(kpis, "revenue_retention_gross")
    assert_allclose(net["estimate"], now.sum() / before.sum(), rtol=1e-12)
    assert_allclose(gross["estimate"], np.minimum(now, before).sum() / before.sum(), rtol=1e-12)
    # The jackknife over customers is another way to the same standard error.
    left_out = (now.sum() - now) / (before.sum() - before)
    n = len(before)
    assert_allclose(
        net["std_error"], np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()), rtol=0.01
    )


def test_first_contact_resolution_agrees_with_a_plain_search(events, kpis):
    contacts = events["contact"].sort_values(["started_at", "interaction_id"])
    contacts["next"] = contacts.groupby(["customer_id", "topic"])["started_at"].shift(-1)
    over = contacts["ended_at"] + pd.Timedelta(days=14)
    inside = (over >= "2026-07-01") & (over < "2026-10-01")
    settled = ~(contacts["next"] <= over) & (contacts["is_reopened"] != 1)
    for channel, rows_of in [("all", inside), ("email", inside & (contacts["channel"] == "email"))]:
        found = estimate(kpis, "first_contact_resolution", channel)
        assert (found["n"], found["clusters"]) == (
            rows_of.sum(),
            contacts.loc[rows_of, "customer_id"].nunique(),
        )
        assert_allclose(found["estimate"], settled[rows_of].mean(), rtol=1e-12)


def test_the_wait_for_the_next_purchase_agrees_with_a_plain_search(events, kpis):
    bought = events["purchase"].dropna(subset=["customer_id"])
    days = bought[["customer_id", "purchased_at"]].drop_duplicates().sort_values("purchased_at")
    end = pd.Timestamp("2026-09-30")
    inside = days[(days["purchased_at"] > end - pd.Timedelta(days=365)) & (days["purchased_at"] <= end)]
    per_customer = inside.groupby("customer_id")["purchased_at"]
    second = per_customer.nth(1).set_axis(inside.loc[per_customer.nth(1).index, "customer_id"])
    first = per_customer.min()
    waits = (second - first).dropna().dt.days
    naive = estimate(kpis, "next_purchase_days_naive")
    assert (naive["n"], estimate(kpis, "next_purchase_days")["n"]) == (len(waits), len(first))
    assert_allclose(naive["estimate"], waits.mean(), rtol=1e-12)


def test_contacts_a_customer_agree_with_a_count(demo, events, kpis):
    register = demo.relation("stg_customers").df()
    there = register[
        (register["joined_on"] <= pd.Timestamp("2026-09-30"))
        & ~(register["left_on"] < pd.Timestamp("2026-07-01"))
    ]
    contacts = events["contact"].query("period == @PERIOD")
    counts = contacts.groupby("customer_id").size().reindex(there["customer_id"]).fillna(0)
    found = estimate(kpis, "contact_rate")
    assert_allclose([found["estimate"], found["std_error"]], [counts.mean(), counts.sem()], rtol=1e-9)


def test_answers_agree_with_a_count(demo, events, kpis):
    bought = events["purchase"].query("period == @PERIOD").groupby("customer_id")["spend"].sum()
    bought = bought[bought > 0]
    answered = bought.index.isin(events["answer"].query("period == @PERIOD")["customer_id"])
    assert_allclose(estimate(kpis, "customer_coverage")["estimate"], answered.mean(), rtol=1e-12)
    assert_allclose(
        estimate(kpis, "revenue_coverage")["estimate"], bought[answered].sum() / bought.sum(), rtol=1e-12
    )
    asked = demo.relation("stg_invitations").df()
    over = asked["invited_at"] + pd.Timedelta(days=30)
    asked = asked[(over >= "2026-07-01") & (over < "2026-10-01")]
    assert_allclose(
        estimate(kpis, "response_rate")["estimate"], asked["response_id"].notna().mean(), rtol=1e-12
    )


def test_handle_time_agrees_with_pandas(events, kpis):
    minutes = events["contact"].query("period == @PERIOD")["handle_minutes"].dropna()
    mean = estimate(kpis, "handle_minutes_mean")
    assert_allclose([mean["estimate"], mean["std_error"]], [minutes.mean(), minutes.sem()], rtol=1e-9)
    assert abs(estimate(kpis, "handle_minutes_median")["estimate"] - minutes.median()) <= 0.1


def test_what_flows_between_quarters_adds_up(demo):
    flow = demo.relation("kpi_retention").df()
    assert (flow["kept_count"] + flow["lost_count"] == flow["start_count"]).all()
    ends = (flow["kept_count"] + flow["new_count"]).iloc[:-1].to_numpy()
    assert (ends == flow["start_count"].iloc[1:].to_numpy()).all()


def test_channels_add_up_to_the_whole(demo):
    for table, column in [("kpi_contact_rate", "contact_count"), ("kpi_contact_resolution", "settled_base")]:
        frame = demo.relation(table).df()
        whole = frame[frame["channel"].isna()].set_index("period")[column]
        parts = frame.dropna(subset=["channel"]).groupby("period")[column].sum()
        assert (whole == parts).all()


def test_every_figure_lies_in_its_interval_and_shares_between_none_and_all(kpis):
    shown = kpis.estimates[~kpis.estimates["suppressed"]]
    assert (shown["low"] <= shown["estimate"] + 1e-12).all()
    assert (shown["estimate"] <= shown["high"] + 1e-12).all()
    shares = shown[(shown["unit"] == "share") & (shown["kpi"] != "revenue_retention_net")]
    assert shares[["estimate", "low", "high"]].stack().between(0, 1).all()
    by_period = shown.query("group == 'all'").pivot(index="period", columns="kpi", values="estimate")
    assert_allclose(by_period["retention_rate"] + by_period["churn_rate"], 1)
    pairs = by_period.dropna(subset=["revenue_retention_net"])
    assert (pairs["revenue_retention_gross"] <= pairs["revenue_retention_net"]).all()


def test_a_longer_gap_finds_fewer_lapsed(kpis):
    gaps = kpis.estimates[kpis.estimates["kpi"] == "lapse_rate"].pivot(
        index="period", columns="group", values="estimate"
    )
    known = gaps.dropna()
    assert len(known)
    assert (known["60 days"] > known["90 days"]).all()
    assert (known["90 days"] > known["180 days"]).all()


def test_an_earlier_period_is_told_the_same_later_on(demo, kpis):
    early = business_kpis(demo, period="2025Q2").estimates
    late = kpis.estimates.merge(early[["kpi", "group", "period"]])
    keys = ["kpi", "group", "period"]
    pd.testing.assert_frame_equal(
        early.sort_values(keys, ignore_index=True), late.sort_values(keys, ignore_index=True)
    )
    assert set(early["period"]) <= {p for p in demo.periods if p <= "2025Q2"}


# ------------------------------------------------------------------------------------------------ always

FULL = """
study: Full
minimum_group: 1
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
  invitations: {from: invitations.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  first_response_hours: {of: interactions, unit: hour, better: lower}
  handle_minutes: {of: interactions, unit: minute, better: lower}
  is_resolved: {of: interactions, type: flag}
  spend: {of: transactions, column: amount, unit: EUR}
"""


def full_frames(seed=3, customers=30):
    """A year of a small company, by chance."""
    rng = np.random.default_rng(seed)
    year = pd.Timestamp("2025-01-01")

    def days(n, most=364):
        return year + pd.to_timedelta(rng.integers(0, most * 24, n), unit="h")

    register = pd.DataFrame({"customer_id": [f"C{i}" for i in range(customers)]})
    register["joined_on"] = (days(customers, 200) - pd.Timedelta(days=100)).normalize()
    stay = pd.to_timedelta(rng.integers(20, 700, customers), unit="D")
    register["left_on"] = (register["joined_on"] + stay).where(lambda at: at <= "2025-12-31")
    contacts = pd.DataFrame({"interaction_id": [f"I{i}" for i in range(150)]})
    contacts["customer_id"] = rng.choice(register["customer_id"], 150)
    contacts["channel"] = rng.choice(["phone", "email"], 150)
    contacts["topic"] = rng.choice(["a", "b"], 150)
    contacts["started_at"] = days(150)
    contacts["ended_at"] = contacts["started_at"] + pd.Timedelta(minutes=10)
    contacts["first_response_hours"] = rng.exponential(30, 150).round(2)
    contacts["handle_minutes"] = rng.exponential(9, 150).round(1)
    contacts["is_resolved"] = rng.integers(0, 2, 150)
    bought = pd.DataFrame({"transaction_id": [f"T{i}" for i in range(300)]})
    bought["customer_id"] = rng.choice(register["customer_id"], 300)
    bought["purchased_at"] = days(300).normalize()
    bought["amount"] = rng.exponential(50, 300).round(2)
    asked = pd.DataFrame({"invitation_id": [f"V{i}" for i in range(80)]})
    asked["customer_id"] = rng.choice(register["customer_id"], 80)
    asked["invited_at"] = days(80, 350)
    asked["response_id"] = [f"R{i}" if i % 2 else None for i in range(80)]
    answers = asked.dropna(subset=["response_id"])[["response_id", "customer_id"]].assign(csat=4)
    answers["answered_at"] = asked["invited_at"] + pd.Timedelta(days=3)
    return {
        "customers.csv": register,
        "contacts.csv": contacts,
        "purchases.csv": bought,
        "invitations.csv": asked,
        "answers.csv": answers,
    }


def written(frames):
    return {name: frame.to_csv(index=False) for name, frame in frames.items()}


def as_known_on(frames, day):
    """The same files as they were at the end of a day."""
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    known = {name: frame.copy() for name, frame in frames.items()}
    register = known["customers.csv"]
    known["customers.csv"] = register[register["joined_on"] < end].assign(
        left_on=lambda f: f["left_on"].where(f["left_on"] < end)
    )
    contacts = known["contacts.csv"]
    contacts = contacts[contacts["started_at"] < end]
    answered_at = contacts["started_at"] + pd.to_timedelta(contacts["first_response_hours"], unit="h")
    hours = contacts["first_response_hours"].where(answered_at <= end)
    known["contacts.csv"] = contacts.assign(first_response_hours=hours)
    known["purchases.csv"] = known["purchases.csv"][known["purchases.csv"]["purchased_at"] < end]
    answers = known["answers.csv"][known["answers.csv"]["answered_at"] < end]
    asked = known["invitations.csv"]
    asked = asked[asked["invited_at"] < end]
    known["invitations.csv"] = asked.assign(
        response_id=asked["response_id"].where(asked["response_id"].isin(answers["response_id"]))
    )
    known["answers.csv"] = answers
    return known


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The small company, opened once."""
    folder = tmp_path_factory.mktemp("full")
    (folder / "study.yml").write_text(FULL)
    for name, text in written(full_frames()).items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(folder / "cache"))
        return open_study(folder)


def changed(file, **columns):
    """The small company with columns of one file replaced."""
    frames = full_frames()
    return written(frames | {file: frames[file].assign(**columns)})


@pytest.mark.parametrize(
    ("file", "column", "kpi"),
    [
        ("contacts.csv", "first_response_hours", "first_response_hours"),
        ("contacts.csv", "resolution_hours", "resolution_hours"),
        ("contacts.csv", "handle_minutes", "handle_minutes_median"),
        ("contacts.csv", "handle_minutes", "handle_minutes_mean"),
    ],
)
def test_where_all_took_no_time_the_figure_is_nought(make_study, file, column, kpi):
    yml = FULL.replace(
        "  handle_minutes:", "  resolution_hours: {of: interactions, unit: hour}\n  handle_minutes:"
    )
    files = changed(file, **{"resolution_hours": 1.0, column: 0})
    found = business_kpis(open_study(make_study(yml, files)), period="2025Q4")
    row = found.current.set_index("kpi").loc[kpi]
    assert row[["estimate", "low", "high"]].tolist() == [0, 0, 0]
    assert row["n"] > 10


@pytest.mark.parametrize(
    ("file", "column", "kpis", "reason"),
    [
        (
            "contacts.csv",
            "first_response_hours",
            ["first_response_hours"],
            "first_response_hours that is there and not",
        ),
        (
            "contacts.csv",
            "first_response_hours",
            ["first_response_rate"],
            "first_response_hours of 0 or more",
        ),
        (
            "contacts.csv",
            "handle_minutes",
            ["handle_minutes_median", "handle_minutes_mean"],
            "handle_minutes of 0",
        ),
        (
            "purchases.csv",
            "amount",
            ["revenue_retention_net", "revenue_retention_gross"],
            "with spend above 0",
        ),
        (
            "purchases.csv",
            "amount",
            ["revenue_coverage", "customer_coverage"],
            "customers with spend above 0",
        ),
    ],
)
def test_a_column_that_is_below_nought_throughout_is_a_stated_skip(make_study, file, column, kpis, reason):
    found = business_kpis(open_study(make_study(FULL, changed(file, **{column: -3}))), period="2025Q4")
    skipped = found.skipped.set_index("kpi")["reason"]
    assert not found.estimates["kpi"].isin(kpis).any()
    for kpi in kpis:
        assert reason in skipped[kpi].lower()
    assert "kpi_" not in found.summary()


@pytest.mark.parametrize("kept", [1, 2])
def test_a_file_of_one_or_two_rows_gives_figures_or_says_why_not(make_study, kept):
    files = {name: frame.head(kept).assign(customer_id="C1") for name, frame in full_frames().items()}
    files["customers.csv"] = files["customers.csv"].head(1)
    study = open_study(make_study(FULL, written(files)))
    found = business_kpis(study, period=study.periods[-1])
    lacking = found.estimates[found.estimates["estimate"].isna()]
    assert len(lacking) > 5
    assert (lacking["reason"].str.len() > 0).all()
    assert (found.estimates.loc[found.estimates["estimate"].notna(), "reason"] == "").all()
    assert "not computed, a single customer gives no interval (" in found.summary()


@pytest.mark.parametrize("rule", ["contract", "purchase"])
def test_nothing_later_than_the_period_moves_its_figures(make_study, full, rule):
    yml, frames = FULL, full_frames()
    if rule == "purchase":
        yml = FULL.replace("  customers: {from: customers.csv}\n", "")
        full = open_study(make_study(yml, written(frames), "whole"))
    whole = business_kpis(full, period="2025Q3")
    cut = written(as_known_on(frames, "2025-09-30"))
    then = business_kpis(open_study(make_study(yml, cut, "cut")), period="2025Q3")
    assert len(then.estimates) > 60
    pd.testing.assert_frame_equal(whole.estimates, then.estimates)


def test_the_order_of_rows_and_the_unit_of_money_do_not_matter(make_study, full):
    frames = {name: frame.sample(frac=1, random_state=1) for name, frame in full_frames().items()}
    frames["purchases.csv"]["amount"] *= 100
    first = business_kpis(full, period="2025Q4").estimates
    second = business_kpis(open_study(make_study(FULL, written(frames))), period="2025Q4").estimates
    columns = ["estimate", "std_error", "low", "high"]
    pd.testing.assert_frame_equal(first.drop(columns=columns), second.drop(columns=columns))
    assert_allclose(first[columns], second[columns], rtol=1e-9)


def test_few_customers_are_not_shown_and_a_channel_named_all_stays_a_channel(make_study):
    yml, frames = FULL.replace("minimum_group: 1", "minimum_group: 25"), full_frames()
    frames["contacts.csv"]["channel"] = frames["contacts.csv"]["channel"].replace("phone", "all")
    found = business_kpis(open_study(make_study(yml, written(frames))), period="2025Q4")
    hidden = found.estimates[found.estimates["suppressed"]]
    assert len(hidden)
    assert hidden[["estimate", "std_error", "low", "high"]].isna().all(axis=None)
    few = hidden[["n", "clusters"]].min(axis=1) < 25
    assert (hidden[~few].groupby(["kpi", "period"]).size() == 1).all() and not (
        hidden[~few]["group"] == "all"
    ).any()
    shown = found.estimates[~found.estimates["suppressed"]]
    assert (shown[["n", "clusters"]].min(axis=1) >= 25).all()
    assert "not shown, fewer than 25 customers" in found.summary()
    lacking = {
        row["metric"]: row.get("no_figure") for row in found.publish().rows if np.isnan(row["estimate"])
    }
    assert "fewer than 25 customers" in lacking.values() and all(lacking.values())
    assert all("no_figure" not in row for row in found.publish().rows if row["metric"] not in lacking)
    groups = found.current.loc[found.current["kpi"] == "contact_rate", "group"].tolist()
    assert groups == ["all", "channel all", "email"]


def test_no_table_of_kpis_names_a_small_channel_or_tells_its_count(make_study):
    """One channel of four has few customers: it and the next smallest are hidden, and neither's n can be subtracted."""
    yml, frames = FULL.replace("minimum_group: 1", "minimum_group: 5"), full_frames(customers=60)
    contacts = frames["contacts.csv"]
    names = np.array(["phone", "email", "chat", "Ada Byron"])
    contacts["channel"] = names[np.searchsorted([0.5, 0.8, 0.98], np.linspace(0, 0.999, len(contacts)))]
    found = business_kpis(open_study(make_study(yml, written(frames))), period="2025Q4")
    rows = found.estimates[
        (found.estimates["kpi"] == "contact_rate") & (found.estimates["period"] == "2025Q4")
    ]
    hidden = rows.loc[rows["suppressed"], "group"].tolist()
    assert "Ada Byron" in hidden and len(hidden) >= 2 and "all" not in hidden
    table = found.figures()
    assert "Ada Byron" not in table.to_string()
    shown = table.loc[rows["label"].iloc[0]]
    assert shown["n"].isin(["fewer than 5", "not shown"]).sum() == len(hidden)
    assert found.estimates["group"].eq("Ada Byron").any()  # the analyst's own table names it


def test_a_hidden_headline_tells_no_count(make_study):
    yml = FULL.replace("minimum_group: 1", "minimum_group: 500")
    found = business_kpis(open_study(make_study(yml, written(full_frames()))), period="2025Q4")
    published = found.publish()
    assert len(published.rows) == 5
    assert [row["n"] for row in published.rows] == [None] * 5
    assert all(np.isnan(row["estimate"]) for row in published.rows)
    assert "not shown" in found.summary() or "fewer than 500" in found.summary()


# ------------------------------------------------------------------------------------------------ the answer


def test_the_first_page_gets_headlines_with_their_change(kpis):
    published = kpis.publish()
    assert [row["metric"] for row in published.rows] == [f"kpi_{name}" for name in kpis.headline]
    assert len(published.rows) == 5
    row = published.rows[0]
    now, before = (
        estimate(kpis, "retention_rate"),
        estimate(kpis, "retention_rate", period=row["previous_period"]),
    )
    assert_allclose(row["change"], now["estimate"] - before["estimate"])
    assert row["change_low"] < row["change"] < row["change_high"]
    # Money of the quarter before stands in both figures: an interval from two separate ones would be wrong.
    assert np.isnan(
        next(r for r in published.rows if r["metric"] == "kpi_revenue_retention_net")["change_low"]
    )


def test_every_kpi_is_defined_and_told(kpis):
    assert set(kpis.estimates["kpi"]) | set(kpis.skipped["kpi"]) == {kpi.name for kpi in KPIS}
    for column in ("label", "unit", "better", "basis", "definition", "trap"):
        assert (kpis.estimates[column].str.len() > 0).all()
    assert not kpis.estimates["definition"].str.contains("{", regex=False).any()
    said = kpis.summary()
    for label in kpis.current.query("group == 'all'")["label"]:
        assert f"- {label}: " in said
    assert "causes" not in said
    assert "significant" not in said


def test_every_kpi_says_whether_it_was_recorded_or_derived(kpis):
    assert set(BASES) == {kpi.name for kpi in KPIS}
    assert kpis.estimates["basis"].str.contains("recorded|derived").all()
    for row in kpis.estimates.to_dict("records"):
        assert row["definition"].lower().startswith(row["basis"].lower())
    derived, flag = estimate(kpis, "first_contact_resolution"), estimate(kpis, "recorded_resolution")
    assert derived["basis"] == "derived from contacts, 14 days"
    assert flag["basis"] == "as recorded in “Resolved at first contact”"
    said = kpis.summary()
    assert "derived from contacts, 14 days)." in said
    assert f"(derived from contacts, 14 days), and Resolved, as recorded is {flag['estimate']:.1%}" in said
    card = next(r for r in kpis.publish().rows if r["metric"] == "kpi_first_contact_resolution")
    assert card["basis"] == f"derived, 14 days; as recorded: {flag['estimate']:.1%}"
    words = [
        in_a_word(basis)
        for basis in (BY_REGISTER, "derived from purchases, by gap", BASES["handle_minutes_mean"])
    ]
    assert words == ["as recorded", "derived", "as recorded"]
    assert figure_card(card)["interval"].endswith(f"{PERIOD}; {card['basis']}")


def test_the_basis_follows_the_study_its_rules_and_what_it_records(make_study):
    yml = DESK.replace("sources:", "kpis: {repeat_contact_days: 100, gap_days: 50}\nsources:", 1)
    desk = open_study(make_study(yml, DESK_FILES))
    basis = business_kpis(desk, period="2026Q2").estimates.set_index("kpi")["basis"]
    assert basis["first_contact_resolution"].iloc[0] == "derived from contacts, 100 days"
    assert basis["resolution_hours"].iloc[0] == "derived from start and end of contacts"
    assert basis["retention_rate"].iloc[0] == "from dates in the register, as recorded"
    assert "recorded_resolution" not in basis.index
    assert (
        "two questions" not in business_kpis(desk, period="2026Q2").summary()
    )  # one figure contradicts none
    shop = open_study(make_study(SHOP, {"purchases.csv": GAPS}))
    bought = business_kpis(shop, period=shop.periods[-1]).estimates.set_index("kpi")["basis"]
    assert bought[["retention_rate"]].iloc[0] == "derived from purchases, 90 days"


def test_a_picture_names_kpi_and_figures(kpis):
    assert kpis.plot("first_response_rate", group="email").alt.startswith(
        "First answer within 24 hours by period"
    )
    assert "2026Q3" in kpis.plot().alt
    with pytest.raises(LinkError, match="no group 'fax'"):
        kpis.plot("first_response_rate", group="fax")
    with pytest.raises(LinkError, match="is_abandoned"):
        kpis.plot("abandonment_rate")
    with pytest.raises(LinkError, match="no KPI 'profit'"):
        kpis.plot("profit")


def test_a_study_without_the_sources_is_told_what_is_missing(hospitals):
    found = business_kpis(hospitals, period=hospitals.periods[-1])
    assert found.estimates.empty
    assert set(found.skipped["kpi"]) == {kpi.name for kpi in KPIS}
    assert found.skipped["reason"].str.startswith("needs ").all()
    assert "Not counted: Retention rate" in found.summary()
    assert found.publish().rows == ()
    assert "no business KPI" in found.plot().alt
    for table in (found.current, found.trend, found.figures(), found.traps()):
        assert table.empty
    with pytest.raises(TableError, match="kpi_lapse: it needs a source of transactions"):
        hospitals.relation("kpi_lapse")


def test_wrong_questions_are_refused(demo):
    with pytest.raises(PeriodError, match="2030Q1"):
        business_kpis(demo, period="2030Q1")
    with pytest.raises(TableError, match="between 0 and 1"):
        business_kpis(demo, period=PERIOD, confidence=95)


def test_every_model_of_a_kpi_is_one_that_is_built(demo):
    models = {name for name in model_names() if name.startswith("kpi_")}
    assert {kpi.model for kpi in KPIS} | {"kpi_presence"} == models
    for name in models:
        model = render_model(demo.study, name)
        assert model.needs
        assert set(model.grain) <= set(demo.relation(name).columns)
