"""Names and keys under nouns, goals, value and scenarios: each mistake told with its place and the nearest."""

from types import SimpleNamespace

import pandas as pd
import pytest

from linkage.catalogue import LinkageColumn
from linkage.errors import StudyError
from linkage.linking.link_rows import each_once
from linkage.nouns import cluster_noun, row_noun
from linkage.study import load_study

YML = """
study: Corner shop
sources:
  customers: {from: customers.csv, columns: {segment: segment}}
  interactions: {from: contacts.csv, columns: {promised_at: promised_at}, types: {promised_at: time}}
  feedback: {from: answers.csv}
  transactions: {from: sales.csv}
metrics:
  csat: {of: feedback, label: Satisfaction, scale: [1, 5]}
  wait_minutes: {of: interactions, label: Wait, unit: minute, better: lower}
  days_late: {of: interactions, label: Late, unit: day}
  days_early: {of: interactions, label: Early, unit: day}
  spend: {of: transactions, column: amount, label: Spend, unit: EUR}
links:
  wait_and_csat: {question: "Wait?", grain: interaction, outcome: csat, drivers: [wait_minutes]}
  csat_and_spend: {question: "Spend?", grain: customer_period, outcome: spend, drivers: [csat], lag: 1}
"""
SCENARIO = "scenarios:\n  faster: {{question: 'Faster?', by: -1, {rest}}}\n"


