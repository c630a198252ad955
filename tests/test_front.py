"""The two pages: what they must say, that they say it on two sheets of paper, and that what they leave out is kept."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from browsing import published, violations
from corner_shop import made_report

from linkage.catalogue import FEEDBACK, MONEY, OPERATIONS, LinkageColumn
from linkage.changing import NEW_DATA, TOTAL
from linkage.report.effects import in_brief, seen_from
from linkage.report.figure_cards import (
    figure_card,
    headline_figures,
    moved_figures,
    moved_words,
    with_intervals,
)
from linkage.report.front import _what_to_do, what_it_is_worth
from linkage.report.money import actions, at_stake, money_sentence, none_shown, points, rounded
from linkage.report.shell import shell, templates
from linkage.report.site import exported_files
from linkage.report.ten_questions import ten_questions

MINUS = "\N{MINUS SIGN}"
STUDIES = ("corner", "demo", "hospitals")


def site(study: str):
    return made_report()[0].folder if study == "corner" else published(study)


@pytest.fixture(scope="module")
def tab(browser):
    opened = browser.tab()
    opened.size(1200, 800)
    yield opened
    opened.close()


# ------------------------------------------------------------------------------------------ on paper and screen


@pytest.mark.parametrize("study", STUDIES)
def test_the_two_pages_print_on_two_sheets(tab, tmp_path, study):
    from pypdf import PdfReader

    tab.open(site(study) / "index.html")
    sheets = PdfReader(tab.printed(tmp_path / "front.pdf")).pages
    assert len(sheets) <= 2
    assert "Sign-off" in sheets[-1].extract_text() and "Q10." in sheets[0].extract_text()


@pytest.mark.parametrize("study", STUDIES)
def test_the_sentences_and_the_first_question_are_seen_without_scrolling(tab, study):
    tab.size(1200, 800)
    tab.open(site(study) / "index.html")
    seen = "'.three dd, .ten tbody tr:first-child'"
    bottoms = f"[...document.querySelectorAll({seen})].map(e => e.getBoundingClientRect().bottom)"
    assert len(tab.run(bottoms)) == 4 and max(tab.run(bottoms)) < 800


@pytest.mark.parametrize("study", STUDIES)
def test_axe_finds_nothing_at_all_on_the_two_pages(tab, study):
    for page in ("index", "answers"):
        tab.open(site(study) / f"{page}.html")
        assert violations(tab) == []
        twice = tab.run(
            "(() => { const names = [...document.querySelectorAll('[role=region], section, nav')].map(e => "
            "(e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby'))?.textContent"
            " || '').trim()); return names.filter((n, i) => n && names.indexOf(n) !== i); })()"
        )
        assert twice == []


@pytest.mark.parametrize("study", STUDIES)
def test_what_the_two_pages_leave_out_stands_on_a_page_of_its_own(study):
    front = (site(study) / "index.html").read_text(encoding="utf-8")
    answers = (site(study) / "answers.html").read_text(encoding="utf-8")
    assert 'href="answers.html"' in front
    for part in ("answers", "unknown", "made"):
        assert f'<h2 id="{part}">' in answers
    assert len(re.findall(r'<li class="answer" id="link-', answers)) >= 2
    assert len(re.findall(r'<th scope="row">Q\d+\. ', front)) == 10


def test_a_change_across_a_gap_of_years_says_since_when():
    """The hospitals' figures of 2022 stand against those of 2019: the years between were not measured."""
    front = (site("hospitals") / "index.html").read_text(encoding="utf-8")
    assert "headline figures moved; the change is since 2019, as 2021 is not in the data." in front
    assert "is not in the data" not in (site("demo") / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [390, 1024, 1210, 1600])
@pytest.mark.parametrize("count", [4, 5])
def test_no_tile_stands_alone_on_its_row(tab, tmp_path, width, count):
    tile = {"label": "Retention", "value": "96.3", "unit": "percent", "interval": "95 to 97", "change": "Up"}
    cards = templates().get_template("macros.html.j2").module.cards([tile] * count)
    page = tmp_path / "tiles.html"
    page.write_text(f"<!doctype html><title>x</title><style>{shell()['style']}</style><main>{cards}</main>")
    tab.size(width, 800)
    tab.open(page)
    tops = tab.run("[...document.querySelectorAll('.figure')].map(e => e.getBoundingClientRect().top)")
    rows = [tops.count(top) for top in dict.fromkeys(tops)]
    assert len(tops) == count and (set(rows) == {1} if width == 390 else min(rows) > 1), rows


# ------------------------------------------------------------------------------------------ its words


def edition(**parts):
    """As much of an edition as the words of money and figures read."""
    scenario = SimpleNamespace(
        question="Fewer transfers?",
        link="calls",
        driver=None,
        by=-0.2,
        to=None,
        where={},
        reach=(1, 1, 1),
        chain=(),
    )
    column = SimpleNamespace(label="Transfers", unit="transfer")
    spent = SimpleNamespace(label="Spend", unit="EUR")
    spec = SimpleNamespace(grain="interaction", drivers=("transfers",), outcome="csat")
    study = SimpleNamespace(
        links={"calls": spec},
        columns={"interaction": {"transfers": column}, "survey": {"spend": spent}},
        declared=SimpleNamespace(scenarios={"fewer": scenario}),
    )
    given = {"study": SimpleNamespace(study=study), "money": [], "forecasts": [], "metrics": []}
    return SimpleNamespace(**{**given, **parts})


