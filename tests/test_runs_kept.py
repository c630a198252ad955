"""Finished notebooks outlive a run that broke off, for exactly the same data and code, and no longer than needed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from corner_shop import corner_study

from linkage.notebooks.finding import Notebook
from linkage.notebooks.jobs import FAILED, OK, Outcome
from linkage.report.runs_kept import kept_notebooks, unfinished_folder
from linkage.report.runs_marks import differences, key_marks, marks_of
from linkage.study import load_study
from linkage.warehouse import remove_abandoned


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """keep(marks) opens the notebooks kept for a study and period."""
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "cache"))
    study = load_study(corner_study())

    def work(marks: dict, *, resume: bool = True, said: list | None = None):
        say = (said if said is not None else []).append
        return kept_notebooks(study, "2026Q3", marks, resume=resume, say=say)

    work.base = unfinished_folder(study, "2026Q3")
    return work


def executed(folder: Path, name: str = "01_a", text: str = "cells") -> tuple[Outcome, Path]:
    file = folder / f"{name}.ipynb"
    file.write_text(text, encoding="utf-8")
    return Outcome(name, OK, seconds={"total": 1.5}, kernel="forked"), file


def break_off(kept_by) -> None:
    with pytest.raises(KeyboardInterrupt), kept_by:
        raise KeyboardInterrupt


def test_a_run_that_broke_off_leaves_its_good_notebooks_to_the_next(keep, tmp_path):
    outcome, file = executed(tmp_path)
    with pytest.raises(KeyboardInterrupt), keep({"a": "1"}) as kept:
        kept.keep(outcome, file)
        kept.keep(Outcome("02_b", FAILED), tmp_path / "none.ipynb")
        raise KeyboardInterrupt
    with keep({"a": "1"}) as kept:
        assert kept.recall("01_a", tmp_path / "again.ipynb") == outcome
        assert kept.recall("02_b", tmp_path / "none.ipynb") is None
        kept.done(whole=True)
    assert (tmp_path / "again.ipynb").read_text() == "cells"
    assert not keep.base.exists()


def test_nothing_is_taken_over_from_another_state_or_unasked(keep, tmp_path):
    with pytest.raises(KeyboardInterrupt), keep({"input a.csv": "1"}) as kept:
        kept.keep(*executed(tmp_path))
        raise KeyboardInterrupt
    for marks, resume, told in (
        ({"input a.csv": "2"}, True, ["nothing of the unfinished run is used: input a.csv has changed"]),
        ({"input a.csv": "1"}, False, []),
    ):
        said: list[str] = []
        with keep(marks, resume=resume, said=said) as kept:
            assert kept.recall("01_a", tmp_path / "again.ipynb") is None
        assert said == told


def test_resuming_with_nothing_to_resume_says_so(keep):
    said: list[str] = []
    with keep({"a": "1"}, said=said):
        assert said == ["there is no unfinished run to resume: every notebook runs"]


def test_a_kept_notebook_that_was_changed_is_not_taken(keep, tmp_path):
    with pytest.raises(KeyboardInterrupt), keep({"a": "1"}) as kept:
        kept.keep(*executed(tmp_path))
        raise KeyboardInterrupt
    (file,) = keep.base.glob("*/01_a.ipynb")
    file.write_text("cells and more", encoding="utf-8")
    with keep({"a": "1"}) as kept:
        assert kept.recall("01_a", tmp_path / "again.ipynb") is None
    assert not (tmp_path / "again.ipynb").exists()


def test_a_run_that_kept_nothing_leaves_nothing(keep):
    break_off(keep({"a": "1"}))
    assert not keep.base.exists()


def test_two_runs_at_once_do_not_take_each_others_work_away(keep, tmp_path):
    outcome, file = executed(tmp_path)
    with keep({"a": "1"}) as first:
        first.keep(outcome, file)
        with keep({"a": "1"}) as second:
            assert second.recall("01_a", tmp_path / "again.ipynb") == outcome  # finished is finished
            second.done(whole=True)
        first.keep(*executed(tmp_path, "02_b"))
        assert sorted(p.name for p in keep.base.glob("*/*.ipynb")) == ["01_a.ipynb", "02_b.ipynb"]
        first.done(whole=True)
    assert not keep.base.exists()


def test_a_cache_that_cannot_be_written_ends_the_keeping_and_not_the_report(keep, tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file")
    said: list[str] = []
    with keep({"a": "1"}, said=said, resume=False) as kept:
        kept.keep(*executed(tmp_path))
        kept.done(whole=True)
    assert said == ["finished notebooks are not kept for --resume: Not a directory"]


def test_differences_are_named_and_the_many_are_counted():
    assert differences({"a": "1", "b": "1"}, {"a": "2", "c": "1"}) == "a has changed, c is new, b is gone"
    assert differences({}, dict.fromkeys("abcde", "1")) == "a is new, b is new, c is new, and 2 more"
    assert differences({"a": "1"}, {"a": "1"}) == ""


@pytest.mark.skipif(os.name != "posix", reason="only there can a process be asked whether it lives")
def test_a_warehouse_half_built_by_a_dead_process_is_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (
        f".a-{dead.pid}.building",
        f".a-{dead.pid}.building.wal",
        f".b-{os.getpid()}.building",
        "c.duckdb",
    ):
        (tmp_path / name).touch()
    (tmp_path / f".a-{dead.pid}.building.tmp").mkdir()
    remove_abandoned(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f".b-{os.getpid()}.building", "c.duckdb"]


def test_what_lies_beside_the_sources_counts_too(tmp_path):
    """A file that a notebook asks for, and the secret behind the pseudonyms of accounts."""
    study = replace(load_study(corner_study()), folder=tmp_path)
    notebook = Notebook(tmp_path / "01_a.ipynb", "A", "A?", (), (), {}, needs_files=("truth.yml", "none.yml"))
    for name in ("study.yml", "01_a.ipynb", "truth.yml"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    first = marks_of(study, [notebook])
    assert {"file truth.yml", "notebook 01_a", "input study.yml", "code of linkage"} <= set(first)
    (tmp_path / "truth.yml").write_text("other", encoding="utf-8")
    assert differences(first, marks_of(study, [notebook])) == "file truth.yml has changed"

    stated = SimpleNamespace(declared=SimpleNamespace(keys_folder="keys"), folder=tmp_path, name="corner")
    assert key_marks(study) == key_marks(stated) == {}
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "corner.key").write_text("00ff", encoding="utf-8")
    one = key_marks(stated)
    (tmp_path / "keys" / "corner.key").write_text("11ff", encoding="utf-8")
    assert differences(one, key_marks(stated)) == "key of the pseudonyms has changed"
