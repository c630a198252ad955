"""The linkage tables: a few given rows in, expected rows out; grain, ledger, and rebuilding only what changed."""

import errno
import os

import duckdb
import pytest

from linkage.errors import (
    GrainError,
    LinkageError,
    PeriodError,
    SourceError,
    StudyError,
    TableError,
    WarehouseError,
)
from linkage.opening import open_study
from linkage.study import load_study
from linkage.tables.building import MODEL_SETTINGS
from linkage.tables.models import build_waves, model_names, models_behind, render_model
from linkage.warehouse import explain_damage, open_warehouse

YML = """
study: Tiny
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
  employees: {from: employees.csv}
  employee_feedback: {from: staff.csv}
  trainings: {from: trainings.csv}
  units: {from: units.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  handle_minutes: {of: interactions, unit: minute, better: lower}
  spend: {of: transactions, column: amount, unit: EUR}
  engagement: {of: employee_feedback, scale: [1, 5]}
windows: {before: 30 days, after: 30 days}
"""

# Two contacts end at the same instant (a tie), one answer names no contact (a null), one contact was
# answered twice, and customer C3 is unknown to the register.
FILES = {
    "customers.csv": "customer_id,segment,region,unit_id,joined_on,left_on\n"
    "C1,home,North,U1,2025-01-01,\nC2,office,South,U2,2025-06-01,2026-05-15\n",
    "answers.csv": "response_id,customer_id,interaction_id,answered_at,csat\n"
    "R1,C1,I1,2026-02-01 12:00,4\n"
    "R2,C1,I1,2026-02-02 12:00,2\n"
    "R3,C2,,2026-04-10 09:00,5\n"
    "R4,C3,I4,2026-03-01 08:00,3\n"
    "R5,C2,I3,2026-03-19 10:00,1\n",
    "contacts.csv": "interaction_id,customer_id,employee_id,started_at,ended_at,channel,topic,handle_minutes\n"
    "I1,C1,E1,2026-02-01 10:00,2026-02-01 10:10,phone,bill,10\n"
    "I2,C1,E1,2026-02-01 10:00,2026-02-01 10:10,chat,bill,20\n"
    "I3,C2,E2,2026-03-20 10:00,2026-03-20 10:30,phone,line,\n"
    "I4,C3,E2,2026-02-20 10:00,2026-02-20 10:06,phone,line,6\n",
    "purchases.csv": "transaction_id,customer_id,purchased_at,product,amount\n"
    "T1,C1,2025-12-20,a,5\nT2,C1,2026-01-20,a,10.5\nT3,C1,2026-02-10,a,20\nT4,C1,2026-03-04,a,7\n"
    "T5,C2,2026-04-09 23:59,b,100\nT6,C2,2026-05-10,b,40\nT7,C1,2026-05-20,a,1\n",
    "employees.csv": "employee_id,unit_id,job,hired_on\nE1,U1,agent,2024-01-01\nE2,U2,agent,2025-01-01\n",
    "staff.csv": "response_id,employee_id,answered_at,engagement\nS1,E1,2026-01-10,3\nS2,E1,2026-05-01,5\n",
    "trainings.csv": "training_id,employee_id,completed_on,programme\nK1,E1,2026-02-15,talk\n",
    "units.csv": "unit_id,kind,region\nU1,branch,North\nU2,partner,South\n",
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "study.yml").write_text(YML)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(folder / "cache"))
        return open_study(folder)


def rows(study, table, columns):
    return study.table(table, columns=columns).astype(object).where(lambda f: f.notna(), None).values.tolist()


def test_a_contact_meets_the_last_answer_given_after_it(tiny):
    # I1 was answered twice: R2 is later. R5 came the day before I3 ended: it cannot be about it. I2 and I1
    # ended together, and only I1 was named.
    assert rows(
        tiny, "link_interaction", ["interaction_id", "response_id", "csat", "segment", "unit_id"]
    ) == [
        ["I1", "R2", 2, "home", "U1"],
        ["I2", None, None, "home", "U1"],
        ["I3", None, None, "office", "U2"],
        ["I4", "R4", 3, None, "U2"],
    ]


def test_an_answer_meets_the_service_before_it_and_the_money_around_it(tiny):
    # R1, 2026-02-01: money since 2026-01-02 is 10.5 (T1 is older); until 2026-03-03 it is 20 (T4 is a day late,
    # but not for R2 of the day after).
    # R3, 2026-04-10 09:00: T5 of the evening before counts before, T6 exactly 30 days later counts after.
    # R4: customer C3 never bought, so zero, not missing; I4 is 9 days older.
    found = rows(
        tiny, "link_survey", ["response_id", "contact_count", "handle_minutes", "spend_before", "spend_after"]
    )
    assert found == [
        ["R1", 2, 15, 10.5, 20],
        ["R2", 2, 15, 10.5, 27],
        ["R3", 1, None, 100, 40],
        ["R4", 1, 6, 0, 0],
        ["R5", 0, None, 0, 100],
    ]


