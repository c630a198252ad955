"""Staging: each kind of column, each kind of file, each thing that can be wrong with them."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from linkage.errors import GrainError, SourceError
from linkage.sources import stage_source
from linkage.study import load_study

FEEDBACK = "response_id,customer_id,answered_at,nps\n"


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


def make_study(folder: Path, files: dict[str, str | bytes], source: str = "from: feedback.csv", **more: str):
    """A study of one feedback source; more: timezone, role, metrics."""
    role = more.get("role", "feedback")
    metrics = more.get("metrics", f"nps: {{of: {role}, scale: [0, 10]}}")
    (folder / "study.yml").write_text(
        f"study: Test\ntimezone: {more.get('timezone', 'UTC')}\n"
        f"sources:\n  {role}: {{{source}}}\nmetrics:\n  {metrics}\n",
        encoding="utf-8",
    )
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return load_study(folder)


def rows(connection, table: str, columns: str = "*") -> list[tuple]:
    return connection.execute(f"select {columns} from {table}").fetchall()


def rejects(connection) -> list[tuple]:
    return connection.execute(
        'select file, line, "column", value, row_kept, reason from rejects order by file, line'
    ).fetchall()


def stage_values(
    connection, folder, kind: str, texts: list[str], source: str = "", timezone: str = "UTC"
) -> list:
    """The values one attribute takes, row by row, None where it was missing or rejected."""
    quoted = "".join(f'{i},c{i},2026-01-0{1 + i % 9},"{text}"\n' for i, text in enumerate(texts))
    spec = f"from: feedback.csv, columns: {{it: it}}, types: {{it: {kind}}}{', ' + source if source else ''}"
    study = make_study(
        folder,
        {"feedback.csv": f"response_id,customer_id,answered_at,it\n{quoted}"},
        spec,
        timezone=timezone,
        metrics="{}",
    )
    stage_source(connection, study, "feedback")
    return [v for (v,) in rows(connection, "stg_feedback order by cast(response_id as int)", "it")]


# --- what goes in, what comes out


def test_given_rows_give_expected_rows_rejects_and_tally(connection, tmp_path):
    content = (
        FEEDBACK
        + "r1, c2 ,2026-01-05 10:00,7\n"  # spaces around a key
        + "r2,c1,2026-01-06,N/A\n"  # a missing word
        + "r3,,2026-01-07,11\n"  # no customer: kept; 11 is outside the scale
        + ",c1,2026-01-08,5\n"  # no key: rejected
        + "r5,c1,soon,5\n"  # no time that can be read: rejected
        + "\n"  # a blank line is no record
        + "r7,c1\n"  # broken
        + "r8,c1,2026-01-04,eight\n"
    )
    study = make_study(tmp_path, {"feedback.csv": content}, "from: feedback.csv, missing: [n/a]")
    tally = stage_source(connection, study, "feedback")
    assert rows(connection, "stg_feedback") == [
        ("r8", "c1", datetime(2026, 1, 4), None),
        ("r2", "c1", datetime(2026, 1, 6), None),
        ("r1", "c2", datetime(2026, 1, 5, 10), 7.0),
        ("r3", None, datetime(2026, 1, 7), None),
    ]
    assert [r[:5] for r in rejects(connection)] == [
        ("feedback.csv", 4, "nps", "11", True),
        ("feedback.csv", 5, "response_id", None, False),
        ("feedback.csv", 6, "answered_at", "soon", False),
        ("feedback.csv", 8, None, "r7,c1", False),
        ("feedback.csv", 9, "nps", "eight", True),
    ]
    assert (tally.rows_read, tally.rows_accepted, tally.rows_rejected) == (7, 4, 3)
    assert (tally.values_rejected, tally.values_missing, tally.undeclared) == (2, 2, ())
    assert tally.to_row()["files"] == "feedback.csv"


@pytest.mark.parametrize(
    "last", ["r4,c1,2026-01-06,9,\n", '"r4",c1,2026-01-06,"9",\n', 'r4,"c\n1",2026-01-06,9,\n']
)
def test_separators_alone_are_no_record_and_lines_keep_their_numbers(connection, tmp_path, last):
    # Spreadsheets leave them above and below a table; a record with something in a column nobody asks for is one.
    head = FEEDBACK.rstrip("\n") + ",note\n"
    content = f",,,,\n{head}r1,c1,2026-01-05,7,\n,,,,\n   ,,\t,,\n,,,,Sum\n{last},,,,\n"
    tally = stage_source(
        connection, make_study(tmp_path, {"feedback.csv": content}, "from: feedback.csv"), "feedback"
    )
    assert (tally.rows_read, tally.rows_accepted, tally.rows_rejected) == (3, 2, 1)
    assert {(r[0], r[1]) for r in rejects(connection)} == {("feedback.csv", 6)}
    assert rows(connection, "stg_feedback order by response_id", "response_id") == [("r1",), ("r4",)]


def test_columns_are_renamed_taken_by_name_or_left(connection, tmp_path):
    content = "id,cust,date,comment,nps,internal\nr1,c1,2026-01-01,Grüße,9,x\n"
    spec = "from: feedback.csv, columns: {response_id: id, customer_id: cust, answered_at: date}"
    tally = stage_source(connection, make_study(tmp_path, {"feedback.csv": content}, spec), "feedback")
    names = [c for c, *_ in connection.execute("describe stg_feedback").fetchall()]
    assert names == ["response_id", "customer_id", "answered_at", "comment", "nps"]
    assert rows(connection, "stg_feedback", "comment") == [("Grüße",)]
    assert tally.undeclared == ("internal",)


def test_staging_twice_gives_the_same_and_counts_rejects_once(connection, tmp_path):
    study = make_study(tmp_path, {"feedback.csv": FEEDBACK + "r1,c1,2026-01-01,x\nr2,c1,2026-01-01\n"})
    first = stage_source(connection, study, "feedback"), rows(connection, "rejects")
    assert (stage_source(connection, study, "feedback"), rows(connection, "rejects")) == first
    assert len(first[1]) == 2
    temporary = connection.execute("select count(*) from duckdb_tables() where temporary").fetchone()
    assert temporary == (0,)


def test_rows_come_by_customer_and_time_with_ties_by_key(connection, tmp_path):
    content = FEEDBACK + "r3,c1,2026-01-02,1\nr1,c2,2026-01-01,1\nr2,c1,2026-01-02,1\nr4,c1,2026-01-01,1\n"
    stage_source(connection, make_study(tmp_path, {"feedback.csv": content}), "feedback")
    assert [r for (r,) in rows(connection, "stg_feedback", "response_id")] == ["r4", "r2", "r3", "r1"]


def test_either_time_of_an_interaction_is_enough(connection, tmp_path):
    content = "interaction_id,customer_id,started_at,minutes\ni1,c1,2026-01-01 10:00,5\ni2,c1,,5\n"
    study = make_study(
        tmp_path,
        {"contacts.csv": content},
        "from: contacts.csv",
        role="interactions",
        metrics="minutes: {of: interactions}",
    )
    tally = stage_source(connection, study, "interactions")
    assert tally.rows_rejected == 1 and rejects(connection)[0][1:3] == (3, "started_at")


@pytest.mark.parametrize("column", ["period", "period_on"])
def test_a_unit_period_has_a_period_or_a_day(connection, tmp_path, column):
    value = {"period": "2026Q1", "period_on": "2026-03-31"}[column]
    study = make_study(
        tmp_path,
        {"b.csv": f"unit_id,{column},cost\nu1,{value},5\nu1,{value},6\n"},
        "role: unit_periods, from: b.csv",
        role="branches",
        metrics="cost: {of: branches}",
    )
    with pytest.raises(
        GrainError, match=rf"unit_id and {column}.*\(u1, 2026.*b.csv line 2, b.csv line 3.*differ"
    ):
        stage_source(connection, study, "branches")


# --- kinds


def test_numbers(connection, tmp_path):
    texts = [
        "5",
        "-5.25",
        "+.5",
        "1e3",
        "5.",
        "",
        "1,5",
        "€5",
        "EUR 5",
        "nan",
        "-inf",
        "1e999",
        "1_000",
        "0x1",
        "five",
    ]
    values = stage_values(connection, tmp_path, "number", texts)
    assert values[:5] == [5, -5.25, 0.5, 1000, 5] and values[5:] == [None] * 10
    reasons = {value: reason for *_, value, kept, reason in rejects(connection) if kept}
    assert len(reasons) == 9
    assert "decimal" in reasons["1,5"] and "currency" in reasons["€5"] and "currency" in reasons["EUR 5"]
    assert reasons["nan"] == reasons["-inf"] == "not a finite number"
    assert reasons["1e999"] == "too large for a number" and reasons["five"] == "not a number"


@pytest.mark.parametrize(
    ("source", "texts", "expected"),
    [
        ('decimal: ","', ["1,5", "15", "1.5"], [1.5, 15, None]),
        (
            'decimal: ",", thousands: "."',
            ["1.234,5", "12.345.678", "1.5", "1.23,4"],
            [1234.5, 12345678, None, None],
        ),
        ('thousands: ","', ["1,234.5", "999", "1,23"], [1234.5, 999, None]),
        ('thousands: "\'"', ["1'234.5"], [1234.5]),
        ('decimal: ",", thousands: " "', ["1 234,5", "1\u202f234,5", "1\u00a0234"], [1234.5, 1234.5, 1234]),
    ],
)
def test_numbers_of_other_countries(connection, tmp_path, source, texts, expected):
    assert stage_values(connection, tmp_path, "number", texts, source) == expected


def test_percentages_are_shares_to_the_last_digit(connection, tmp_path):
    texts = ["77.4970%", "77.4970", "0.7 %", "100%", "1e1", "n%"]
    # The doubles nearest to the decimals. Dividing by 100 does not always give them: 0.7 / 100 != 0.007.
    assert stage_values(connection, tmp_path, "percent", texts) == [0.77497, 0.77497, 0.007, 1.0, 0.1, None]


def test_whole_numbers_keep_every_digit_and_refuse_fractions(connection, tmp_path):
    texts = ["9007199254740993", "-12.0", "1.5", "99999999999999999999", "1e3"]
    assert stage_values(connection, tmp_path, "whole", texts) == [9007199254740993, -12, None, None, None]


def test_flags(connection, tmp_path):
    texts = ["TRUE", "yes", "y", "T", "1", "False", "No", "n", "f", "0", "2"]
    assert stage_values(connection, tmp_path, "flag", texts) == [1.0] * 5 + [0.0] * 5 + [None]


def test_dates(connection, tmp_path):
    texts = [
        "2026-03-31",
        "2026-3-1 23:59",
        "2026-02-29",
        "03/04/2026",
        "3.4.2026",
        "46112",
        "9999-12-31",
        "infinity",
    ]
    values = stage_values(connection, tmp_path, "date", texts)
    assert values == [date(2026, 3, 31), date(2026, 3, 1)] + [None] * 6
    reasons = {value: reason for *_, value, kept, reason in rejects(connection) if kept}
    assert reasons["2026-02-29"] == "no such day or time"
    assert 'dates: "%d/%m/%Y"' in reasons["03/04/2026"] and 'dates: "%d.%m.%Y"' in reasons["3.4.2026"]
    assert "spreadsheet" in reasons["46112"] and "1900 to 2199" in reasons["9999-12-31"]
    assert reasons["infinity"].startswith("not a date")


def test_declared_date_formats_come_first_and_iso_is_still_understood(connection, tmp_path):
    values = stage_values(
        connection,
        tmp_path,
        "date",
        ["03/04/2026", "3.4.26", "2026-05-06", "31/31/2026"],
        "dates: ['%d/%m/%Y', '%d.%m.%y']",
    )
    assert values == [date(2026, 4, 3), date(2026, 4, 3), date(2026, 5, 6), None]
    assert "%d/%m/%Y, %d.%m.%y" in rejects(connection)[-1][-1]


def test_a_format_with_the_day_before_the_month_rules_out_iso(connection, tmp_path):
    study = make_study(
        tmp_path,
        {"feedback.csv": FEEDBACK + "r1,c1,2026-13-02,1\nr2,c1,2026-02-13,1\n"},
        "from: feedback.csv, dates: '%Y-%d-%m'",
    )
    stage_source(connection, study, "feedback")
    assert rows(connection, "stg_feedback", "answered_at") == [(datetime(2026, 2, 13),)]


def test_times_become_utc(connection, tmp_path):
    texts = [
        "2026-01-05 10:00:30",  # Berlin in winter: one hour
        "2026-07-05T10:00",  # in summer: two
        "2026-07-05",
        "2026-07-05T10:00:00Z",
        "2026-07-05 10:00:00.5+05:30",
        "2026-07-05 10:00:00 -0300",
        "2026-07-05 10:00:00 UTC",
        "2026-07-05 25:00",
    ]
    values = stage_values(connection, tmp_path, "time", texts, timezone="Europe/Berlin")
    assert values == [
        datetime(2026, 1, 5, 9, 0, 30),
        datetime(2026, 7, 5, 8),
        datetime(2026, 7, 4, 22),
        datetime(2026, 7, 5, 10),
        datetime(2026, 7, 5, 4, 30, 0, 500000),
        datetime(2026, 7, 5, 13),
        datetime(2026, 7, 5, 10),
        None,
    ]


def test_declared_formats_with_and_without_a_zone(connection, tmp_path):
    values = stage_values(
        connection,
        tmp_path,
        "time",
        ["05.07.2026 10:00", "05/Jul/2026:10:00:00 +0200"],
        "dates: ['%d.%m.%Y %H:%M', '%d/%b/%Y:%H:%M:%S %z']",
        timezone="America/New_York",
    )
    assert values == [datetime(2026, 7, 5, 14), datetime(2026, 7, 5, 8)]


def test_text_is_trimmed_and_missing_words_go_whatever_their_case(connection, tmp_path):
    texts = ["  a  b ", "\u00a0x\u200b", "Not available", " - ", "", "n/a."]
    values = stage_values(connection, tmp_path, "text", texts, "missing: ['not AVAILABLE', '-']")
    assert values == ["a  b", "x", None, None, None, "n/a."]


def test_keys_are_padded_and_never_cut(connection, tmp_path):
    content = FEEDBACK + "r1,7,2026-01-01,1\nr2,12345,2026-01-01,1\nr3,0007 a,2026-01-02,1\n"
    study = make_study(tmp_path, {"feedback.csv": content}, "from: feedback.csv, pad: {customer_id: 4}")
    stage_source(connection, study, "feedback")
    assert rows(connection, "stg_feedback", "customer_id") == [("0007",), ("0007 a",), ("12345",)]


# --- lines


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n", '\ufeff"response_id"'])
def test_lines_are_those_an_editor_shows(connection, tmp_path, start, end):
    header = "response_id,customer_id,answered_at,comment,nps\n"
    text = start + (header[len("response_id") :] if "response_id" in start else header)
    text += 'r1,c1,2026-01-01,"two\nlines",x\n\nr2,c1,2026-01-01,"a ""b""",y\nr3,c1\nr4,c1,2026-01-01,c,z\n\n'
    study = make_study(tmp_path, {"feedback.csv": text.replace("\n", end)})
    tally = stage_source(connection, study, "feedback")
    before = text[: text.index("r1")].count("\n")
    assert [r[1] for r in rejects(connection)] == [before + n for n in (1, 4, 5, 6)]
    assert (tally.rows_read, tally.rows_accepted) == (4, 3)


