"""`pytest --nbval` on a folder of notebooks is strict by itself, and closes the gaps that nbval leaves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from types import SimpleNamespace

import pytest
from conftest import ROOT
from corner_shop import write_notebook
from nbformat import NotebookNode

from linkage.reviewing.cells import faults_of_evidence
from linkage.reviewing.pytest_notebooks import CELL_SECONDS, ENDLESS, pytest_configure, sanitise_file
from linkage.reviewing.tolerance import tolerance_of, within

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OPTIONS = PROJECT["tool"]["pytest"]["ini_options"]["addopts"]


# ------------------------------------------------------------------------------------------ the options


def configured(**given) -> SimpleNamespace:
    left_open = {
        "nbval": True, "nbval_sanitize_with": None, "nbval_kernel_name": None, "nbval_current_env": False,
        "nbval_cell_timeout": ENDLESS,
    }  # fmt: skip
    option = SimpleNamespace(**{**left_open, **given})
    pytest_configure(SimpleNamespace(option=option))
    return option


def test_what_the_caller_left_open_is_filled_in():
    option = configured()
    assert option.nbval_sanitize_with == str(sanitise_file()) == str(ROOT / "tests" / "nbval_sanitize.cfg")
    assert option.nbval_current_env is True and option.nbval_cell_timeout == CELL_SECONDS


def test_what_the_caller_gave_is_kept():
    option = configured(nbval_sanitize_with="mine.cfg", nbval_kernel_name="other", nbval_cell_timeout=5.0)
    assert (option.nbval_sanitize_with, option.nbval_current_env, option.nbval_cell_timeout) == (
        "mine.cfg",
        False,
        5.0,
    )


def test_nothing_is_touched_where_no_notebook_is_validated():
    option = configured(nbval=False)
    assert option.nbval_sanitize_with is None and option.nbval_cell_timeout == ENDLESS


# ------------------------------------------------------------------------------------------ a small folder, for real


TWO = "display({'text/html': '<b>table</b>'}, raw=True)"
TABLE = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>table</b>"}}
PRINTED = {"output_type": "stream", "name": "stdout", "text": "4 rows\n"}
BOTH = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"text/html": "<b>table</b>", "text/plain": "t"},
}
PLAIN = {"output_type": "display_data", "metadata": {}, "data": {"text/plain": "t"}}


def executed(path, *cells: tuple[str, str | list | None, dict]) -> None:
    """A notebook as if it had been run: cells with their printed outputs and their tags; None: never executed."""
    write_notebook(path, *(source for source, _, _ in cells), parameters=None)
    content = json.loads(path.read_text(encoding="utf-8"))
    code = [c for c in content["cells"] if c["cell_type"] == "code"]
    for count, (cell, (_, text, metadata)) in enumerate(zip(code, cells, strict=True), 1):
        cell["metadata"] = metadata
        if text is not None:
            cell["execution_count"] = count
            printed = [{"output_type": "stream", "name": "stdout", "text": text}]
            cell["outputs"] = text if isinstance(text, list) else printed
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def validated(tmp_path_factory):
    """One run of the plain command on a folder with one notebook of each kind of cell; by cell, how it ended."""
    folder = tmp_path_factory.mktemp("project") / "notebooks"
    folder.mkdir()
    (folder.parent / "pytest.ini").write_text(f"[pytest]\naddopts = {OPTIONS}\n")
    loose = {"tags": ["tolerance-1e-6"]}
    executed(
        folder / "01_cells.ipynb",
        ("import os\nprint(os.environ['OMP_NUM_THREADS'])", "1\n", {}),
        ("print(object.__new__(object))", "<object object at 0x7f0000000000>\n", {}),
        ("print('mean 3.4000001')", "mean 3.4\n", {}),
        ("print('mean 3.4000001')", "mean 3.4\n", loose),
        ("print('mean 3.5')", "mean 3.4\n", loose),
        ("print('never run')", None, {}),
        ("print('new')\n# NBVAL_IGNORE_OUTPUT", "old\n", {}),
        ("print('skipped')", "skipped\n", {"tags": ["nbval-skip"]}),
        ("print('good')", "good\n", {}),
        (f"print('4 rows')\n{TWO}", [PRINTED, TABLE], {}),
        (f"print('4 rows')\n{TWO}", [TABLE, PRINTED], {}),
        ("display({'text/html': '<b>table</b>', 'text/plain': 't'}, raw=True)", [BOTH], {}),
        ("display({'text/html': '<b>table</b>', 'text/plain': 't'}, raw=True)", [TABLE, PLAIN], {}),
        (f"print('4 rows')\n{TWO}", [TABLE, PRINTED], loose),
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS", "PYTEST_ADDOPTS")}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "notebooks/", "-p", "no:cacheprovider", "-rA", "-q"],
        cwd=folder.parent, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.findall(r"^(PASSED|FAILED) .*::Cell (\d+)", ended.stdout, re.MULTILINE)
    return {int(cell): word for word, cell in found}, ended.stdout


@pytest.mark.parametrize(
    ("cell", "ends", "why"),
    [
        (0, "PASSED", "one thread for linear algebra"),
        (1, "PASSED", "an address is overlooked by the sanitise file"),
        (2, "FAILED", "a last digit differs and nothing allows it"),
        (3, "PASSED", "the same digit in a cell tagged for it"),
        (4, "FAILED", "another figure in a cell tagged for a last digit"),
        (5, "FAILED", "a cell that was never executed"),
        (6, "FAILED", "a cell that asks not to be compared"),
        (7, "FAILED", "a cell that asks to be skipped"),
        (8, "PASSED", "a good cell after all these"),
        (9, "PASSED", "two outputs in their order"),
        (10, "FAILED", "the same two outputs the other way round"),
        (11, "PASSED", "one output of two kinds"),
        (12, "FAILED", "the same parted in two outputs"),
        (13, "FAILED", "another order where a last digit may differ"),
    ],
)
def test_the_plain_command_is_strict(validated, cell, ends, why):
    by_cell, said = validated
    assert by_cell.get(cell) == ends, (why, said)


def test_what_fails_says_what_to_do(validated):
    assert "it was never executed, so there is nothing to compare. Run `linkage refresh`." in validated[1]
    assert "it asks not to be compared. Take its NBVAL mark out." in validated[1]


# ------------------------------------------------------------------------------------------ tolerance


@pytest.mark.parametrize(
    ("new", "stored", "same"),
    [
        ("mean 3.40000001, n = 1,200", "mean 3.4, n = 1,200", True),
        ("mean \N{MINUS SIGN}3.40000001", "mean \N{MINUS SIGN}3.4", True),
        ("mean 3.41", "mean 3.4", False),
        ("median 3.4", "mean 3.4", False),
        ("3.4 3.4", "3.4", False),
        ("-3.4", "3.4", False),
        ("p = 1.0000001e-12", "p = 1e-12", True),
    ],
)
def test_texts_are_the_same_but_for_a_last_digit(new, stored, same):
    assert (within(new, stored, 1e-6) == stored) is same


def test_rows_of_data_are_compared_figure_by_figure():
    stored = NotebookNode({"data": {"rows": [{"a": 1.0, "b": "x 2.0"}]}, "n": 3})
    near = NotebookNode({"data": {"rows": [{"a": 1.0000001, "b": "x 2.0000001"}]}, "n": 3})
    assert within(near, stored, 1e-6) == stored and isinstance(within(near, stored, 1e-6), NotebookNode)
    far = {"data": {"rows": [{"a": 1.1, "b": "x 2.0"}, {"a": 1.0}]}, "n": 3}
    assert within(far, stored, 1e-6) == far


def test_a_tag_names_its_share_and_none_too_wide_is_taken():
    assert tolerance_of(["parameters"]) is None
    assert tolerance_of(["tolerance-1e-6"]) == 1e-6
    for tag in ("tolerance-half", "tolerance-0", "tolerance-0.5"):
        with pytest.raises(ValueError, match=r"names no share above 0 and up to 0\.01"):
            tolerance_of([tag])


# ------------------------------------------------------------------------------------------ the committed ones


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_every_committed_notebook_is_evidence(path):
    assert faults_of_evidence(path) == []


def test_notebooks_hold_nothing_that_stands_in_the_way_of_the_tests():
    """A conftest.py there would take the place of the tests' own, which they import from."""
    assert not (ROOT / "notebooks" / "conftest.py").exists()


def test_printed_text_in_pieces_is_no_evidence(tmp_path):
    executed(tmp_path / "01_cells.ipynb", ("print('a')", [PRINTED, TABLE, PRINTED], {}))
    said = "code cell 1 holds what it printed in several pieces, and where each stands is not compared"
    assert [fault.partition(".")[0] for fault in faults_of_evidence(tmp_path / "01_cells.ipynb")] == [said]


def test_an_order_of_outputs_that_changed_is_said():
    from linkage.reviewing.differing import DIFFER, first_difference

    pairs = [["stdout", "4 rows"], ["text/html", "<b>table</b>"]]
    told = first_difference({"said": DIFFER, "stored": pairs, "came": pairs[::-1]})
    assert told == "gives its outputs in another order, or parted otherwise, now"
