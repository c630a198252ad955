"""The battery over a whole report: each of its own checks sees a fault, and nothing not handed over is passed."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import pytest
from corner_shop import corner_study, environment, plain_report, workplace

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.limits.reviewing import MATCHED_SHARE, REJECTED_SHARE
from linkage.report.footer import declared_since
from linkage.report.review_page import declaration_shown
from linkage.reviewing.battery import CHAPTERS, chapter_of, judge_report, review_battery
from linkage.reviewing.declaration_change import compare_declarations, compare_with_report
from linkage.reviewing.joined import imbalance

DECLARED = ("hold_and_satisfaction", "handle_and_satisfaction")
MONEY = {
    "figure": "at stake", "estimate": 10.0, "low": 5.0, "high": 15.0, "currency": "EUR", "horizon": "a year",
    "level": "L3", "basis": "estimated", "n": 100, "what": "What is at stake",
}  # fmt: skip


@pytest.fixture
def published():
    """findings.json and ledger.json of the small report, to be changed at will."""
    folder = plain_report().folder
    return [
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("findings.json", "ledger.json")
    ]


def judged(findings, ledger=None, **options):
    return judge_report(findings, ledger=ledger, declared=DECLARED, **options)


def check(battery, name: str):
    (found,) = [j.check for j in battery.judged if j.check.name == name]
    return found


def test_a_good_report_fails_nothing(published):
    findings, ledger = published
    battery = judged(findings, ledger, money=[MONEY])
    assert battery.counts[FAIL] == 0
    assert {j.chapter for j in battery.judged} == set(CHAPTERS)
    assert sum(battery.counts.values()) == len(battery.judged) == battery.chapters().to_numpy().sum()
    for name in ("match rate", "counts add up", "intervals", "q-values", "verbs", "claims", "money marked"):
        assert check(battery, name).verdict == PASS, name
    # One contact of 240 names a customer nobody knows, and one answer lies outside its scale.
    assert check(battery, "values read").value == pytest.approx(1 / 240)
    assert "0 fail" in battery.summary()


def test_what_is_not_handed_over_is_never_passed():
    battery = judge_report([])
    assert {j.check.verdict for j in battery.judged} <= {NOT_ASSESSED, PASS}
    passed = [j.check.name for j in battery.judged if j.check.verdict == PASS]
    assert passed == ["exploratory apart"]  # no exploratory estimate is a fact, not an omission
    assert battery.verdict == NOT_ASSESSED


def test_the_worst_come_first_within_a_chapter(published):
    battery = judged(*published)
    order = {word: place for place, word in enumerate((FAIL, REVIEW, NOT_ASSESSED, PASS))}
    for chapter in CHAPTERS:
        places = [order[j.check.verdict] for j in battery.judged if j.chapter == chapter]
        assert places == sorted(places)
    assert set(battery.doubts()["verdict"]) <= {FAIL, REVIEW}


def test_a_check_of_links_names_those_it_was_raised_for(published):
    findings, ledger = published
    for row in findings:
        for found in row["checks"]:
            if found["name"] == "placebo":
                found["verdict"] = FAIL if row["link"] == DECLARED[0] else PASS
                found["advice"] = "Shuffled drivers do as well."
    battery = judged(findings, ledger)
    (made,) = [j for j in battery.judged if j.check.name == "placebo"]
    assert (made.chapter, made.check.verdict, made.links) == ("refutation", FAIL, (DECLARED[0],))
    assert made.check.value == "1 FAIL, 1 PASS"
    assert made.check.advice == f"{DECLARED[0]}: Shuffled drivers do as well."
    assert f"Placebo: {DECLARED[0]}: Shuffled drivers do as well." in battery.summary()


def test_each_link_keeps_its_own_advice(published):
    """One link's advice never stands for the others; where it is the same, it is said once for all."""
    findings, ledger = published
    for row in findings:
        for found in row["checks"]:
            if found["name"] in ("placebo", "controls"):
                found["verdict"] = REVIEW
                found["advice"] = (
                    f"Look at {row['link']}." if found["name"] == "placebo" else "Hold more fixed."
                )
    battery = judged(findings, ledger)
    by_name = {j.check.name: j for j in battery.judged}
    assert by_name["placebo"].by_advice == {f"Look at {link}.": (link,) for link in DECLARED}
    assert (
        by_name["placebo"].check.advice == f"Each of 2 links for a reason of its own: {', '.join(DECLARED)}."
    )
    assert by_name["controls"].by_advice == {"Hold more fixed.": DECLARED}
    assert by_name["controls"].check.advice == f"{', '.join(DECLARED)}: Hold more fixed."
    told = battery.advice().loc[("refutation", "placebo")]
    assert list(told["links"]) == list(DECLARED)
    assert list(told["advice"]) == [f"Look at {link}." for link in DECLARED]