def test_mixed_line_ends_are_read(connection, tmp_path):
    text = FEEDBACK.replace("\n", "\r\n") + "r1,c1,2026-01-01,1\nr2,c1,2026-01-02,x\r\n"
    tally = stage_source(connection, make_study(tmp_path, {"feedback.csv": text}), "feedback")
    assert tally.rows_accepted == 2 and rejects(connection)[0][1] == 3


def test_an_open_quote_costs_its_own_line_only(connection, tmp_path):
    lines = [f"r{i},c1,2026-01-01,{i % 10}" for i in range(50)]
    lines[20] = 'r20,"c1,2026-01-01,5'
    lines[30] = 'r30,"c1"x,2026-01-01,5'
    tally = stage_source(
        connection, make_study(tmp_path, {"feedback.csv": FEEDBACK + "\n".join(lines)}), "feedback"
    )
    assert (tally.rows_read, tally.rows_rejected) == (50, 2)
    assert [(r[1], r[-1]) for r in rejects(connection)] == [
        (22, "text after a closing quote"),  # the quote closes where line 32 opens one
        (32, "text after a closing quote"),
    ]


def test_a_quote_never_closed_is_named_so(connection, tmp_path):
    text = FEEDBACK + 'r1,c1,2026-01-01,5\nr2,"c1,2026-01-01,5\nr3,c1,2026-01-01,5\n'
    tally = stage_source(connection, make_study(tmp_path, {"feedback.csv": text}), "feedback")
    assert tally.rows_accepted == 2
    assert rejects(connection)[0][1::4] == (3, "a quote is opened and not closed")


