"""Numbers of one column written with a point or a comma: each by its own signs, and none that could be read twice."""

from __future__ import annotations

import re

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from staged import is_accounted_for, rejects, rows, stage

from linkage.errors import StudyError
from linkage.proposing import propose_study
from linkage.sources.decimal_signs import NUMBER, OPEN, plain_sql, plain_text
from linkage.study import load_study

YML = """
study: T
currency: EUR
sources:
  transactions: {from: t.csv, delimiter: ";", decimal: either}
metrics:
  spend: {of: transactions, column: amount, unit: EUR}
"""
WRITTEN = {
    "76,24": 76.24,
    "1611.40": 1611.4,
    "1.271,43": 1271.43,
    "1,271.43": 1271.43,
    "-1.234.567,8": -1234567.8,
    "1,234,567": 1234567.0,
    "0,125": 0.125,
    "1234,567": 1234.567,
    "12": 12.0,
    "59,90 \u20ac": 59.9,
    "1.234": None,
    "-12,500": None,
    "1.23.4": None,
    "12,34.567": None,
    "1.271,43.5": None,
}


def test_each_number_is_read_by_its_own_signs_and_an_open_one_is_a_reject(make_study):
    lines = [f"T{i:02d};2026-01-01;{text}" for i, text in enumerate(WRITTEN)]
    text = "\n".join(["transaction_id;purchased_at;amount", *lines, ""])
    connection, tally = stage(make_study(YML, {"t.csv": text}), "transactions")
    found = [value for (value,) in rows(connection, "stg_transactions", "amount")]
    assert dict(zip(WRITTEN, found, strict=True)) == WRITTEN
    said = {value: reason for _, _, value, reason, _ in rejects(connection)}
    assert set(said) == {text for text, value in WRITTEN.items() if value is None}
    assert said["1.234"].startswith("thousands or a fraction?") and said["1.23.4"] == "not a number"
    assert is_accounted_for(connection, tally)


@given(
    st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2, allow_nan=False),
    st.sampled_from([",", "."]),
    st.booleans(),
)
def test_a_number_written_either_way_is_the_number(value, sign, with_thousands):
    plain = f"{value:,.2f}" if with_thousands else f"{value:.2f}"
    text = plain if sign == "." else plain.translate(str.maketrans(",.", ".,"))
    assert re.fullmatch(NUMBER, text) and not re.fullmatch(OPEN, text)
    assert float(plain_text(text)) == float(value)


@pytest.mark.parametrize("text", [t for t in WRITTEN if re.fullmatch(NUMBER, t)])
def test_the_select_writes_a_number_as_the_proposal_reads_it(text):
    assert duckdb.execute(f"select {plain_sql('$1')}", [text]).fetchall() == [(plain_text(text),)]


def test_what_a_program_wrote_is_never_taken_for_thousands(make_study):
    select = "select 'T' || i as transaction_id, date '2026-01-01' as purchased_at, x as amount from "
    select += "(values (1, 1.234::double), (2, 5.0), (3, -0.5), (4, 1.5e-7)) as given(i, x)"
    yml = YML.replace('from: t.csv, delimiter: ";"', "sql: t.sql")
    connection, _ = stage(make_study(yml, {"t.sql": select}), "transactions")
    assert rows(connection, "stg_transactions", "amount") == [(1.234,), (5.0,), (-0.5,), (1.5e-7,)]
    book = openpyxl.Workbook()
    for row in (
        ["transaction_id", "purchased_at", "amount"],
        ["T1", "2026-01-01", 1.234],
        ["T2", "2026-01-01", "7,50"],
    ):
        book.active.append(row)
    folder = make_study(YML.replace('t.csv, delimiter: ";"', "t.xlsx"), name="book")
    book.save(folder / "t.xlsx")
    connection, _ = stage(folder, "transactions")
    assert rows(connection, "stg_transactions", "amount") == [(1.234,), (7.5,)]


def test_either_sign_needs_no_thousands(make_study):
    with pytest.raises(StudyError, match="leave out 'thousands'"):
        load_study(make_study(YML.replace("decimal: either", "decimal: either, thousands: '.'")))


