"""Forgeries of somebody who wants a good figure published: every hash is put right, and each is found and named."""

from __future__ import annotations

import json
import re

import pytest
from forged import (
    LINK,
    answered_shop,  # noqa: F401
    change,
    edit_of,
    failed,
    rehash,
    report_to_forge,  # noqa: F401
    rewrite_findings,
)

from linkage.reviewing.cells import own_evidence
from linkage.reviewing.files import other_surroundings, same_files
from linkage.reviewing.pages import edition_of, same_contents, same_manifest
from linkage.reviewing.recomputed import recomputed_findings


def edit_json(report, name: str, edit) -> None:
    path = report.folder / name
    content = edit(json.loads(path.read_text(encoding="utf-8")))
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    rehash(report)


def edit_text(report, name: str, pattern: str, new: str) -> None:
    path = report.folder / name
    text, count = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1, flags=re.DOTALL)
    assert count == 1, (name, pattern)
    path.write_text(text, encoding="utf-8")
    rehash(report)


def more(content, **parts):
    return {**content, **parts}


FORGERIES = {
    "a row of the findings in another order": (
        "findings.json",
        lambda r: edit_json(r, "findings.json", lambda f: f[::-1]),
    ),
    "a link left out of the declaration": (
        "declaration.json",
        lambda r: edit_json(r, "declaration.json", lambda d: more(d, links={LINK: d["links"][LINK]})),
    ),
    "a note in the ledger": (
        "ledger.json",
        lambda r: edit_json(r, "ledger.json", lambda d: more(d, note="audited, no doubts")),
    ),
    "a figure of the metrics": (
        "metrics.json",
        lambda r: edit_json(r, "metrics.json", lambda m: [*m, {"metric": "nps"}]),
    ),
    "a verdict of the table that the script sorts": (
        "findings.html",
        lambda r: edit_text(r, "findings.html", r"not shown", "linked"),
    ),
    "a word of the glossary": (
        "glossary.html",
        lambda r: edit_text(r, "glossary.html", r"association", "proof"),
    ),
    "the words for a picture": (
        "index.html",
        lambda r: edit_text(r, "index.html", r'aria-label="', 'aria-label="Proved: '),
    ),
    "the script of a page": (
        "findings.html",
        lambda r: edit_text(r, "findings.html", r"</script>", "document.title='9.9'</script>"),
    ),
    "a word that only a screen reader hears": (
        "review.html",
        lambda r: edit_text(r, "review.html", r'aria-label="On this page', r"\g<0> proved"),
    ),
    "who signed the report before": (
        "review.html",
        lambda r: edit_text(r, "review.html", r"There is no report before this one[^<]*", "The report before: signed."),
    ),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_file_is_named_with_its_line(report, answered, forgery):
    name, forge = FORGERIES[forgery]
    forge(report)
    assert not failed(same_files(report))  # the manifest was rewritten to fit
    said = failed(same_contents(report, edition_of(report, answered[0])))
    assert any(f" {name} is not what the findings and notebooks give: line " in line for line in said), said


def test_a_page_put_in_is_named(report, answered):
    (report.folder / "board.html").write_text("<h1>All links proved</h1>", encoding="utf-8")
    report.manifest["files"]["board.html"] = ""
    rehash(report)
    assert not failed(same_files(report))
    assert failed(same_contents(report, edition_of(report, answered[0]))) == [
        "file board.html is none that a report makes"
    ]
    (report.folder / "board.html").unlink()
    del report.manifest["files"]["board.html"]
    (report.folder / "Approved by the board").mkdir()
    assert failed(same_contents(report, edition_of(report, answered[0]))) == [
        "folder Approved by the board is none that a report makes"
    ]


def test_a_check_taken_out_everywhere_is_named(report, answered):
    """findings.json, findings.csv, the notebook and every hash agree that nobody ever looked."""

    def edit(row: dict) -> None:
        if row["link"] == LINK:
            row["checks"] = [c for c in row["checks"] if c["verdict"] == "PASS"]

    rewrite_findings(report, edit)
    said = failed(recomputed_findings(report, answered[1]))
    assert len(said) == 1 and said[0].startswith(f"data: {LINK}, handle_minutes: ") and "checks" in said[0]


def test_a_rounder_interval_everywhere_is_named(report, answered):
    rewrite_findings(report, edit_of(high=-0.01))
    said = failed(recomputed_findings(report, answered[1]))
    assert said[0].startswith(f"data: {LINK}, handle_minutes: high is published as -0.01, the data give -0.0")


@pytest.mark.parametrize(
    ("kind", "said"), [("image/png", "holds image/png"), ("image/jpeg", "holds image/jpeg")]
)
def test_a_picture_that_nbval_passes_over_is_named(report, kind, said):
    """A page would show it in the place of the table; strict nbval compares no such picture."""
    path = report.folder / "notebooks" / "01_links.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    output = next(o for c in notebook["cells"] for o in c.get("outputs", ()) if "data" in o)
    output["data"][kind] = "iVBORw0KGgo="
    path.write_text(json.dumps(notebook), encoding="utf-8")
    rehash(report)
    (line,) = failed(own_evidence(report))
    assert line.startswith("01_links: code cell ") and said in line


def test_a_tag_or_an_attachment_put_on_a_cell_is_named(report):
    path = report.folder / "notebooks" / "01_links.ipynb"
    text = path.read_text(encoding="utf-8")
    for part in ({"metadata": {"tags": ["hide-output"]}}, {"attachments": {"a.png": {"image/png": "iVBO"}}}):
        notebook = json.loads(text)
        notebook["cells"][0].update(part)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        (line,) = failed(own_evidence(report))
        assert "cell 1 is not that of the project's notebook: what hangs on it, such as tags, is" in line


@pytest.mark.parametrize(("part", "value"), [("title", "Better Shop"), ("seed", 7), ("input_hash", "0" * 64)])
def test_what_the_manifest_says_of_the_report_is_held_against_the_study(report, answered, part, value):
    assert not failed(same_manifest(report, edition_of(report, answered[0])))
    report.manifest[part] = value
    (line,) = failed(same_manifest(report, edition_of(report, answered[0])))
    assert line.startswith(f"manifest: {part} is {value!r}, the study gives ")


def test_another_python_and_other_packages_are_for_a_person_to_look_at(report):
    assert not list(other_surroundings(report))
    report.manifest["python"] = "3.9.1"
    report.manifest["packages"] = {**report.manifest["packages"], "pandas": "1.0", "ours": "2.0"}
    lines = list(other_surroundings(report))
    assert [(line.word, line.passed) for line in lines] == [("REVIEW", True)] * 3
    assert lines[0].text.startswith("python was 3.9.1 when the report was made, and is 3.")
    assert lines[2].text == "ours was 2.0 when the report was made, and is absent here"


def test_a_change_in_two_places_is_told_in_both(report, answered):
    change(report, "index.html", "Of 2 ", "Of 3 ")
    change(report, "glossary.html", "association", "proof")
    said = failed(same_contents(report, edition_of(report, answered[0])))
    assert [line.split(" is ")[0] for line in said] == ["page glossary.html", "page index.html"]


# ------------------------------------------------------------------------------------------ what a run writes itself


def edit_notebook(report, edit) -> None:
    path = report.folder / "notebooks" / "01_links.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    edit(notebook, next(c for c in notebook["cells"] if c["id"] == "injected-parameters"))
    path.write_text(json.dumps(notebook), encoding="utf-8")
    rehash(report)


def moved_last(notebook: dict, injected: dict) -> None:
    notebook["cells"].remove(injected)
    notebook["cells"].append(injected)


def counted_from_forty(notebook: dict, injected: dict) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] += 40