def test_empty_columns_at_the_end_are_forgiven_and_filled_ones_not(connection, tmp_path):
    text = FEEDBACK + "r1,c1,2026-01-01,5,,\nr2,c1,2026-01-01,5,extra\n"
    tally = stage_source(connection, make_study(tmp_path, {"feedback.csv": text}), "feedback")
    assert tally.rows_accepted == 1
    assert rejects(connection)[0][1::4] == (3, "too many columns: 5 where the header has 4")


def test_one_damaged_record_is_a_reject_many_are_another_encoding(connection, tmp_path):
    good = "".join(f"r{i},c{i},2026-01-01,5\n" for i in range(5))
    one = (FEEDBACK + good).encode() + b"r9,c\xfc,2026-01-01,5\n"
    tally = stage_source(connection, make_study(tmp_path, {"feedback.csv": one}), "feedback")
    assert tally.rows_rejected == 1
    assert rejects(connection)[0][1] == 7 and "encoding: cp1252" in rejects(connection)[0][-1]
    many = one + b"r10,c\xe9,2026-01-01,5\n"
    with pytest.raises(SourceError, match=r"2 of 7 rows are not text .* encoding: cp1252"):
        stage_source(connection, make_study(tmp_path, {"feedback.csv": many}), "feedback")


# --- files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_plain_and_packed(connection, tmp_path, encoding, packed):
    text = ("response_id,customer_id,answered_at,comment,nps\n" + "r1,c1,2026-01-01,Füße,5\n").encode(
        encoding
    )
    name = "feedback.csv.gz" if packed else "feedback.csv"
    study = make_study(
        tmp_path, {name: gzip.compress(text) if packed else text}, f"from: {name}, encoding: {encoding}"
    )
    stage_source(connection, study, "feedback")
    assert rows(connection, "stg_feedback", "comment, nps") == [("Füße", 5.0)]


