"""The review: what was published repeats, and what was changed afterwards is named."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256

import pytest
from corner_shop import (
    PARAMETERS,
    corner_study,
    environment,
    one_notebook,
    plain_report,
    workplace,
    write_notebook,
)

from linkage.errors import ReportError
from linkage.notebooks.finding import find_notebooks
from linkage.report.manifest import code_hash
from linkage.reviewing.proof import review_notebooks, review_report
from linkage.reviewing.published import find_report

pytestmark = pytest.mark.usefixtures("cold_kernels")


@pytest.fixture
def copies(tmp_path):
    """The small study and its report, to be changed at will: the folder of reports and the study's folder."""
    shutil.copytree(plain_report().folder.parent, tmp_path / "reports" / "corner")
    shutil.copytree(corner_study(), tmp_path / "corner")
    # Pages are made again by the code that made them; it may be edited between two tests.
    same_code(tmp_path / "reports" / "corner" / "2026Q3")
    return tmp_path / "reports", tmp_path / "corner"


def same_code(folder) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["code_hash"] = code_hash([n.path for n in find_notebooks(one_notebook())])
    manifest["made_from"]["code of linkage"] = code_hash([])
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def review(copies) -> tuple[bool, list[str]]:
    reports, study = copies
    lines: list[str] = []
    with environment(workplace()):
        proof = review_report(
            study, "2026Q3", reports, lines.append, cache=workplace() / "cache", notebooks=one_notebook()
        )
    return proof.passed, lines


def test_an_untouched_report_is_proved(copies):
    passed, lines = review(copies)
    assert passed, "\n".join(line for line in lines if not line.startswith("ok"))
    assert any(line == "ok   01_links: every output repeats" for line in lines)
    assert any(line.startswith("ok   findings: 2 rows") for line in lines)
    assert "ok   input contacts.csv" in lines and "ok   file index.html" in lines
    assert not [line for line in lines if line.startswith("FAIL")]


def test_everything_changed_afterwards_is_named(copies):
    """A clever hand also puts the new hashes into the manifest: then only the figures themselves can tell."""
    reports, study = copies
    folder = reports / "corner" / "2026Q3"
    (study / "contacts.csv").write_text(
        (study / "contacts.csv").read_text() + "CALL-9,CUST-0001,,phone,1,1\n"
    )
    (study / "more.csv").write_text("a\n1\n")
    with (folder / "ledger.json").open("a") as stream:
        stream.write(" ")
    (folder / "notes.txt").write_text("mine")
    (folder / "findings.csv").unlink()
    change_quietly(folder, "findings.json", '"verdict": "no link"', '"verdict": "linked"')
    change_quietly(folder, "notebooks/01_links.ipynb", "No link shown between", "A link shown between")
    change_quietly(folder, "index.html", "1 shows a link and 1 shows none", "2 show a link")

    passed, lines = review(copies)
    assert not passed
    failed = [line for line in lines if line.startswith("FAIL")]
    wanted = [
        "FAIL file findings.csv is gone",
        "FAIL file ledger.json has changed since the report was made",
        "FAIL file notes.txt was not there when the report was made",
        "FAIL input contacts.csv has changed since the report was made",
    ]
    assert [line for line in failed if line in wanted] == wanted
    assert any(
        line.startswith("FAIL findings: hold_and_satisfaction, hold_minutes: verdict") for line in failed
    ), failed
    assert any(line.startswith("FAIL 01_links: In [") for line in failed)
    assert not any("more.csv" in line for line in failed)  # no source reads it


def test_a_forged_notebook_is_the_root_and_what_repeats_it_stands_under_it(copies):
    """The forged output is carried into its page by the project's own code; every hash is put right."""
    reports, _ = copies
    folder = reports / "corner" / "2026Q3"
    change_quietly(folder, "notebooks/01_links.ipynb", "No link shown between", "A link shown between")
    change_quietly(folder, "01_links.html", "No link shown between", "A link shown between")
    passed, lines = review(copies)
    assert not passed
    root, *rest = [line for line in lines if line.startswith("FAIL")]
    first = root.splitlines()[0]
    assert first.startswith("FAIL 01_links: In [4] gives another output now: line ")
    assert "A link shown between" in first and "No link shown between" in first
    assert "tmp" not in root and "-vv" not in root
    assert [line.splitlines()[0].partition(" is not")[0] for line in rest] == ["FAIL page 01_links.html"]
    assert rest[0].endswith("(repeats 01_links)")
    place = lines.index("At the root:")
    assert lines[place + 1] == f"  {first.removeprefix('FAIL ')}"
    assert lines[place + 2] == "     repeated in page 01_links.html"


def test_a_forged_notebook_alone_lays_no_blame_on_pages_that_are_right(copies):
    reports, _ = copies
    change_quietly(
        reports / "corner" / "2026Q3",
        "notebooks/01_links.ipynb",
        "No link shown between",
        "A link shown between",
    )
    failed = [line for line in review(copies)[1] if line.startswith("FAIL")]
    assert len(failed) == 1 and failed[0].startswith("FAIL 01_links: In [4] ")


def change_quietly(folder, name: str, old: str, new: str) -> None:
    """Change a published file and its hash in the manifest."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_report_that_is_not_there_is_refused(copies):
    reports, _ = copies
    with pytest.raises(ReportError, match=r"no report of corner for 2026Q1\. There are: 2026Q3"):
        find_report("corner", "2026Q1", reports)
    with pytest.raises(ReportError, match="linkage report shop"):
        find_report("shop", None, reports)
    assert find_report("corner", None, reports).name == "2026Q3"


def test_a_period_that_cannot_be_is_refused_with_those_there_are(copies):
    reports, study = copies
    for wrong, why in (("2026Q9", "runs from 1 to 4"), ("2026", "is a year"), ("soon", "is not a period")):
        with pytest.raises(
            ReportError, match=rf"{why}.* There are reports of corner for: 2026Q3\."
        ) as refused:
            review_report(study, wrong, reports)
        assert "\n" not in str(refused.value)
    with pytest.raises(ReportError, match=r"no report of corner for 2026Q1\. There are: 2026Q3"):
        review_report(study, "2026Q1", reports)


def test_a_notebook_that_never_ran_is_refused(tmp_path):
    write_notebook(tmp_path / "01_a.ipynb", "1 + 1", parameters=PARAMETERS)
    lines: list[str] = []
    assert not review_notebooks(lines.append, folder=tmp_path).passed
    assert lines == ["FAIL 01_a.ipynb: never executed: code cells 1, 2. Run `linkage refresh`."]


def test_a_page_of_a_notebook_follows_from_that_notebook_alone():
    from linkage.reviewing.lines import bad, good, of_same_root

    wrong = [bad("a page", about=f"page {name}.html") for name in ("01_a", "index", "method")]
    believed = [good("", about="page 01_a.html"), good("", about="page index.html")]
    told = list(of_same_root(wrong, believed, "01_a, 02_b"))
    assert [line.follows for line in told] == ["01_a", "01_a, 02_b", ""]