def test_a_window_that_the_data_do_not_close_gives_no_money(make_study):
    late = {
        **FILES,
        "answers.csv": "response_id,customer_id,interaction_id,answered_at,csat\nR9,C1,,2026-05-01,4\n",
    }
    study = open_study(make_study(YML, late))
    assert rows(study, "link_survey", ["spend_before", "spend_after"]) == [[0, None]]


def test_the_customer_grid_keeps_the_silent_and_ends_with_the_departure(tiny):
    found = rows(
        tiny,
        "link_customer_period",
        ["customer_id", "period", "spend", "order_count", "is_silent", "is_lost"],
    )
    assert found == [
        ["C1", "2025Q4", 5, 1, False, False],
        ["C1", "2026Q1", 37.5, 3, False, False],
        ["C1", "2026Q2", 1, 1, False, False],
        ["C2", "2026Q1", 0, 0, False, False],
        ["C2", "2026Q2", 140, 2, False, True],
        ["C3", "2026Q1", 0, 0, False, False],
        ["C3", "2026Q2", 0, 0, True, False],
    ]


def test_an_employee_carries_the_last_own_answer_and_earlier_trainings(tiny):
    columns = [
        "employee_id",
        "period",
        "engagement",
        "training_count",
        "contact_count",
        "answer_count",
        "csat",
    ]
    assert rows(tiny, "link_employee_period", columns) == [
        ["E1", "2026Q1", 3, 0, 2, 2, 3],
        ["E1", "2026Q2", 5, 1, 0, 0, None],
        ["E2", "2026Q1", None, 0, 2, 2, 2],
    ]


def test_growth_is_against_the_period_before_by_the_calendar(tiny):
    found = rows(
        tiny, "link_unit_period", ["unit_id", "period", "spend", "spend_growth", "csat", "answer_count"]
    )
    assert found == [
        ["U1", "2025Q4", 5, None, None, 0],
        ["U1", "2026Q1", 37.5, 6.5, 3, 2],
        ["U1", "2026Q2", 1, pytest.approx(1 / 37.5 - 1), None, 0],
        ["U2", "2026Q1", None, None, 2, 2],
        ["U2", "2026Q2", 140, None, 5, 1],
    ]


def test_the_ledger_counts_what_met_what_did_not_and_why(tiny):
    ledger = tiny.ledger.set_index("join")
    register = ledger.loc["event_answer.customer_id -> stg_customers.customer_id"]
    assert (register.left_rows, register.matched, register.absent, register.no_key) == (5, 4, 1, 0)
    assert register.examples == ["C3"]
    assert register.revenue_share == 1.0
    contact = ledger.loc["event_answer.interaction_id -> event_contact.interaction_id"]
    assert (contact.matched, contact.no_key, contact.time_violations) == (4, 1, 1)
    answered = ledger.loc["event_contact.interaction_id -> event_answer.interaction_id"]
    assert (answered.fan_out, answered.matched_keys) == (2, 3)


def test_keys_that_nearly_match_are_told_apart_from_absent_ones(make_study):
    files = {**FILES, "answers.csv": FILES["answers.csv"].replace("R3,C2,", "R3,c-02,")}
    ledger = open_study(make_study(YML, files)).ledger.set_index("join")
    register = ledger.loc["event_answer.customer_id -> stg_customers.customer_id"]
    # c-02 is C2 but for case, the dash and a zero that does not lead: it stays absent beside C3.
    assert (register.absent, register.look_alike) == (2, 0)
    files["answers.csv"] = FILES["answers.csv"].replace("R3,C2,", "R3,c-2,")
    ledger = open_study(make_study(YML, files)).ledger.set_index("join")
    register = ledger.loc["event_answer.customer_id -> stg_customers.customer_id"]
    assert (register.absent, register.look_alike) == (1, 1)


def test_a_second_number_of_a_customer_is_brought_to_the_first(make_study):
    yml = YML.replace("sources:\n", "sources:\n  identities: {from: ids.csv}\n")
    files = {
        **FILES,
        "ids.csv": "alias_id,customer_id\nTK-7,C1\n",
        "contacts.csv": FILES["contacts.csv"].replace("I2,C1,", "I2,TK-7,"),
    }
    study = open_study(make_study(yml, files))
    assert rows(study, "link_survey", ["response_id", "contact_count"])[0] == ["R1", 2]
    row = study.ledger.set_index("join").loc["stg_interactions.customer_id -> stg_identities.alias_id"]
    assert row.matched == 1


