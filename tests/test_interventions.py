"""Declared interventions: who is exposed in which period, what is refused, and which came first."""

import math

import pytest

from linkage.errors import StudyError
from linkage.linking.clock import AFTER, SAME, clock_of
from linkage.linking.link_rows import is_there, link_rows, link_rows_sql
from linkage.opening import open_study
from linkage.study import load_study
from linkage.study_file.declaration import LinkSpec

YML = """
study: Queues
period: quarter
sources:
  units: {from: units.csv}
  reports: {role: unit_periods, from: reports.csv, columns: {size: size}, types: {size: whole}}
  customers: {from: customers.csv}
  interactions: {from: contacts.csv}
  feedback: {from: answers.csv}
metrics:
  margin: {of: reports}
  is_open: {of: reports, type: flag}
  minutes: {of: interactions}
  csat: {of: feedback, scale: [1, 5]}
interventions:
  new_queue: {from: 2026-04-01, where: {region: North}, label: New queue}
  late_hours: {from: 2026-04-15, until: 2026-12-31, where: {region: [North, West], kind: branch}}
  big_phone: {from: 2026-02-01, where: {unit_id: U4}}
"""

FILES = {
    "units.csv": "unit_id,kind,region\nU1,branch,North\nU2,partner,North\nU3,branch,West\nU4,branch,\n",
    "reports.csv": "unit_id,period,margin,is_open,size\n"
    + "".join(
        f"U{u},{p},{u}{q},yes,{u}\n"
        for u in (1, 2, 3, 4)
        for q, p in enumerate(("2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1"))
    ),
    "customers.csv": "customer_id,region,segment\nC1,North,home\nC2,West,home\n",
    "contacts.csv": "interaction_id,customer_id,started_at,minutes,channel\n"
    "I1,C1,2026-03-30,4,phone\nI2,C1,2026-04-02,5,phone\nI3,C2,2026-05-02,6,phone\n",
    "answers.csv": "response_id,customer_id,interaction_id,answered_at,csat\n"
    "R1,C1,I1,2026-03-31,4\nR2,C1,I2,2026-04-03,5\n",
}

