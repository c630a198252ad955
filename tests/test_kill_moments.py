"""A report killed at any moment leaves the old one or the new one, whole; the next run takes up what was finished."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from corner_shop import corner_study, one_notebook
from ready_crew import several

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reports are killed in forked children")

NAMES = ("01_links", "02_more", "03_again")
BESIDE = ["cards", "duckdb", "html", "json", "kept", "kept", "kept"]
"""The family of links and each of its two, the warehouse, the list of reports, the calendar, the data dictionary."""
SCRIPT = Path(__file__).with_name("killed_reports.py")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What became of ten reports killed at seeded random moments, and of the one that then took up the work."""
    base = tmp_path_factory.mktemp("killed")
    notebooks = several(base / "notebooks", one_notebook() / "01_links.ipynb", NAMES)
    # What the notebooks say does not count here: those that never ran do for executed ones.
    command = [sys.executable, str(SCRIPT), str(base), str(corner_study()), str(notebooks), str(notebooks)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return [json.loads(line) for line in ended.stdout.splitlines()]


def endings(files: list[str]) -> list[str]:
    return sorted(name.rpartition(".")[2] for name in files)


def test_ten_kills_leave_the_old_report_or_the_new_one_whole(told):
    known = told[0]
    assert known["old"]["whole"] and known["new"]["whole"] and known["old"] != known["new"]
    killed = [row for row in told if row["kind"] == "killed"]
    assert len(killed) == 10
    assert {row["signal"] for row in killed} == {9}
    for row in killed:
        assert row["whole"], row
        assert row["files"] in (known["old"]["files"], known["new"]["files"]), row
    # Kills before the names are exchanged and after: otherwise this proves half of it.
    assert {tuple(row["files"]) for row in killed} == {tuple(known[k]["files"]) for k in ("old", "new")}


def test_the_next_run_finishes_and_leaves_nothing_behind(told):
    resumed, known = told[-2], told[0]
    assert resumed["whole"] and resumed["files"] == known["new"]["files"]
    assert resumed["ran"] == []  # the killed run had finished every notebook
    assert endings(resumed["left"]) == BESIDE  # nothing that a killed run began


def test_two_reports_at_once_that_build_the_same_leave_one_whole(told):
    made, known = told[-1], told[0]
    assert made["signals"] == [0, 0]
    assert made["whole"] and made["files"] == known["new"]["files"]
    assert endings(made["left"]) == BESIDE
