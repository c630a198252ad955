"""Where raw data come from: sheets, databases, paths outside the study; and what is said while they are read."""

import sqlite3
import time
from datetime import datetime

import duckdb
import pytest
from staged import is_accounted_for, rejects, rows, stage

from linkage.errors import SourceError, WarehouseError
from linkage.opening import open_study
from linkage.sources import progress
from linkage.study import load_study
from linkage.warehouse import content_hash, open_warehouse, source_files

HEADER = ["response_id", "customer_id", "answered_at", "nps"]
FEEDBACK = "study: T\nsources:\n  feedback: {{{}}}\nmetrics:\n  nps: {{of: feedback, scale: [0, 10]}}\n"


def write_workbook(path, **sheets) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(path)


# ------------------------------------------------------------------------------------------ sheets


@pytest.fixture
def workbook(make_study):
    """A folder with a workbook of two waves, a column in another place, a stray cell and an empty sheet."""
    folder = make_study(FEEDBACK.format("from: f.xlsx, sheet: '*', columns: {wave: _sheet}"))
    write_workbook(
        folder / "f.xlsx",
        Q1=[HEADER, ["r1", "c1", datetime(2026, 1, 1), 7], ["r2", "c1", "2026-01-02", 12]],
        Q2=[
            [],
            ["nps", *HEADER[:3]],
            [9, "r3", "c2", "2026-04-01"],
            [8, "r4", "c2", "2026-04-02", "stray"],
        ],
        Empty=[],
    )
    return folder


def test_all_sheets_of_the_same_columns_are_one_source(workbook):
    connection, tally = stage(workbook)
    assert rows(connection, "stg_feedback", "response_id, wave, nps") == [
        ("r1", "Q1", 7),
        ("r2", "Q1", None),
        ("r3", "Q2", 9),
    ]
    assert connection.execute("select file, line, reason from rejects order by 1, 2").fetchall() == [
        ("f.xlsx [Q1]", 3, "outside the scale 0 to 10"),
        ("f.xlsx [Q2]", 4, "too many columns: 6 where the header has 5"),
    ]
    assert tally.files == ("f.xlsx [Q1]", "f.xlsx [Q2]")
    assert tally.undeclared == ()
    assert is_accounted_for(connection, tally)


def test_some_sheets_may_be_named(workbook):
    (workbook / "study.yml").write_text(FEEDBACK.format("from: f.xlsx, sheet: [Q2, Q1]"))
    connection, tally = stage(workbook)
    assert tally.files == ("f.xlsx [Q2]", "f.xlsx [Q1]")
    assert rows(connection, "stg_feedback", "count(*)") == [(3,)]
    (workbook / "study.yml").write_text(FEEDBACK.format("from: f.xlsx, sheet: Q1, columns: {wave: _sheet}"))
    connection, tally = stage(workbook)
    assert (tally.files, rows(connection, "stg_feedback", "distinct wave")) == (("f.xlsx",), [("Q1",)])


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        ("[Q1, Q3]", r"f.xlsx \[Q3\]: there is no sheet 'Q3'. It has: 'Q1', 'Q2', 'Empty'"),
        ("[Q1, Empty]", "the sheet Empty is empty"),
    ],
)
def test_a_sheet_that_is_named_must_be_there_and_filled(workbook, sheets, message):
    (workbook / "study.yml").write_text(FEEDBACK.format(f"from: f.xlsx, sheet: {sheets}"))
    with pytest.raises(SourceError, match=message):
        stage(workbook)


def test_a_sheet_of_other_columns_is_refused(workbook):
    write_workbook(workbook / "f.xlsx", Q1=[HEADER, ["r1", "c1", "2026-01-01", 7]], Notes=[["by", "Ann"]])
    with pytest.raises(SourceError, match=r"f.xlsx \[Notes\]: there is no column 'response_id'"):
        stage(workbook)


# --------------------------------------------------------------------------------------- databases

SELECT = "select ticket as response_id, who as customer_id, day as answered_at, score as nps from crm.answers"


def database_study(make_study, attach: str):
    return make_study(FEEDBACK.format(f"sql: f.sql, attach: {attach}"), {"f.sql": SELECT})


