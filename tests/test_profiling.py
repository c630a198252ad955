"""The profile of a study's sources: what is planted is found, where nothing is planted nothing is, no row is shown."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.contract import Contract, check_study
from linkage.coverage_plot import draw_months
from linkage.limits.fewest import FEWEST_SIGNED
from linkage.opening import open_study
from linkage.profiling import BREAKS, FINE, LOOK, NOT_PUBLISHED
from linkage.profiling.coverage import by_month, gaps_of, main_months
from linkage.profiling.odd_values import odd_ends
from linkage.profiling.text import WIDTH, share, shown, text_table

# ------------------------------------------------------------------------------------ a study to plant in

YML = """
study: Planted
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  mood: {of: feedback}
  handle_minutes: {of: interactions, unit: minute}
  spend: {of: transactions, column: amount, unit: EUR}
windows: {before: 60 days, after: 60 days}
links:
  talk: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes]}
  worth: {question: Why, grain: survey, outcome: spend_after, drivers: [csat]}
"""

DAYS = [date(2024, 1, 3) + timedelta(days=3 * i) for i in range(240)]  # to 2025-12-20, ten a month


def frames() -> dict[str, pd.DataFrame]:
    """Two years of a small company in which nothing is wrong."""
    random = np.random.default_rng(3)
    who = [f"C{i % 20:02d}" for i in range(240)]
    contacts = pd.DataFrame(
        {
            "interaction_id": [f"I{i:03d}" for i in range(240)],
            "customer_id": who,
            "started_at": [f"{d} 10:00" for d in DAYS],
            "ended_at": [f"{d} 10:20" for d in DAYS],
            "channel": ["phone", "chat"] * 120,
            "handle_minutes": random.gamma(4, 2, 240).round(1) + 1,
        }
    )
    return {
        "customers": pd.DataFrame(
            {
                "customer_id": [f"C{i:02d}" for i in range(20)],
                "segment": ["home", "office"] * 10,
                "joined_on": [date(2023, 1, 1) + timedelta(days=i) for i in range(20)],
                "left_on": [None] * 20,
            }
        ),
        "contacts": contacts,
        "answers": pd.DataFrame(
            {
                "response_id": [f"R{i:03d}" for i in range(240)],
                "customer_id": who,
                "interaction_id": contacts["interaction_id"],
                "answered_at": [f"{d} 12:00" for d in DAYS],
                "csat": random.integers(1, 6, 240),
                "mood": random.integers(1, 6, 240),
            }
        ),
        "purchases": pd.DataFrame(
            {
                "transaction_id": [f"T{i:03d}" for i in range(240)],
                "customer_id": who,
                "purchased_at": DAYS,
                "amount": random.gamma(3, 20, 240).round(2),
            }
        ),
    }


def write(folder: Path, yml: str, tables: dict[str, pd.DataFrame]) -> Path:
    folder.mkdir()
    (folder / "study.yml").write_text(yml)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder for studies that several tests read, their warehouses kept apart."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("profiling")
        patch.setenv("LINKAGE_CACHE", str(home / "cache"))
        yield home


@pytest.fixture(scope="module")
def clean(folders) -> Contract:
    return check_study(write(folders / "clean", YML, frames()))


DIRTY = YML.replace(
    "{from: customers.csv}",
    "{from: customers.csv, columns: {promised_on: promised_on}, types: {promised_on: date}}",
).replace("sources:\n", "sources:\n  invitations: {from: asked.csv}\n").replace(
    "windows:",
    """  flat: {of: feedback}
  ticked: {of: feedback, type: flag}
  nothing: {of: feedback}
  care: {of: customers, recorded: scored_on}
