"""Declared links answered by several processes at once: the same cards as one alone would give, each link once."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest
from corner_shop import corner_study, environment, write_notebook

from linkage.memory import recall_cards
from linkage.notebooks.beforehand import MOST_TURNS, Questions, answer_links
from linkage.notebooks.crew import Crew
from linkage.notebooks.finding import find_notebooks
from linkage.notebooks.jobs import OK, Outcome
from linkage.notebooks.warm import can_fork
from linkage.opening import open_study
from linkage.report.runs_notebooks import run_notebooks

needs_fork = pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only")


@pytest.fixture
def corner(tmp_path):
    with environment(tmp_path):
        yield open_study(corner_study())


def kept_links(folder) -> list[str]:
    return sorted(p.name for p in (folder / "cache").glob("corner-*.kept"))


@needs_fork
def test_two_processes_answer_each_link_once_and_as_one_alone_would(corner, tmp_path):
    links = len(corner.study.links)
    with Crew(2) as crew:
        assert crew.answer(corner.study.folder, "2026Q3", links)
        shared = recall_cards(corner.warehouse, "2026Q3")
        assert len(kept_links(tmp_path)) == links
        shutil.rmtree(tmp_path / "cache")
        alone = open_study(corner.study.folder).links(period="2026Q3")
    assert shared.to_frame().equals(alone.to_frame())
    assert shared.summary() == alone.summary()


@needs_fork
def test_the_same_process_runs_notebooks_afterwards(corner, tmp_path):
    from linkage.notebooks.jobs import Job

    path = write_notebook(tmp_path / "01_a.ipynb", "print(6 * 7)")
    with Crew(1) as crew:
        assert crew.answer(corner.study.folder, "2026Q3", len(corner.study.links))
        (outcome,) = crew.run([Job("01_a", str(path), str(crew.scratch / "01_a.ipynb"), str(tmp_path))])
    assert (outcome.status, outcome.kernel) == (OK, "forked")


@needs_fork
def test_a_process_that_breaks_is_told(tmp_path):
    with environment(tmp_path):
        assert not answer_links(Questions(str(tmp_path / "nowhere"), "2026Q3"), count=2, workers=2)


def test_more_links_than_a_pipe_holds_are_left_to_who_asks():
    assert not answer_links(Questions("nowhere", "2026Q3"), count=MOST_TURNS + 1, workers=2)


def test_without_a_fork_nobody_answers_beforehand(corner, monkeypatch):
    monkeypatch.setenv("LINKAGE_COLD_KERNELS", "1")
    with Crew(2) as crew:
        assert not crew.answer(corner.study.folder, "2026Q3", len(corner.study.links))


def test_the_longest_notebooks_start_first_and_the_outcomes_stay_in_order(corner, tmp_path):
    write_notebook(tmp_path / "01_short.ipynb", "1")
    write_notebook(tmp_path / "02_long.ipynb", "1", long=True)
    found = find_notebooks(tmp_path)
    started: list[str] = []

    def run(jobs):
        started.extend(job.name for job in jobs)
        return [Outcome(job.name, OK) for job in jobs]

    crew = SimpleNamespace(scratch=tmp_path / "scratch", run=run)
    edition = SimpleNamespace(
        study=corner, notebooks=found, only=None, parameters={"study": "corner", "period": "2026Q3"}
    )
    kept = SimpleNamespace(recall=lambda name, place: None, keep=lambda outcome, place: None)
    outcomes = run_notebooks(
        crew, edition, {n.name for n in found}, tmp_path, kept=kept, say=lambda text: None
    )
    assert started == ["02_long", "01_short"]
    assert list(outcomes) == ["01_short", "02_long"]
