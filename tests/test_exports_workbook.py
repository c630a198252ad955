"""The workbook: opened by another library, the same bytes twice, nothing that runs, no group too small, no key."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from corner_shop import workplace
from market_study import HOSTILE, KEY, SMALL, UNITS, market, market_edition
from openpyxl import load_workbook

from linkage.exports.chart_axes import axis_of, reached_by
from linkage.exports.contents import gather
from linkage.exports.sheets import (
    LONGEST,
    Amount,
    Chart,
    Share,
    Sheet,
    plain_value,
    sheet_rows,
    shorten,
    write_csv,
)
from linkage.exports.summary import HEADERS, _figure
from linkage.exports.units import MOST_ROWS, units_sheet
from linkage.exports.workbook import HEAD, lines_of, number_pattern, read_together, write_workbook
from linkage.report.appendix import estimate_counts

SHEETS = [
    *("Summary", "Answers", "Findings", "Checks", "Ledger", "Sources", "KPIs", "KPIs by unit", "Targets"),
    *("Accounts", "Assumptions", "Dictionary"),
]
DAY = date(2026, 9, 30)


@cache
def contents():
    return gather(market_edition(), workplace())


@cache
def workbook(name: str = "book.xlsx") -> Path:
    path = workplace() / name
    write_workbook(path, contents().sheets, title="Market", on=DAY)
    return path


@pytest.fixture(scope="module")
def book():
    return load_workbook(workbook())


def records(page) -> list[dict]:
    """The rows of a sheet by the names of its columns."""
    head, *rows = list(page.iter_rows(min_row=HEAD + 1, values_only=True))
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_it_holds_the_sheets_it_promises_in_their_order(book):
    assert book.sheetnames == SHEETS


def test_every_sheet_has_a_filter_over_its_table_and_a_frozen_head(book):
    for page in book:
        assert page.freeze_panes == f"B{HEAD + 2}", page.title
        low, high = page.auto_filter.ref.split(":")
        assert low == f"A{HEAD + 1}" and int(re.sub(r"\D", "", high)) >= page.max_row


def test_the_same_content_gives_the_same_bytes():
    assert workbook().read_bytes() == workbook("again.xlsx").read_bytes()
    assert load_workbook(workbook()).properties.created.date() == DAY


def test_no_cell_is_a_formula_and_what_looks_like_one_is_marked_as_text(book):
    texts = [cell for page in book for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]
    risky = [cell for cell in texts if cell.value.startswith(("=", "+", "-", "@"))]
    assert {HOSTILE, *(set(UNITS) - {SMALL}), "-Loyalty", "+Does ease go with loyalty?"} <= {
        cell.value for cell in risky
    }
    assert all(cell.data_type == "s" for cell in texts)
    marked = [cell for cell in risky if cell.row > HEAD + 1]
    assert marked and all(cell.quotePrefix for cell in marked)
    with zipfile.ZipFile(workbook()) as inside:
        pages = [inside.read(n).decode() for n in inside.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(pages) == len(SHEETS) and not any("<f>" in page for page in pages)


def test_answers_say_what_the_findings_hold(book):
    (finding,) = market_edition().findings
    (row,) = records(book["Answers"])
    assert row["estimate"] == pytest.approx(finding["estimate"], rel=1e-9)
    assert (row["n"], row["verdict"], row["sentence"]) == (finding["n"], "linked", finding["sentence"])
    assert row["unit"] == "points of likelihood to recommend"
    assert row["below"] == pytest.approx(finding["estimate"] - finding["low"], rel=1e-6)
    (raw,) = records(book["Findings"])
    assert raw["link"] == "ease_and_loyalty" and raw["high"] == finding["high"]
    assert (raw["driver"], raw["driver in words"]) == ("ease", HOSTILE)
    assert (raw["outcome"], raw["outcome in words"]) == ("nps", "Likelihood to recommend")
    assert (raw["verdict"], raw["counted as"]) == ("linked", "linked")
    checks = records(book["Checks"])
    assert {r["driver"] for r in checks} == {HOSTILE}
    assert [(r["check"], r["verdict"]) for r in checks] == [
        (c["name"], c["verdict"]) for c in finding["checks"]
    ]
    assert row["checks passed"] == sum(c["verdict"] == "PASS" for c in finding["checks"])


def test_a_share_of_an_outcome_is_said_in_percentage_points_and_a_driver_of_shares_by_ten():
    from linkage.exports.answers import effect_of

    row = {**market_edition().findings[0], "outcome_unit": "share", "driver_unit": "share"}
    effect = effect_of({**row, "estimate": 0.5, "low": 0.25, "high": None}, market_edition())
    assert (effect.estimate, effect.low, effect.high) == (5.0, 2.5, None)
    assert effect.step.startswith("10 percentage points more of")
    assert effect.unit == "percentage points of likelihood to recommend"


def test_shares_read_in_percent_and_counts_whole(book):
    loyalty = next(row for row in book["Summary"].iter_rows(min_row=HEAD + 2) if row[0].value == "-Loyalty")
    assert (loyalty[1].value, loyalty[1].number_format) == (0.25, "0.0%")
    assert number_pattern(12) == "#,##0" and number_pattern(Amount(1234.5)) == "#,##0"
    assert number_pattern(0.0123) == "#,##0.0000" and number_pattern(3.14159) == "#,##0.00"
    assert number_pattern(1e-9) == "0.00E+00" and number_pattern(Share(0.5)) == "0.0%"


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        (0.0, "0.0%"),
        (1.0, "0.0%"),
        (0.9996, "0.00%"),
        (0.99996, "0.000%"),
        (0.9994, "0.0%"),
        (0.0002, "0.00%"),
    ],
)
def test_nearly_all_is_told_from_all(value, pattern):
    assert number_pattern(Share(value)) == pattern


def test_the_change_of_a_share_is_in_percentage_points_and_has_its_sign():
    row = {
        "label": "Loyal",
        "metric": "loyal",
        "estimate": 0.5,
        "low": 0.4,
        "high": 0.6,
        "unit": "share",
        "n": 9,
    }
    row |= {
        "change": -0.0425,
        "change_low": -0.05,
        "change_high": 0.003,
        "previous_period": "2019",
        "period": "2022",
    }
    shown = dict(zip(HEADERS, sheet_rows([_figure(row)], HEADERS)[0], strict=True))
    assert (shown["figure"], shown["unit"]) == (0.5, "percent") and isinstance(shown["figure"], Share)
    assert [shown[n] for n in ("change", "change low", "change high")] == pytest.approx([-4.25, -5.0, 0.3])
    assert (shown["change unit"], shown["since"]) == ("percentage points", "2019")
    assert number_pattern(shown["change"]) == "+#,##0.00;-#,##0.00;0"
    points = _figure({**row, "unit": "point"})
    assert (points["change"], points["change unit"]) == (-0.0425, "point")


def test_an_estimate_and_the_ends_of_its_interval_are_read_with_the_same_digits(book):
    assert read_together(("n", "estimate", "low", "high", "goal", "goal low", "goal high", "other")) == {
        **dict.fromkeys((1, 2, 3), (1, 2, 3)),
        **dict.fromkeys((4, 5, 6), (4, 5, 6)),
    }
    assert read_together(("estimate", "std_error", "low", "high"))[0] == (0, 1, 2, 3)
    sheet = book["Answers"]
    places = {sheet.cell(HEAD + 1, c).value: c for c in range(1, sheet.max_column + 1)}
    row = [sheet.cell(HEAD + 2, places[name]) for name in ("estimate", "low", "high")]
    assert len({cell.number_format for cell in row}) == 1 and row[0].value is not None


def test_findings_say_how_many_of_their_rows_hold_an_estimate():
    rows = [{"estimate": 1.0}, {"estimate": None}, {"estimate": 0.0}]
    assert estimate_counts(rows) == "2 of 3 with an estimate; of the others the verdict says why"
    assert estimate_counts(rows[:1]) == "1, each with an estimate"
    sheets = {sheet.name: sheet.note for sheet in contents().sheets}
    said = estimate_counts(market_edition().findings)
    assert said in sheets["Answers"] and said in sheets["Findings"]


def test_charts_are_native_and_read_the_sheets(book):
    with zipfile.ZipFile(workbook()) as inside:
        charts = [inside.read(n).decode() for n in inside.namelist() if n.startswith("xl/charts/chart")]
        drawn = inside.read("xl/drawings/drawing1.xml").decode()
    assert len(charts) == sum(len(s.charts) for s in contents().sheets) >= 3
    assert any("KPIs" in chart and "errBars" in chart for chart in charts)
    assert drawn.count("descr=") == len(charts)


@pytest.mark.parametrize(
    ("reached", "ends"),
    [
        ([0.9592, 0.9724], (0.955, 0.975, 0.005, 3)),
        ([0.94, 1.006], (0.92, 1.02, 0.02, 2)),
        ([-0.3, 0.0], (-0.3, 0.0, 0.05, 2)),
        ([12.0, 3100.0, float("inf"), float("nan")], (0.0, 4000.0, 1000.0, 0)),
    ],
)
def test_an_axis_ends_where_every_interval_fits(reached, ends):
    axis = axis_of(reached)
    assert (axis.low, axis.high, axis.step, axis.digits) == pytest.approx(ends)
    known = [value for value in reached if np.isfinite(value)]
    assert axis.low <= min(known) and max(known) <= axis.high


@pytest.mark.parametrize("reached", [[], [0.5, 0.5], [float("nan")]])
def test_without_a_width_an_axis_is_left_to_the_reading_program(reached):
    assert axis_of(reached) is None


@pytest.mark.parametrize("seed", range(20))
def test_an_axis_of_any_figures_holds_them_and_has_few_lines(seed):
    rng = np.random.default_rng(seed)
    reached = rng.normal(size=2) * 10.0 ** rng.integers(-6, 9)
    axis = axis_of(reached)
    assert axis.low <= reached.min() < reached.max() <= axis.high
    assert 3 <= round((axis.high - axis.low) / axis.step) <= 8
    assert round(axis.step, axis.digits) == pytest.approx(axis.step, rel=1e-9)


def test_charts_with_intervals_reach_as_far_as_these_do():
    with zipfile.ZipFile(workbook()) as inside:
        drawn = [inside.read(n).decode() for n in inside.namelist() if n.startswith("xl/charts/chart")]
    charts = {
        chart.title: reached_by(sheet, chart)
        for sheet in contents().sheets
        for chart in sheet.charts
        if chart.less is not None
    }
    ends = {}
    for chart in (text for text in drawn if "errBars" in text):
        title = re.search(r"<a:t>(.*?)</a:t>", chart)[1]
        ends[title] = [float(re.search(rf'<c:{name} val="(.*?)"/>', chart)[1]) for name in ("min", "max")]
    assert ends.keys() == charts.keys() and ends
    for title, reached in charts.items():
        assert ends[title][0] <= min(reached) and max(reached) <= ends[title][1], title


def test_numbers_keep_off_the_words_beside_them_and_long_texts_are_broken(book):
    row = next(row for row in book["Summary"].iter_rows(min_row=HEAD + 2) if row[0].value == "-Loyalty")
    assert (row[3].alignment.horizontal, row[3].alignment.indent) == ("right", 1)
    assert (row[4].alignment.horizontal, row[4].alignment.indent) == ("left", 1)
    page = book["Checks"]
    room = {cell.column: page.column_dimensions[cell.column_letter].width for cell in page[HEAD + 1]}
    texts = [c for r in page.iter_rows(min_row=HEAD + 2) for c in r if isinstance(c.value, str)]
    long = [cell for cell in texts if len(cell.value) > room[cell.column]]
    assert long and all(cell.alignment.wrap_text for cell in long)
    longest = max(long, key=lambda cell: len(cell.value) / room[cell.column])
    assert page.row_dimensions[longest.row].height > 25  # two lines of 12.75 points


def test_a_row_is_as_high_as_its_longest_text_needs():
    assert lines_of(("one line", 3.5, None), (10, 9, 9)) == 1
    assert (
        lines_of(("word " * 20, "x" * 30), (10, 20)) == 10
    )  # two words of four letters in each line of thirteen


def test_units_too_small_are_empty_and_so_is_the_one_their_total_would_tell(book):
    rows = [r for r in records(book["KPIs by unit"]) if r["period"] == "2026Q3"]
    hidden = {r["unit"] for r in rows if r["Likelihood to recommend"] is None}
    small = next(unit for unit in hidden if unit.endswith("(fewer than 5 people)"))
    assert len(hidden) == 2 and SMALL not in {r["unit"] for r in rows}
    shown = {r["unit"]: r["Likelihood to recommend"] for r in rows if r["unit"] not in hidden}
    table = market().table("link_unit_period", period="2026Q3").set_index("unit_id")["nps"]
    assert shown == {unit: pytest.approx(table[unit]) for unit in shown} and len(shown) == 2
    assert all(r["Spend [EUR]"] is None and r["Spend growth"] is None for r in rows if r["unit"] == small)
    counts = [r[name] for r in rows for name in ("answers", "contacts", "purchases") if name in r]
    assert not [n for n in counts if isinstance(n, (int, float)) and 0 < n < 5]


def kpi_rows():
    """A KPI of channels and one of gaps; what is suppressed is marked as the KPIs mark it."""
    import pandas as pd

    kept = {"estimate": 0.5, "low": 0.4, "high": 0.6, "unit": "share", "better": "lower"}
    kept |= {"definition": "", "trap": "", "label": ""}
    none = dict.fromkeys(("estimate", "low", "high"), np.nan)
    return pd.DataFrame(
        [
            kept | {"kpi": kpi, "group": group, "period": period, "n": n, "suppressed": n < 10}
            | (none if n < 10 else {})
            for kpi, group, period, n in [
                ("contact_rate", "all", "2026Q2", 7),
                ("contact_rate", "Ada Byron", "2026Q2", 3),
                ("contact_rate", "Ada Byron", "2026Q3", 4),
                ("contact_rate", "Mary Shelley", "2026Q3", 9),
                ("contact_rate", "phone", "2026Q3", 40),
                ("lapse_rate", "90 days", "2026Q3", 8),
            ]
        ]
    )  # fmt: skip


def test_the_name_and_the_count_of_a_group_too_small_are_not_in_the_sheet_of_kpis():
    from linkage.exports.figures import kpis_sheet
    from linkage.kpis.result import KpiSet

    frame = kpi_rows()
    found = KpiSet("Shop", "2026Q3", frame, frame.iloc[:0].assign(reason=""), ("contact_rate",), 0.95, 10)
    sheet = kpis_sheet(found)
    shown = [dict(zip(sheet.headers, row, strict=True)) for row in sheet.rows]
    first, second = (f"group {number} (fewer than 10 customers)" for number in (1, 2))
    assert [row["group"] for row in shown] == ["all", first, first, second, "phone", "90 days"]
    few = "fewer than 10"
    assert [row["n"] for row in shown] == [few, few, few, few, 40, few]
    assert "Ada" not in str(sheet) and "Shelley" not in str(sheet)
    assert list(frame["group"]) == list(kpi_rows()["group"])


def test_a_smaller_minimum_shows_every_unit():
    study = market()
    declared = study.study.declared.model_copy(update={"minimum_group": 1})
    other = type(study)(replace(study.study, declared=declared), study.warehouse)
    rows = [
        dict(zip(units_sheet(other, "2026Q3").headers, r, strict=True))
        for r in units_sheet(other, "2026Q3").rows
    ]
    assert all(r["Spend [EUR]"] is not None for r in rows)


def test_older_periods_go_where_there_are_too_many_rows_and_the_note_says_so(monkeypatch):
    monkeypatch.setattr("linkage.exports.units.MOST_ROWS", 9)
    sheet = units_sheet(market(), "2026Q3")
    assert MOST_ROWS > 9 and len(sheet.rows) == 8
    assert {row[1] for row in sheet.rows} == {"2026Q3", "2026Q2"}
    assert "8 rows of older periods are left out" in sheet.note


def test_no_key_of_a_person_is_in_it(book):
    texts = "\n".join(
        str(c.value) for page in book for row in page.iter_rows() for c in row if c.value is not None
    )
    assert not re.findall(r"(?:PERSON|ANSWER|BILL)-\d+", texts)
    assert KEY.format(7) not in texts


def test_what_is_assumed_names_who_says_so(book):
    rows = {row["what"]: row for row in records(book["Assumptions"])}
    assert (rows["value.discount"]["value"], rows["value.discount"]["who says so"]) == ("0.08", "Finance")
    assert rows["value.discount"]["basis"] == "stated in study.yml"
    assert rows["value.horizon"]["basis"] == "the suite's default"
    assert rows["minimum_group"]["value"] == "5"


def test_lists_that_cannot_be_made_say_why(book):
    assert book["Targets"]["A2"].value.startswith("Left out: No operational metric")
    assert "keys_folder" in book["Accounts"]["A2"].value
    assert contents().lists == {} and contents().keys == {}


def test_money_on_too_few_is_empty_and_the_rest_whole():
    from linkage.exports.figures import money_sheet

    row = {"figure": "at stake", "estimate": 1000.4, "low": 900.0, "high": 1100.0, "currency": "EUR", "n": 4}
    sheet = money_sheet([row, {**row, "n": 50}], 5)
    few, enough = (dict(zip(sheet.headers, r, strict=True)) for r in sheet.rows)
    assert (few["estimate"], few["low"], few["high"], few["n"]) == (None, None, None, "fewer than 5")
    assert enough["estimate"] == 1000.4 and isinstance(enough["estimate"], Amount)
    marked = {**row, "n": 50, "basis": "assumed", "what": "all of it", "horizon": "1 year", "level": "L0"}
    edition = replace(market_edition(), money=[marked])
    sheets = {s.name: s for s in gather(edition, workplace()).sheets}
    assert len(sheets["Money"].rows) == 1
    assert ("at stake", "1,000 EUR (900 to 1,100; 1 year; L0)", "assumed") in {
        row[:3] for row in sheets["Assumptions"].rows
    }


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (float("nan"), None),
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (["a", "b"], "a, b"),
        (np.datetime64("NaT"), None),
        (True, True),
    ],
)
def test_values_become_what_a_cell_can_hold(given, kept):
    assert plain_value(given) == kept and type(plain_value(given)) is type(kept)


def test_unbounded_numbers_long_texts_and_control_characters_make_no_broken_book(tmp_path):
    row = (float("inf"), "x" * 40_000, "a\x00b\x0b", "")
    write_workbook(
        tmp_path / "odd.xlsx", [Sheet("S", "=T", "@n", ("a", "b", "c", "d"), [row])], title="t", on=DAY
    )
    read = next(load_workbook(tmp_path / "odd.xlsx")["S"].iter_rows(min_row=HEAD + 2, values_only=True))
    assert read[0] == "without bound" and len(read[1]) == LONGEST and read[1].endswith("[...]")
    assert shorten("short") == "short"


def test_a_list_as_csv_runs_nothing(tmp_path):
    write_csv(
        Sheet("", "", "", ("a", "b"), [("=1+1", Share(0.25)), ("-x", None)]), tmp_path / "l" / "list.csv"
    )
    assert (tmp_path / "l" / "list.csv").read_text(encoding="utf-8") == "a,b\n'=1+1,0.25\n'-x,\n"


def test_a_study_of_feedback_only_has_its_sheets_with_reasons(make_study):
    from linkage.opening import open_study
    from linkage.report.edition import Edition

    yml = "study: F\nsources: {feedback: {from: f.csv}}\nmetrics: {csat: {of: feedback, scale: [1, 5]}}\n"
    lines = "".join(f"r{i},c{i},2026-0{1 + i % 6}-01,{1 + i % 5}\n" for i in range(60))
    folder = make_study(yml, {"f.csv": f"response_id,customer_id,answered_at,csat\n{lines}"})
    edition = Edition(open_study(folder), "2026Q1", (), {})
    made = gather(edition, folder)
    sheets = {sheet.name: sheet for sheet in made.sheets}
    assert [s.name for s in made.sheets] == SHEETS
    assert sheets["KPIs by unit"].note.startswith("Left out: this study has no link_unit_period")
    write_workbook(folder / "f.xlsx", made.sheets, title="F", on=DAY)
    assert load_workbook(folder / "f.xlsx").sheetnames == SHEETS


def test_libreoffice_reads_every_text_as_it_was_written(tmp_path):
    """A file in need of repair loses sheets or cells; a text taken for a formula changes."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not here: its reading of the workbook is not tried")
    path = workbook()
    sheets_as_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    command = [office, "--headless", f"-env:UserInstallation={tmp_path.as_uri()}/profile"]
    command += ["--convert-to", sheets_as_csv, "--outdir", str(tmp_path), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for page in load_workbook(path):
        with (tmp_path / f"{path.stem}-{page.title}.csv").open(encoding="utf-8", newline="") as stream:
            read = list(csv.reader(stream))
        wanted = {c.coordinate: c.value for row in page.iter_rows() for c in row if isinstance(c.value, str)}
        assert len(wanted) > 2, page.title
        for cell in (page[name] for name in wanted):
            assert read[cell.row - 1][cell.column - 1] == cell.value, f"{page.title} {cell.coordinate}"


def test_questions_without_an_answer_stand_with_their_reason():
    from linkage.exports.answers import answers_sheet

    sheet = answers_sheet(replace(market_edition(), findings=[]))
    (row,) = (dict(zip(sheet.headers, r, strict=True)) for r in sheet.rows)
    assert (row["verdict"], row["estimate"], sheet.charts) == ("not assessed", None, ())
    assert row["sentence"] == "Not assessed: no notebook publishes it."


def test_a_chart_of_many_bars_has_room_for_each_name_and_none_lies_on_another(tmp_path):
    bars = [
        Chart(f"Bars {n}", "bars", 0, 1, 0, count - 1, axis="points") for n, count in enumerate((40, 3, 5))
    ]
    rows = [[f"U{n:02}", float(n)] for n in range(40)]
    sheet = Sheet("Units", "Units", "One row a unit.", ("unit", "score"), rows, tuple(bars))
    path = tmp_path / "bars.xlsx"
    write_workbook(path, [sheet], title="T", on=DAY)
    with zipfile.ZipFile(path) as inside:
        drawing = inside.read("xl/drawings/drawing1.xml").decode()
        chart = inside.read("xl/charts/chart1.xml").decode()
    tops, feet = (
        [int(row) for row in re.findall(rf"<xdr:{end}>.*?<xdr:row>(\d+)<", drawing)] for end in ("from", "to")
    )
    assert feet[0] - tops[0] > 40 * 0.8 and tops[0] == tops[1] and tops[2] >= max(feet[:2])
    assert chart.index('<c:tickLblPos val="high"/>') > chart.index("<c:valAx>")  # numbers below the bars


def test_a_link_that_might_have_been_missed_is_counted_apart_in_every_sheet():
    from dataclasses import replace

    from linkage.exports.answers import answers_sheet, findings_sheet
    from linkage.exports.summary import summary_sheet

    edition = market_edition()
    missed = [
        {**c, "verdict": "REVIEW"} if c["name"] == "power" else c for c in edition.findings[0]["checks"]
    ]
    row = {**edition.findings[0], "verdict": "no link", "p_value": 0.5, "checks": missed}
    edition = replace(edition, findings=[row])

    def cell(sheet, name):
        return sheet.rows[0][sheet.headers.index(name)]

    assert cell(answers_sheet(edition), "verdict") == "not shown"
    raw = findings_sheet(edition)
    assert (cell(raw, "verdict"), cell(raw, "counted as")) == ("no link", "not shown")
    counts = {r[0]: r[1] for r in summary_sheet(edition, []).rows if str(r[0]).startswith("Questions: ")}
    assert (counts["Questions: not shown"], counts["Questions: no link"]) == (1, 0)