@pytest.mark.parametrize(
    ("name", "delimiter", "spec"),
    [
        ("f.csv", ";", ""),
        ("f.tsv", "\t", ""),
        ("f.txt", "|", ""),
        ("f.csv", ":", ", delimiter: ':'"),
        ("f.tsv", "\t", ", delimiter: '\\t'"),
    ],
)
def test_delimiters_are_told_by_the_header(connection, tmp_path, name, delimiter, spec):
    lines = [["response_id", "customer_id", "answered_at", '"comment, or; not"', "nps"]]
    lines += [["r1", "c1", "2026-01-01", "x", "5"]]
    text = "".join(delimiter.join(line) + "\n" for line in lines)
    stage_source(connection, make_study(tmp_path, {name: text}, f"from: {name}{spec}"), "feedback")
    assert rows(connection, "stg_feedback") == [("r1", "c1", datetime(2026, 1, 1), 5.0)]


def test_a_patterns_files_are_joined_by_name_in_order(connection, tmp_path):
    files = {
        "surveys/2026-02 [final].csv": "nps,response_id,customer_id,answered_at,language\n9,r2,c1,2026-02-01,de\n",
        "surveys/2026-01.csv": FEEDBACK + "r1,c1,2026-01-01,bad\n",
    }
    tally = stage_source(connection, make_study(tmp_path, files, "from: surveys/*.csv"), "feedback")
    assert tally.files == ("surveys/2026-01.csv", "surveys/2026-02 [final].csv")
    assert rows(connection, "stg_feedback", "response_id, language, nps") == [
        ("r1", None, None),
        ("r2", "de", 9.0),
    ]
    assert rejects(connection)[0][:2] == ("surveys/2026-01.csv", 2)