def money(figure="net present value", group="fewer", estimate=1234.5, **more) -> dict:
    row = {
        "figure": figure,
        "group": group,
        "estimate": estimate,
        "low": -50.0,
        "high": 2345.0,
        "currency": "EUR",
        "horizon": "3 years",
        "level": "L0",
        "basis": "assumed",
        "n": 400,
        "notebook": "14_what_if",
        "link_level": "L2",
    }
    return {**row, **more}


def test_an_action_says_its_target_and_the_probability_of_breaking_even():
    due = {"scenario": "fewer", "stage": "driver", "unit": "transfer", "period": "2026Q4"}
    due |= {"estimate": 0.28, "low": 0.2, "high": 0.36, "without": 0.4, "where": {}, "made_in": "2026Q3"}
    due |= {"table": "link_interaction", "column": "transfers"}
    made = edition(money=[money(chance=0.613)], forecasts=[due])
    made.study.table = lambda *given, **named: pd.DataFrame({"transfers": [0.0, 1.0, None, 2.0]})
    (row,) = actions(made)
    assert row["target"] == (
        "Transfers by \N{MINUS SIGN}0.200 transfers for all 400 customers; mean 0.400 (n = 3) to 0.280 (0.200 to "
        "0.360) in 2026Q4"
    )
    assert (row["chance"], row["weighed"], row["amount"]) == ("61%", 1, "1,230 EUR")
    assert actions(edition(money=[money()]))[0]["chance"] is None


@pytest.mark.parametrize(
    ("reach", "where", "said"),
    [
        ((0.4, 0.6, 0.8), {}, "for 60% (40% to 80%) of 400 customers"),
        ((0.5, 0.5, 0.5), {"segment": "business"}, "for 50% of 400 customers (segment business)"),
    ],
)
def test_a_target_says_whom_it_reaches(reach, where, said):
    made = edition(money=[money()])
    scenario = made.study.study.declared.scenarios["fewer"]
    scenario.reach, scenario.where = reach, where
    assert actions(made)[0]["target"] == f"Transfers by \N{MINUS SIGN}0.200 transfers {said}"


def test_what_rests_on_a_link_that_is_not_shown_is_no_action():
    hidden = money(group="hidden", estimate=9e9, link_level="not shown", chance=1.0)
    assert [row["scenario"] for row in actions(edition(money=[hidden, money()]))] == ["fewer"]
    alone = edition(money=[hidden])
    assert actions(alone) == []
    said = _what_to_do([], alone)
    assert said == "No action: every scenario that was weighed runs through a link that is not shown."
    # Nor is a point of such a link worth a sum.
    points_of = [money("a point", "calls", link_level="not shown")]
    assert points(edition(money=points_of)) == [] and none_shown(edition(money=points_of))
    assert not none_shown(edition(money=[*points_of, money("a point", "calls")])) and not none_shown(
        edition()
    )


@pytest.mark.parametrize(
    ("chain", "level", "said"),
    [
        (("worth",), "L2", ", if a move of “transfers” moves “spend” as much as the links say."),
        (
            (),
            "L3",
            ", if the move does as much as the links say.",
        ),  # where it ends is no column that is known
        (("worth",), "L4", "."),  # a trial moved it
    ],
)
def test_a_probability_says_what_no_interval_holds(chain, level, said):
    made = edition(money=[money(chance=1.0, link_level=level)])
    made.study.study.declared.scenarios["fewer"].chain = chain
    made.study.study.links["worth"] = SimpleNamespace(grain="survey", drivers=("csat",), outcome="spend")
    sentence = _what_to_do(actions(made), made)
    assert sentence.endswith(f"It pays for itself with a probability of 100%{said}")
    assert sentence.startswith("Best of 1 scenario weighed: ")


def test_actions_stand_by_net_value_and_are_three_at_most():
    rows = [money(group=f"s{i}", estimate=value) for i, value in enumerate((5.0, 90.0, -3.0, 40.0))]
    found = actions(edition(money=rows))
    assert [row["scenario"] for row in found] == ["s1", "s3", "s0"] and found[0]["weighed"] == 4


def test_a_sentence_of_money_carries_all_its_marks():
    (row,) = at_stake(edition(money=[money("value", "all", level="L1", basis="estimated")]))
    said = money_sentence(row, "a customer")
    assert said == "1,230 EUR a customer (\N{MINUS SIGN}50.0 to 2,340; 3 years; L1, estimated)"


def test_a_figure_without_an_estimate_reaches_no_sentence():
    lacking = {"estimate": None, "low": None, "high": None}
    rows = [money("value", "all", **lacking), money("downside", "all"), money(**lacking)]
    rows.append(money("a point", "waits", level="L1", basis="estimated", **lacking))
    made = edition(money=rows)
    made.study.study.links = {"waits": SimpleNamespace(question="Do waits cost?")}
    assert [row["label"] for row in at_stake(made)] == ["Lost with those expected to leave"]
    assert points(made) == [] and actions(made) == []


def test_what_is_estimated_stands_before_what_is_assumed():
    rows = [money("value", "all"), money("downside", "all", level="L1", basis="estimated")]
    assert [row["basis"] for row in at_stake(edition(money=rows))] == ["estimated", "assumed"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (147_676, "148,000"),
        (-2_986, "\N{MINUS SIGN}2,990"),
        (47.31, "47.3"),
        (0.0, "0"),
        (999_600, "1,000,000"),
    ],
)
def test_amounts_are_said_at_three_digits(value, said):
    assert rounded(value) == said


