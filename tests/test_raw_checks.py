"""What a study states of its raw data and cannot mean: each is refused with its line, its key and the remedy."""

import pytest

from linkage.errors import StudyError
from linkage.study import load_study

BASE = """
study: T
currency: EUR
RATES
sources:
  feedback: {from: f.csv, columns: {why: why}FEEDBACK}
  customers: {from: c.csvCUSTOMERS}
  interactions: {from: i.csv, columns: {created_at: c}CONTACTS}
metrics:
  nps: {of: feedback, scale: [0, 10]}
  METRIC
"""
CONTRADICTIONS = {
    "a merge of answers": (
        {"FEEDBACK": ", doubled: merge"},
        "only interactions and transactions can be merged",
    ),
    "how to merge and no merge": ({"CONTACTS": ", merge: {topic: last}"}, "it needs 'doubled: merge'"),
    "a merge of nothing": (
        {"CONTACTS": ", doubled: merge, merge: {tpic: last}"},
        "has no column 'tpic'. Did you mean 'topic'",
    ),
    "a sum of words": (
        {"CONTACTS": ", doubled: merge, merge: {topic: sum}"},
        "topic is a text: choose first",
    ),
    "long and doubled": (
        {"FEEDBACK": ", doubled: last, long: {item: q, value: a, items: {nps: Q1}}"},
        "leave out 'doubled'",
    ),
    "an item twice": (
        {"FEEDBACK": ", long: {item: q, value: a, items: {nps: Q1, comment: q1}}"},
        "'q1' cannot be both nps and comment",
    ),
    "an item of nothing": (
        {"FEEDBACK": ", long: {item: q, value: a, items: {nsp: Q1}}, split: {nsp: ';'}"},
        "no metric takes a choice of nsp",
    ),
    "an item that is mapped": (
        {"FEEDBACK": ", long: {item: q, value: a, items: {why: Q1}}"},
        "why stands under columns too",
    ),
    "an item that is the key": (
        {"FEEDBACK": ", long: {item: q, value: a, items: {answered_at: Q1}}"},
        "answered_at tells the responses apart",
    ),
    "a choice without split": (
        {"METRIC": "price: {of: feedback, choice: {why: Price}}"},
        'split: {why: ";"}',
    ),
    "a split without choice": ({"FEEDBACK": ", split: {why: ';'}"}, "no metric takes a choice of why"),
    "a choice on a scale": (
        {
            "FEEDBACK": ", split: {why: ';'}",
            "METRIC": "price: {of: feedback, choice: {why: A}, scale: [0, 1]}",
        },
        "a choice is a flag",
    ),
    "two choices": (
        {
            "FEEDBACK": ", split: {why: ';', how: ';'}",
            "METRIC": "price: {of: feedback, choice: {why: A, how: B}}",
        },
        "expected one column and its choice",
    ),
    "a former scale of none": (
        {"METRIC": "ease: {of: feedback, was: [{until: 2025-01-01, scale: [1, 5]}]}"},
        "say the scale that is asked now",
    ),
    "a former scale upside down": (
        {"METRIC": "ease: {of: feedback, scale: [0, 1], was: [{until: 2025-01-01, scale: [5, 1]}]}"},
        "lowest first",
    ),
    "a former scale without a time": (
        {"METRIC": "ease: {of: customers, scale: [0, 1], was: [{until: 2025-01-01, scale: [1, 5]}]}"},
        "customers has no time",
    ),
    "two scales on a day": (
        {
            "METRIC": "ease: {of: feedback, scale: [0, 1], "
            "was: [{until: 2025-01-01, scale: [1, 5]}, {until: 2025-01-01, scale: [1, 7]}]}"
        },
        "end on the same day",
    ),
    "a flag with scales": (
        {
            "METRIC": "ok: {of: feedback, type: flag, scale: [0, 1], was: [{until: 2025-01-01, scale: [1, 5]}]}"
        },
        "a flag has no scale",
    ),
    "tax on no money": ({"FEEDBACK": ", tax: 0.19"}, "no metric of feedback has the unit EUR"),
    "a tax of nineteen": ({"FEEDBACK": ", tax: 19"}, "a tax is a share such as 0.19"),
    "a rate of our own": ({"RATES": "rates: {EUR: 0.9}"}, "EUR is the study's own currency"),
    "a rate of no period": ({"RATES": "rates: {2026-Q1: {USD: 0.9}}"}, "Did you mean 2026Q1"),
    "a rate of nothing": ({"RATES": "rates: {USD: 0}"}, "rates.USD: expected a number above zero"),
    "a rate in words": (
        {"RATES": "rates: {2026Q1: {USD: much}}"},
        "rates.2026Q1: expected a number above zero",
    ),
    "an item misspelt": (
        {"FEEDBACK": ", long: {itm: q, value: a, items: {nps: Q1}}"},
        "long.itm: unknown key. Did you mean 'item'?",
    ),
    "a day misspelt": (
        {"METRIC": "ease: {of: feedback, scale: [0, 1], was: {utnil: 2025-01-01, scale: [1, 5]}}"},
        "utnil: unknown key. Did you mean 'until'?",
    ),
    "hours misspelt": ({"RATES": "business_hours: {opne: 9}"}, "unknown key. Did you mean 'open'?"),
    "an end without start": (
        {"METRIC": "wait: {of: interactions, until: created_at, unit: hour}"},
        "give 'from' too",
    ),
    "a span of a text": (
        {"METRIC": "wait: {of: interactions, from: channel, until: created_at, unit: hour}"},
        "channel is a text",
    ),
    "a span in points": (
        {"METRIC": "wait: {of: interactions, from: started_at, until: created_at}"},
        "count in second, minute, hour or day",
    ),
    "a clock without hours": (
        {
            "METRIC": "wait: {of: interactions, from: started_at, until: created_at, unit: hour, clock: business}"
        },
        "say when the business is open",
    ),
    "business days": (
        {
            "RATES": "business_hours: {days: [mon]}",
            "METRIC": "wait: {of: interactions, from: started_at, until: created_at, unit: day, clock: business}",
        },
        "count in second, minute or hour",
    ),
    "a clock of no span": (
        {"METRIC": "wait: {of: interactions, clock: business}"},
        "give 'from' and 'until'",
    ),
    "hours that never open": (
        {"RATES": "business_hours: {open: 17:00, close: 9:00}"},
        "opens before it closes",
    ),
    "no day of the week": ({"RATES": "business_hours: {days: [moon]}"}, "'moon' is no day of the week"),
    "no time of day": ({"RATES": "business_hours: {open: soon}"}, "'soon' is no time of day"),
    "an attached file without select": (
        {"FEEDBACK": ", attach: {path: a.sqlite, type: sqlite, as: crm}"},
        "'attach' is for a select",
    ),
    "a server as a file": (
        {"FEEDBACK": ", attach: {path: a, type: postgres, as: crm}"},
        "or 'dsn' for a postgres server",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradictions_are_refused_with_their_key(make_study, case):
    given, message = CONTRADICTIONS[case]
    yml = BASE
    for word in ("RATES", "FEEDBACK", "CUSTOMERS", "CONTACTS", "METRIC"):
        yml = yml.replace(word, given.get(word, ""))
    with pytest.raises(StudyError) as caught:
        load_study(make_study(yml))
    assert message in str(caught.value)
    assert "study.yml, line " in str(caught.value)


def test_the_same_study_without_contradiction_is_read(make_study):
    yml = BASE
    for word in ("RATES", "FEEDBACK", "CUSTOMERS", "CONTACTS", "METRIC"):
        yml = yml.replace(word, "")
    assert load_study(make_study(yml)).metrics["nps"].was == ()