def test_parquet_keeps_its_own_types(connection, tmp_path):
    connection.execute(
        f"""copy (select 'r' || i as response_id, (i + 0.0)::double as customer_id, 12.50::decimal(9, 2) as weight,
        timestamptz '2026-01-01 10:00:00+02' + to_days(i::int) as answered_at, i > 1 as happy,
        case when i = 2 then 'nan'::double else i * 6 end as nps from range(3) t(i)) to '{tmp_path}/f.parquet'"""
    )
    spec = 'from: f.parquet, decimal: ",", columns: {happy: happy}, types: {happy: flag}'
    tally = stage_source(connection, make_study(tmp_path, {}, spec), "feedback")
    assert rows(connection, "stg_feedback") == [
        ("r0", "0", datetime(2026, 1, 1, 8), 12.5, 0.0, 0.0),
        ("r1", "1", datetime(2026, 1, 2, 8), 12.5, 0.0, 6.0),
        ("r2", "2", datetime(2026, 1, 3, 8), 12.5, 1.0, None),
    ]
    assert tally.values_rejected == 1 and rejects(connection)[0][1:4] == (3, "nps", "nan")


def write_workbook(path: Path, **sheets: list[list]) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(path)


def test_workbooks_give_cells_as_they_are_meant(connection, tmp_path):
    header = ["response_id", "customer_id", "answered_at", "share", "nps", None]
    lines = [
        [],
        header,
        ["r1", 12, datetime(2026, 1, 1, 10, 30), 0.774970, 7.5],
        [],
        ["r2", 1.5, date(2026, 1, 2), 0.5, "seven"],
        ["r3", "c3", "2026-01-03", True, 3, None, "stray"],
        ["r4", "c4"],
    ]
    write_workbook(tmp_path / "f.xlsx", Notes=[["nothing here"]], Answers=lines)
    from openpyxl import load_workbook

    book = load_workbook(tmp_path / "f.xlsx")
    book["Answers"]["D3"].number_format = "0.0%"
    book.save(tmp_path / "f.xlsx")
    spec = 'from: f.xlsx, sheet: Answers, decimal: ",", columns: {share: share}, types: {share: percent}'
    tally = stage_source(connection, make_study(tmp_path, {}, spec), "feedback")
    assert rows(connection, "stg_feedback") == [
        ("r2", "1,5", datetime(2026, 1, 2), 0.005, None),
        ("r1", "12", datetime(2026, 1, 1, 10, 30), 0.77497, 7.5),
    ]
    assert [r[1] for r in rejects(connection)] == [5, 6, 7] and tally.rows_read == 4