def figure(metric, kind="mean", change=0.2, low=0.1, high=0.3, **more) -> dict:
    known = {"metric": metric, "kind": kind, "label": metric.capitalize(), "unit": "points", "estimate": 3.0}
    return {
        **known,
        "change": change,
        "change_low": low,
        "change_high": high,
        "previous_period": "2026Q2",
        **more,
    }


def test_five_figures_are_shown_those_that_links_ask_about_first():
    rows = [figure(name) for name in ("a", "csat", "b")] + [figure(f"k{i}", "kpi") for i in range(4)]
    shown = [row["metric"] for row in headline_figures(edition(metrics=rows))]
    assert shown == ["a", "csat", "k0", "k1", "k2"]  # csat first; of the others the first published
    only = headline_figures(edition(metrics=rows[:3]))
    assert [row["metric"] for row in only] == ["a", "csat", "b"]


def test_a_figure_moved_only_where_its_interval_leaves_zero_out():
    rows = [figure("up"), figure("still", low=-0.1), figure("new", change=None), figure("open", low=None)]
    untold = why_changed(rows[3], None, reason="Its kind changed.")
    compared, moved = moved_figures(edition(metrics=rows, why_changed=untold))
    assert [r["metric"] for r in compared] == ["up", "still", "open"] and [r["metric"] for r in moved] == [
        "up"
    ]
    assert moved_words(moved[0]) == "Up is up by 0.200 since 2026Q2 (95% interval +0.100 to +0.300)"
    fell = moved_words(figure("share", change=-0.05, low=-0.08, high=-0.02, unit="share"))
    assert fell.startswith("Share is down by 5.00 points since") and "\N{MINUS SIGN}8.00 to" in fell


def why_changed(row, parts, reason=""):
    """What the page of changes knows of one figure. parts : low and high of the whole change, and what came late."""
    apart = None
    if parts is not None:
        low, high, late = parts
        table = pd.DataFrame({"estimate": [late, 1.0], "low": [np.nan, low], "high": [np.nan, high]})
        apart = SimpleNamespace(estimates=table.set_axis([NEW_DATA, TOTAL]))
    return SimpleNamespace(figures=(SimpleNamespace(row=row, apart=apart, reason=reason),))


def test_a_figure_without_an_interval_of_its_change_takes_that_of_the_page_of_changes():
    # From -7.75 to +1.45 points of a share; of the whole 0.5 points are earlier rows counted anew, which the card
    # leaves out: it compares both periods as they are counted now.
    row = figure("kept", "kpi", change=-0.0315, low=None, high=None, unit="share")
    made = edition(metrics=[row], why_changed=why_changed(row, (-0.0725, 0.0195, 0.005)))
    (whole,) = with_intervals(made.metrics, made)
    assert (whole["change_low"], whole["change_high"]) == pytest.approx((-0.0775, 0.0145))
    assert figure_card(whole)["change"] == (
        "No change shown: \N{MINUS SIGN}3.15 points since 2026Q2 (\N{MINUS SIGN}7.75 to +1.45)"
    )


@pytest.mark.parametrize(
    ("parts", "reason", "said"),
    [
        (None, "It is counted in another way now.", "it is counted in another way now"),
        ((np.nan, np.nan, np.nan), "", "the rows behind it do not tell how much of it is chance"),
    ],
)
def test_a_change_without_any_interval_says_why(parts, reason, said):
    row = figure("kept", change=0.5, low=None, high=None)
    made = edition(metrics=[row], why_changed=why_changed(row, parts, reason))
    (whole,) = with_intervals(made.metrics, made)
    assert figure_card(whole)["change"] == f"+0.500 since 2026Q2; no interval: {said}"


def test_a_finding_in_brief_says_step_size_interval_and_n_and_what_would_have_been_seen():
    from corner_shop import corner_study, environment, workplace

    from linkage.opening import open_study

    with environment(workplace()):
        study = open_study(corner_study())
        cards = study.links(period="2026Q3")
    rows = {row["link"]: row for row in cards.findings()}
    made = SimpleNamespace(study=study)
    row = rows["hold_and_satisfaction"]
    said = in_brief(row, made)
    assert said.startswith("One minute more of hold time: ") and said.endswith(f"; n = {row['n']:,})")
    assert seen_from(row, made).startswith(f"{row['detectable']:.3g}"[:4])
    bent = {**row, "verdict": "linked", "shape": "no change up to 3"}
    assert in_brief(bent, made) == f"No change up to 3; n = {row['n']:,}"
    told = {"what": "one period later", "estimate": 0.102, "low": 0.0363, "high": 0.168, "n": 2591}
    later = "one period later: +0.102 (+0.0363 to +0.168; n = 2,591)"
    lifted = {**row, "verdict": "linked", "earned": told}
    assert in_brief(lifted, made) == f"{said} at the same time; its level rests on {later}"


def test_the_label_of_an_outcome_without_a_unit_stands_for_no_unit():
    spent = column("index", MONEY, "Spending, to the national median (programme)", "ratio")
    columns = {c.name: c for c in (*COLUMNS, spent)}
    made = SimpleNamespace(
        study=SimpleNamespace(study=SimpleNamespace(columns={"survey": columns}, links={}))
    )
    row = finding("spending", "csat", "margin", 0.01, verdict="no link", detectable=0.008)
    bare = {**row, "outcome": "index", "outcome_unit": "ratio"}
    named = "spending, to the national median (programme)"
    assert seen_from(bare, made) == f"A link of 0.00800 in {named}"
    assert f": +0.0100 in {named} (" in in_brief(bare, made)
    assert seen_from(row, made) == "0.00800 EUR of margin"