def test_every_check_of_a_link_has_its_chapter(published):
    """A new check falls under refutation; this says which do so by name."""
    named = {name for names in CHAPTERS.values() for name in names}
    there = {str(c["name"]).partition(" (")[0] for row in published[0] for c in row["checks"]}
    assert there <= named, there - named
    assert chapter_of("never heard of") == "refutation"


# ------------------------------------------------------------------------------------------ data and joins


@pytest.mark.parametrize(("lost", "verdict"), [(0, PASS), (2, PASS), (3, REVIEW), (24, REVIEW), (25, FAIL)])
def test_rows_lost_in_reading(published, lost, verdict):
    # Of 240 rows one in a hundred is 2.4, and one in ten 24.
    findings, ledger = published
    source = next(s for s in ledger["sources"] if s["source"] == "interactions")
    source["rows_rejected"], source["rows_accepted"] = lost, 240 - lost
    found = check(judged(findings, ledger), "rows read")
    assert found.verdict == verdict and (not lost or found.value == pytest.approx(lost / 240))
    assert not lost or found.advice.startswith(
        f"interactions lost most: {lost} of 240 rows could not be read."
    )
    assert REJECTED_SHARE == 0.01


@pytest.mark.parametrize(("matched", "verdict"), [(95, PASS), (94, REVIEW), (50, REVIEW), (49, FAIL)])
def test_rows_that_carry_a_key_and_meet_nobody(published, matched, verdict):
    findings, _ = published
    join = {
        "join": "a.k -> b.k", "verb": "join", "left_rows": 110, "matched": matched, "unmatched": 110 - matched,
        "no_key": 10, "look_alike": 0, "absent": 100 - matched, "fan_out": 1, "time_violations": None,
    }  # fmt: skip
    found = check(judged(findings, {"sources": [], "joins": [join]}), "match rate")
    assert (found.verdict, found.value) == (
        verdict,
        matched / 100,
    )  # those without a key are not held against it
    assert MATCHED_SHARE == 0.95


@pytest.mark.parametrize(
    ("change", "name", "verdict"),
    [
        (
            {"look_alike": 1, "unmatched": 1, "matched": 238, "left_rows": 239, "absent": 0},
            "look-alike keys",
            REVIEW,
        ),
        ({"fan_out": 2}, "rows multiplied", FAIL),
        ({"time_violations": 4}, "pairs in order", REVIEW),
        ({"matched": 7}, "counts add up", FAIL),
        ({"absent": 7}, "counts add up", FAIL),
    ],
)
def test_what_is_wrong_with_a_join_is_seen(published, change, name, verdict):
    findings, ledger = published
    join = next(j for j in ledger["joins"] if j["verb"] == "join")
    join.update(change)
    found = check(judged(findings, ledger), name)
    assert found.verdict == verdict and str(join["join"]) in found.advice