BY_HAND = {
    "a remark": (
        lambda n, cell: cell["source"].insert(1, "# Audited by the board\n"),
        "is not as a run writes it",
    ),
    "a mark": (lambda n, cell: cell["metadata"].update(collapsed=True), "is not as a run writes it"),
    "a text for a cell": (lambda n, cell: cell.update(cell_type="markdown"), "is not as a run writes it"),
    "another place": (moved_last, "does not follow the one it replaces"),
    "another count": (counted_from_forty, "are not counted from 1 in their order, but 41, 42"),
    "another name of a cell": (
        lambda n, cell: n["cells"][0].update(id="audited"),
        "cell 1 is not that of the project's notebook",
    ),
    "another title": (
        lambda n, cell: n["metadata"]["linkage"].update(title="Audited"),
        "what it says of itself is not what the project's notebook says: linkage",
    ),
    "authors": (lambda n, cell: n["metadata"].update(authors=["Ada"]), "notebook says: authors"),
}


@pytest.mark.parametrize("forgery", BY_HAND)
def test_a_notebook_finished_by_hand_is_named(report, forgery):
    edit, said = BY_HAND[forgery]
    assert not failed(own_evidence(report))
    edit_notebook(report, edit)
    found = failed(own_evidence(report))
    assert found and any(said in line for line in found), found


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda m: m["notebooks"][0].update(audited="yes"), "of 01_links no report writes audited"),
        (lambda m: m["notebooks"][0].update(title="Proved"), "the title of 01_links is 'Proved'"),
        (lambda m: m["notebooks"].append(dict(m["notebooks"][0])), "it tells twice of 01_links"),
        (
            lambda m: m["notebooks"].append({**m["notebooks"][0], "name": "99_audit", "status": "skipped"}),
            "it tells of 99_audit, and the project has no such notebook",
        ),
        (
            lambda m: m.update(formats=["html", "xlsx"]),
            "its formats are html, xlsx, and its rows tell of none",
        ),
        (
            lambda m: m.update(
                formats=["html", "pdf"], exports=[{"format": "pdf", "status": "made", "by": "Ada"}]
            ),
            "of the format pdf no report writes by",
        ),
    ],
)
def test_a_row_of_the_manifest_that_no_report_writes_is_named(report, answered, edit, said):
    edit(report.manifest)
    found = failed(same_manifest(report, edition_of(report, answered[0])))
    assert len(found) == 1 and said in found[0], found


