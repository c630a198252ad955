"""Whatever is changed in a published report, its notebooks, its study or its sources is found and named."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from forged import (
    DRIVER,
    LINK,
    answered_shop,  # noqa: F401
    change,
    edit_of,
    failed,
    report_to_forge,  # noqa: F401
    rewrite_findings,
)

from linkage.reviewing.cells import own_evidence, rightly_skipped
from linkage.reviewing.files import same_files, same_inputs
from linkage.reviewing.pages import edition_of, same_contents, same_declaration, same_manifest
from linkage.reviewing.recomputed import carried_findings, recomputed_findings
from linkage.reviewing.sentences import bound_sentences
from linkage.reviewing.totals import count_records, ledger_totals
from linkage.study import load_study

# ------------------------------------------------------------------------------------------ nothing was changed


def test_nothing_is_named_where_nothing_was_changed(report, answered):
    opened, cards = answered
    edition = edition_of(report, opened)
    steps = {
        "files": same_files(report),
        "inputs": same_inputs(report),
        "declaration": same_declaration(report),
        "totals": ledger_totals(report),
        "cells": own_evidence(report),
        "carried": carried_findings(report),
        "recomputed": recomputed_findings(report, cards),
        "sentences": bound_sentences(report, cards),
        "pages": same_contents(report, edition),
    }
    for name, lines in steps.items():
        lines = list(lines)
        assert lines and not failed(lines), (name, failed(lines))


# ------------------------------------------------------------------------------------------ each kind of change


def test_a_changed_figure_in_a_page(report, answered):
    change(report, "index.html", "Of 2 ", "Of 3 ")
    assert not failed(same_files(report))  # the hash was changed too
    said = failed(same_contents(report, edition_of(report, answered[0])))
    (line,) = said
    assert line.startswith("page index.html is not what the findings and notebooks give: line ")
    assert "Of 3 " in line and "Of 2 " in line


def test_a_changed_page_with_its_old_hash(report):
    path = report.folder / "index.html"
    path.write_text(path.read_text(encoding="utf-8").replace("Of 2 ", "Of 3 "), encoding="utf-8")
    assert failed(same_files(report)) == ["file index.html has changed since the report was made"]


def test_a_findings_row_that_its_notebook_contradicts(report):
    change(report, "findings.json", '"verdict": "linked"', '"verdict": "no link"')
    said = failed(carried_findings(report))
    assert said == [f"findings: {LINK}, {DRIVER}: verdict is 'no link', the notebook says 'linked'"]


def test_a_finding_changed_everywhere_alike(report, answered):
    """findings.json, findings.csv, the notebook and every hash agree: the data alone can tell."""
    opened, cards = answered
    rewrite_findings(report, edit_of(estimate=-0.2))
    assert not failed(same_files(report)) and not failed(carried_findings(report))
    (said,) = failed(recomputed_findings(report, cards))
    published = next(r for r in cards.findings() if r["link"] == LINK)["estimate"]
    assert said.startswith(
        f"data: {LINK}, {DRIVER}: estimate is published as -0.2, the data give {published:.6f}"[:80]
    )
    (bound,) = failed(bound_sentences(report, cards))
    assert bound.startswith(f"sentence of {LINK}, {DRIVER}: it says “") and "\N{MINUS SIGN}0.2" in bound
    assert failed(same_contents(report, edition_of(report, opened)))  # the pages were not changed


def test_a_check_changed_everywhere_alike(report, answered):
    def edit(row: dict) -> None:
        for check in row["checks"] if row["link"] == LINK else ():
            if check["name"] == "time order":
                check["verdict"] = "PASS"

    rewrite_findings(report, edit)
    (said,) = failed(recomputed_findings(report, answered[1]))
    assert said == (
        f"data: {LINK}, {DRIVER}: checks, time order: verdict is published as 'PASS', the data give 'REVIEW'"
    )


def test_a_changed_sentence(report, answered):
    sentence = next(r["sentence"] for r in report.read("findings.json") if r["link"] == LINK)
    rewrite_findings(report, edit_of(sentence=sentence.replace("goes with", "raises")))
    (bound,) = failed(bound_sentences(report, answered[1]))
    assert (
        bound.startswith(f"sentence of {LINK}, {DRIVER}: it says")
        and "raises" in bound
        and "goes with" in bound
    )
    (anew,) = failed(recomputed_findings(report, answered[1]))
    assert f"{LINK}, {DRIVER}: sentence is published as" in anew


def test_a_changed_source_byte(report):
    path = report.study.folder / "contacts.csv"
    path.write_bytes(path.read_bytes().replace(b"phone", b"shops", 1))
    assert failed(same_inputs(report)) == ["input contacts.csv has changed since the report was made"]


def test_a_changed_line_of_the_study(report):
    path = report.study.path
    path.write_text(path.read_text().replace("controls: [channel]", "controls: []"), encoding="utf-8")
    other = replace(report, study=load_study(report.study.folder))
    assert failed(same_inputs(other)) == ["input study.yml has changed since the report was made"]
    assert failed(same_declaration(other)) == [
        f"declaration: link {LINK} was changed in study.yml since the report: "
        "controls: channel \N{RIGHTWARDS ARROW} none"
    ]


def test_a_changed_window_and_a_dropped_link(report):
    path = report.study.path
    text = path.read_text().partition(f"  {LINK}:")[0] + "windows: {before: 30 days}\n"
    path.write_text(text, encoding="utf-8")
    said = failed(same_declaration(replace(report, study=load_study(report.study.folder))))
    assert f"declaration: link {LINK} was dropped in study.yml since the report" in said
    assert any(
        line.startswith("declaration: rule windows was changed") and "90" in line and "30" in line
        for line in said
    )


def before(report, links: dict) -> None:
    """As if the report had been compared with one of the quarter before."""
    kept = report.read("declaration.json")
    kept["before"] = {"period": "2026Q2", "signed": "", "links": links, "rules": kept["rules"]}
    (report.folder / "declaration.json").write_text(json.dumps(kept), encoding="utf-8")
    earlier = report.folder.parent / "2026Q2"
    earlier.mkdir()
    (earlier / "declaration.json").write_text(
        json.dumps({"links": {}, "rules": kept["rules"]}), encoding="utf-8"
    )


def test_an_earlier_declaration_that_is_another_now_is_told(report):
    before(report, {})
    said = [line.text for line in same_declaration(report)]
    assert said[-1] == "declaration: compared with that of 2026Q2, which is as it was"
    shutil.rmtree(report.folder.parent / "2026Q2")
    before(report, {LINK: {"controls": []}})
    assert failed(same_declaration(report)) == [
        "declaration: that of 2026Q2 is another now than the one it was compared with"
    ]
    shutil.rmtree(report.folder.parent / "2026Q2")
    assert failed(same_declaration(report)) == [
        "declaration: the report of 2026Q2, which it was compared with, is gone"
    ]


def test_a_reason_why_no_earlier_declaration_was_compared_with(report):
    def says(left_out: str) -> list[str]:
        kept = {**report.read("declaration.json"), "before": None, "left_out": left_out}
        (report.folder / "declaration.json").write_text(json.dumps(kept), encoding="utf-8")
        return failed(same_declaration(report))

    assert says("") == []
    (said,) = says("The board has approved this report.")
    assert "because “The board has approved this report.”; in truth: nothing kept it from being read" in said
    before(report, {})
    (report.folder.parent / "2026Q2" / "findings.json").write_text("[]", encoding="utf-8")
    report.manifest["earlier"] = {"2026Q2": {}}
    assert says("") == ["declaration: compared with none, and the report of 2026Q2 has one"]
    (report.folder.parent / "2026Q2" / "declaration.json").write_text("{}", encoding="utf-8")
    assert says("2026Q2/declaration.json is no readable declaration ('links'). Make that report again.") == []


def test_an_older_report_to_compare_with_than_the_last_one_is_named(report):
    before(report, {})
    newer = report.folder.parent / "2026Q2"
    shutil.copytree(newer, report.folder.parent / "2026Q1")
    (newer / "findings.json").write_text("[]", encoding="utf-8")
    kept = report.read("declaration.json")
    kept["before"]["period"] = "2026Q1"
    (report.folder / "declaration.json").write_text(json.dumps(kept), encoding="utf-8")
    report.manifest["earlier"] = {"2026Q1": {}, "2026Q2": {}}
    assert failed(same_declaration(report)) == [
        "declaration: compared with that of 2026Q1, and there is one of 2026Q2"
    ]


def test_an_earlier_report_that_was_not_compared_with_is_for_a_person_to_look_at(report, answered):
    before(report, {})
    (report.folder.parent / "2026Q2" / "findings.json").write_text("[]", encoding="utf-8")
    said = [str(line) for line in same_contents(report, edition_of(report, answered[0]))]
    assert said[0].startswith("REVIEW a report of 2026Q2 lies there that this one was not compared with")


def test_an_earlier_signature_that_nobody_gave(report):
    before(report, {})
    kept = report.read("declaration.json")
    kept["before"]["signed"] = "Signed by Ada Byron on 2026-08-01."
    (report.folder / "declaration.json").write_text(json.dumps(kept), encoding="utf-8")
    (said,) = failed(same_declaration(report))
    assert said == (
        "declaration: of 2026Q2 it says “Signed by Ada Byron on 2026-08-01.”, and that report: "
        "Nobody has signed this report."
    )


PLANTED = "import os\nos.environ['PLANTED'] = 'yes'"


@pytest.mark.parametrize("more", [PLANTED, "a.b = 1", "def f(): pass", "period = study = 'corner'"])
def test_a_cell_of_parameters_holds_nothing_else_and_is_not_run(report, more):
    path = report.folder / "notebooks" / "01_links.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (cell,) = [c for c in notebook["cells"] if "injected-parameters" in c["metadata"].get("tags", ())]
    cell["source"] = "".join(cell["source"]) + "\n" + more
    path.write_text(json.dumps(notebook), encoding="utf-8")
    found = own_evidence(report)
    said = []
    with pytest.raises(StopIteration) as ended:
        while True:
            said.append(next(found))
    assert "its parameters hold more than names and values" in failed(said)[0]
    assert ended.value.value == {"01_links"}  # who may not be run


def test_a_reason_that_is_not_the_reason(report, answered):
    (row,) = report.manifest["notebooks"]
    row |= {"status": "skipped", "reason": "the board has seen it"}
    assert "and this study can answer it" in failed(rightly_skipped(report, answered[0]))[0]
    report.manifest["only"] = "9"
    (said, *_) = failed(rightly_skipped(report, answered[0]))
    assert said == (
        "01_links: it was skipped as 'the board has seen it'; the reason is 'left out: only 9 was asked for'"
    )


def test_a_word_that_no_report_writes_into_its_manifest(report, answered):
    edition = edition_of(report, answered[0])
    report.manifest["approved_by"] = "KPMG"
    report.manifest["review"] = {"signed": "Ada Byron"}
    said = failed(same_manifest(report, edition))
    assert said[0] == "manifest: no report writes approved_by" and said[1].startswith("manifest: review is")


def test_changed_totals_of_the_ledger(report):
    change(report, "ledger.json", '"rows_accepted": 240', '"rows_accepted": 239')
    assert failed(ledger_totals(report))[0] == (
        "ledger: interactions: 239 accepted and 0 rejected are not the 240 rows read"
    )


def test_totals_changed_alike_are_held_against_the_files(report):
    change(report, "ledger.json", '"rows_read": 60', '"rows_read": 59')
    change(report, "ledger.json", '"rows_accepted": 60', '"rows_accepted": 59')
    assert failed(ledger_totals(report)) == ["ledger: customers: 59 rows were read, and its files hold 60"]


def test_a_join_that_does_not_add_up(report):
    matched = report.read("ledger.json")["joins"][0]["matched"]
    change(report, "ledger.json", f'"matched": {matched}', f'"matched": {matched + 1}')
    said = failed(ledger_totals(report))
    assert said and all("are not its" in line for line in said)


def test_a_file_taken_out_of_report_and_manifest(report, answered):
    (report.folder / "findings.csv").unlink()
    del report.manifest["files"]["findings.csv"]
    assert not failed(same_files(report))
    assert failed(same_contents(report, edition_of(report, answered[0]))) == [
        "data file findings.csv is gone"
    ]


def test_a_notebook_with_other_code(report):
    change(report, "notebooks/01_links.ipynb", "print(cards.summary())", "print('all is well')")
    assert failed(own_evidence(report)) == [
        "01_links: cell 5 is not that of the project's notebook: \"print('all is well')\" instead of "
        "'print(cards.summary())'"
    ]


def test_a_notebook_with_other_parameters(report):
    change(report, "notebooks/01_links.ipynb", 'period = \\"2026Q3\\"\\n', 'period = \\"2026Q2\\"\\n')
    (said,) = failed(own_evidence(report))
    assert said.startswith("01_links: ") and ("cell" in said or "parameters" in said)


@pytest.mark.parametrize("mark", ["# NBVAL_IGNORE_OUTPUT", "# NBVAL_SKIP"])
def test_a_cell_that_asks_not_to_be_compared(report, mark):
    change(report, "notebooks/01_links.ipynb", "print(cards.summary())", f"{mark}\\nprint(cards.summary())")
    said = failed(own_evidence(report))
    assert (
        f"01_links: code cell 5 asks not to be compared ({mark.removeprefix('# ')}). Take that out." in said
    )


def test_a_cell_that_was_never_executed(report):
    path = report.folder / "notebooks" / "01_links.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    last = [c for c in notebook["cells"] if c["cell_type"] == "code"][-1]
    last["execution_count"], last["outputs"] = None, []
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (said,) = failed(own_evidence(report))
    assert said.startswith("01_links: never executed: code cells 5")


def test_a_notebook_that_is_said_to_have_been_skipped(report, answered):
    """Who does not want a notebook run again could say that it never ran."""
    assert not failed(rightly_skipped(report, answered[0]))
    report.manifest["notebooks"][0].update(status="skipped", reason="this study has no contacts")
    assert failed(rightly_skipped(report, answered[0])) == [
        "01_links: it was skipped (this study has no contacts), and this study can answer it",
        "01_links: it lies there executed, and the manifest does not say that it ran",
    ]
    report.manifest["notebooks"] = []
    assert "01_links: the project has this notebook, and the report says nothing of it" in failed(
        rightly_skipped(report, answered[0])
    )


def test_a_finding_that_was_left_out(report, answered):
    """A driver of a link that came out badly, taken out of findings and notebook alike."""
    cards = answered[1]
    both = replace(cards[LINK], estimates=pd.concat([cards[LINK].estimates] * 2, ignore_index=True))
    both.estimates.loc[1, "driver"] = "hold_minutes"
    other = replace(cards, cards=(both,))
    assert failed(recomputed_findings(report, other))[-1] == (
        f"data: {LINK}, hold_minutes: the data give a finding, and none is published"
    )


def test_a_report_whose_json_is_broken(report, answered):
    for name in ("findings.json", "ledger.json", "declaration.json"):
        (report.folder / name).write_text("{", encoding="utf-8")
    assert "findings.json is not readable JSON" in failed(carried_findings(report))[0]
    assert "findings.json is not readable JSON" in failed(recomputed_findings(report, answered[1]))[0]
    assert "findings.json" in failed(bound_sentences(report, answered[1]))[0]
    assert "ledger.json is not readable JSON" in failed(ledger_totals(report))[0]
    assert "declaration.json is no readable declaration" in failed(same_declaration(report))[0]


# ------------------------------------------------------------------------------------------ counting without DuckDB


def study_of(make_study, text: str, **source):
    options = "".join(f", {key}: {value}" for key, value in source.items())
    yml = f"study: Tiny\nsources:\n  customers: {{from: customers.csv{options}}}\n"
    return load_study(make_study(yml, {"customers.csv": text}))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("customer_id,segment\nA,x\nB,y\n", 2),
        ('customer_id,segment\nA,"two\nlines"\nB,y', 2),  # a record over two lines; no newline at the end
        ("customer_id;segment\r\nA;x\r\n\r\nB;y\r\n", 2),  # a blank line is no record
        ("\ufeffcustomer_id\tsegment\nA\tx\n", 1),
    ],
)
def test_records_are_counted_as_a_plain_reader_sees_them(make_study, text, count):
    assert count_records(study_of(make_study, text), "customers") == (count, "")


def test_what_cannot_be_counted_apart_says_why(make_study):
    ragged = study_of(make_study, "customer_id,segment\nA,x\nB\n")
    assert count_records(ragged, "customers") == (
        None,
        "customers.csv has 1 fields in record 2 and 2 in its header",
    )
    encoded = study_of(make_study, "customer_id\nA\n", encoding="latin-1")
    assert count_records(encoded, "customers") == (None, "it is in latin-1")
    assert count_records(encoded, "orders") == (None, "study.yml declares no such source")


def test_csv_and_json_say_the_same_rows(report):
    """What the review compares byte for byte is the same table twice."""
    rows = report.read("findings.json")
    text = (report.folder / "findings.csv").read_text(encoding="utf-8")
    assert [row["link"] for row in csv.DictReader(io.StringIO(text))] == [row["link"] for row in rows]