def test_a_select_over_raw_files_is_a_source(connection, tmp_path):
    files = {
        "raw/a.csv": "id,who,day,q1\n1,c1,2026-01-01,9\n2,c2,2026-01-02,12\n",
        "sources/feedback.sql": "-- an answer a row\nselect id as response_id, who as customer_id, day as answered_at,"
        "\nq1 as nps from 'raw/a.csv' order by id; -- that is all\n",
    }
    tally = stage_source(connection, make_study(tmp_path, files, "sql: sources/feedback.sql"), "feedback")
    assert rows(connection, "stg_feedback", "response_id, answered_at, nps") == [
        ("1", datetime(2026, 1, 1), 9.0),
        ("2", datetime(2026, 1, 2), None),
    ]
    assert rejects(connection)[0][:3] == ("sources/feedback.sql", 2, "nps")
    assert tally.files == ("sources/feedback.sql",)
    assert connection.execute("select current_setting('file_search_path')").fetchone() == ("",)


# --- refusals: each names the source and what to do


def bad_select(text: str) -> dict[str, str]:
    return {"feedback.sql": text}


REFUSALS = {
    "missing file": (
        {"feedbck.csv": FEEDBACK},
        "from: feedback.csv",
        r"no file feedback.csv. Did you mean feedbck.csv\?",
    ),
    "no file at all": (
        {},
        "from: feedback.csv",
        "no file feedback.csv. The study folder has no source files",
    ),
    "a folder": ({"in/a.csv": FEEDBACK}, "from: in", r"in is a folder. .*in/\*.csv"),
    "a pattern without a match": (
        {"in/a.csv": FEEDBACK},
        "from: in/*.tsv",
        r"no file matches in/\*.tsv. .*in/a.csv",
    ),
    "a kind of file not read": ({"a.xml": "<a/>"}, "from: a.xml", "a.xml: this kind of file cannot be read"),
    "no record": ({"a.json": "{}"}, "from: a.json", "a.json: no objects with names and values are in it"),
    "no byte": ({"feedback.csv": ""}, "from: feedback.csv", "feedback.csv: the file is empty"),
    "blank lines only": ({"feedback.csv": "\n\n"}, "from: feedback.csv", "feedback.csv: the file is empty"),
    "header only": ({"feedback.csv": FEEDBACK}, "from: feedback.csv", "a header and no rows"),
    "a column misspelt": (
        {"feedback.csv": FEEDBACK.replace("nps", "nsp") + "r1,c1,2026-01-01,1\n"},
        "from: feedback.csv",
        r"no column 'nps', declared for nps. Did you mean 'nsp'\? The file has: 'response_id', 'customer_id'",
    ),
    "a key in another case": (
        {"feedback.csv": FEEDBACK.replace("response_id", "RESPONSE_ID") + "r1,c1,2026-01-01,1\n"},
        "from: feedback.csv",
        r"no column 'response_id', needed for response_id. Did you mean 'RESPONSE_ID'\?",
    ),
    "two columns of a name": (
        {"feedback.csv": "response_id,response_id,answered_at,nps\nr1,r2,2026-01-01,1\n"},
        "from: feedback.csv",
        "2 columns are called 'response_id'",
    ),
    "a file of a pattern without a column": (
        {"a.csv": FEEDBACK + "r1,c1,2026-01-01,1\n", "b.csv": "response_id,answered_at\nr2,2026-01-01\n"},
        "from: '*.csv'",
        "b.csv: there is no column 'nps'",
    ),
    "utf-16 undeclared": (
        {"feedback.csv": FEEDBACK.encode("utf-16")},
        "from: feedback.csv",
        "encoding: utf-16",
    ),
    "utf-16 declared and not": (
        {"feedback.csv": b"abc"},
        "from: feedback.csv, encoding: utf-16",
        "this is not utf-16 text",
    ),
    "latin-1 header": (
        {"feedback.csv": b"\xfc,b\n1,2\n"},
        "from: feedback.csv",
        "line 1 cannot be read: not valid utf-8",
    ),
    "unknown encoding": (
        {"feedback.csv": FEEDBACK},
        "from: feedback.csv, encoding: klingon",
        "klingon is unknown",
    ),
    "broken header": (
        {"feedback.csv": '"a\nb\n'},
        "from: feedback.csv",
        "header in line 1 cannot be read: a quote is opened",
    ),
    "a workbook called csv": (
        {"feedback.csv": b"PK\x03\x04xx"},
        "from: feedback.csv",
        "a workbook or an archive",
    ),
    "not packed": (
        {"feedback.csv.gz": FEEDBACK},
        "from: feedback.csv.gz",
        "cannot be read: Not a gzipped file",
    ),
    "packed and cut short": (
        {"feedback.csv.gz": gzip.compress((FEEDBACK + "r1,c1,2026-01-01,1\n" * 9999).encode())[:200]},
        "from: feedback.csv.gz",
        "feedback.csv.gz: the file cannot be read",
    ),
    "two delimiters": (
        {"feedback.csv": FEEDBACK},
        "from: feedback.csv, delimiter: '||'",
        "not one character",
    ),
    "no parquet": ({"f.parquet": "xx"}, "from: f.parquet", r"f.parquet: .*"),
    "no workbook": ({"f.xlsx": "xx"}, "from: f.xlsx", "f.xlsx: this cannot be read as a workbook"),
    "no date format": (
        {"feedback.csv": FEEDBACK},
        "from: feedback.csv, dates: '%Q'",
        "'%Q' is no format such as",
    ),
    "no such sql file": ({}, "sql: feedback.sql", "no file feedback.sql"),
    "wrong sql": (bad_select("selekt 1"), "sql: feedback.sql", "feedback.sql: Parser Error.*selekt"),
    "sql over no file": (bad_select("select * from 'no.csv'"), "sql: feedback.sql", "feedback.sql: .*no.csv"),
    "sql that fails midway": (
        bad_select(
            "select 'r' || i as response_id, 'c' as customer_id, date '2026-01-01' as answered_at, "
            "cast('x' || i as int) as nps from range(3) t(i)"
        ),
        "sql: feedback.sql",
        "feedback.sql: Conversion Error",
    ),
    "two selects": (
        bad_select("select 1; select 2"),
        "sql: feedback.sql",
        "one select and nothing else; found 2",
    ),
    "no select": (bad_select("drop table x"), "sql: feedback.sql", "one select and nothing else"),
    "all rejected": (
        {"feedback.csv": FEEDBACK + "".join(f"r{i},c1,0{i}/04/2026,1\n" for i in range(1, 6))},
        "from: feedback.csv",
        r"all 5 rows were rejected. feedback.csv, line 2: answered_at '01/04/2026' day first or month first\?.* line 4",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_name_the_source_and_the_remedy(connection, tmp_path, case):
    files, source, message = REFUSALS[case]
    study = make_study(tmp_path, files, source)
    with pytest.raises(SourceError, match=message) as caught:
        stage_source(connection, study, "feedback")
    assert str(caught.value).startswith(f"{tmp_path.name}/study.yml, sources.feedback: ")


def test_a_sheet_that_is_not_there_or_empty(connection, tmp_path):
    write_workbook(tmp_path / "f.xlsx", January=[["a"]], February=[])
    with pytest.raises(SourceError, match=r"no sheet 'March'\. It has: 'January', 'February'"):
        stage_source(connection, make_study(tmp_path, {}, "from: f.xlsx, sheet: March"), "feedback")
    with pytest.raises(SourceError, match="sheet February is empty"):
        stage_source(connection, make_study(tmp_path, {}, "from: f.xlsx, sheet: February"), "feedback")


def test_a_workbook_damaged_within_and_a_select_in_latin_1(connection, tmp_path):
    import zipfile

    write_workbook(
        tmp_path / "f.xlsx", Answers=[["response_id", "customer_id", "answered_at", "nps"], ["r1"]]
    )
    with zipfile.ZipFile(tmp_path / "f.xlsx") as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"</row></sheetData>", b"<")
    with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    with pytest.raises(SourceError, match="sheet cannot be read to its end"):
        stage_source(connection, make_study(tmp_path, {}, "from: f.xlsx"), "feedback")
    with pytest.raises(SourceError, match="not UTF-8 text"):
        stage_source(connection, make_study(tmp_path, {"f.sql": b"select '\xfc'"}, "sql: f.sql"), "feedback")


def test_an_unknown_time_zone_is_refused(connection, tmp_path):
    # study.yml may have been read by something that does not check it.
    from types import SimpleNamespace

    study = make_study(tmp_path, {"feedback.csv": FEEDBACK})
    other = SimpleNamespace(
        folder=study.folder, timezone="Mars/Olympus", sources=study.sources, declared=study.declared
    )
    with pytest.raises(SourceError, match="timezone 'Mars/Olympus' is none such as Europe/Berlin"):
        stage_source(connection, other, "feedback")


def test_a_metric_may_be_called_like_the_value_of_another(connection, tmp_path):
    text = "response_id,answered_at,nps,value_nps\nr1,2026-01-01,1,2\n"
    metrics = "nps: {of: feedback}\n  value_nps: {of: feedback}"
    stage_source(connection, make_study(tmp_path, {"feedback.csv": text}, metrics=metrics), "feedback")
    assert rows(connection, "stg_feedback", "nps, value_nps") == [(1.0, 2.0)]


def test_doubled_keys_stop_the_build_and_say_whether_they_are_copies(connection, tmp_path):
    text = FEEDBACK + "r1,c1,2026-01-01,5\nr2,c1,2026-01-01,5\nr1,c1,2026-01-01,6\nr2,c1,2026-01-01,5\n"
    study = make_study(tmp_path, {"feedback.csv": text})
    message = (
        "4 rows share their response_id with another row, 2 keys, for example r1 in feedback.csv line 2, "
    )
    with pytest.raises(GrainError, match=message + "feedback.csv line 4. They differ in other columns"):
        stage_source(connection, study, "feedback")
    text = FEEDBACK + 'r1,c1,2026-01-01,5\n"r1", c1,2026-01-01 00:00,5.0\n'
    with pytest.raises(GrainError, match=r"line 3\. They are copies in every column"):
        stage_source(connection, make_study(tmp_path, {"feedback.csv": text}), "feedback")


def test_a_large_file_keeps_its_order_and_lines(connection, tmp_path):
    # More than one of DuckDB's row groups, read by more than one thread.
    text = (
        FEEDBACK + "".join(f"r{i:06},c,2026-01-01,{i % 10}\n" for i in range(200_000)) + "z,c,2026-01-01,x\n"
    )
    study = make_study(tmp_path, {"feedback.csv": text})
    tally = stage_source(connection, study, "feedback")
    assert tally.rows_accepted == 200_001 and rejects(connection)[0][1] == 200_002


def test_the_hospital_files_are_read_whole(connection, tmp_path, reference_data):
    # Counts by Python's csv module over the same file: 5,398 records, 'Not Available' in 2,348 of the ratings.
    import csv

    path = reference_data("hospitals") / "Hospital_General_Information.csv"
    with path.open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    rated = [r["Hospital overall rating"] for r in records]
    study = make_study(
        tmp_path,
        {},
        f"from: '{path}', missing: [Not Available], columns: {{unit_id: Facility ID, stars: Hospital overall rating}}",
        role="units",
        metrics="stars: {of: units, scale: [1, 5]}",
    )
    tally = stage_source(connection, study, "units")
    assert tally.rows_read == tally.rows_accepted == len(records)
    sums = connection.execute(
        "select sum(stars), count(stars), min(length(unit_id)) from stg_units"
    ).fetchone()
    assert sums == (
        sum(int(r) for r in rated if r != "Not Available"),
        sum(r != "Not Available" for r in rated),
        6,
    )