windows:""",
)  # fmt: skip


def dirty_frames() -> dict[str, pd.DataFrame]:
    """The same company with one of each mistake, in rows that do not touch each other."""
    plain = frames()
    customers = pd.concat([plain["customers"], plain["customers"].iloc[:1].assign(customer_id="C20")])
    customers = customers.reset_index(drop=True).astype({"joined_on": object, "left_on": object})
    customers.loc[3, "joined_on"] = date(1900, 1, 1)
    customers.loc[4, "joined_on"] = DAYS[24]  # its first events are of DAYS[4]
    customers.loc[5, "left_on"] = DAYS[205]  # its last events are of DAYS[225]
    customers.loc[8, "left_on"] = date(2026, 2, 1)
    customers.loc[20, ["joined_on", "left_on"]] = [date(2062, 1, 1), date(2022, 1, 1)]
    scored = [f"{DAYS[-1]}"] * 20 + ["2026-05-01"]
    customers = customers.assign(
        promised_on=[date(2026, 6, 1 + i) for i in range(21)],
        care=[i % 7 for i in range(21)],
        scored_on=scored,
    )

    contacts = plain["contacts"]
    contacts.loc[:2, "ended_at"] = [f"{d} 09:00" for d in DAYS[:3]]
    contacts.loc[5:7, "handle_minutes"] = -1
    contacts.loc[90:93, "ended_at"] = [f"{d} 23:00" for d in DAYS[90:94]]

    answers = plain["answers"].astype({"csat": object, "mood": object})
    answers = answers.assign(
        survey="after contact", flat=3, ticked=[1] * 30 + [None] * 210, nothing=None, shoe_size=42
    )
    answers.loc[:11, "csat"] = 99
    answers.loc[12:13, "csat"] = "many SECRET"
    answers.loc[:9, "mood"] = [98] * 4 + [99] * 6
    answers.loc[20:26, ["customer_id", "interaction_id"]] = None
    answers.loc[30:32, "customer_id"] = ["c-10", "C 11", "Z99"]
    answers.loc[40, ["answered_at", "interaction_id"]] = ["1970-01-01 00:00", None]
    copies = answers.iloc[[100, 100, 150]].assign(response_id=["X1", "X2", "X3"])
    near = answers.iloc[[160]].assign(response_id="X4", mood=7.5)
    answers = pd.concat([answers, copies, near])
    answers = answers[~answers["answered_at"].str.startswith(("2024-07", "2024-08"))]

    purchases = plain["purchases"]
    purchases.loc[7, "amount"] = 123456.0
    asked = pd.DataFrame(
        {
            "invitation_id": [f"A{i:03d}" for i in range(40)],
            "customer_id": [f"C{i % 20:02d}" for i in range(40)],
            "invited_at": [f"{d} 13:00" for d in DAYS[:40]],
            "response_id": [f"R{i:03d}" if i < 6 else None for i in range(40)],
        }
    )
    return {
        "customers": customers,
        "contacts": contacts,
        "answers": answers,
        "purchases": purchases,
        "asked": asked,
    }


@pytest.fixture(scope="module")
def dirty(folders) -> Contract:
    return check_study(write(folders / "dirty", DIRTY, dirty_frames()))


@pytest.fixture
def checked(make_study):
    """checked(yml, customers=..., answers=...) gives the contract of the study with these frames in their place."""

    def check(yml=YML, **changed: pd.DataFrame) -> Contract:
        files = {f"{n}.csv": f.to_csv(index=False) for n, f in {**frames(), **changed}.items()}
        return check_study(make_study(yml, files))

    return check


def found(contract: Contract, what: str) -> list[dict]:
    return contract.problems[contract.problems["what"] == what].to_dict("records")


def only(contract: Contract, what: str) -> dict:
    (row,) = found(contract, what)
    return row


def test_where_nothing_is_planted_nothing_is_found(clean):
    assert clean.problems.empty, clean.problems
    assert clean.broken == ()
    assert "problem" not in clean.headline()
    counts = [
        "rows_rejected",
        "unreadable",
        "off_scale",
        "odd_values",
        "outside_dates",
        "wrong_order",
        "repeated",
    ]
    assert (clean.overview[counts] == 0).all(axis=None)
    assert clean.overview["keys_are_unique"].all()


def test_every_problem_planted_is_found_and_no_other(dirty):
    rows = len(dirty_frames()["answers"])
    counted = {
        (r.source, r.column, r.what): r.rows for r in dirty.problems.itertuples() if r.severity == LOOK
    }
    assert counted == {
        ("customers", "joined_on", "placeholder date"): 1,
        ("customers", "joined_on", "after the data end"): 1,
        ("customers", "left_on", "end before begin"): 1,
        ("customers", "scored_on", "after the data end"): 1,
        ("feedback", "csat", "outside the scale"): 12,
        ("feedback", "csat", "unreadable values"): 2,
        ("feedback", "flat", "all equal"): rows,
        ("feedback", "ticked", "one value or none"): 30,
        ("feedback", "nothing", "empty"): rows,
        ("feedback", "customer_id", "no key"): 7,
        ("feedback", "customer_id", "keys nearly match"): 2,
        ("feedback", "customer_id", "keys unknown"): 1,
        ("feedback", "", "repeated under another key"): 3,
        ("feedback", "", "far from the study"): 1,
        ("feedback", "", "months without a row"): 0,
        ("feedback", "interaction_id", "answer before contact"): 4,
        ("feedback", "customer_id", "before joining"): 2,
        ("feedback", "customer_id", "after leaving"): 1,
        ("interactions", "ended_at", "end before begin"): 3,
        ("interactions", "handle_minutes", "code for no value"): 3,
        ("interactions", "customer_id", "before joining"): 1,
        ("interactions", "customer_id", "after leaving"): 1,
        ("transactions", "amount", "far from all others"): 1,
        ("transactions", "customer_id", "before joining"): 1,
        ("transactions", "customer_id", "after leaving"): 1,
        ("invitations", "invited_at", "answered before asked"): 6,
        ("invitations", "customer_id", "before joining"): 1,
    } | {("feedback", "mood", "code for no value"): counted["feedback", "mood", "code for no value"]}
    codes = [r for r in found(dirty, "code for no value") if r["column"] == "mood"]
    assert sorted(r["rows"] for r in codes) == [4, 6]
    assert all("(1 to 7.5)" in r["advice"] and "'missing'" in r["advice"] for r in codes)


def test_what_may_well_be_meant_is_said_to_be_fine(dirty):
    fine = dirty.problems[dirty.problems["severity"] == FINE]
    assert set(zip(fine["column"], fine["what"], strict=True)) == {
        ("left_on", "after the data end"),
        ("promised_on", "after the data end"),
        ("survey", "all equal"),
        ("", "undeclared columns"),
    }
    assert "shoe_size" in only(dirty, "undeclared columns")["advice"]


def test_a_problem_names_the_row_it_was_first_seen_in(dirty):
    seen = {(r["column"], r["what"]): r["example"] for r in dirty.problems.to_dict("records")}
    assert seen["joined_on", "placeholder date"] == "C03"
    assert seen["mood", "code for no value"] in ("R000", "R004")
    assert seen["", "repeated under another key"] == "R100"
    assert seen["amount", "far from all others"] == "T007"
    assert seen["ended_at", "end before begin"] == "I000"
    assert seen["invited_at", "answered before asked"] == "A000"
    left = {r["source"]: r["example"] for r in found(dirty, "after leaving")}
    assert left == {"feedback": "R225", "interactions": "I225", "transactions": "T225"}
    off = only(dirty, "outside the scale")
    assert (off["file"], off["line"]) == ("answers.csv", 2)


def test_a_problem_says_what_to_do(dirty):
    said = {(r["column"], r["what"]): r["advice"] for r in dirty.problems.to_dict("records")}
    assert said["csat", "outside the scale"].startswith("Outside the scale 1 to 5. Most of them are 99")
    assert said["handle_minutes", "code for no value"].startswith("-1 stands apart from all others (")
    assert "123456 lies far away" in said["amount", "far from all others"]
    assert "1900-01-01 is what systems write" in said["joined_on", "placeholder date"]
    assert "No row in 2024-07, 2024-08" in said["", "months without a row"]
    assert "Rows of 1970-01, all others from 2024-01-03 to 2025-12-20" in said["", "far from the study"]
    assert "The data end on 2025-12-20" in said["joined_on", "after the data end"]
    assert "may look ahead" in said["scored_on", "after the data end"]
    assert "2 rows stand there again" in said["", "repeated under another key"]
    assert dirty.problems["share"].between(0, 1).all()
    assert dirty.problems["advice"].str.endswith((".", "?", ".)")).all()
    order = dirty.problems["severity"].map({BREAKS: 0, LOOK: 1, FINE: 2})
    assert order.is_monotonic_increasing


def test_each_source_has_one_row_with_what_is_wrong_with_it(dirty):
    row = dirty.overview.set_index("source").loc["feedback"]
    names = ["unreadable", "off_scale", "odd_values", "outside_dates", "wrong_order", "repeated"]
    assert row[names].tolist() == [2, 12, 10, 4, 4, 3]
    assert (row["first_on"], row["last_on"]) == ("2024-01-03", "2025-12-20")
    assert dirty.overview.set_index("source").loc["interactions", "wrong_order"] == 3


# ------------------------------------------------------------------------------------ columns


def test_a_column_says_how_much_of_it_is_there_and_between_which_ends(dirty):
    rows = dirty.columns.set_index(["source", "column"])
    csat, mood = rows.loc["feedback", "csat"], rows.loc["feedback", "mood"]
    count = len(dirty_frames()["answers"])
    assert (csat["rows"], csat["missing"], csat["off_scale"], csat["unreadable"], csat["empty"]) == (
        count,
        14,
        12,
        2,
        0,
    )
    assert csat["missing_share"] == 14 / count
    assert (csat["distinct"], csat["low"], csat["high"], csat["unit"], csat["scale"]) == (
        5,
        1,
        5,
        "point",
        "1 to 5",
    )
    assert (mood["low"], mood["high"], mood["missing"]) == (1, 99, 0)
    ticked = rows.loc["feedback", "ticked"]
    assert (ticked["is_constant"], ticked["empty"], ticked["type"]) == (True, count - 30, "flag")
    day = rows.loc["transactions", "purchased_at"]
    assert (day["first_on"], day["last_on"], day["type"]) == ("2024-01-03", "2025-12-20", "time")
    assert pd.isna(day["low"])
    key = rows.loc["feedback", "response_id"]
    assert (key["type"], key["distinct"]) == ("key", count)
    assert pd.isna(key["low"]) and pd.isna(key["first_on"])
    # Known columns that no file has are no finding: nobody said they were there.
    assert ("feedback", "comment") not in rows.index


def test_the_ends_of_a_column_few_rows_fill_are_not_published(dirty):
    assert (
        dirty.columns.set_index(["source", "column"]).loc[("customers", "left_on"), "first_on"]
        == "2022-01-01"
    )
    published = dirty.read_columns().loc[("customers", "left_on")]
    assert (published["filled"], published["range"]) == ("3", "")
    assert dirty.read_columns().loc[("customers", "care"), "range"] == "0 to 6"


def test_days_are_those_of_the_studys_own_clock(checked):
    answers = frames()["answers"].assign(answered_at=[f"{d} 00:30" for d in DAYS], interaction_id=None)
    contract = checked(YML.replace("windows:", "timezone: Europe/Berlin\nwindows:"), answers=answers)
    row = contract.columns.set_index(["source", "column"]).loc["feedback", "answered_at"]
    assert (row["first_on"], row["last_on"]) == ("2024-01-03", "2025-12-20")
    assert contract.coverage.query("source == 'feedback'")["rows"].sum() == 240


def test_a_nine_is_a_code_only_where_it_stands_more_often_than_its_neighbour(checked):
    # Lone on an open count it may be meant, more often than 5 it is not.
    answers = frames()["answers"].assign(
        mood=[9] + [1, 2, 3, 4, 5] * 47 + [1] * 4, csat=[9] * 60 + [1, 2, 3, 4, 5] * 36
    )
    contract = checked(YML.replace(", scale: [1, 5]", ""), answers=answers)
    row = only(contract, "code for no value")
    assert (row["column"], row["rows"], row["share"]) == ("csat", 60, 0.25)


def test_of_many_rows_different_values_are_estimated_and_said_to_be(clean, folders, monkeypatch):
    monkeypatch.setattr("linkage.profiling.scanning.LARGE", 100)
    contract = check_study(folders / "clean")
    rows = contract.columns.set_index(["source", "column"])
    segment, spend = rows.loc["customers", "segment"], rows.loc["transactions", "amount"]
    assert (segment["distinct"], segment["distinct_is_exact"]) == (2, True)
    assert not spend["distinct_is_exact"]
    assert spend["distinct"] == pytest.approx(frames()["purchases"]["amount"].nunique(), rel=0.1)
    assert contract.read_columns().loc[("transactions", "amount"), "different"].startswith("~")
    # Keys are counted whatever the size: whether they are unique is no estimate.
    assert contract.overview["keys_are_unique"].all()


# ------------------------------------------------------------------------------------ coverage


def test_coverage_counts_every_row_of_its_month_once(clean):
    rows = frames()["purchases"]
    expected = pd.to_datetime(rows["purchased_at"]).dt.strftime("%Y-%m").value_counts().sort_index()
    months = clean.read_months()
    assert months["transactions"].tolist() == expected.tolist()
    assert months.index.tolist() == expected.index.tolist()
    assert list(months.columns) == ["feedback", "interactions", "transactions"]


def test_a_stray_month_is_in_the_table_and_not_in_the_picture(dirty):
    assert dirty.coverage["stray"].sum() == 1
    assert dirty.read_months().loc["1970-01", "feedback"] == 1
    assert dirty.read_months().loc["2024-07", "feedback"] == 0
    assert "1 rows far from these months are not drawn" in dirty.plot().alt
    assert "none in 2 months between" in dirty.plot().alt
    assert dirty.plot().alt.startswith("Rows by month and source, 2024-01 to 2025-12.")


# ------------------------------------------------------------------------------------ what breaks a link

LINKS = """links:
  answered: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes]}
  constant_outcome: {question: Why, grain: interaction, outcome: flat, drivers: [handle_minutes]}
  constant_driver: {question: Why, grain: interaction, outcome: csat, drivers: [flat]}
  constant_control: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes], controls: [survey]}
  too_few: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes], controls: [language]}
  incomplete: {question: Why, grain: interaction, outcome: csat, drivers: [odd], controls: [even]}
  nowhere: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes], where: {channel: fax}}
  five_clusters: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes], cluster: topic}
  six_clusters: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes], cluster: team}
  window: {question: Why, grain: survey, outcome: spend_after, drivers: [csat]}
  later: {question: Why, grain: customer_period, outcome: csat, drivers: [mood], lag: 12}
  absent: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes], controls: [region]}
  no_units: {question: Why, grain: unit_period, outcome: csat, drivers: [mood]}
