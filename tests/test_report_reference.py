"""The pages to look things up in: what they say is read from the code and the findings, never typed."""

from __future__ import annotations

import importlib
import json
import re

import pytest
from corner_shop import made_report

from linkage import ladder
from linkage.limits import fitted, foreseen
from linkage.report.appendix import finding_shown, per
from linkage.report.method import check_counts, levels
from linkage.report.rules import chapters, check_rules
from linkage.report.standing import counted
from linkage.sentences import signed


@pytest.fixture(scope="module")
def report():
    return made_report()[0].folder


def text(report, name: str) -> str:
    return (report / f"{name}.html").read_text(encoding="utf-8")


def told() -> dict[tuple[str, str], str]:
    return {(c.module, limit.name): limit.value for c in chapters() for limit in c.limits}


def test_limits_have_the_values_that_the_code_uses():
    found = told()
    assert found["linkage.limits.fitted", "LEAK_R_SQUARED"] == f"{fitted.LEAK_R_SQUARED:g}"
    both = f"{foreseen.TYPICAL_EFFECT:g}; {foreseen.LARGE_EFFECT:g}"
    assert found["linkage.limits.foreseen", "TYPICAL_EFFECT, LARGE_EFFECT"] == both
    bands = found["linkage.limits.foreseen", "CONSTITUENCY_BANDS"]
    low, high = foreseen.CONSTITUENCY_BANDS["customer loyalty"]
    assert bands.startswith(f"customer loyalty {low:g} to {high:g}; ")
    assert "turnover \N{MINUS SIGN}0.36 to \N{MINUS SIGN}0.3;" in bands


def test_every_number_in_the_modules_of_limits_is_told_with_its_reason():
    names = {name for _, several in told() for name in several.split(", ")}
    for chapter in chapters():
        module = importlib.import_module(chapter.module)
        numbers = {n for n, v in vars(module).items() if n.isupper() and isinstance(v, (int, float))}
        assert numbers <= names, chapter.module
    assert all(len(limit.why) > 15 for chapter in chapters() for limit in chapter.limits)


def test_every_check_of_a_report_has_its_question_or_rule(report):
    rows = json.loads((report / "findings.json").read_text(encoding="utf-8"))
    made = check_counts(rows)
    assert len(made) > 15
    assert [row["name"] for row in made if not row["rule"]] == []
    assert check_rules()["leak"] == "Is the outcome explained too well to be true?"


def test_a_links_check_counts_once_however_many_drivers_it_has():
    check = {"name": "leak", "verdict": "PASS", "value": 0, "limit": 0, "advice": ""}
    rows = [{"link": "a", "driver": d, "checks": [check]} for d in "xy"]
    rows.append({"link": "b", "driver": "x", "checks": [{**check, "verdict": "FAIL"}]})
    (row,) = check_counts(rows)
    assert row["counts"] == [1, 0, 1, 0]


def test_every_level_is_said_with_its_verb_and_what_it_leaves_open(report):
    said = levels([{"level": "L2"}, {"level": "L2"}, {"level": "L3"}])
    assert [row["level"] for row in said] == list(ladder.VERBS)
    assert {row["level"]: row["count"] for row in said}["L2"] == 2
    assert said[-1]["verb"] == "raises or lowers"
    page = text(report, "method")
    assert all(open_question in page for open_question in ladder.NOT_SHOWN.values())


@pytest.mark.parametrize(
    ("outcome", "driver", "said"),
    [
        ("point", "minute", ("points per minute", 1)),
        ("share", "point", ("percentage points per point", 100)),
        ("share", "share of revenue", ("percentage points per 10 percentage points", 10)),
        ("EUR", "", ("EUR", 1)),
        ("", "day", ("units per day", 1)),
    ],
)
def test_an_estimate_has_the_unit_its_sentence_has(outcome, driver, said):
    assert per(outcome, driver) == said


def test_the_appendix_says_what_the_findings_say(report):
    rows = json.loads((report / "findings.json").read_text(encoding="utf-8"))
    body = text(report, "findings").partition("<tbody>")[2]
    assert body.count("<tr>") == len(rows) == 2
    for row in rows:
        assert f'data-sort="{row["estimate"]}"' in body
        assert f"{signed(row['low'])} to {signed(row['high'])}</span>" in body
        assert f'<a href="{row["notebook"]}.html">' in body
    assert re.findall(r'class="verdict ([a-z-]+)"', body) == [counted(r).replace(" ", "-") for r in rows]


def test_what_was_not_estimated_sorts_last_and_shows_no_number(report):
    from types import SimpleNamespace

    row = json.loads((report / "findings.json").read_text(encoding="utf-8"))[0]
    lost = row | dict.fromkeys(("estimate", "low", "high", "p_value", "q_value", "detectable", "clusters"))
    edition = SimpleNamespace(study=SimpleNamespace(study=SimpleNamespace(columns={})))
    shown = finding_shown(lost, edition)
    assert {shown[name] for name in ("estimate", "interval", "q", "clusters", "detectable")} == {
        ("\N{EN DASH}", "")
    }


def test_the_join_ledger_and_the_glossary_speak_of_this_study(report):
    joins = text(report, "joins")
    assert "239 (99.6%)" in joins and "outside the scale 1 to 5" in joins
    glossary = text(report, "glossary")
    assert "Satisfaction &lt;script&gt;" in glossary and "<script>alert" not in glossary
    assert "The suite" not in glossary and "<dt>grain</dt>" in glossary
