"""Amounts of other currencies and with tax: given rows in, net amounts of the study's currency and rejects out."""

import pytest
from staged import is_accounted_for, rejects, rows, stage

from linkage.errors import SourceError
from linkage.study import load_study

YML = """
study: T
currency: EUR
timezone: Europe/Berlin
rates: {USD: 0.9, gbp: 1.2, 2026Q1: {USD: 0.8}}
sources:
  transactions: {from: t.csv, currency: curr, tax: vat}
metrics:
  spend: {of: transactions, column: amount, unit: EUR}
  margin: {of: transactions, unit: EUR, scale: [-100, 100]}
  items: {of: transactions, type: whole, unit: item}
"""
HEADER = "transaction_id,purchased_at,curr,vat,amount,margin,items\n"


def test_amounts_become_net_amounts_in_the_currency_of_the_study(make_study):
    text = HEADER + (
        "T1,2026-01-01,EUR,0.25,125,12.5,2\n"
        "T2,2026-04-01, usd ,0,100,,1\n"
        "T3,2026-03-31,USD,0,100,10,1\n"  # the rate of its quarter
        "T4,2026-04-01 00:30,USD,0,100,10,1\n"  # in UTC still the quarter before, in Berlin not
        "T5,2026-01-01,GBP,20%,-100,,1\n"  # a refund; no rate of its quarter, so the one of all periods
        "T6,2026-01-01,CHF,0,100,5,1\n"
        "T7,2026-01-01,,0,100,,\n"
        "T8,2026-01-01,EUR,,100,,1\n"
        "T9,2026-01-01,EUR,19,100,,1\n"
        "U1,2026-01-01,EUR,0,ten,,x\n"
        "U2,2026-01-01,GBP,0,1,90,1\n"  # 108 euros are outside the scale
    )
    connection, tally = stage(make_study(YML, {"t.csv": text}), "transactions")
    found = rows(connection, "stg_transactions", "transaction_id, amount, margin, items")
    assert found == [
        ("T1", 100, 10, 2),
        ("T2", 90, None, 1),
        ("T3", 80, 8, 1),
        ("T4", 90, 9, 1),
        ("T5", pytest.approx(-100), None, 1),
        ("T6", None, None, 1),
        ("T7", None, None, None),
        ("T8", None, None, 1),
        ("T9", None, None, 1),
        ("U1", None, None, None),
        ("U2", pytest.approx(1.2), None, 1),
    ]
    assert rejects(connection) == [
        (7, "amount", "100", "no rate for the currency CHF in 2026Q1: add it under rates", True),
        (7, "margin", "5", "no rate for the currency CHF in 2026Q1: add it under rates", True),
        (8, "amount", "100", "no currency beside the amount", True),
        (9, "amount", "100", "no tax share beside the amount", True),
        (10, "amount", "100", "a tax share of 19: expected 0 to 1, or a percentage such as 19%", True),
        (11, "amount", "ten", "not a number", True),
        (11, "items", "x", "not a whole number", True),
        (12, "margin", "90", "outside the scale -100 to 100", True),
    ]
    assert is_accounted_for(connection, tally)
    assert tally.undeclared == ()


@pytest.mark.parametrize(
    ("options", "spend"),
    [
        ("currency: USD, tax: 0.19", 119 * 0.9 / 1.19),
        ("currency: USD, tax: 19%", 119 * 0.9 / 1.19),
        ("currency: EUR, tax: 0.19", 100),
        ("tax: 0.19", 100),
        ("currency: EUR", 119),
        ("currency: GBP", 119 * 1.2),
    ],
)
def test_a_whole_source_may_have_one_currency_and_one_tax(make_study, options, spend):
    yml = YML.replace("currency: curr, tax: vat", options).replace(", 2026Q1: {USD: 0.8}", "")
    connection, _ = stage(make_study(yml, {"t.csv": HEADER + "T1,2026-01-01,x,y,119,,1\n"}), "transactions")
    assert rows(connection, "stg_transactions", "amount, items") == [(pytest.approx(spend, rel=1e-15), 1)]


def test_amounts_of_periods_take_the_rate_of_their_period(make_study):
    yml = (
        "study: T\nperiod: year\nrates: {2025: {USD: 0.8}, 2026: {USD: 0.9}}\n"
        "sources:\n  units: {from: u.csv}\n  costs: {role: unit_periods, from: c.csv, currency: USD}\n"
        "metrics:\n  cost: {of: costs, unit: EUR}\n"
    )
    files = {"u.csv": "unit_id\nu1\n", "c.csv": "unit_id,period,cost\nu1,2025,10\nu1,2026,10\nu1,2027,10\n"}
    connection, tally = stage(make_study(yml, files), "costs")
    assert rows(connection, "stg_costs", "period, cost") == [("2025", 8), ("2026", 9), ("2027", None)]
    assert rejects(connection) == [
        (4, "cost", "10", "no rate for the currency USD in 2027: add it under rates", True)
    ]
    assert is_accounted_for(connection, tally)