def test_who_did_not_answer_is_counted_and_not_who_did():
    """Of the demo's invitations: title, share and interval speak of the same people, whichever the rate of answers."""
    from linkage import business_kpis, open_study
    from linkage.report.not_known import not_known

    study = open_study("demo")
    rows = not_known([], SimpleNamespace(study=study, period="2026Q2", outcomes={}))
    (row,) = (row for row in rows if row["title"] == "Who did not answer")
    kpis = business_kpis(study, period="2026Q2").estimates
    rate = kpis[(kpis["kpi"] == "response_rate") & (kpis["group"] == "all")].set_index("period").loc["2026Q2"]
    assert row["count"] == f"{1 - rate['estimate']:.1%} did not answer"
    assert row["words"].startswith(f"95% interval {1 - rate['high']:.1%} to {1 - rate['low']:.1%}: of ")


def lookup(join, verb="latest", absent=0, no_key=0, look_alike=0, rows=100) -> dict:
    lost = absent + no_key + look_alike
    return {"join": join, "verb": verb, "left_rows": rows, "matched": rows - lost, "unmatched": lost} | {
        "absent": absent,
        "no_key": no_key,
        "look_alike": look_alike,
        "time_violations": None,
        "revenue_share": None,
    }


def test_the_joins_counted_in_front_can_be_counted_on_the_page_of_joins(monkeypatch):
    from linkage.report import basis, not_known

    rows = [
        lookup("stg_feedback.customer_id -> stg_customers", absent=3),
        lookup("stg_interactions.unit_id -> stg_units", look_alike=1),
        lookup("stg_invitations.response_id -> stg_feedback", no_key=60),
        lookup("stg_feedback.customer_id -> stg_interactions", verb="window", absent=40),
        lookup("stg_feedback.unit_id -> stg_units"),
    ]
    for module in (basis, not_known):
        monkeypatch.setattr(module, "ledger_rows", lambda study: rows)
    told, others = basis.joins_shown(None)
    gap = not_known._unmatched(None)
    assert [len(told), len(others)] == [4, 1]
    assert sum(row["is_astray"] for row in told) == 2 and gap["count"] == "in 2 look-ups"
    assert (
        "Most in answers \N{RIGHTWARDS ARROW} customers (by customer): 97 (97.0%) of 100 met" in gap["words"]
    )


def test_the_page_of_joins_groups_what_the_front_counts():
    page = (site("corner") / "joins.html").read_text(encoding="utf-8")
    front = (site("corner") / "index.html").read_text(encoding="utf-8")
    here = re.findall(r"in which each row with a key should meet one: (\d+)<", page)
    assert here == re.findall(r"<b>in (\d+) look-ups?\.</b>", front) and len(here) == 1


def test_questions_and_estimates_that_show_no_link_are_told_apart():
    """Three estimates of two questions: one question shows none, the other shows a link beside one that is none."""
    from linkage.report.answering import answer_rows, headline, unknowns
    from linkage.report.not_known import _links

    links = [spec("service", "csat", "wait", "transfers"), spec("quiet", "csat", "wait")]
    for link in links:
        link.question = f"Does {link.name} matter?"
    rows = [
        {**SERVED[0], "question": links[0].question},
        {**SERVED[1], "question": links[0].question, "verdict": "no link", "p_value": 0.5},
        {**finding("quiet", "wait", "csat", 0.01, verdict="no link"), "question": links[1].question},
    ]
    columns = {c.name: c for c in COLUMNS}
    study = SimpleNamespace(links={s.name: s for s in links}, columns={"survey": columns})
    made = SimpleNamespace(study=SimpleNamespace(study=study), findings=rows, outcomes={})
    answers = answer_rows(made)
    (group,) = unknowns(answers, made)
    assert len(group["entries"]) == 2
    assert group["counted"] == (
        "2 entries: 1 belongs to the 1 question that counts as no link, 1 to questions that count otherwise."
    )
    gap = _links("no link", answers, made)
    assert gap["count"] == "1 of 2" and gap["words"].endswith("Besides, 1 estimate within other questions.")
    assert headline(answers, made)[0] == (
        "Of 2 declared questions, 1 shows a link and 1 shows none where one would have been seen."
    )
    rows[2]["checks"] = [{"name": "power", "verdict": "REVIEW"}]
    answers = answer_rows(made)
    assert _links("no link", answers, made) is None
    assert _links("not shown", answers, made)["title"] == "Not shown"
    assert [group["title"] for group in unknowns(answers, made)] == [
        "Not shown, and might have been missed",
        "No link, and the size that would have been seen",
    ]
    assert headline(answers, made)[0] == (
        "Of 2 declared questions, 1 shows a link and 1 shows none but might have missed one."
    )


# ------------------------------------------------------------------------------------------ seasons

NET = "kpi_revenue_retention_net"


def net(**more) -> dict:
    return figure(NET, "kpi", label="Revenue retention, net", unit="share", period="2026Q2", **more)