def test_a_select_reads_from_an_attached_file(make_study):
    folder = database_study(make_study, "{path: crm.duckdb, type: duckdb, as: crm}")
    with duckdb.connect(str(folder / "crm.duckdb")) as database:
        database.execute("create table answers (ticket text, who text, day timestamp, score int)")
        database.execute(
            "insert into answers values ('r1', 'c1', '2026-01-01', 7), ('r2', null, '2026-01-02', 70)"
        )
    connection, tally = stage(folder)
    assert rows(connection, "stg_feedback order by 1", "response_id, nps") == [("r1", 7), ("r2", None)]
    assert rejects(connection) == [(2, "nps", "70", "outside the scale 0 to 10", True)]
    assert tally.files == ("f.sql",)
    # It is let go of, so that somebody else may write to it.
    assert connection.execute(
        "select count(*) from duckdb_databases() where database_name = 'crm'"
    ).fetchone() == (0,)
    assert folder / "crm.duckdb" in source_files(load_study(folder))


def test_a_database_changed_is_read_again(make_study):
    folder = database_study(make_study, "{path: crm.duckdb, type: duckdb, as: crm}")
    with duckdb.connect(str(folder / "crm.duckdb")) as database:
        database.execute(
            "create table answers as select 'r1' as ticket, 'c1' as who, date '2026-01-01' as day, 7 as score"
        )
    before = content_hash(load_study(folder))
    with duckdb.connect(str(folder / "crm.duckdb")) as database:
        database.execute("update answers set score = 8")
    assert content_hash(load_study(folder)) != before


def has_extension(name: str) -> bool:
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        try:
            connection.execute(f"load {name}")
        except duckdb.Error:
            return False
    return True


def test_a_sqlite_file_is_attached_where_duckdb_can(make_study):
    if not has_extension("sqlite"):
        pytest.skip(f"DuckDB {duckdb.__version__} has no extension sqlite installed here")
    folder = database_study(make_study, "{path: crm.sqlite, type: sqlite, as: crm}")
    with sqlite3.connect(folder / "crm.sqlite") as database:
        database.execute("create table answers (ticket text, who text, day text, score int)")
        database.execute("insert into answers values ('r1', 'c1', '2026-01-01', 7)")
    connection, _ = stage(folder)
    assert rows(connection, "stg_feedback", "response_id, nps") == [("r1", 7)]


@pytest.mark.parametrize(
    ("kind", "place", "export"),
    [
        ("sqlite", "path: crm.sqlite", "sqlite3 -header -csv crm.sqlite"),
        ("postgres", "dsn: 'host=db password=secret'", r"psql -c .*csv header"),
    ],
)
def test_without_its_extension_a_database_is_refused_with_the_way_round(
    make_study, kind, place, export, tmp_path
):
    folder = database_study(make_study, f"{{{place}, type: {kind}, as: crm}}")
    (folder / "crm.sqlite").write_bytes(b"")
    message = rf"no extension '{kind}' installed.*install {kind}.*{export}.*under 'from'"
    with pytest.raises(SourceError, match=message) as caught:
        stage(folder, extension_directory=str(tmp_path / "none"))
    assert "secret" not in str(caught.value)


def test_a_database_that_is_not_there_or_none_is_refused(make_study):
    folder = database_study(make_study, "{path: crm.duckdb, type: duckdb, as: crm}")
    with pytest.raises(SourceError, match=r"no file crm\.duckdb"):
        stage(folder)
    (folder / "crm.duckdb").write_text("no database")
    with pytest.raises(SourceError, match=r"attach: crm\.duckdb cannot be opened"):
        stage(folder)


def test_an_attached_table_that_is_not_there_is_named(make_study):
    folder = database_study(make_study, "{path: crm.duckdb, type: duckdb, as: crm}")
    duckdb.connect(str(folder / "crm.duckdb")).close()
    with pytest.raises(SourceError, match=r"f\.sql: Catalog Error.*answers"):
        stage(folder)


# ------------------------------------------------------------------------------------------- places

ANSWERS = ",".join(HEADER) + "\nr1,c1,2026-01-01,7\n"


def test_files_outside_the_study_folder_are_hashed_too(make_study, tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "one.csv").write_text(ANSWERS)
    (tmp_path / "two.csv").write_text(ANSWERS.replace("r1", "r2"))
    folder = make_study(FEEDBACK.format(f"from: ['../raw/*.csv', '{tmp_path}/two.csv']"))
    assert {p.resolve() for p in source_files(load_study(folder))} == {
        folder / "study.yml",
        tmp_path / "raw" / "one.csv",
        tmp_path / "two.csv",
    }
    first = open_warehouse(load_study(folder))
    assert not open_warehouse(load_study(folder)).built
    (tmp_path / "raw" / "one.csv").write_text(ANSWERS.replace(",7", ",8"))
    second = open_warehouse(load_study(folder))
    assert second.built and second.path != first.path