def load(make_study, more):
    return load_study(make_study(YML + more))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("goals: {outcom: csat}", "goals.outcom: unknown key. Did you mean 'outcome'?"),
        ("goals: {metrics: {wait_minutes: {tarrget: 5}}}", "wait_minutes.tarrget: unknown key. Did you mean 'target'?"),
        ("goals: {promise: {promissed: promised_at}}", "promise.promissed: unknown key. Did you mean 'promised'?"),
        (
            "interventions:\n  queue: {from: 2026-01-01, untill: 2026-02-01, where: {segment: a}}",
            "interventions.queue.untill: unknown key. Did you mean 'until'?",
        ),
        ("value: {wallet: {rnk: a, brands: b}}", "value.wallet.rnk: unknown key. Did you mean 'rank'?"),
        ("nouns: {unti: hospital}", "nouns.unti: unknown key. Did you mean 'unit'?"),
        ("business_hours: {opn: 9}", "Did you mean 'open'?"),
        (SCENARIO.format(rest="link: wait_and_csat, cost: {onse: 4}"), "cost.onse: unknown key. Did you mean 'once'?"),
        (SCENARIO.format(rest="link: wait_and_csat, reech: 1"), "faster.reech: unknown key. Did you mean 'reach'?"),
    ],
)  # fmt: skip
def test_a_misspelt_key_is_told_with_the_nearest(make_study, more, said):
    with pytest.raises(StudyError) as found:
        load(make_study, more)
    assert said in str(found.value) and "study.yml, line " in str(found.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("goals: {outcome: csatt}", "goals.outcome: no metric 'csatt' is declared. Did you mean 'csat'?"),
        ("goals: {metrics: {wait: {target: 5}}}", "goals.metrics.wait: no metric 'wait' is declared."),
        (
            "goals: {metrics: {days_late: {outcome: csaat}}}",
            "goals.metrics.days_late.outcome: no metric 'csaat' is declared. Did you mean 'csat'?",
        ),
        (
            "goals: {promise: {promised: promised_on}}",
            "goals.promise.promised: no contact has 'promised_on'. Did you mean 'promised_at'?",
        ),
        ("goals: {promise: {promised: days_late}}", "days_late is a number, and must be a time."),
        ("value: {loyalty: csta}", "value.loyalty: no metric 'csta' is declared. Did you mean 'csat'?"),
        (
            SCENARIO.format(rest="link: wait_and_cast"),
            "scenarios.faster.link: no link 'wait_and_cast' is declared. Did you mean 'wait_and_csat'?",
        ),
        (
            SCENARIO.format(rest="link: wait_and_csat, chain: [csat_and_spent]"),
            "scenarios.faster.chain: no link 'csat_and_spent' is declared. Did you mean 'csat_and_spend'?",
        ),
        (
            SCENARIO.format(rest="link: csat_and_spend, chain: [wait_and_csat]"),
            "the chain breaks: csat_and_spend ends in spend, but wait_and_csat starts from wait_minutes.",
        ),
        (
            SCENARIO.format(rest="link: wait_and_csat, driver: wait_minute"),
            "scenarios.faster.driver: wait_and_csat has no driver 'wait_minute'. Did you mean 'wait_minutes'?",
        ),
        (
            SCENARIO.format(rest="link: wait_and_csat, where: {segmnt: a}"),
            "scenarios.faster.where: customers have no 'segmnt'. Did you mean 'segment'?",
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_told_with_file_key_and_the_nearest(make_study, more, said):
    with pytest.raises(StudyError) as found:
        load(make_study, more)
    assert said in str(found.value) and "study.yml, line " in str(found.value)


def test_names_that_lead_somewhere_are_taken(make_study):
    goals = "goals:\n  outcome: csat\n  promise: {late: days_late, early: days_early}\n"
    goals += "  metrics: {contacts_to_resolve: {target: 4}}\n"
    rest = "link: wait_and_csat, driver: wait_minutes, chain: [csat_and_spend], where: {segment: business}"
    study = load(make_study, goals + SCENARIO.format(rest=rest))
    assert study.declared.scenarios["faster"].chain == ("csat_and_spend",)
    assert study.declared.goals.promise.late == "days_late"


# ------------------------------------------------------------------------------------------ nouns


def test_a_study_calls_what_it_counts_by_its_own_words(make_study):
    study = load(make_study, "nouns: {unit: branch, customer: [person, people], contact: repair}")
    units, customers = study.columns["unit_period"], study.columns["customer_period"]
    assert (row_noun("unit_period", units), cluster_noun("unit_id", units)) == ("branch periods", "branches")
    assert (row_noun("customer_period", customers), cluster_noun("customer_id", customers)) == (
        "person periods",
        "people",
    )
    assert row_noun("unit_period", units, once=True) == "branches"
    assert row_noun("interaction", study.columns["interaction"]) == "repairs"
    assert row_noun("survey", study.columns["survey"]) == "answers"  # not declared: the suite's own word


def test_without_words_of_its_own_a_study_has_the_usual_ones(make_study):
    study = load(make_study, "")
    assert row_noun("unit_period", study.columns["unit_period"]) == "unit periods"
    assert cluster_noun("employee_id", study.columns["employee_period"]) == "employees"
    assert cluster_noun("state", {"state": LinkageColumn("state", "State")}) == "states"
    assert cluster_noun("team", {}) == "clusters of team"


@pytest.mark.parametrize("given", ["5", "[a, b, c]", "''", "'<b>shop</b>'", "[shop, 7]", f"'{'x' * 41}'"])
def test_what_is_no_noun_is_refused(make_study, given):
    with pytest.raises(StudyError, match=r"nouns\.unit: .* is no noun"):
        load(make_study, f"nouns: {{unit: {given}}}")


def test_amounts_in_the_studys_currency_know_what_they_are_counted_over(make_study):
    study = load(make_study, "windows: {before: 30 days, after: 60 days}\nperiod: month")
    spend = {grain: study.columns[grain] for grain in ("survey", "customer_period", "unit_period")}
    assert spend["survey"]["spend_after"].horizon == "60 days"
    assert spend["survey"]["spend_before"].horizon == "30 days"
    assert spend["customer_period"]["spend"].horizon == "a month"
    assert spend["unit_period"]["spend_growth"].horizon == ""  # a share is no amount
    assert study.columns["interaction"]["wait_minutes"].horizon == ""


def test_periods_are_counted_by_whom_they_are_of_where_each_has_one():
    spec = SimpleNamespace(grain="unit_period")
    once = pd.DataFrame({"unit_id": ["a", "b"], "period": ["2021", "2022"]})
    assert each_once(once, spec)
    assert not each_once(pd.concat([once, once]), spec)
    assert not each_once(once.drop(columns="unit_id"), spec)
    assert not each_once(once, SimpleNamespace(grain="interaction"))