def test_a_figure_without_a_value_says_why_and_gives_way_to_those_with_one():
    lacking = figure("resolution", "kpi", change=None, estimate=None, no_figure="no contact is closed", n=0)
    lacking["period"] = "2026Q3"
    card = figure_card(lacking)
    assert card["value"] == "not computed" and card["interval"] == "no contact is closed, 2026Q3"
    assert not card["unit"] and not card["change"]
    known = [figure(name) for name in ("a", "b", "c", "d", "e")]
    assert headline_figures(edition(metrics=[lacking, *known])) == known
    assert headline_figures(edition(metrics=[lacking, *known[:2]])) == [lacking, *known[:2]]


def known_of_demo(rows):
    from linkage import open_study

    return edition(metrics=rows, study=open_study("demo"), period="2026Q2")


def test_a_figure_that_a_season_moves_says_what_it_was_a_year_ago():
    """Every first quarter of the demo is low: the second is higher than it, and as high as a year ago."""
    from linkage import business_kpis

    made = known_of_demo([net(change=0.13, low=None, high=None, change_low=0.09, change_high=0.17)])
    kpis = business_kpis(made.study, period="2026Q2").estimates.set_index(["kpi", "period"])
    ago = kpis.loc[("revenue_retention_net", "2025Q2"), ["estimate", "low", "high"]].astype(float) * 100
    said = f"; a year ago: {ago.estimate:.1f} ({ago.low:.1f} to {ago.high:.1f})"
    (row,) = with_intervals(made.metrics, made)
    assert moved_words(row).endswith(f"since 2026Q2 (95% interval +9.00 to +17.0{said})")
    assert figure_card(row)["change"] == f"Up: +13.0 points since 2026Q2 (+9.00 to +17.0){said}"


def test_where_no_year_ago_is_known_a_season_is_named_all_the_same():
    made = known_of_demo([{**net(), "period": "2024Q2"}, figure("csat"), net(change=None)])
    seasonal, plain, first = with_intervals(made.metrics, made)
    assert seasonal["season"] == "a season moves it" and plain["season"] == "" and "season" not in first
    assert moved_words(seasonal).endswith("; a season moves it)")
    assert "season" not in moved_words(plain) and figure_card(first)["change"] == "Nothing to compare with."


def test_a_study_by_years_has_no_season():
    from linkage.report.seasons import season_words

    by_year = SimpleNamespace(
        study=SimpleNamespace(study=SimpleNamespace(declared=SimpleNamespace(period="year")))
    )
    assert season_words(net(), by_year) == ""


def test_seasons_are_those_that_the_definitions_declare(monkeypatch):
    """The field decides, whatever the trap of a KPI says: its words may be changed."""
    from dataclasses import replace

    from linkage.kpis import definitions
    from linkage.report.seasons import has_season

    def seasonal() -> set[str]:
        return {k.name for k in definitions.KPIS if has_season({"metric": f"kpi_{k.name}"})}

    assert seasonal() == {"revenue_retention_net"}
    mended = [
        replace(k, trap="Words of a season.", is_seasonal=k.name == "contact_rate") for k in definitions.KPIS
    ]
    monkeypatch.setattr(definitions, "KPIS", tuple(mended))
    assert seasonal() == {"contact_rate"}


def test_what_changed_leads_with_a_figure_that_no_season_moves(monkeypatch):
    from linkage.report import front

    made = known_of_demo([net(), figure("nps")])
    explained = ({"metric": net()["metric"]}, "Most of it is new.")
    monkeypatch.setattr(front, "most_explained", lambda edition: explained)
    said = front._what_changed(made)
    assert said.startswith("2 of 2 headline figures moved") and said.index("Nps is up") < said.index(
        "Revenue"
    )
    made.metrics.pop()
    assert front._what_changed(made).endswith("). Most of it is new.")


def test_a_period_in_part_is_compared_with_nothing_and_the_reason_is_said_once(monkeypatch):
    from linkage.report import front

    monkeypatch.setattr(front, "most_explained", lambda edition: None)
    made = known_of_demo([figure("nps"), figure("csat")])
    made.metrics[1]["part"] = "2026Q3 is there only in part: answers end on 2026-08-28"
    said = front._what_changed(made)
    assert said.startswith("1 of 1 headline figures moved")
    assert said.endswith(
        "1 headline figure cannot be compared with the period before, as 2026Q3 is there only in part: answers end on "
        "2026-08-28."
    )
    made.metrics[0]["part"] = "2026Q3 is there only in part: contacts end on 2026-08-23"
    assert front._what_changed(made) == (
        "2 headline figures cannot be compared with the period before, as 2026Q3 is there only in part."
    )


# ------------------------------------------------------------------------------------------ the ten questions


def column(name, origin, label, unit="point", kind="number", moment="at"):
    return LinkageColumn(name, label, unit, kind, moment, origin)


COLUMNS = (
    column("csat", FEEDBACK, "Satisfaction"),
    column("nps", FEEDBACK, "Likelihood to recommend"),
    column("wait", OPERATIONS, "Wait", "minute"),
    column("transfers", OPERATIONS, "Transfers", "transfer"),
    column("partner_satisfaction", OPERATIONS, "Partner satisfaction"),
    column("spend", MONEY, "Spend", "EUR"),
    column("margin", MONEY, "Margin", "EUR"),
    column("is_lost", MONEY, "Lost", "share", "flag"),
)