def test_a_report_in_the_folder_of_another_period_is_refused(report):
    from linkage.errors import ReportError
    from linkage.reviewing.published import open_report

    report.folder.rename(report.folder.with_name("2026Q4"))
    with pytest.raises(ReportError, match=r"2026Q4 holds the report of 2026Q3, by its manifest\.json"):
        open_report(report.study, "2026Q4", report.folder.parent.parent, report.notebooks)


def test_a_format_that_was_left_out_is_for_a_person_to_look_at(report, answered):
    from linkage.reviewing.exported import same_exports

    rows = [("xlsx", "left out", "no room"), ("pptx", "failed", "ValueError: planted")]
    report.manifest["exports"] = [dict(zip(("format", "status", "reason"), row, strict=True)) for row in rows]
    said = [str(line) for line in same_exports(report, edition_of(report, answered[0]))]
    assert said == [
        "REVIEW xlsx: left out when the report was made: no room",
        "FAIL pptx: failed when the report was made: ValueError: planted",
    ]


def test_a_row_of_a_notebook_that_is_gone_since_is_for_a_person_to_look_at(report, answered):
    rows = report.manifest["notebooks"]
    rows.append({**rows[0], "name": "99_audit", "status": "skipped"})
    report.manifest["code_hash"] = "of other code"
    said = [str(line) for line in same_manifest(report, edition_of(report, answered[0]))]
    assert said[0] == "REVIEW manifest: it tells of 99_audit, and the project has no such notebook now"


def test_a_forged_list_of_reports_is_for_a_person_to_look_at(report):
    from linkage.report.index import write_index
    from linkage.reviewing.listed import same_list

    assert list(same_list(report)) == []  # there is none
    place = write_index(report.folder.parent.parent)
    assert [str(line) for line in same_list(report)] == [
        "ok   list of reports: index.html made again, the same"
    ]
    place.write_text(
        place.read_text(encoding="utf-8").replace("corner", "corner, signed", 1), encoding="utf-8"
    )
    (line,) = same_list(report)
    assert str(line).startswith(
        "REVIEW the list of reports, index.html above the report's folder, is not what"
    )