def test_answers_without_a_contact_number_take_the_last_contact_of_the_window(make_study):
    answers = "response_id,customer_id,answered_at,csat\nR1,C1,2026-02-01 12:00,4\nR2,C2,2026-05-01,4\n"
    study = open_study(make_study(YML, {**FILES, "answers.csv": answers}))
    # I1 and I2 end together: the tie goes to the smaller number. C2's contact is 42 days old, outside of 30.
    found = rows(study, "link_interaction", ["interaction_id", "response_id"])
    assert found == [["I1", "R1"], ["I2", None], ["I3", None], ["I4", None]]


@pytest.mark.parametrize(("rule", "csat"), [("last", 2), ("first", 4), ("mean", 3)])
def test_a_study_says_which_of_several_answers_to_a_contact_counts(make_study, rule, csat):
    study = open_study(make_study(YML + f"rules: {{answers_to_one_contact: {rule}}}\n", FILES))
    assert rows(study, "link_interaction", ["csat"])[0] == [csat]


def test_a_study_may_keep_answers_given_before_the_contact_ended(make_study):
    study = open_study(make_study(YML + "rules: {early_answers: keep}\n", FILES))
    assert rows(study, "link_interaction", ["interaction_id", "response_id"])[2] == ["I3", "R5"]


def test_a_study_may_take_only_the_last_contact_before_an_answer(make_study):
    # I1 and I2 ended together: the tie goes to the smaller number, 10 minutes; both are counted.
    study = open_study(make_study(YML + "rules: {contacts_before_answer: last}\n", FILES))
    assert rows(study, "link_survey", ["contact_count", "handle_minutes"])[0] == [2, 10]


def test_a_day_belongs_to_the_period_it_had_on_the_studys_own_clock(make_study):
    # Half past midnight on 1 July in Berlin is still 30 June in UTC; the answer belongs to the third quarter.
    yml = "study: T\ntimezone: Europe/Berlin\nsources:\n  feedback: {from: answers.csv}\n"
    yml += "metrics:\n  csat: {of: feedback, scale: [1, 5]}\n"
    answers = "response_id,customer_id,answered_at,csat\nR1,C1,2026-07-01 00:30,4\nR2,C1,2026-06-30 23:30,4\n"
    study = open_study(make_study(yml, {"answers.csv": answers}))
    assert rows(study, "link_survey", ["response_id", "period"]) == [["R1", "2026Q3"], ["R2", "2026Q2"]]


PLACES = YML.replace("sources:\n", "sources:\n  employee_units: {from: places.csv}\n")


def test_an_employee_who_moved_counts_for_the_unit_of_the_day(make_study):
    places = "employee_id,unit_id,valid_from,valid_to\nE1,U2,2026-01-01,2026-02-01\nE1,U1,2026-02-02,\n"
    contacts = FILES["contacts.csv"] + "I5,C1,E1,2026-02-02 10:00,2026-02-02 10:05,phone,bill,5\n"
    study = open_study(make_study(PLACES, {**FILES, "places.csv": places, "contacts.csv": contacts}))
    found = rows(study, "link_interaction", ["interaction_id", "unit_id"])
    # The last day of a stay counts: I1 and I2 of 1 February belong to U2, I5 of the next day to U1.
    assert found == [["I1", "U2"], ["I2", "U2"], ["I3", "U2"], ["I4", "U2"], ["I5", "U1"]]
    assert rows(study, "link_employee_period", ["employee_id", "unit_id"])[0] == ["E1", "U1"]


def test_stays_that_overlap_are_refused(make_study):
    places = "employee_id,unit_id,valid_from,valid_to\nE1,U2,2026-01-01,\nE1,U1,2026-02-02,\n"
    with pytest.raises(GrainError, match="E1: the one from 2026-01-01 has not ended"):
        open_study(make_study(PLACES, {**FILES, "places.csv": places}))


def test_survey_weights_reach_the_linkage_tables(make_study):
    answers = FILES["answers.csv"].replace("csat\n", "csat,weight\n").replace(",4\n", ",4,2.5\n")
    answers = "\n".join(line if line.count(",") == 5 else f"{line},1" for line in answers.splitlines()) + "\n"
    study = open_study(make_study(YML, {**FILES, "answers.csv": answers}))
    assert rows(study, "link_survey", ["response_id", "weight"])[:2] == [["R1", 2.5], ["R2", 1]]