def spec(name, outcome, *drivers, grain="survey", lag=0):
    return SimpleNamespace(
        name=name, outcome=outcome, drivers=drivers, grain=grain, lag=lag, change=None, design="observed"
    )


def finding(link, driver, outcome, estimate, verdict="linked", level="L2", grain="survey", **more):
    units = {c.name: c.unit for c in COLUMNS}
    row = {"link": link, "driver": driver, "outcome": outcome, "estimate": estimate, "verdict": verdict}
    row |= {"low": estimate - 0.1, "high": estimate + 0.1, "std_error": 0.05, "level": level, "grain": grain}
    row |= {"driver_unit": units[driver], "outcome_unit": units[outcome], "n": 500, "sentence": "Said."}
    row |= {
        "p_value": 0.001 if verdict == "linked" else 0.5,
        "checks": [{"name": "power", "verdict": "PASS"}],
    }
    return {**row, "notebook": "03_x", "detectable": 0.2, "exploratory": False, **more}


def asked(specs, findings, **more):
    """The rows of the ten questions by their number."""
    columns = {c.name: c for c in COLUMNS}
    grains = ("interaction", "survey", "customer_period", "unit_period")
    partner = SimpleNamespace(name="partner_satisfaction", label="Partner satisfaction")
    study = SimpleNamespace(
        links={s.name: s for s in specs},
        columns=dict.fromkeys(grains, columns),
        metrics={"partner_satisfaction": partner},
    )
    made = SimpleNamespace(
        **{"study": SimpleNamespace(study=study), "findings": findings, "money": [], "outcomes": {}, **more}
    )
    made.why_changed = more.get("why_changed", SimpleNamespace(links=(), before=None))
    return {row["number"]: row for row in ten_questions(made)}


SERVICE = [spec("service", "csat", "wait", "transfers"), spec("partners", "csat", "partner_satisfaction")]
SERVED = [
    finding("service", "wait", "csat", -0.4),
    finding("service", "transfers", "csat", -0.9),
    finding("partners", "partner_satisfaction", "csat", 2.0),
]


def test_a_question_that_asks_which_is_answered_by_names_the_best_founded_first():
    row = asked(SERVICE, SERVED)["Q6"]
    assert (row["answer"], row["mark"]) == ("shown", "yes")
    assert row["brief"] == (
        f"Transfers: {MINUS}0.900 points of satisfaction for one transfer more ({MINUS}1.00 to {MINUS}0.800; n = 500). "
        f"Wait: {MINUS}0.400 points of satisfaction for one minute more ({MINUS}0.500 to {MINUS}0.300; n = 500)."
    )
    more = [*SERVED, *(finding("service", "wait", "csat", -0.1) for _ in range(2))]
    assert asked(SERVICE, more)["Q6"]["brief"].endswith("Then: wait.")


ITSELF = "each customer against themselves"