"""


@pytest.fixture(scope="module")
def broken(folders):
    """A study each of whose links but two is broken in its own way: the contract and the cards."""
    plain = frames()
    answers = plain["answers"].assign(
        flat=3, odd=[1, None] * 120, even=[None, 2] * 120, survey="one", language=["de", "en"] + [None] * 238
    )
    contacts = plain["contacts"].assign(
        topic=[f"t{i % 5}" for i in range(240)], team=[f"t{i % 6}" for i in range(240)]
    )
    tables = {
        **plain, "answers": answers, "contacts": contacts, "purchases": plain["purchases"].iloc[:20],
    }  # fmt: skip
    metrics = "  flat: {of: feedback}\n  odd: {of: feedback}\n  even: {of: feedback}\nwindows:"
    yml = YML.split("links:")[0].replace("windows:", metrics) + LINKS
    yml = yml.replace("{from: contacts.csv}", "{from: contacts.csv, columns: {team: team}}")
    folder = write(folders / "broken", yml, tables)
    return check_study(folder), open_study(folder).links(period="2025Q4")


@pytest.mark.parametrize(
    ("link", "parts", "what"),
    [
        ("constant_outcome", ("one and the same value of flat in all 240 complete rows",), "constant outcome"),
        ("constant_driver", ("one and the same value of flat",), "constant driver"),
        ("constant_control", ("survey in all 240", "do without that control"), "constant control"),
        ("too_few", ("2 complete rows for 3 coefficients",), "too few rows"),
        ("incomplete", ("of 240 contacts none has all", "odd in 120", "even in 120"), "no complete row"),
        ("nowhere", ("finds no contacts where channel is fax",), "no complete row"),
        ("five_clusters", ("rests on 5 clusters of topic", f"at least {FEWEST_SIGNED}"), "too few clusters"),
        ("window", ("window of 60 days to close: answers begin on 2024-01-03, purchases end on 2024-02-29",
                    "later purchases or a shorter windows.after"), "window not closed"),
        ("later", ("12 periods later", "at least 12 periods apart"), "no complete row"),
        ("absent", ("finds no value of region",), "no value"),
        ("no_units", ("needs a source of units or unit_periods",), "no source"),
    ],
)  # fmt: skip
def test_a_link_its_data_cannot_answer_says_why_and_what_it_needs(broken, link, parts, what):
    contract, _ = broken
    (said,) = [b for b in contract.broken if b.startswith(f"{link} ")]
    for part in parts:
        assert part in said, said
    row = contract.problems[contract.problems["source"] == link].iloc[0]
    assert (row["severity"], row["what"]) == (BREAKS, what)
    assert row["advice"] == f"It {said.removeprefix(f'{link} ')}."
    assert f"\n{said}"[:60] in contract.summary()


def test_what_breaks_a_link_is_what_its_card_cannot_answer(broken):
    contract, cards = broken
    told = {b.split(" ", 1)[0] for b in contract.broken}
    unanswered = {card.name for card in cards.cards if card.verdict == "not assessed"}
    # Five clusters can be fitted; no p-value below 0.05 can come of it (2^(5-1) = 16 patterns of signs).
    assert told == unanswered | {"five_clusters"}
    assert {"answered", "six_clusters"} & told == set()


def test_ten_rows_are_told_as_few_and_a_constant_score_as_constant(checked):
    ten = {name: frame.head(10) for name, frame in frames().items()}
    contract = checked(**{**ten, "answers": ten["answers"].assign(csat=4)})
    assert {r["source"] for r in found(contract, "few rows")} == {"feedback", "interactions", "transactions"}
    assert only(contract, "all equal")["column"] == "csat"
    assert "talk finds one and the same value of csat in all 10 complete rows" in contract.headline()


# ------------------------------------------------------------------------------------ codes, by their ends


@pytest.mark.parametrize(
    ("values", "codes", "far"),
    [
        ([1, 2, 3, 4, 5, 99], [99], []),
        ([1, 2, 3, 4, 5, 98, 99], [99, 98], []),
        ([1, 2, 3, 4, 5, 9], [9], []),
        ([-9, 0, 1, 2, 3, 4, 5], [-9], []),
        ([-1, *range(30)], [-1], []),
        ([-1, 99, *range(1, 11)], [99, -1], []),
        ([*range(100)], [], []),
        ([*range(18, 90), 99], [], []),
        ([-1, 0, 1], [], []),
        ([-2, -1, 0, 1, 2, 3, 4, 5], [], []),
        ([0, 400, 450, 500, 600], [], []),
        ([1.5, 2.5, 3.5, 4.5, 900.0], [], [900.0]),
        ([7], [], []),
        ([], [], []),
        ([date(1900, 1, 1), *[date(2020, 1, d) for d in range(1, 20)]], [date(1900, 1, 1)], []),
        ([*[date(2020, 1, d) for d in range(1, 20)], date(2099, 12, 31)], [date(2099, 12, 31)], []),
        ([*[date(y, 1, 1) for y in range(1965, 2000)]], [], []),
    ],
)
def test_codes_are_told_from_values_by_their_distance(values, codes, far):
    ordered = sorted(set(values))
    found_codes, found_far = odd_ends(ordered[:4], ordered[::-1][:4], len(ordered))
    assert (sorted(found_codes), found_far) == (sorted(codes), far)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=8, max_size=40, unique=True), st.integers(1, 50), st.integers(-5, 5)
)
def test_units_and_origin_of_a_measure_make_no_value_odd(values, unit, origin):
    """Values that fill their range have no odd end, whatever they are measured in."""
    filled = sorted({unit * v + origin * unit for v in [*values, *range(0, 61, 6)]})
    codes, far = odd_ends(filled[:4], filled[::-1][:4], len(filled))
    assert far == []
    assert all(v in (-1, -2, -3, -7, -8, -9) or abs(v) > 9 for v in codes)
    assert not codes or min(filled) < 0


# ------------------------------------------------------------------------------------ months


def months(*counts: tuple[int, int, int]) -> list[tuple[date, int]]:
    return [(date(y, m, 1), n) for y, m, n in counts]


def test_months_far_away_with_next_to_no_rows_are_strays():
    near = [(2024, m, 100) for m in range(1, 13)]
    assert date(1970, 1, 1) not in main_months(months((1970, 1, 2), *near))
    assert date(2062, 5, 1) not in main_months(months(*near, (2062, 5, 1)))
    # An earlier wave with a share of the rows belongs to the study, however far it lies.
    assert date(2019, 1, 1) in main_months(months((2019, 1, 300), *near))
    # So does a month that is only a year away.
    assert date(2023, 1, 1) in main_months(months((2023, 1, 1), *near))
    assert main_months([]) == set()


def test_a_source_with_a_rhythm_of_its_own_has_no_gaps():
    assert gaps_of(months((2024, 1, 250), (2025, 1, 250), (2026, 1, 250))) == ()
    steady = [(2024, m, 50) for m in range(1, 13) if m not in (5,)]
    assert gaps_of(months(*steady)) == (date(2024, 5, 1),)
    assert gaps_of(months(*[(2024, m, 1) for m in range(1, 13) if m != 5])) == ()


def test_months_of_units_by_period_stand_for_all_of_their_period(make_study):
    rows = "".join(f"U{u},{y}Q{q},{u + q}\n" for u in range(12) for y in (2024, 2025) for q in (1, 2, 3, 4))
    yml = (
        "study: T\nsources:\n  figures: {role: unit_periods, from: f.csv}\nmetrics: {rating: {of: figures}}\n"
    )
    contract = check_study(make_study(yml, {"f.csv": "unit_id,period,rating\n" + rows}))
    assert contract.coverage["months"].tolist() == [3] * 8
    assert contract.coverage["month"].tolist()[:2] == ["2024-01", "2024-04"]
    row = contract.overview.iloc[0]
    assert (row["first_on"], row["last_on"], row["keys"]) == ("2024-01-01", "2025-12-31", 96)
    assert "figures: 96 rows in 8 quarters, 12 in each." in contract.plot().alt


def test_a_study_without_dates_has_no_picture_and_says_so(make_study):
    yml = "study: T\nsources:\n  customers: {from: c.csv}\n"
    contract = check_study(make_study(yml, {"c.csv": "customer_id\nC1\nC2\n"}))
    assert contract.read_months().empty
    assert contract.plot().alt == "No source has a date: there is no coverage to draw."
    assert contract.summary().count("nan") == 0


# ------------------------------------------------------------------------------------ the picture


@pytest.fixture
def coverage() -> pd.DataFrame:
    rows = [("answers", f"2024-{m:02d}", 1, 10 * m, False) for m in range(1, 13) if m != 6]
    rows += [("<b>units</b> $x$", "2023-01", 12, 7, False), ("<b>units</b> $x$", "2024-01", 12, 8, False)]
    return pd.DataFrame(rows, columns=["source", "month", "months", "rows", "stray"])


def test_the_picture_of_coverage_says_its_numbers_and_stands_alone(coverage):
    first, second = draw_months(coverage), draw_months(coverage)
    assert first.svg == second.svg
    assert (
        "answers: 720 rows in 11 months, from 10 (2024-01) to 120 (2024-12); none in 2024-06 between"
        in first.alt
    )
    assert "15 rows in 2 years, from 7 (2023-01) to 8 (2024-01)" in first.alt
    assert first.svg.startswith("<svg") and first.svg.endswith("</svg>")
    assert "currentColor" in first.svg and "#1a1a1b" not in first.svg
    assert "<b>" not in first._repr_mimebundle_()["text/html"]
    assert "$x$" in first.svg


def test_months_in_between_are_there_with_no_rows(coverage):
    wide = by_month(coverage)
    assert wide.loc["2024-06", "answers"] == 0
    assert wide["answers"].sum() == 720
    assert wide.index.is_monotonic_increasing
    assert by_month(coverage.iloc[:0]).empty


# ------------------------------------------------------------------------------------ text and JSON


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (float("nan"), ""), (pd.NA, ""), (float("inf"), ""), (1234567, "1,234,567"), (2.0, "2"),
     (1234.5, "1,234.5"), (0.1 + 0.2, "0.3"), (True, "yes"), ("a\n b", "a b"), (np.int64(5), "5")],
)  # fmt: skip
def test_a_cell_never_says_nan(value, text):
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0%"), (1, "100%"), (0.123, "12.3%"), (0.0001, "< 0.1%"), (0.9999, "> 99.9%"), (None, "")],
)
def test_a_share_rounds_nothing_away(value, text):
    assert share(value) == text


def test_no_line_is_wider_than_a_terminal_and_none_says_nan(dirty, broken):
    for contract in (dirty, broken[0]):
        lines = contract.summary().splitlines()
        assert max(map(len, lines)) <= WIDTH
        assert not [line for line in lines if re.search(r"\bnan\b|NaN|None\b|NaT|<NA>", line)]


def test_a_table_stands_figures_to_the_right_and_words_to_the_left():
    lines = text_table(("name", "rows", "why"), [("a", 5, "x"), ("longer", 12345, "word " * 40)])
    assert lines[0].rstrip() == "name      rows  why"
    assert lines[1].rstrip() == "a            5  x"
    assert lines[2].startswith("longer  12,345  word word")
    assert lines[3].startswith(" " * 16 + "word")
    assert text_table(("name",), []) == ["name"]


def test_the_json_has_all_of_it_and_no_nan(dirty):
    read = json.loads(dirty.to_json(), parse_constant=lambda word: pytest.fail(word))
    assert len(read["columns"]) == len(dirty.columns)
    assert [p["what"] for p in read["problems"]] == dirty.problems["what"].tolist()
    (code,) = (p for p in read["problems"] if p["column"] == "handle_minutes")
    assert (code["rows"], code["example"], code["line"], code["file"]) == (3, "I005", None, None)
    assert sum(c["rows"] for c in read["coverage"] if c["source"] == "transactions") == 240
    assert {o["source"]: o["keys_are_unique"] for o in read["overview"]} == dict.fromkeys(
        ["invitations", "customers", "feedback", "interactions", "transactions"], True
    )


def test_what_is_made_for_a_report_shows_no_row(dirty):
    assert not set(NOT_PUBLISHED) & set(dirty.read_problems().columns)
    tables = [dirty.read_sources(), dirty.read_columns(), dirty.read_problems(), dirty.read_joins()]
    pages = [*(t.to_html() for t in tables), dirty.headline(), dirty._repr_html_(), dirty.plot().svg]
    pages = [re.sub(r"#?[0-9a-fA-F]{6}\b", "", page) for page in pages]  # colours
    people = dirty_frames()
    keys = [
        *people["answers"]["response_id"],
        *people["customers"]["customer_id"],
        *people["asked"]["invitation_id"],
    ]
    assert not [key for page in pages for key in [*keys, "SECRET", "Z99"] if re.search(rf"\b{key}\b", page)]
    assert "SECRET" in dirty.summary()


def test_a_contact_that_was_inferred_is_said_to_be(checked):
    # No answer names its contact, and one customer has none: C19's contacts are left out.
    frame = frames()
    contacts = frame["contacts"][frame["contacts"]["customer_id"] != "C19"]
    contract = checked(answers=frame["answers"].drop(columns="interaction_id"), contacts=contacts)
    note = contract.joins.set_index("join").loc[
        "event_answer.interaction_id -> event_contact.interaction_id", "note"
    ]
    assert note.startswith(
        "The answers name no contact: each was given the last of its customer in the 60 days"
    )
    assert "The answers name no contact" in contract.summary()
    assert contract.read_joins()["note"].str.contains("name no contact").sum() == 1
    assert "name nobody" not in contract.summary() + contract.headline()


def test_a_contact_that_was_given_needs_no_note(clean):
    assert set(clean.joins["note"]) == {""}
    assert "note" not in clean.read_joins()


# ------------------------------------------------------------------------------------ the demo company


def test_the_demos_dirt_is_found_and_nothing_else(demo, demo_truth):
    dirt = demo_truth["dirt"]
    contract = check_study(demo.study.folder)
    looked_at = contract.problems[contract.problems["severity"] == LOOK]
    found_rows = looked_at.set_index(["source", "column", "what"])["rows"].to_dict()
    late = found_rows.pop(("customers", "care_scored_on", "after the data end"))
    assert found_rows == {
        ("feedback", "nps", "outside the scale"): dirt["feedback_nps_out_of_scale"],
        ("transactions", "amount", "unreadable values"): dirt["transaction_amount_unreadable"],
        ("transactions", "amount", "sums not known"): dirt["transaction_amount_unreadable"],
        ("interactions", "customer_id", "keys unknown"): dirt["interactions_of_unknown_customers"],
    }
    # The care score is the planted leak: some of it was written down after everything else here.
    assert late > 0
    assert contract.broken == ()
    missing = contract.columns.set_index(["source", "column"])["empty"]
    assert missing["transactions", "amount"] == dirt["transaction_amount_missing_word"]


def test_values_that_could_not_be_read_make_no_two_rows_the_same(make_study):
    yml = """
study: T
sources:
  transactions: {from: t.csv}
metrics:
  spend: {of: transactions, column: amount, unit: EUR}
  paid: {of: transactions, type: flag}
"""
    text = (
        "transaction_id,customer_id,purchased_at,amount,paid\n"
        "T1,A,2026-01-01,12?,yes\nT2,A,2026-01-01,13?,yes\n"  # empty both, and not the same
        "T3,B,2026-01-02,,\nT4,B,2026-01-02,,\n"  # nothing at all is told of either
        "T5,C,2026-01-03,5,yes\nT6,C,2026-01-03,5,yes\n"  # a copy
    )
    problems = check_study(make_study(yml, {"t.csv": text})).problems
    (found,) = problems[problems["what"] == "repeated under another key"].to_dict("records")
    assert (found["rows"], found["example"]) == (1, "T5")