def test_counts_of_a_join_that_contradict_each_other_are_told():
    join = {
        "join": "a -> b",
        "left_rows": 10,
        "matched": 6,
        "unmatched": 4,
        "no_key": 1,
        "look_alike": 0,
        "absent": 3,
    }
    assert imbalance(join) == ""
    assert imbalance({**join, "matched": 7}) == "a -> b: 7 matched and 4 unmatched are not its 10 rows."
    assert imbalance({**join, "absent": 2}) == "a -> b: 4 found no partner, and the reasons given are for 3."


# ------------------------------------------------------------------------------------------ figures and words


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"low": 5.0}, "intervals"),
        ({"std_error": None}, "intervals"),
        ({"q_value": 0.001234}, "q-values"),
        ({"p_value": 0.2}, "q-values"),
    ],
)
def test_a_figure_that_does_not_follow_fails(published, change, name):
    findings, ledger = published
    findings[0].update(change)
    found = check(judged(findings, ledger), name)
    assert found.verdict == FAIL and DECLARED[0] in found.advice


def test_a_family_that_is_not_whole_is_not_judged_and_is_told(published):
    findings, ledger = published
    battery = judged(findings[1:], ledger)
    assert check(battery, "q-values").verdict == NOT_ASSESSED
    assert check(battery, "all declared answered").verdict == REVIEW
    assert DECLARED[0] in check(battery, "all declared answered").advice


def test_an_exploratory_estimate_in_the_family_fails(published):
    findings, ledger = published
    extra = {**copy.deepcopy(findings[0]), "link": "later", "exploratory": True}
    assert check(judged([*findings, extra], ledger), "exploratory apart").verdict == FAIL
    extra["q_value"] = None
    assert check(judged([*findings, extra], ledger), "exploratory apart").verdict == PASS


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"currency": ""}, "money marked"),
        ({"low": None}, "money marked"),
        ({"basis": "assumed"}, "estimated or assumed"),
        ({"level": "L0"}, "estimated or assumed"),
    ],
)
def test_money_without_its_marks_fails(published, change, name):
    found = check(judged(*published, money=[MONEY, {**MONEY, **change}]), name)
    assert found.verdict == FAIL and MONEY["what"] in found.advice


def test_money_that_is_all_assumed_asks_for_a_look(published):
    assumed = {**MONEY, "basis": "assumed", "level": "L0"}
    assert check(judged(*published, money=[assumed]), "estimated or assumed").verdict == REVIEW
    assert check(judged(*published, money=[MONEY, assumed]), "estimated or assumed").verdict == PASS
    outside = {**MONEY, "estimate": 20.0}
    assert check(judged(*published, money=[outside]), "money marked").verdict == REVIEW


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("goes with", "raises", "verbs"),
        ("goes with", "is followed by", "verbs"),
        ("goes with", "causes", "claims"),
        ("goes with", "significantly goes with", "claims"),
        ("n = 2", "of 2", "what it rests on"),
        ("95% interval", "95% range", "what it rests on"),
    ],
)
def test_a_sentence_that_says_too_much_or_too_little_fails(published, old, new, name):
    findings, ledger = published
    row = next(r for r in findings if old in r["sentence"] and r["verdict"] == "no link")
    row["sentence"] = row["sentence"].replace(old, new)
    found = check(judged(findings, ledger), name)
    assert found.verdict == FAIL and row["link"] in found.advice


# ------------------------------------------------------------------------------------------ declarations

BEFORE = {
    "period": "2026Q2",
    "links": {"a": {"controls": ["x"], "lag": 0}, "b": {"controls": [], "lag": 0}, "c": {"controls": []}},
    "rules": {"windows": {"before": 90, "after": 90}, "minimum_group": 10},
}
NOW = {
    "links": {
        "a": {"controls": ["x", "y"], "lag": 1},
        "b": {"controls": [], "lag": 0},
        "d": {"controls": []},
    },
    "rules": {"windows": {"before": 90, "after": 60}, "minimum_group": 10},
}


