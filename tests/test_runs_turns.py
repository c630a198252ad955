"""Two runs of one report: the second waits for the first, says so, and then finds nothing to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_runs import lay_out, place, ran, said_by

from linkage.report import making, runs_turns
from linkage.report.runs_turns import turn

HOLDER = """
import sys
from pathlib import Path
from linkage.report.runs_turns import turn
with turn(Path(sys.argv[1]), doing="", say=print) as waited:
    print(waited, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    return lay_out(tmp_path, monkeypatch)


def hold(report: Path) -> subprocess.Popen:
    """Another process whose turn it is."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(report)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "False\n"
    return process


def when_told(lines: list[str], act) -> None:
    """A `say` that acts on the first line: the run waits by then."""

    def say(text: str) -> None:
        lines.append(text)
        if len(lines) == 1:
            act()

    return say


def test_the_second_of_two_runs_waits_with_a_word_and_finds_the_report_made(shop):
    from linkage.report import Wish, make_reports

    said_by(period="2026Q3")
    assert len(ran()) == 3
    other = hold(place(shop))
    lines: list[str] = []
    say = when_told(lines, lambda: other.communicate(""))
    (run,) = make_reports(["corner"], Wish(period="2026Q3"), say=say)
    assert lines == [
        f"another run (process {other.pid}) makes corner 2026Q3; waiting for it (Ctrl-C ends the waiting)"
    ]
    assert (run.status, ran()) == ("unchanged", [])
    assert list((shop / "cache" / "turns").iterdir()) == []


def test_a_run_that_is_killed_in_its_turn_holds_nobody_up(shop):
    other = hold(place(shop))
    other.kill()
    other.communicate()
    (left,) = (shop / "cache" / "turns").iterdir()
    assert left.read_text(encoding="ascii") == str(other.pid)
    (run,), lines = said_by(period="2026Q3")
    assert run.status == "made" and not any("another run" in line for line in lines)


def test_the_tables_are_built_once_when_no_period_is_named(shop):
    from linkage.report import Wish, make_reports

    other = hold(place(shop).parent)
    lines: list[str] = []
    (run,) = make_reports(["corner"], Wish(), say=when_told(lines, lambda: other.communicate("")))
    assert lines[0].startswith(f"another run (process {other.pid}) builds the tables of corner; waiting")
    assert (run.status, run.period) == ("made", "2026Q3")


def test_another_period_or_another_folder_of_reports_waits_for_nobody(shop, tmp_path):
    other = hold(place(shop))
    try:
        lines: list[str] = []
        for path in (place(shop).with_name("2026Q2"), tmp_path / "other" / "corner" / "2026Q3"):
            with turn(path, doing="", say=lines.append) as waited:
                assert not waited
        assert lines == []
    finally:
        other.communicate("")


def test_a_failed_report_gives_its_turn_back(shop, monkeypatch):
    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("planted")

    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(making, "make_report", fail)
        said_by(period="2026Q3")
    assert said_by(period="2026Q3")[0][0].status == "made"


@pytest.mark.skipif(
    os.name != "posix", reason="a folder in place of a file is told by other errors elsewhere"
)
def test_where_no_lock_can_be_kept_all_go_on(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "cache"))
    with turn(tmp_path / "2026Q3", doing="", say=print) as waited:
        assert waited is False
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "other"))
    runs_turns._lock_of(tmp_path / "2026Q3").path.mkdir()
    with turn(tmp_path / "2026Q3", doing="", say=print) as waited:
        assert waited is False
