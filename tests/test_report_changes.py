"""Why it changed, as a report says it: the first quarter, the second, a tampered and a foreign earlier report."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from browsing import violations
from corner_shop import STUDY, environment, plain_report, workplace

from linkage.changing import MIX, NEW_DATA, RELATION, UNTOLD, explain_changes
from linkage.changing.figures import skipped
from linkage.feedback import headlines
from linkage.opening import open_study
from linkage.publishing import plain
from linkage.report.changes import changes_page, most_explained
from linkage.report.earlier import read_earlier
from linkage.report.edition import Edition
from linkage.report.figure_cards import moved_figures
from linkage.report.ledger import write_json
from linkage.report.making import with_results
from linkage.report.site import Site

DECLARED = STUDY.replace("period: quarter", "period: quarter\nminimum_group: 5\nsegments: [segment]")


@cache
def two_quarters():
    """Contacts of 80 customers over two quarters. In the second all are half a point more content, and more of the
    contacts are those of business customers, who are a point less content than private ones."""
    folder = workplace() / "quarters"
    folder.mkdir()
    rng = np.random.default_rng(7)
    n, people = 480, 80
    second = np.arange(n) >= n // 2
    is_business = rng.random(n) < np.where(second, 0.6, 0.3)
    number = np.where(is_business, rng.integers(0, people // 2, n), rng.integers(people // 2, people, n))
    opens = pd.to_datetime(np.where(second, "2026-07-02", "2026-04-02"))
    started = opens + pd.to_timedelta(rng.integers(0, 80 * 24, n), unit="h")
    minutes = rng.uniform(2, 20, n).round(1)
    level = 4.2 - 0.08 * minutes - is_business + 0.5 * second
    contacts = pd.DataFrame({"interaction_id": [f"CALL-{i:04d}" for i in range(n)], "started_at": started,
                             "customer_id": [f"CUST-{i:04d}" for i in number], "channel": "phone",
                             "handle_minutes": minutes, "hold_minutes": rng.uniform(0, 5, n).round(1)})  # fmt: skip
    contacts.loc[::2, "channel"] = "shop"
    answers = contacts[["customer_id", "interaction_id"]].assign(
        response_id=[f"RESP-{i:04d}" for i in range(n)], answered_at=started + pd.Timedelta(hours=1),
        csat=(level + rng.normal(0, 0.4, n)).clip(1, 5).round(2))  # fmt: skip
    register = pd.DataFrame({"customer_id": [f"CUST-{i:04d}" for i in range(people)]})
    register["segment"] = np.where(np.arange(people) < people // 2, "<b>business</b>", "private")
    for name, table in (("customers", register), ("contacts", contacts), ("answers", answers)):
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "study.yml").write_text(DECLARED, encoding="utf-8")
    return folder


@cache
def opened():
    with environment(workplace()):
        return open_study(two_quarters())


@cache
def both_reports():
    """The folder of what the reports of both quarters leave of this: figures, findings, and the page."""
    reports = workplace() / "quarters-reports" / "quarters"
    study = opened()
    for period in ("2026Q2", "2026Q3"):
        (reports / period).mkdir(parents=True)
        rows = [plain(row) for row in study.links(period=period).findings()]
        rows = [{**row, "notebook": "01_links", "study": "quarters", "period": period} for row in rows]
        write_json(rows, reports / period / "findings.json")
        figures = headlines(study, period=period).publish().rows
        write_json([plain(row) for row in figures], reports / period / "metrics.json")
    for period in ("2026Q2", "2026Q3"):
        made = edition(period, published=reports)
        Site(made).write("changes.html.j2", "changes.html", reports / period, **changes_page(made))
    return reports


def edition(period: str = "2026Q3", *, reports=None, published=None) -> Edition:
    """A report put together again from what was published of it. reports : where those before it are."""
    published = published or both_reports()
    folder = published / period
    rows = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("findings", "metrics")}
    study = opened()
    earlier = read_earlier(study.study, period, reports or published)
    return Edition(study, period, (), {}, earlier=earlier, **rows)


def text_of(page: str) -> str:
    html = (both_reports() / page).read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2].partition("</main>")[0]))


def test_the_first_report_says_so_and_shows_no_empty_table():
    said = text_of("2026Q2/changes.html")
    assert "This is the first report of this study: there is no earlier one" in said
    assert "A trend needs a figure published of two periods. There is none yet." in said
    html = (both_reports() / "2026Q2/changes.html").read_text()
    assert "<tbody>" not in html.partition("<main")[2] and 'id="links"' not in html
    assert most_explained(edition("2026Q2")) is None


def test_the_second_report_takes_figures_and_links_apart():
    why = edition().why_changed
    apart = why.figures[0].apart.estimates
    # Planted: 30 points more of those who are one less content, and everybody half a point more.
    assert abs(apart.loc[MIX, "estimate"] + 0.3) < 3 * apart.loc[MIX, "std_error"]
    assert abs(apart.loc[RELATION, "estimate"] - 0.5) < 3 * apart.loc[RELATION, "std_error"]
    assert abs(apart.loc[NEW_DATA, "estimate"]) < 1e-8
    row = why.figures[0].row
    assert apart.loc["total", "estimate"] == pytest.approx(row["change"], rel=1e-6)
    assert [m.row["link"] for m in why.links] == ["hold_and_satisfaction", "handle_and_satisfaction"]
    for moved in why.links:
        parts = moved.apart.estimates["estimate"]
        change = moved.row["estimate"] - moved.row_before["estimate"]
        assert parts[[NEW_DATA, MIX, RELATION]].sum() == pytest.approx(change, abs=1e-8)
        assert (moved.apart.n_before, moved.apart.n_new) == (moved.row_before["n"], moved.apart.n_now // 2)
    said = text_of("2026Q3/changes.html")
    assert "This report against that of 2026Q2" in said and "first report" not in said
    parts = "another mix of segments \N{MINUS SIGN}0[.][23].*; a change within the same groups [+]0[.][45]"
    assert re.search(parts, said)
    assert "causes" not in said and "significant" not in said and "because" not in said


def test_the_front_page_can_say_the_largest_part():
    figure, said = most_explained(edition())
    assert figure["label"] == "Satisfaction <script>alert(1)</script>"
    assert said.startswith("Most of it is a change within the same groups, +0.5")


def test_a_study_without_segments_says_that_the_mix_is_not_known():
    made = edition()
    why = made.why_changed
    apart = why.figures[0].apart
    rows = apart.estimates.copy()
    rows.loc[UNTOLD], rows.loc[[MIX, RELATION]] = rows.loc["total"], np.nan
    other = replace(why, figures=(replace(why.figures[0], apart=replace(apart, estimates=rows)),))
    made.__dict__["why_changed"] = other
    assert most_explained(made) is None
    said = changes_page(made)["sentences"]
    assert (
        said[0]
        == "1 of 1 headline figures moved by more than its interval; by chance alone one in twenty would."
    )
    assert (
        said[1].endswith("its rows have no segment, so what is mix is not known.")
        and "Of this" not in said[1]
    )


def test_groups_name_what_their_n_counts_and_every_part_has_its_interval():
    shown = changes_page(edition())
    table, figure = shown["groups"][0], shown["figures"][0]
    assert table["counted"] == "answers" and figure["n"].startswith("n = 240 and 240 answers; mix of segment")
    assert [" to " in row[name][1] for row in table["rows"] for name in ("mix", "relation")] == [True] * 4
    assert all(" to " in figure[name][1] for name in ("first", "last", "total", "mix", "relation"))
    assert not table["some_untold"] and not shown["some_untold"]["figures"]
    assert "n (answers)" in text_of("2026Q3/changes.html")


def test_what_has_too_few_clusters_says_so_in_its_cell():
    made = edition()
    few = tuple(replace(m, apart=without_interval(m.apart)) for m in made.why_changed.links)
    made.__dict__["why_changed"] = replace(made.why_changed, links=few)
    shown = changes_page(made)
    reason = "no interval: 8 clusters, fewer than the 20 an interval needs"
    assert [row["total"][1] for row in shown["links"]] == [reason] * 2
    assert shown["links"][0]["fresh"][1] == reason
    assert not any("estimates of links" in said for said in shown["sentences"])
    one = replace(made.why_changed, links=(edition().why_changed.links[0], few[1]))
    made.__dict__["why_changed"] = one
    assert any(s.endswith("1 more has no interval to judge by.") for s in changes_page(made)["sentences"])


def without_interval(apart):
    """The same answer of eight clusters."""
    blank = dict.fromkeys(("low", "high", "std_error", "gap_low", "gap_high"), np.nan)
    return replace(
        apart,
        clusters=8,
        estimates=apart.estimates.assign(std_error=np.nan, low=np.nan, high=np.nan),
        fresh={**apart.fresh, **blank},
    )


def test_periods_that_do_not_follow_each_other_are_said_before_anything_is_called_a_change():
    made = edition()
    figure = made.why_changed.figures[0]
    far = replace(figure, row={**figure.row, "previous_period": "2025Q4"}, skipped=("2026Q1", "2026Q2"))
    made.__dict__["why_changed"] = replace(made.why_changed, figures=(far,))
    shown = changes_page(made)
    assert shown["sentences"][1] == (
        "It compares 2026Q3 with 2025Q4, 3 quarters before: 2026Q1 and 2026Q2 are not in the data, so this is "
        "no change from one quarter to the next, and whatever happened between is in it."
    )
    assert shown["figures"][0]["periods"] == (
        "2025Q4 to 2026Q3: 2026Q1 and 2026Q2 lie between, of which the data say nothing"
    )
    assert not any("quarters before" in said for said in changes_page(edition())["sentences"])
    assert skipped(made.study, "2025Q4", "2026Q3") == far.skipped and not skipped(
        made.study, "2026Q2", "2026Q3"
    )


def test_one_rule_says_what_moved_on_the_front_page_and_here(tmp_path):
    """The report before said what this one says; counted as they are now, the two periods still differ."""
    reports = tmp_path / "quarters"
    shutil.copytree(both_reports() / "2026Q2", reports / "2026Q2")
    rows = json.loads((reports / "2026Q2" / "metrics.json").read_text())
    now = {row["metric"]: row["estimate"] for row in edition().metrics}
    rows = [{**row, "estimate": now[row["metric"]]} for row in rows]
    (reports / "2026Q2" / "metrics.json").write_text(json.dumps(rows))
    for made in (edition(), edition(reports=reports)):
        _, moved = moved_figures(made)
        assert [m.row["metric"] for m in made.why_changed.figures if m.apart.is_shown] == [
            row["metric"] for row in moved
        ]
    assert "less what is new data, leaves out zero" in text_of("2026Q3/changes.html")


def test_names_of_data_are_escaped_and_no_key_is_published():
    html = (both_reports() / "2026Q3/changes.html").read_text(encoding="utf-8")
    body = html.partition("<main")[2].partition("</main>")[0]
    assert "<script>" not in body and "<b>business" not in body
    assert "&lt;b&gt;business&lt;/b&gt;" in body and "CUST-" not in body
    for table in re.findall(r"<table.*?</table>", body, re.DOTALL):
        assert 'tabindex="0" aria-label="' in body[: body.index(table)].rpartition("<div")[2] + "", table[:80]
    for figure in re.findall(r"<figure[^>]*>", body):
        assert 'tabindex="0"' in figure and "95% intervals" in figure and "2026Q2" in figure
    names = re.findall(r'(?:id|aria-label)="([^"]+)"', body)
    assert len(names) == len(set(names))


def test_the_page_is_the_same_when_it_is_made_again(tmp_path):
    """What the review relies on: the study opened anew, the same bytes."""
    with environment(workplace()):
        made = replace(edition(), study=open_study(two_quarters()))
    Site(made).write("changes.html.j2", "changes.html", tmp_path, **changes_page(made))
    assert (tmp_path / "changes.html").read_bytes() == (both_reports() / "2026Q3/changes.html").read_bytes()


def test_everyone_can_read_the_page_on_a_phone_and_in_the_dark(browser):
    tab = browser.tab()
    for period, dark in (("2026Q2", False), ("2026Q3", True)):
        tab.size(390, dark=dark)
        tab.open(both_reports() / period / "changes.html")
        assert tab.run("document.documentElement.scrollWidth") <= 390 and not tab.complaints
        assert violations(tab) == []
    tab.close()


def test_what_late_data_did_is_told_apart(tmp_path):
    """The report before said other figures of the same quarter: a corrected source, or answers that came since."""
    reports = tmp_path / "quarters"
    shutil.copytree(both_reports() / "2026Q2", reports / "2026Q2")
    for name, key, by in (("metrics", "estimate", 0.25), ("findings", "estimate", -0.01)):
        rows = json.loads((reports / "2026Q2" / f"{name}.json").read_text())
        for row in rows:
            row[key] -= by
        (reports / "2026Q2" / f"{name}.json").write_text(json.dumps(rows))
    why = edition(reports=reports).why_changed
    assert why.figures[0].apart.estimates.loc[NEW_DATA, "estimate"] == pytest.approx(0.25)
    for moved in why.links:
        assert moved.apart.estimates.loc[NEW_DATA, "estimate"] == pytest.approx(-0.01)
        assert moved.apart.estimates["estimate"].iloc[:3].sum() == pytest.approx(moved.apart.total)
    shown = changes_page(edition(reports=reports))
    assert shown["figures"][0]["new_data"] == ("+0.250", "known exactly")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"controls": ["segment"]}, "It is another question now: what is held fixed changed."),
        ({"method": "Logistic; robust"}, "It is another question now: the method changed."),
        ({"window": "the year after", "outcome_unit": "EUR"}, "the unit of the outcome, the windows of time changed."),
        ({"verdict": "unsafe"}, "It must not be used in the report before (unsafe)."),
        ({"verdict": "not assessed", "estimate": None}, "It has no estimate in the report before (not assessed)."),
        ({"driver": "other_minutes"}, "It was not in the report before."),
    ],
)  # fmt: skip
def test_another_question_is_not_compared_and_says_why(changed, why):
    now = edition()
    before = [{**now.earlier.last.findings[0], **changed}, now.earlier.last.findings[1]]
    found = explain_changes(now.study, "2026Q3", findings=now.findings, metrics=[], before="2026Q2",
                            findings_before=before)  # fmt: skip
    assert found.links[0].apart is None and found.links[0].reason.endswith(why)
    assert found.links[1].apart is not None
    assert [row["driver"] for row in found.gone] == (["other_minutes"] if "driver" in changed else [])


def test_what_a_part_of_a_report_did_not_ask_is_not_called_gone():
    now = edition()
    whole, part = (replace(now, findings=now.findings[1:], only=only) for only in (None, "01"))
    assert [row["why"] for row in changes_page(whole)["not_apart"]] == [
        "It was in the report before and is not in this one."
    ]
    assert changes_page(part)["not_apart"] == []


def test_an_estimate_that_is_not_least_squares_of_its_rows_is_not_taken_apart():
    now = edition()
    other = [{**now.findings[0], "estimate": now.findings[0]["estimate"] + 1}, now.findings[1]]
    found = explain_changes(now.study, "2026Q3", findings=other, metrics=[], before="2026Q2",
                            findings_before=now.earlier.last.findings)  # fmt: skip
    assert "not plain least squares" in found.links[0].reason and found.links[0].apart is None


def test_trends_hold_every_report_in_its_own_units_and_no_exploratory_link(tmp_path):
    reports = tmp_path / "quarters"
    for period, factor in (("2025Q4", 1.0), ("2026Q1", 2.0)):
        shutil.copytree(both_reports() / "2026Q2", reports / period)
        rows = json.loads((reports / period / "findings.json").read_text())
        rows = [{**row, "period": period, "estimate": factor * row["estimate"]} for row in rows]
        rows[0] |= {"outcome_unit": "EUR"} if period == "2025Q4" else {}
        rows.append({**rows[1], "link": "asked", "exploratory": True})
        (reports / period / "findings.json").write_text(json.dumps(rows))
    shutil.copytree(both_reports() / "2026Q2", reports / "2026Q2")
    now = edition(reports=reports)
    trends = changes_page(replace(now))["trends"]
    assert [part["title"] for part in trends] == ["Headline figures", "Links"]
    links = trends[1]
    assert links["periods"] == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]
    first, second = (row["cells"] for row in links["rows"])
    assert first[0] == ("\N{EN DASH}", "", "") and second[0][0] != "\N{EN DASH}"
    assert second[3][2] == f"n = {now.findings[1]['n']:,}" and " to " in second[3][1]
    assert all(interval and n for _, interval, n in (*second, *first[1:]))
    assert links["rows"][1]["unit"] == "points per minute"
    for figure in now.findings[1:]:
        assert second[3][0].lstrip("\N{MINUS SIGN}") in f"{abs(figure['estimate']):.4f}"
    assert "Trends over 2025Q4 to 2026Q3 with 95% intervals" in str(links["picture"])


def test_an_end_next_to_nought_is_told_by_one_rule_in_every_table_of_the_page():
    """The links' own table said 0.0000 of an end that the trends told as -2.65e-07."""
    from linkage.report.changes_shown import _published_interval, level_ends
    from linkage.report.trends_shown import _point

    published = {"estimate": 0.0191, "low": -2.65e-07, "high": 0.0383, "n": 6048}
    assert _published_interval(published, 1.0) == _point(published)[1] == "0.0000 to 0.0383"
    assert level_ends(-0.00012, 0.0383) == "\N{MINUS SIGN}0.0001 to 0.0383"
    assert level_ends(float("-inf"), 12.345) == "without bound to 12.3"
    assert _point(published | {"low": float("nan"), "high": float("nan")})[1] == "no interval published"