def test_added_dropped_and_changed_links_are_told_with_what_changed():
    found = compare_declarations(NOW, BEFORE)
    arrow = "\N{RIGHTWARDS ARROW}"
    assert found.links.to_dict("records") == [
        {"link": "a", "change": "changed", "what": f"controls: x {arrow} x, y; lag: 0 {arrow} 1"},
        {"link": "b", "change": "same", "what": ""},
        {"link": "d", "change": "added", "what": ""},
        {"link": "c", "change": "dropped", "what": ""},
    ]
    assert found.rules.to_dict("records") == [
        {"rule": "windows", "change": "changed", "what": f"after: 90 {arrow} 60"}
    ]
    assert found.summary() == (
        "Declared links against 2026Q2: 1 added, 1 dropped, 1 changed, 1 same. Rules for all links changed: windows."
    )
    assert list(found.moved()["link"]) == ["a", "d", "c"]


def test_scenarios_are_told_as_links_are_where_the_report_before_kept_them():
    plan = {"link": "a", "by": 1.0, "starts": "2026Q3"}
    before = {**BEFORE, "scenarios": {"train": plan, "hire": plan, "call": plan}}
    now = {**BEFORE, "scenarios": {"train": {**plan, "starts": "2027Q1"}, "call": plan, "write": plan}}
    found = compare_declarations(now, before)
    assert found.scenarios.to_dict("records") == [
        {"scenario": "train", "change": "changed", "what": "starts: 2026Q3 \N{RIGHTWARDS ARROW} 2027Q1"},
        {"scenario": "write", "change": "added", "what": ""},
        {"scenario": "hire", "change": "dropped", "what": ""},
    ]
    assert found.summary() == (
        "Declared links against 2026Q2: 3 same. Scenarios: train changed, write added, hire dropped."
    )
    assert [row["name"] for row in declaration_shown(found, "")["rows"]] == [
        "scenario train", "scenario write", "scenario hire",
    ]  # fmt: skip
    said = declared_since({**now, "before": before})
    assert said == "Declared otherwise than in 2026Q2: scenarios changed (see the review of the report)."
    # A report of an older version kept no scenarios: none of them is new for that.
    assert compare_declarations(now, BEFORE).is_same


def test_the_same_declaration_and_none_before():
    same = compare_declarations({k: BEFORE[k] for k in ("links", "rules")}, BEFORE)
    assert same.summary() == "3 links declared, all as in 2026Q2." and same.moved().empty
    first = compare_declarations(NOW, None)
    assert first.summary() == "3 links declared; there is no earlier declaration to hold them against."


@pytest.mark.parametrize(
    ("before", "verdict"),
    [
        (None, NOT_ASSESSED),
        (BEFORE, REVIEW),
        ({**NOW, "period": "2026Q2"}, PASS),
        ({**NOW, "period": "2026Q2", "scenarios": {"train": {"by": 1.0}}}, REVIEW),
    ],
)
def test_a_changed_declaration_asks_for_a_look(published, before, verdict):
    found = check(judged(*published, change=compare_declarations(NOW, before)), "declaration")
    assert found.verdict == verdict


# ------------------------------------------------------------------------------------------ of an opened study


def test_the_battery_of_a_study_is_that_of_its_report_as_far_as_the_data_tell(published):
    from linkage.opening import open_study

    with environment(workplace()):
        opened = open_study(corner_study())
        battery = review_battery(opened, period="2026Q3")
        own = battery.to_frame()
        against = review_battery(opened, period="2026Q3", before=plain_report().folder)
        declared = compare_with_report(opened, plain_report().folder)
    report = judged(*published).to_frame()
    # What only the whole report can be judged by is counted there alone, and named here.
    elsewhere = ("declaration", "money marked", "estimated or assumed")
    assert battery.elsewhere == elsewhere
    assert f"3 more are judged on the report's page: {', '.join(elsewhere)}." in battery.summary()
    report = report[~report["check"].isin(elsewhere)].reset_index(drop=True)
    assert own.drop(columns="advice").equals(report.drop(columns="advice"))
    assert declared.summary() == "2 links declared, all as in 2026Q3."
    assert against.elsewhere == elsewhere[1:] and check(against, "declaration").verdict == PASS