def gym(folder, amounts, starts) -> dict:
    days = [f"{1 + i % 28:02d}.{1 + i % 12:02d}.2025" for i in range(len(amounts))]
    paid = "".join(
        f"P{i:03d};M{i % 30:02d};{d};{a}\n" for i, (d, a) in enumerate(zip(days, amounts, strict=True))
    )
    (folder / "payments.csv").write_text("payment_id;member_id;paid_on;amount\n" + paid)
    visits = "".join(f"V{i:03d},M{i % 30:02d},{s},{5 + i % 9}.5\n" for i, s in enumerate(starts))
    (folder / "checkins.csv").write_text("checkin_id,member_id,start,queue_minutes\n" + visits)
    proposal = propose_study(folder)
    sources = {s.role: s for s in proposal.sources if not s.off}
    said = {left.shown: left.reason for left in proposal.left_out}
    return {"sources": sources, "said": said | {s.shown: s.off for s in proposal.sources if s.off}}


def test_amounts_in_both_ways_and_days_in_two_orders_are_told_for_what_they_are(tmp_path):
    amounts = [
        f"{40 + i % 37},{i % 90:02d}" if i % 3 else f"{1040 + i % 37}.{i % 90:02d}" for i in range(300)
    ]
    starts = [
        f"{13 + i % 15}/{1 + i % 12:02d}/2025" if i % 2 else f"{1 + i % 12:02d}/{13 + i % 15}/2025"
        for i in range(300)
    ]
    found = gym(tmp_path, amounts, starts)
    signs = found["sources"]["transactions"].parts[0].facts.looks.signs
    assert signs.decimal == "either" and "each number is read by its own signs" in signs.why
    why = found["said"]["checkins.csv"]
    assert "'start' holds dates in two orders" in why
    for value, line in re.findall(r"'(\S+)' \(line (\d+)\)", why):
        assert value in (tmp_path / "checkins.csv").read_text().splitlines()[int(line) - 1]
    assert len(re.findall(r"\(line \d+\)", why)) == 2


def test_amounts_that_could_be_thousands_or_fractions_are_refused_with_a_line_of_each(tmp_path):
    written = (lambda i: f"{40 + i},50", lambda i: f"{40 + i}.50", lambda i: f"{1 + i % 7}.{100 + i}")
    starts = [f"{1 + i % 28:02d}/{1 + i % 12:02d}/2025" for i in range(300)]
    found = gym(tmp_path, [written[i % 3](i) for i in range(300)], starts)
    why = found["said"]["payments.csv"]
    assert "'amount' writes decimal commas" in why and "could be thousands or a fraction" in why
    places = re.findall(r"'([\d.,]+)' \(line (\d+)\)", why)
    assert len(places) == 3
    for value, line in places:
        assert value in (tmp_path / "payments.csv").read_text().splitlines()[int(line) - 1]


def test_a_second_date_of_two_orders_is_asked_about_where_the_table_is_used(tmp_path):
    joined = [
        f"{13 + i % 15}/{1 + i % 12:02d}/2024" if i % 2 else f"{1 + i % 12:02d}/{13 + i % 15}/2024"
        for i in range(60)
    ]
    lines = "".join(f"M{i:02d},2023-01-{1 + i % 28:02d},{j}\n" for i, j in enumerate(joined))
    (tmp_path / "members.csv").write_text("member_id,joined,left\n" + lines)
    (customers,) = [s for s in propose_study(tmp_path).sources if s.role == "customers"]
    assert any("'left' holds dates in two orders" in doubt for doubt in customers.parts[0].doubts)


def test_one_way_to_write_amounts_and_days_is_taken_as_it_is(tmp_path):
    amounts = [f"1.{100 + i % 37},{i % 90:02d}" for i in range(300)]
    starts = [f"{1 + i % 28:02d}/{1 + i % 12:02d}/2025" for i in range(300)]
    found = gym(tmp_path, amounts, starts)
    signs = found["sources"]["transactions"].parts[0].facts.looks.signs
    assert (signs.decimal, signs.thousands) == (",", ".")
    assert "checkins.csv" not in found["said"]
