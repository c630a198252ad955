"""The committed notebooks keep their contract; and the contract, the refresh and the comparison do see a breach."""

from __future__ import annotations

import json

import pytest
from conftest import ROOT
from corner_shop import LOAD, corner_study, environment, workplace, write_notebook

from linkage.notebooks import reason_to_skip, refresh_notebooks
from linkage.notebooks.contract import faults, unexecuted_cells
from linkage.notebooks.finding import read_notebook
from linkage.opening import open_study
from linkage.reviewing.outputs import run_nbval

pytestmark = pytest.mark.usefixtures("cold_kernels")

HOME = "home"  # a path in a stored output, without one standing in this file
COMMITTED = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks_and_each_has_a_number_of_its_own():
    numbers = [path.stem[:2] for path in COMMITTED]
    assert len(numbers) > 10
    assert all(number.isdigit() for number in numbers)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda p: p.stem)
def test_a_committed_notebook_keeps_its_contract(path):
    assert faults(path) == []


@pytest.mark.parametrize("path", COMMITTED, ids=lambda p: p.stem)
def test_a_committed_notebook_answers_for_the_demo_by_default(path):
    declared = read_notebook(path)
    assert declared.parameters["study"] == "demo"
    assert isinstance(declared.parameters["period"], str)


# ------------------------------------------------------------------------------------------ a breach is seen


GOOD = (LOAD, "## Answer", "print('good')", "## So what\n\nUse it.")


def executed(path, outputs=()):
    """The notebook as if it had been run: counts, and outputs in its last code cell."""
    content = json.loads(path.read_text(encoding="utf-8"))
    code = [c for c in content["cells"] if c["cell_type"] == "code"]
    for count, cell in enumerate(code, 1):
        cell["execution_count"] = count
    code[-1]["outputs"] = list(outputs)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_good_notebook_has_no_faults(tmp_path):
    path = executed(write_notebook(tmp_path / "01_good.ipynb", *GOOD, needs=["link_survey"]))
    assert faults(path) == []


BREACHES = {
    "a loop": ("for a in []: pass", "code cell 4 has a For"),
    "a function": ("def ask(): pass", "code cell 4 has a FunctionDef"),
    "a while": ("while False: pass", "code cell 4 has a While"),
    "a merge": ("opened.merge(1)", "code cell 4 calls merge"),
    "a grouping": ("opened.groupby('a')", "code cell 4 calls groupby"),
    "a query": ("'select a from b'", "code cell 4 holds SQL"),
    "too long": ("1\n" * 7, "code cell 4 has 7 lines, at most 6"),
    "a typed figure": (
        "## So what\n\nIt costs 3 points.",
        "a digit is typed into 'So what': 'It costs 3 points.'",
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_logic_and_typed_figures_are_seen(tmp_path, breach):
    cell, said = BREACHES[breach]
    assert faults(executed(write_notebook(tmp_path / "01_a.ipynb", *GOOD, cell))) == [said]


OUTPUTS = {
    "an error": (
        {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []},
        "ValueError",
    ),
    "a warning": ({"output_type": "stream", "name": "stderr", "text": "careful"}, "stderr"),
    "an address": ({"output_type": "stream", "name": "stdout", "text": "<a at 0x7f3b14565d00>"}, "address"),
    "a path": ({"output_type": "stream", "name": "stdout", "text": f"in /{HOME}/someone/data"}, "a path"),
}


@pytest.mark.parametrize("output", OUTPUTS)
def test_outputs_that_cannot_repeat_are_seen(tmp_path, output):
    shown, said = OUTPUTS[output]
    (fault,) = faults(executed(write_notebook(tmp_path / "01_a.ipynb", *GOOD), [shown]))
    assert said in fault


def test_a_notebook_that_never_ran_is_seen(tmp_path):
    path = write_notebook(tmp_path / "01_a.ipynb", *GOOD)
    assert unexecuted_cells(path) == [1, 2, 3]
    assert "execution counts are [None, None, None]" in faults(path)[0]


def test_a_notebook_without_its_parts_is_seen(tmp_path):
    path = write_notebook(
        tmp_path / "01_a.ipynb", parameters="study = 'demo'", needs=["link_unit"], author="me"
    )
    said = " ".join(faults(executed(path)))
    for part in ("'## Answer'", "'## So what'", "'period'", "'link_unit'", "'author'"):
        assert part in said


# ------------------------------------------------------------------------------------------ skipping


def test_a_study_that_lacks_a_table_says_which_source_it_would_need(tmp_path):
    with environment(workplace()):
        opened = open_study(corner_study())
    needs = read_notebook(write_notebook(tmp_path / "01_a.ipynb", needs=["link_unit_period"]))
    assert reason_to_skip(needs, opened) == (
        "this study has no link_unit_period: it needs a source of units or unit_periods"
    )
    either = ["link_unit_period", "link_survey"]
    assert (
        reason_to_skip(read_notebook(write_notebook(tmp_path / "02_a.ipynb", any_of=either)), opened) is None
    )
    neither = read_notebook(write_notebook(tmp_path / "03_a.ipynb", any_of=["link_unit_period"]))
    assert "no link_unit_period" in reason_to_skip(neither, opened)


# ------------------------------------------------------------------------------------------ refresh and compare


@pytest.fixture(scope="module")
def refreshed():
    """A folder with a good notebook, refreshed, and one that fails."""
    folder = workplace() / "refresh"
    # stdout in pieces, a table and a figure: what could differ from run to run
    shows = "import pandas as pd\n\nprint('a')\nprint('b', flush=True)\nprint('c')"
    frame = "pd.DataFrame({'estimate': [0.1234]})"
    draws = "from linkage.plots import Picture\n\nPicture('<svg><path d=\"M0 0L9 9\"/></svg>', 'A line up.')"
    write_notebook(folder / "01_good.ipynb", shows, frame, draws, "## Answer", "## So what")
    write_notebook(folder / "02_fails.ipynb", "1 / 0")
    lines: list[str] = []
    failed = refresh_notebooks(say=lines.append, folder=folder)
    return folder, failed, lines


def test_a_refresh_stores_outputs_and_leaves_what_fails_as_it_was(refreshed):
    folder, failed, lines = refreshed
    assert failed == ["02_fails"]
    assert unexecuted_cells(folder / "01_good.ipynb") == []
    assert unexecuted_cells(folder / "02_fails.ipynb") == [1, 2]
    assert any("02_fails: FAILED and left as it was: code cell 2" in line for line in lines)
    assert faults(folder / "01_good.ipynb") == []


def test_two_refreshes_leave_the_same_bytes(refreshed):
    folder, *_ = refreshed
    before = (folder / "01_good.ipynb").read_bytes()
    assert refresh_notebooks("01", folder=folder) == []
    assert (folder / "01_good.ipynb").read_bytes() == before
    assert b"\r" not in before and b"papermill" not in before
    assert "version" not in json.loads(before)["metadata"]["language_info"]


def test_one_changed_digit_in_a_stored_output_is_seen(tmp_path):
    """Both notebooks run the same cell; one stores what it prints, the other a digit more."""
    for name, stored in (("01_same", "slope 0.1234\n"), ("02_tampered", "slope 0.1235\n")):
        output = {"output_type": "stream", "name": "stdout", "text": stored}
        executed(write_notebook(tmp_path / f"{name}.ipynb", "print('slope', 0.1234)"), [output])
    assert run_nbval(tmp_path / "01_same.ipynb").returncode == 0
    ended = run_nbval(tmp_path / "02_tampered.ipynb")
    assert ended.returncode == 1
    assert "0.1235" in ended.stdout