def test_a_folder_without_a_declaration_is_refused(tmp_path):
    from linkage.errors import ReportError
    from linkage.opening import open_study

    with environment(workplace()):
        opened = open_study(corner_study())
    assert compare_with_report(opened).before == ""
    with pytest.raises(ReportError, match="holds no declaration"):
        compare_with_report(opened, tmp_path)
    (tmp_path / "declaration.json").write_text("[]")
    with pytest.raises(ReportError, match=r"declaration\.json is no readable declaration"):
        compare_with_report(opened, tmp_path)


# ------------------------------------------------------------------------------------------ what a report keeps


@pytest.fixture
def after(tmp_path):
    """The small report as if one of the quarter before stood beside it: the edition, and the folder of reports."""
    import shutil

    from linkage.opening import open_study
    from linkage.report.earlier import EarlierReports
    from linkage.report.edition import Edition

    shutil.copytree(plain_report().folder, tmp_path / "2026Q2")
    with environment(workplace()):
        opened = open_study(corner_study())
    earlier = EarlierReports((SimpleNamespace(period="2026Q2"),))
    return Edition(opened, "2026Q3", (), {}, earlier=earlier), tmp_path


def test_a_report_keeps_its_declaration_beside_that_of_the_report_before(after):
    from linkage.reviewing.declared import declaration, published_declaration
    from linkage.reviewing.sign_off import write_sign_off

    edition, reports = after
    kept = published_declaration(edition, reports)
    own = declaration(edition.study.study)
    assert kept["before"] == {"period": "2026Q2", "signed": "Nobody has signed this report.", **own}
    assert {part: kept[part] for part in own} == own and kept["left_out"] == ""
    assert list(own["links"]) == list(DECLARED) and own["links"][DECLARED[1]]["controls"] == ["channel"]
    assert own["rules"]["windows"] == {"before": 90, "after": 90} and "metric csat" in own["rules"]
    write_sign_off(reports / "2026Q2", name="Ada", date="2026-08-01", passed=True, open_points=(), counts={})
    signed = published_declaration(edition, reports)
    assert signed["before"]["signed"] == "Signed by Ada on 2026-08-01."


def test_an_earlier_declaration_that_cannot_be_read_is_left_out_and_named(after):
    from linkage.reviewing.declared import published_declaration

    edition, reports = after
    (reports / "2026Q2" / "declaration.json").write_text("{")
    kept = published_declaration(edition, reports)
    assert kept["before"] is None
    assert kept["left_out"].startswith("2026Q2/declaration.json is no readable declaration")
    (reports / "2026Q2" / "declaration.json").unlink()  # a report made before declarations were kept
    assert published_declaration(edition, reports)["left_out"] == ""


def test_the_page_shows_who_signed_before_and_what_was_declared_otherwise(after):
    from dataclasses import replace

    from linkage.report.review_page import review_page
    from linkage.reviewing.declared import published_declaration

    edition, reports = after
    kept = published_declaration(edition, reports)
    kept["before"] = {
        **kept["before"],
        "links": {DECLARED[1]: {**kept["links"][DECLARED[1]], "controls": []}},
    }
    shown = review_page(replace(edition, declaration=kept))
    assert shown["signed_before"] == {"period": "2026Q2", "said": "Nobody has signed this report."}
    told = [{part: row[part] for part in ("name", "change", "what")} for row in shown["declared"]["rows"]]
    assert told == [
        {"name": DECLARED[0], "change": "added", "what": ""},
        {"name": DECLARED[1], "change": "changed", "what": "controls: none \N{RIGHTWARDS ARROW} channel"},
    ]
    assert [chapter["name"] for chapter in shown["chapters"]] == list(CHAPTERS)
    checks = {c["name"]: c for chapter in shown["chapters"] for c in chapter["checks"]}
    assert checks["declaration"]["kind"] == "review" and checks["declaration"]["found"] == "2"