def test_without_currency_and_tax_amounts_stay_as_they_are(make_study):
    yml = YML.replace(", currency: curr, tax: vat", "")
    connection, tally = stage(
        make_study(yml, {"t.csv": HEADER + "T1,2026-01-01,USD,0.5,10,,1\n"}), "transactions"
    )
    assert rows(connection, "stg_transactions", "amount") == [(10,)]
    assert tally.undeclared == ("curr", "vat")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("currency: cur", "no column 'cur', named under currency. Did you mean 'curr'"),
        ("tax: vta", "no column 'vta', named under tax. Did you mean 'vat'"),
    ],
)
def test_a_column_of_currency_or_tax_that_is_not_there_is_refused(make_study, options, message):
    yml = YML.replace("currency: curr, tax: vat", options)
    with pytest.raises(SourceError, match=message):
        stage(make_study(yml, {"t.csv": HEADER + "T1,2026-01-01,USD,0.5,10,,1\n"}), "transactions")


def test_the_conversion_is_said_beside_the_metric(make_study):
    columns = load_study(make_study(YML)).columns["survey"]
    assert columns["spend_after"].note == (
        "Converted to EUR at the study's rates of the period and net of tax, whose share is in vat."
    )
    assert columns["items_after"].note == ""
    fixed = load_study(make_study(YML.replace("currency: curr, tax: vat", "tax: 0.19")))
    assert fixed.columns["survey"]["spend_after"].note == "Net of tax of 0.19."


MARKED = """
study: T
currency: EUR
sources:
  transactions: {from: t.csv, decimal: ",", thousands: "."}
metrics:
  spend: {of: transactions, column: amount, unit: EUR}
  items: {of: transactions, unit: item}
"""


def test_the_sign_of_its_currency_may_stand_beside_an_amount_and_another_may_not(make_study):
    written = {
        "266,92 \u20ac": 266.92,
        "\u20ac266,92": 266.92,
        "EUR 1.266,92": 1266.92,
        "266,92\u00a0eur": 266.92,
        "\u20ac\u202f-5,00": -5.0,
        "- 5": None,
        "-\u20ac5,00": -5.0,
        "+5 Euro": 5.0,
        "$ 266,92": None,
        "266,92 CHF": None,
        "EUR": None,
        "266.92 \u20ac": None,  # no group of three: neither a fraction nor thousands
        "a \u20ac5": None,
    }
    lines = [f"T{i:02d};2026-01-01;{text};3 EUR" for i, text in enumerate(written)]
    text = "\n".join(["transaction_id;purchased_at;amount;items", *lines, ""])
    connection, tally = stage(make_study(MARKED, {"t.csv": text}), "transactions")
    found = [value for (value,) in rows(connection, "stg_transactions", "amount")]
    assert dict(zip(written, found, strict=True)) == written
    assert rows(connection, "stg_transactions", "count(items)") == [(0,)], "items are no money"
    said = {value: reason for _, column, value, reason, _ in rejects(connection) if column == "amount"}
    assert "another currency than EUR" in said["$ 266,92"] and "another currency" in said["266,92 CHF"]
    assert is_accounted_for(connection, tally)


def test_the_sign_is_that_of_the_currency_the_source_is_in(make_study):
    yml = "rates: {USD: 0.5}\n" + MARKED.replace("{from: t.csv,", "{from: t.csv, currency: USD,")
    text = (
        "transaction_id;purchased_at;amount;items\nT1;2026-01-01;US$ 10,50;1\nT2;2026-01-01;10,50 \u20ac;1\n"
    )
    connection, _ = stage(make_study(yml, {"t.csv": text}), "transactions")
    assert rows(connection, "stg_transactions", "amount") == [(5.25,), (None,)]


def test_no_sign_is_taken_off_where_each_row_names_its_currency(make_study):
    yml = MARKED.replace("{from: t.csv,", "{from: t.csv, currency: curr,")
    text = "transaction_id;purchased_at;curr;amount;items\nT1;2026-01-01;EUR;10,50 $;1\nT2;2026-01-01;EUR;10,50;1\n"
    connection, _ = stage(make_study(yml, {"t.csv": text}), "transactions")
    assert rows(connection, "stg_transactions", "amount") == [(None,), (10.5,)]
