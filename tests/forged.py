"""A published report of the small study to be forged at will, as somebody would who wants a good figure published."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256

import pytest
from corner_shop import corner_study, environment, one_notebook, plain_report, workplace

from linkage.notebooks.finding import find_notebooks
from linkage.opening import open_study
from linkage.publishing import FINDINGS_MIME
from linkage.report.findings import write_findings
from linkage.report.manifest import code_hash
from linkage.reviewing.published import open_report
from linkage.study import load_study

LINK, DRIVER = "handle_and_satisfaction", "handle_minutes"


@pytest.fixture(scope="session", name="answered")
def answered_shop():
    """The small study opened, and its links answered, once."""
    with environment(workplace()):
        opened = open_study(corner_study())
        return opened, opened.links(period="2026Q3")


@pytest.fixture(name="report")
def report_to_forge(tmp_path):
    """A published report and its study, to be changed at will."""
    shutil.copytree(plain_report().folder.parent, tmp_path / "reports" / "corner")
    shutil.copytree(corner_study(), tmp_path / "corner")
    found = open_report(load_study(tmp_path / "corner"), "2026Q3", tmp_path / "reports", one_notebook())
    # Pages are made again by the code that made them; it may be edited between two tests.
    found.manifest["code_hash"] = code_hash([n.path for n in find_notebooks(one_notebook())])
    found.manifest["made_from"]["code of linkage"] = code_hash([])
    return found


def failed(lines) -> list[str]:
    return [line.text for line in lines if not line.passed]


def change(report, name: str, old: str, new: str) -> None:
    """Change a published file, and its hash in the manifest, as a clever hand would."""
    path = report.folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, (name, old)
    path.write_text(text.replace(old, new), encoding="utf-8")
    rehash(report)


def rehash(report) -> None:
    for name in report.manifest["files"]:
        report.manifest["files"][name] = sha256((report.folder / name).read_bytes()).hexdigest()


def rewrite_findings(report, edit) -> None:
    """Change a finding wherever it stands as data: findings.json, findings.csv and the notebook that carries it."""
    rows = report.read("findings.json")
    for row in rows:
        edit(row)
    write_findings(rows, report.folder)
    path = report.folder / "notebooks" / "01_links.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            for row in output.get("data", {}).get(FINDINGS_MIME, ()):
                edit(row)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    rehash(report)


def edit_of(**changes: object):
    def edit(row: dict) -> None:
        if row["link"] == LINK:
            row.update(changes)

    return edit