def test_a_report_of_another_study_or_a_torn_one_is_named_and_the_rest_stands(tmp_path):
    reports = tmp_path / "quarters"
    shutil.copytree(both_reports() / "2026Q2", reports / "2026Q1")
    shutil.copytree(both_reports() / "2026Q2", reports / "2026Q2")
    file = reports / "2026Q2" / "findings.json"
    file.write_text(file.read_text()[:500])
    shown = changes_page(edition(reports=reports))
    assert [line.partition(" ")[0] for line in shown["unread"]] == [
        "2026Q1/findings.json",
        "2026Q2/findings.json",
    ]
    assert shown["first"].startswith("This is the first report") and not shown["links"]
    now = edition(reports=reports)
    Site(now).write("changes.html.j2", "changes.html", tmp_path, **shown)
    assert "2026Q2/findings.json is no readable JSON" in (tmp_path / "changes.html").read_text()


def test_a_gap_between_reports_is_said(tmp_path):
    reports = tmp_path / "quarters"
    shutil.copytree(both_reports() / "2026Q2", reports / "2026Q1")
    rows = json.loads((reports / "2026Q1" / "findings.json").read_text())
    (reports / "2026Q1" / "findings.json").write_text(json.dumps([{**r, "period": "2026Q1"} for r in rows]))
    shown = changes_page(edition(reports=reports))
    assert shown["before"] == "2026Q1"
    # The data begin after that report: nothing of its rows is left to compare with.
    assert not shown["links"] and "All rows are newer" in shown["not_apart"][0]["why"]
    assert shown["first"] == "There is no report of 2026Q2; this one is compared with that of 2026Q1."


def test_a_report_reads_those_before_it_and_its_manifest_keeps_their_hashes():
    folder = both_reports() / "2026Q3"
    made = with_results(Edition(opened(), "2026Q3", (), {}), folder, both_reports())
    assert made.earlier == edition().earlier and set(made.earlier.marks) == {"2026Q2"}
    again = with_results(Edition(opened(), "2026Q3", (), {}, earlier_periods=()), folder, both_reports())
    assert again.earlier.last is None
    manifest = json.loads((plain_report().folder / "manifest.json").read_text())
    assert manifest["earlier"] == {} and {"metrics.json", "changes.html"} <= set(manifest["files"])