def test_a_doubled_key_stops_the_build_and_leaves_nothing(make_study, tmp_path):
    files = {**FILES, "customers.csv": FILES["customers.csv"] + "C1,home,North,U1,2025-01-01,\n"}
    with pytest.raises(GrainError, match="C1"):
        open_study(make_study(YML, files))
    assert [p.name for p in (tmp_path / "cache").glob("*")] == []


def test_a_failed_build_leaves_the_old_warehouse_whole(make_study):
    folder = make_study(YML, FILES)
    before = open_warehouse(load_study(folder))
    good = (folder / "customers.csv").read_text()
    (folder / "customers.csv").write_text(good + "C1,home,North,U1,2025-01-01,\n")
    with pytest.raises(GrainError):
        open_warehouse(load_study(folder))
    assert before.path.is_file()
    (folder / "customers.csv").write_text(good)
    assert not open_warehouse(load_study(folder)).built


def test_it_is_rebuilt_only_when_something_changed(make_study):
    folder = make_study(YML, FILES)
    assert open_warehouse(load_study(folder)).built
    assert not open_warehouse(load_study(folder)).built
    os.utime(folder / "answers.csv", (0, 0))
    assert not open_warehouse(load_study(folder)).built
    assert open_warehouse(load_study(folder), force=True).built
    (folder / "answers.csv").write_text(FILES["answers.csv"].replace("12:00,4", "12:00,5"))
    assert open_warehouse(load_study(folder)).built


def test_two_builds_give_the_same_tables(make_study):
    folder = make_study(YML, FILES)
    first = {t: open_study(folder).table(t) for t in open_study(folder).tables}
    second = open_study(folder, force=True)
    for table, frame in first.items():
        assert frame.equals(second.table(table)), table


def test_many_read_at_once(tiny):
    others = [tiny.warehouse.connect() for _ in range(3)]
    assert {o.execute("select count(*) from link_survey").fetchall()[0][0] for o in others} == {5}


def test_a_missing_file_names_file_and_source(make_study):
    files = {k: v for k, v in FILES.items() if k != "units.csv"}
    with pytest.raises(SourceError, match=r"units\.csv"):
        open_study(make_study(YML, files))


def test_a_table_the_study_lacks_says_what_it_would_need(make_study):
    yml = "study: T\nsources:\n  feedback: {from: answers.csv}\nmetrics:\n  csat: {of: feedback, scale: [1, 5]}\n"
    study = open_study(make_study(yml, FILES))
    assert study.tables == ["link_survey", "link_customer_period"]
    with pytest.raises(TableError, match="needs a source of interactions"):
        study.table("link_interaction")
    with pytest.raises(TableError, match="Did you mean 'link_survey'"):
        study.table("link_surveys")


def test_periods_are_checked_with_a_suggestion(tiny):
    assert set(tiny.table("link_survey", period="2026Q1")["period"]) == {"2026Q1"}
    assert len(tiny.table("link_survey", through="2026Q2")) == 5
    with pytest.raises(PeriodError, match="2026Q1"):
        tiny.table("link_survey", period="2026-Q1")
    with pytest.raises(PeriodError, match="2025Q4 to 2026Q2"):
        tiny.table("link_survey", period="2030Q1")


def test_dates_that_stretch_the_calendar_beyond_reason_are_refused(make_study):
    files = {**FILES, "purchases.csv": FILES["purchases.csv"] + "T9,C1,1901-01-01,a,1\n"}
    with pytest.raises(StudyError, match=r"1901M01 \(1 row of [a-z]+\) to 2026M05 \(.+\).+`missing`"):
        open_study(make_study(YML + "period: month\n", files))


def test_a_full_disk_is_told_with_where_to_make_room(make_study, monkeypatch):
    from linkage.tables import building

    def full(*asked):
        raise duckdb.IOException(f"IO Error: could not write: {os.strerror(errno.ENOSPC)}")

    monkeypatch.setattr(building, "_make_tables", full)
    with pytest.raises(WarehouseError, match=r"device\. Make room where .+ is, or set LINKAGE_CACHE"):
        open_study(make_study(YML, FILES))


def test_a_damaged_warehouse_is_told_with_its_remedy(make_study):
    study = open_study(make_study(YML, FILES))
    path, warehouse = study.warehouse.path, study.warehouse
    study.connection.close()
    path.write_bytes(path.read_bytes()[:5000] + bytes(5000))
    with pytest.raises(WarehouseError, match=f"linkage build {study.study.name} --force"):
        warehouse.connect()