def test_a_select_finds_its_files_in_a_folder_with_a_comma(make_study):
    folder = make_study(
        FEEDBACK.format("sql: f.sql"), {"f.sql": "select * from 'raw.csv'", "raw.csv": ANSWERS}, "a, b"
    )
    connection, _ = stage(folder)
    assert rows(connection, "stg_feedback", "response_id") == [("r1",)]


# ------------------------------------------------------------------------------- calendars and size


def test_a_fiscal_year_that_starts_in_april_holds_from_file_to_table(make_study):
    yml = (
        "study: T\nperiod: quarter\nfiscal_year_starts: april\ntimezone: America/New_York\n"
        "sources:\n  feedback: {from: f.csv}\n  transactions: {from: t.csv}\n  units: {from: u.csv}\n"
        "  costs: {role: unit_periods, from: c.csv}\n"
        "metrics:\n  nps: {of: feedback, scale: [0, 10]}\n  spend: {of: transactions, unit: EUR}\n"
        "  cost: {of: costs, unit: EUR}\n"
    )
    files = {
        "u.csv": "unit_id\nu1\n",
        "f.csv": "response_id,customer_id,unit_id,answered_at,nps\n"
        "r1,c1,u1,2026-03-31 23:30,7\n"  # in UTC already April, in New York still the old year's last quarter
        "r2,c1,u1,2026-04-01 00:30,9\n",
        "t.csv": "transaction_id,customer_id,unit_id,purchased_at,spend\n"
        "T1,c1,u1,2026-01-01,5\nT2,c1,u1,2026-06-30,8\n",
        "c.csv": "unit_id,period_on,cost\nu1,2026-03-31,100\nu1,2026-04-01,200\n",
    }
    study = open_study(make_study(yml, files))
    assert study.periods == ["2025Q4", "2026Q1"]
    found = study.table("link_unit_period", columns=["unit_id", "period", "nps", "spend", "cost"])
    assert found.values.tolist() == [["u1", "2025Q4", 7, 5, 100], ["u1", "2026Q1", 9, 8, 200]]
    periods = study.connection.execute("select period, start_on, end_on from periods order by 1").fetchall()
    assert [(p, str(a), str(b)) for p, a, b in periods] == [
        ("2025Q4", "2026-01-01", "2026-03-31"),
        ("2026Q1", "2026-04-01", "2026-06-30"),
    ]
    bad = {**files, "c.csv": "unit_id,period,cost\nu1,2026M01,100\n"}
    with pytest.raises(SourceError, match="another length than the study's quarter"):
        open_study(make_study(yml, bad))


def test_a_warehouse_keeps_to_the_memory_it_is_given(make_study, monkeypatch):
    folder = make_study(FEEDBACK.format("from: f.csv"), {"f.csv": ANSWERS})
    monkeypatch.setenv("LINKAGE_MEMORY_LIMIT", "200MB")
    study = open_study(folder)
    limit = study.connection.execute("select current_setting('memory_limit')").fetchone()[0]
    assert limit.startswith("190.7 MiB")
    monkeypatch.setenv("LINKAGE_MEMORY_LIMIT", "much")
    with pytest.raises(WarehouseError, match="LINKAGE_MEMORY_LIMIT is 'much', which is no size such as 4GB"):
        open_warehouse(load_study(folder), force=True)


def test_how_much_there_is_to_read_is_said(make_study):
    files = {"a.csv": ANSWERS, "b.csv": ANSWERS.replace("r1", "r2") + "r3,c1,2026-01-01,8\n"}
    said: list[str] = []
    open_warehouse(load_study(make_study(FEEDBACK.format("from: '*.csv'"), files)), say=said.append)
    assert said[0] == f"reading feedback: {sum(map(len, files.values()))} bytes in 2 files"


def test_sizes_are_said_in_round_units(tmp_path):
    for size, words in ((0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 KB"), (1_234_000, "1.2 MB")):
        (tmp_path / "f").write_bytes(b"x" * size)
        assert progress.size_words([tmp_path / "f"]) == words


def test_what_takes_long_says_how_far_it_got(monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.02)
    said: list[str] = []
    with duckdb.connect() as connection:
        with progress.told(connection, said.append, "reading f.csv", progress.LARGE):
            begun = time.monotonic()
            while not said and time.monotonic() - begun < 30:
                connection.execute(
                    "create or replace table t as select hash(i) as h from range(3000000) r(i) order by h"
                )
        assert said and all(line.startswith("reading f.csv: ") and line.endswith("%") for line in said)
        with progress.told(connection, lambda text: pytest.fail(text), "small", progress.LARGE - 1):
            connection.execute("select count(*) from t").fetchall()