def itself(estimate: float, low: float, high: float | None, kind: str) -> dict:
    return {"itself": {"what": ITSELF, "estimate": estimate, "low": low, "high": high, "kind": kind}}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (itself(-7.15, -20, 5.7, "less"),
         f". Act on the smaller figure, {ITSELF}: {MINUS}7.15 ({MINUS}20.0 to +5.70)."),
        (itself(1.25, -20, None, "unshown"),
         f". Act on the smaller figure, {ITSELF}: +1.25 ({MINUS}20.0 to without bound)."),
        (itself(-7.15, -9, -5, "turned"),
         f". Act on neither before it is known why; {ITSELF}: {MINUS}7.15 ({MINUS}9.00 to {MINUS}5.00)."),
        (itself(17.0, 12, 22, "less"), ""),
        ({"itself": None}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_link_that_its_checks_tell_to_take_for_less_says_so_wherever_it_is_told(found, said):
    from linkage.report.answering import answer_rows

    rows = [finding("money", "nps", "spend", 17.0, **found), finding("money", "csat", "spend", 2.0)]
    links = [spec("money", "spend", "nps", "csat", lag=1)]
    brief = {number: row["brief"] for number, row in asked(links, rows).items()}
    assert (
        brief["Q4"]
        == f"One point more of likelihood to recommend: +17.0 EUR of spend (+16.9 to +17.1; n = 500){said or '.'}"
    )
    assert (said or "+17.0") in brief["Q5"] and (said or "+17.0") in brief["Q10"]
    columns = {"survey": {c.name: c for c in COLUMNS}}
    declared = SimpleNamespace(links={s.name: s for s in links}, columns=columns)
    declared.links["money"].question = "Do those who recommend us spend more?"
    (answer,) = answer_rows(SimpleNamespace(study=SimpleNamespace(study=declared), findings=rows))
    assert answer["sentences"] == [f"Said.{said.removeprefix('.')}", "Said."]


def test_no_link_and_a_link_that_might_have_been_missed_are_answered_apart():
    seen = finding("service", "wait", "csat", -0.01, verdict="no link")
    missed = seen | {"checks": [{"name": "power", "verdict": "REVIEW"}], "driver": "transfers"}
    only = asked(SERVICE, [seen])["Q6"]
    assert (only["answer"], only["mark"]) == ("none", "no") and only["brief"].endswith(
        "0.200 points of satisfaction would have been seen."
    )
    # One that might have been missed leaves the question open, and is the one that is told.
    both = asked(SERVICE, [seen, missed])["Q6"]
    assert both["answer"] == "not shown" and "of transfers: " in both["brief"]
    assert both["brief"].endswith(
        "Only 0.200 points of satisfaction would have been seen: one of the usual size might have been missed."
    )
    assert asked(SERVICE, [seen, missed, SERVED[0]])["Q6"]["answer"] == "shown"


def test_only_a_question_of_whether_is_answered_with_yes(monkeypatch):
    from linkage.report import question_words

    links, rows = (
        [spec("buys", "spend", "nps", lag=1), *SERVICE],
        [finding("buys", "nps", "spend", 9.0), *SERVED],
    )
    said = {number: row["answer"] for number, row in asked(links, rows).items()}
    assert (said["Q1"], said["Q4"], said["Q10"]) == ("yes", "yes", "yes")
    assert (said["Q2"], said["Q5"], said["Q6"]) == ("shown", "shown", "shown")
    assert said["Q7"] == "not asked"
    monkeypatch.setattr(question_words, "is_made", lambda page, edition: True)
    monkeypatch.setattr(question_words, "_goals", lambda edition: [])
    assert asked(links, rows)["Q2"]["answer"] == "no goal"


@pytest.mark.parametrize(
    ("expected", "against"), [("positive", True), ("negative", False), ("either", False)]
)
def test_a_link_the_other_way_round_is_called_so_wherever_its_verdict_stands(expected, against):
    from linkage.report.answering import answer_rows
    from linkage.report.appendix import finding_shown

    found = finding(
        "buys", "nps", "spend", -4.9, expected=expected, question="More?", q_value=0.001, clusters=400
    )
    rows = asked([spec("buys", "spend", "nps", lag=1)], [found])
    assert rows["Q4"]["answer"] == ("the other way" if against else "yes") and rows["Q4"]["mark"] == "yes"
    assert rows["Q1"]["answer"] == "yes"  # it asks whether they go together, not which way
    for number in ("Q1", "Q4", "Q5", "Q10"):
        assert ("The other way round: positive was expected" in rows[number]["brief"]) == against
    columns = {"survey": {c.name: c for c in COLUMNS}}
    links = {"buys": SimpleNamespace(question="More?", drivers=("nps",))}
    made = SimpleNamespace(
        study=SimpleNamespace(study=SimpleNamespace(links=links, columns=columns)), findings=[found]
    )
    assert answer_rows(made)[0]["against"] == (
        "the other way round: positive was expected" if against else ""
    )
    assert finding_shown(found, made)["against"] == ("the other way round" if against else "")


def test_of_links_of_one_level_the_first_declared_is_told_not_the_largest():
    links = [spec(name, "spend", "nps", grain="customer_period", lag=1) for name in ("first", "second")]
    rows = [finding(link.name, "nps", "spend", 9.0, grain="customer_period") for link in links]
    rows[1] |= {"estimate": 90.0, "low": 89.9, "high": 90.1}
    assert {asked(links, rows)[q]["link"] for q in ("Q1", "Q4")} == {"first"}
    later = [rows[0], rows[1] | {"level": "L3"}]
    assert {asked(links, later)[q]["link"] for q in ("Q1", "Q4")} == {"second"}


def test_newer_rows_that_leave_the_estimate_out_are_said_beside_it():
    link, row = spec("loyal", "spend", "nps"), finding("loyal", "nps", "spend", 9.0)

    def brief(low, high, **more):
        fresh = {"estimate": (low + high) / 2, "low": low, "high": high}
        apart = SimpleNamespace(fresh=fresh, n_new=80)
        moved = SimpleNamespace(row={"link": "loyal", "driver": "nps"}, apart=apart)
        why = SimpleNamespace(links=(SimpleNamespace(**{**vars(moved), **more}),), before="2026Q2")
        return asked([link], [row], why_changed=why)["Q4"]["brief"]

    said = f"Rows new since 2026Q2 alone: +2.00 ({MINUS}1.00 to +5.00; n = 80); "
    said += "that interval leaves out the estimate of all rows."
    assert brief(-1.0, 5.0).endswith(said)
    for quiet in (brief(5.0, 9.0), brief(9.0, 30.0), brief(math.nan, math.nan), brief(-1.0, 5.0, apart=None)):
        assert "new since" not in quiet


def test_the_level_beside_several_links_is_said_to_be_the_best_ones():
    first, second = (finding("service", "wait", "csat", -0.4, level=level) for level in ("L2", "L4"))
    row = asked(SERVICE, [first, second])["Q6"]
    assert (row["level"], row["levels"]) == ("L4", "L2 to L4")
    # Where all stand at one level, or what stands at another is not linked, there is no range.
    assert asked(SERVICE, [first, first])["Q6"]["levels"] == ""
    assert asked(SERVICE, [first, {**second, "verdict": "no link"}])["Q6"]["levels"] == ""


def test_what_partners_answer_is_no_operational_metric():
    rows = asked(SERVICE, SERVED)
    assert (rows["Q6"]["linked"], rows["Q6"]["estimates"]) == (2, 2)
    assert "artner" not in rows["Q6"]["brief"] + rows["Q2"]["brief"]
    assert rows["Q9"]["brief"].startswith("One point more of partner satisfaction: +2.00")
    # Of partners alone no operational question is asked at all.
    assert asked(SERVICE[1:], SERVED[2:])["Q6"]["answer"] == "not asked"


def test_buying_and_leaving_are_answered_apart():
    links = [
        spec("buys", "spend", "nps", grain="customer_period", lag=1),
        spec("goes", "is_lost", "csat", grain="customer_period", lag=1),
    ]
    found = [
        finding("buys", "nps", "spend", 9.0, grain="customer_period"),
        finding("goes", "csat", "is_lost", -0.3, grain="customer_period"),
    ]
    brief = asked(links, found)["Q10"]["brief"]
    assert brief.startswith("Buying: one point more of likelihood to recommend: +9.00 EUR")
    assert f"Leaving: one point more of satisfaction: {MINUS}30.0 percentage points" in brief


def test_the_other_direction_stands_beside_what_feedback_foretells():
    forth, back = (
        spec("forth", "margin", "csat", grain="unit_period", lag=2),
        spec("back", "csat", "margin", grain="unit_period", lag=2),
    )
    first = finding("forth", "csat", "margin", 5.0, grain="unit_period")
    second = finding("back", "margin", "csat", 0.5, grain="unit_period")
    said = asked([forth, back], [first, second])["Q3"]["brief"]
    assert said.endswith("The reverse is linked too: one EUR more of margin: +0.500 points of satisfaction (+0.400 to "
                         "+0.600; n = 500).")  # fmt: skip
    none = {**second, "verdict": "no link", "p_value": 0.5}
    unseen = asked([forth, back], [first, none])["Q3"]["brief"]
    assert "The reverse was asked too (no link)" in unseen
    assert "reverse" not in asked([forth], [first])["Q3"]["brief"]


def test_an_improvement_is_answered_by_money_and_how_it_comes_to_a_year():
    links = [spec("buys", "spend", "nps", grain="customer_period", lag=1)]
    found = [finding("buys", "nps", "spend", 9.0, level="L3", grain="customer_period")]
    links[0].question = "Do they buy?"
    what = "margin a customer and year for one point more of likelihood to recommend, a quarter repeated"
    worth = money("a point, a customer and year", "buys", 18.8, level="L3", basis="estimated", what=what)
    assert asked(links, found, money=[worth])["Q5"]["brief"] == (
        f"18.8 EUR of {what} ({MINUS}50.0 to 2,340; n = 400; L3, estimated)."
    )
    assert asked(links, found)["Q5"]["brief"].startswith("Likelihood to recommend: +9.00 EUR of spend")


def test_a_shown_link_whose_money_is_assumed_is_one_story_in_all_three_places():
    """It was no figure on the front page, an estimate in the fifth question, and a sum on the page of money."""
    links = [spec("buys", "spend", "nps", lag=1)]
    links[0].question = "Do they buy?"
    found = finding("buys", "nps", "spend", 24.9, level="L3", basis="estimated")
    what = "revenue, not margin a customer and year, repeated through the year"
    worth = money("a point, a customer and year", "buys", 101.2, what=what, link_level="L3")
    columns = {"survey": {c.name: c for c in COLUMNS}}
    study = SimpleNamespace(study=SimpleNamespace(links={"buys": links[0]}, columns=columns))
    made = edition(study=study, findings=[found], money=[worth])
    estimate = "+24.9 EUR of spend (+24.8 to +25.0; n = 500; estimated)"
    assert what_it_is_worth(made, []) == (
        f"One point more of likelihood to recommend: {estimate}. In a year, by assumption: 101 EUR of {what} "
        f"({MINUS}50.0 to 2,340; n = 400; L0, assumed)."
    )
    fifth = asked(links, [found], money=[worth])["Q5"]
    assert fifth["answer"] == "shown" and "+24.9 EUR of spend for one point more" in fifth["brief"]
    # Of a link that is not shown no sum is told.
    hidden = edition(
        study=study, findings=[{**found, "verdict": "no link"}], money=[worth | {"link_level": "not shown"}]
    )
    assert what_it_is_worth(hidden, []) == "No link to money is shown, so what a point is worth is not known."


def test_what_a_point_is_worth_is_told_of_a_linked_estimate_only():
    links = [spec("buys", "spend", "nps", grain="customer_period", lag=1)]
    links[0].question = "Do they buy?"
    found = finding("buys", "nps", "spend", 9.0, grain="customer_period")
    worth = money("a point, a customer and year", "buys", 18.8, level="L3", basis="estimated", what="margin")
    study = SimpleNamespace(study=SimpleNamespace(links={"buys": links[0]}))
    made = edition(study=study, findings=[found], money=[worth])
    assert what_it_is_worth(made, []).startswith("18.8 EUR of margin (")
    unseen = edition(study=study, findings=[{**found, "verdict": "no link"}], money=[worth])
    assert what_it_is_worth(unseen, []) == "No link to money is shown, so what a point is worth is not known."
    there = {"13_money": SimpleNamespace(status="ok")}
    nothing = edition(study=study, findings=[found], outcomes=there)
    assert what_it_is_worth(nothing, []).startswith("No figure in money could be estimated")
    unmade = edition(study=study, findings=[found], outcomes={})
    assert what_it_is_worth(unmade, []) == "No figure in money was estimated in this run."


# ------------------------------------------------------------------------------------------ the footer


def test_the_footer_links_what_was_made_and_nothing_else():
    made = SimpleNamespace(period="2026Q3", formats=("html", "xlsx", "pdf"), not_made=("pdf",))
    assert exported_files(made) == [("workbook", "linkage-2026Q3.xlsx")]
    made.not_made = ()
    assert [file for _, file in exported_files(made)][1:] == [
        "linkage-2026Q3-answers.pdf",
        "linkage-2026Q3.pdf",
    ]