@pytest.mark.parametrize("kept", [slice(0, 5000), slice(0, -600_000), slice(0, 0)])
def test_a_warehouse_cut_off_is_built_again_and_said_so(make_study, kept):
    folder, said = make_study(YML, FILES), []
    whole = open_warehouse(load_study(folder))
    before = whole.path.read_bytes()
    whole.path.write_bytes(before[kept])
    again = open_warehouse(load_study(folder), say=said.append)
    assert again.built
    assert said[0] == f"{whole.path} is damaged: made anew"
    assert open_warehouse(load_study(folder)).built is False


def test_damage_found_while_reading_is_told_with_its_remedy():
    assert "linkage build STUDY --force" in explain_damage(
        duckdb.IOException("Corrupt database file: checksum")
    )
    assert explain_damage(duckdb.ParserException("syntax error")) == ""
    assert explain_damage(ValueError("Corrupt")) == ""


def test_a_year_no_business_has_met_is_rejected_with_its_line(make_study):
    files = {**FILES, "purchases.csv": FILES["purchases.csv"] + "T9,C1,1026-01-01,a,1\n"}
    rejects = open_study(make_study(YML, files)).rejects
    assert rejects[["file", "line", "column", "row_kept"]].values.tolist() == [
        ["purchases.csv", 9, "purchased_at", False]
    ]


def test_every_model_states_its_grain_and_what_it_reads(demo):
    for name in model_names():
        model = render_model(demo.study, name)
        assert model.grain
        assert model.reads
        assert "select *" not in model.sql
        assert f"order by {model.grain[0]}" in model.sql or model.sql.rstrip().splitlines()[-1].startswith(
            "order by"
        )


def test_models_are_built_after_what_they_read(demo):
    models = {n: render_model(demo.study, n) for n in model_names()}
    waves = build_waves(models)
    place = {m.name: i for i, wave in enumerate(waves) for m in wave}
    assert place.keys() == models.keys()
    assert all(place[r] < place[m.name] for m in models.values() for r in m.reads if r in place)
    assert place["event_contact"] < place["event_answer"] < place["link_survey"]
    assert "event_contact" in models_behind(demo.study, "link_survey")


def test_models_in_a_circle_are_refused(demo):
    from dataclasses import replace

    model = render_model(demo.study, "link_survey")
    with pytest.raises(WarehouseError, match="circle"):
        build_waves(
            {"a": replace(model, name="a", reads=("b",)), "b": replace(model, name="b", reads=("a",))}
        )


def test_an_unknown_model_gets_a_suggestion(demo):
    with pytest.raises(WarehouseError, match="Did you mean 'link_survey'"):
        render_model(demo.study, "link_surveys")


@pytest.mark.parametrize("name", ["demo", "hospitals"])
def test_the_catalogue_names_exactly_what_the_tables_hold(name, request):
    study = request.getfixturevalue(name)
    for table in study.tables:
        columns = set(study.connection.table(table).columns)
        promised = set(study.study.columns[table.removeprefix("link_")])
        assert promised <= columns, promised - columns


def test_every_error_is_a_linkage_error():
    assert issubclass(WarehouseError, LinkageError)


def test_too_little_memory_is_told_with_its_remedy(make_study, monkeypatch):
    answers = "response_id,customer_id,answered_at,nps\n" + "".join(
        f"r{i},c{i % 977},2026-0{1 + i % 6}-11 10:00,{i % 11}\n" for i in range(60_000)
    )
    yml = "study: T\nsources:\n  feedback: {from: f.csv}\nmetrics:\n  nps: {of: feedback, scale: [0, 10]}\n"
    folder = make_study(yml, {"f.csv": answers})
    monkeypatch.setenv("LINKAGE_MEMORY_LIMIT", "8MB")
    with pytest.raises(WarehouseError, match=r"more memory than it may use.*Set LINKAGE_MEMORY_LIMIT higher"):
        open_warehouse(load_study(folder))
    assert not list((folder.parent / "cache").glob("*"))


def test_a_join_holds_its_right_side_as_it_is_written():
    """Led astray in its guess of rows, DuckDB would hold millions of answers instead of the look-up."""
    asked = "explain select small.i, large.j from small left join large on large.i = small.i"
    with duckdb.connect() as connection:
        connection.execute("create table small as select i from range(10) r(i)")
        connection.execute("create table large as select i % 100 as i, i as j from range(100000) r(i)")
        guessed = connection.execute(asked).fetchall()[0][1]
        for command in MODEL_SETTINGS:
            connection.execute(command)
        held = connection.execute(asked).fetchall()[0][1]
    assert "RIGHT" in guessed
    assert "LEFT" in held and "RIGHT" not in held
