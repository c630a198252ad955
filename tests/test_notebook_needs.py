"""A notebook that needs a file of the study's own is skipped, with the reason, where there is none."""

import json

from linkage.notebooks.contract import faults
from linkage.notebooks.finding import read_notebook, reason_to_skip


def declared(tmp_path, **own):
    """A notebook that holds nothing but what it declares of itself."""
    content = {"cells": [], "metadata": {"linkage": own}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "91_declared.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_the_file_named_is_looked_for_in_the_study_folder(tmp_path, demo, hospitals):
    notebook = read_notebook(declared(tmp_path, title="Proof", needs_files=["truth.yml"]))
    assert notebook.needs_files == ("truth.yml",)
    assert reason_to_skip(notebook, demo) is None
    assert reason_to_skip(notebook, hospitals) == "this study has no file truth.yml beside its study.yml"


def test_every_missing_file_is_named(tmp_path, demo):
    notebook = read_notebook(declared(tmp_path, needs_files=["truth.yml", "plan.yml", "budget.csv"]))
    assert reason_to_skip(notebook, demo) == (
        "this study has no file plan.yml and no file budget.csv beside its study.yml"
    )


def test_a_missing_table_is_told_first(tmp_path, hospitals):
    notebook = read_notebook(declared(tmp_path, needs=["link_survey"], needs_files=["truth.yml"]))
    assert "no link_survey" in reason_to_skip(notebook, hospitals)


def test_who_asks_for_no_file_is_not_skipped(tmp_path, hospitals):
    assert read_notebook(declared(tmp_path)).needs_files == ()
    assert reason_to_skip(read_notebook(declared(tmp_path)), hospitals) is None


def test_the_contract_knows_the_word(tmp_path):
    cell = {"cell_type": "markdown", "metadata": {}, "source": "# Is it so?\n\n## Answer\n\n## So what"}
    path = declared(tmp_path, title="Proof", needs_files=["truth.yml"], need_files=["truth.yml"])
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"] = [cell]
    path.write_text(json.dumps(content), encoding="utf-8")
    said = [fault for fault in faults(path) if "metadata" in fault]
    assert said == ["unknown linkage metadata 'need_files'"]