BASE = {"name": "asked", "question": "q", "grain": "unit_period", "outcome": "margin"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("queues")
    (folder / "study.yml").write_text(YML)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKAGE_CACHE", str(folder / "cache"))
        return open_study(folder)


def flags(study, name: str, **link) -> dict[str, list]:
    """The flag by unit, in order of the periods; None where it is missing."""
    frame = link_rows(study, LinkSpec.model_validate({**BASE, "drivers": name, **link}))
    return {
        unit: [None if math.isnan(v) else v for v in rows[name]] for unit, rows in frame.groupby("unit_id")
    }


def test_the_named_group_is_exposed_from_the_first_day_of_a_period(study):
    assert flags(study, "new_queue") == {
        "U1": [0, 1, 1, 1, 1],
        "U2": [0, 1, 1, 1, 1],
        "U3": [0, 0, 0, 0, 0],
        "U4": [0, None, None, None, None],  # its region is not known, so nobody knows from April on
    }


def test_a_period_that_is_exposed_in_part_is_missing_and_the_end_counts(study):
    found = flags(study, "late_hours")
    assert found["U1"] == found["U3"] == [0, None, 1, 1, 0]
    assert found["U2"] == [0, 0, 0, 0, 0]


def test_a_change_of_the_flag_is_a_step_of_one(study):
    assert flags(study, "new_queue", change=1)["U1"] == [None, 1, 0, 0, 0]


def test_the_flag_can_be_a_control_and_a_condition(study):
    frame = link_rows(study, LinkSpec.model_validate({**BASE, "drivers": "is_open", "controls": "new_queue"}))
    assert frame["new_queue"].sum() == 8
    kept = link_rows(
        study, LinkSpec.model_validate({**BASE, "drivers": "is_open", "where": {"new_queue": True}})
    )
    assert len(kept) == 8


def test_every_grain_that_knows_the_group_has_the_flag(study):
    columns = study.study.columns
    assert {g for g in columns if "new_queue" in columns[g]} == {
        "interaction", "survey", "customer_period", "unit_period",
    }  # fmt: skip
    assert {g for g in columns if "late_hours" in columns[g]} == {"unit_period"}
    made = columns["unit_period"]["new_queue"]
    assert (made.label, made.kind, made.unit, made.moment) == ("New queue", "flag", "share", "before")
    assert columns["unit_period"]["late_hours"].label == "Late hours"
    asked = {**BASE, "grain": "interaction", "outcome": "csat", "drivers": "new_queue"}
    frame = link_rows(study, LinkSpec.model_validate(asked)).set_index("interaction_id")
    assert frame["new_queue"].to_dict() == {"I1": 0, "I2": 1, "I3": 0}


def test_what_is_there_is_told_for_what_is_made_of_other_columns(study):
    spec = LinkSpec.model_validate({**BASE, "drivers": "new_queue", "lag": 1})
    assert is_there(study, spec, "new_queue")
    assert is_there(study, spec, "margin_now")
    assert not is_there(study, spec, "new_queues")


def test_an_intervention_comes_before_the_outcome_of_its_period(study):
    asked = {**BASE, "drivers": "new_queue"}
    assert clock_of(study.study, LinkSpec.model_validate(asked)).order == AFTER
    talked = {**asked, "grain": "survey", "outcome": "csat"}
    assert clock_of(study.study, LinkSpec.model_validate(talked)).order == AFTER
    looked_back = {**talked, "outcome": "minutes"}
    assert clock_of(study.study, LinkSpec.model_validate(looked_back)).order == SAME
    beside = {**talked, "drivers": ["new_queue", "csat"], "outcome": "minutes", "grain": "customer_period"}
    assert clock_of(study.study, LinkSpec.model_validate(beside)).order == SAME


def test_text_in_a_group_cannot_become_sql(make_study):
    folder = make_study(YML.replace("{region: North}", "{region: \"o'hare' or 1=1 --\"}"), FILES)
    found = open_study(folder)
    sql = link_rows_sql(found, LinkSpec.model_validate({**BASE, "drivers": "new_queue"}))
    assert "'o''hare'' or 1=1 --'" in sql
    assert found.connection.sql(sql).df()["new_queue"].fillna(0).sum() == 0


LINK = """
links:
  queue:
    question: Does it help?
    grain: unit_period
    outcome: margin
    drivers: [new_queue]
"""


def test_a_link_of_an_intervention_has_that_design(make_study):
    assert load_study(make_study(YML + LINK)).links["queue"].design == "intervention"
    said = LINK + "    design: randomised\n"
    assert load_study(make_study(YML + said)).links["queue"].design == "randomised"
    other = LINK.replace("[new_queue]", "[is_open, new_queue]")
    assert load_study(make_study(YML + other)).links["queue"].design == "observed"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("from: 2026-04-01", "from: spring", "interventions.new_queue.from"),
        ("until: 2026-12-31", "until: 2026-01-31", "'until' lies before 'from'"),
        ("where: {region: North}", "where: {}", "at least one is needed"),
        ("where: {region: North}", "where: {regoin: North}", "Did you mean 'region'?"),
        ("where: {region: North}", "where: {minutes: 4}", "no linkage table has 'minutes'"),
        ("where: {region: North}", "where: {kind: branch, segment: home}", "kind and segment side by side"),
        ("where: {region: North}", "where: {region: yes}", "in quotes"),
        ("  new_queue:", "  margin:", "two columns called margin"),
        ("  new_queue:", "  select:", "word of SQL"),
        ("label: New queue", "lable: New queue", "unknown key"),
    ],
)
def test_what_cannot_be_meant_is_refused(make_study, old, new, said):
    with pytest.raises(StudyError) as caught:
        load_study(make_study(YML.replace(old, new)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "outcome: margin\n    drivers: [new_queue]",
            "outcome: new_queue\n    drivers: [is_open]",
            "not outcome",
        ),
        ("[new_queue]", "[new_queue]\n    segments: [late_hours]", "not segments"),
        ("[new_queue]", "[new_queue]\n    cluster: late_hours", "not cluster"),
        (
            "[new_queue]",
            "[margin]\n    design: intervention\n".replace("margin", "size"),
            "a flag that switches on",
        ),
        ("[new_queue]", "[size]\n    design: randomised", "an arm: a flag or a category"),
    ],
)
def test_where_an_intervention_cannot_stand_is_refused(make_study, old, new, said):
    with pytest.raises(StudyError) as caught:
        load_study(make_study(YML + LINK.replace(old, new)))
    assert said in str(caught.value)
