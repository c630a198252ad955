"""The process that has imported everything serves one crew after the other, each in its own surroundings."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from corner_shop import write_notebook

from linkage.notebooks import crew
from linkage.notebooks.crew import Crew, end_idle
from linkage.notebooks.jobs import FAILED, OK, Job
from linkage.notebooks.warm import can_fork

needs_fork = pytest.mark.skipif(not can_fork(), reason="kernels are forked on Linux only")

SHOWS = "import os\nprint(os.environ.get('LINKAGE_CACHE'), os.environ.get('ONCE'))"


@pytest.fixture(autouse=True)
def quick_process(monkeypatch):
    """What earlier tests left waiting has loaded everything; ours serve from test to test."""
    monkeypatch.setattr(
        crew, "WORKER", [sys.executable, "-P", str(Path(__file__).with_name("quick_worker.py"))]
    )


@pytest.fixture(scope="module", autouse=True)
def nobody_waits():
    end_idle()
    yield
    end_idle()


def run(folder, body=SHOWS):
    """What a notebook printed, how it ended, and the process that served."""
    path = write_notebook(folder / "01_a.ipynb", body)
    with Crew(1) as running:
        job = Job("01_a", str(path), str(running.scratch / "01_a.ipynb"), str(folder))
        (outcome,) = running.run([job])
        written = json.loads((running.scratch / "01_a.ipynb").read_text(encoding="utf-8"))
        server = running._server
    outputs = written["cells"][-1]["outputs"]
    return "".join(outputs[0]["text"]).strip() if outputs and "text" in outputs[0] else "", outcome, server


@needs_fork
def test_the_next_crew_is_served_by_the_same_process_in_its_own_surroundings(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "one"))
    monkeypatch.setenv("ONCE", "yes")
    first = run(tmp_path)
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "two"))
    monkeypatch.delenv("ONCE")
    second = run(tmp_path)
    assert first[0] == f"{tmp_path / 'one'} yes" and second[0] == f"{tmp_path / 'two'} None"
    assert first[2] is second[2] and second[1].kernel == "forked"


@needs_fork
def test_a_failed_notebook_leaves_the_process_fit_for_the_next(tmp_path):
    _, outcome, first = run(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert outcome.status == FAILED
    _, outcome, second = run(tmp_path)
    assert outcome.status == OK and first is second


@needs_fork
def test_a_crew_left_in_its_work_ends_its_process(tmp_path):
    path = write_notebook(tmp_path / "01_a.ipynb", "import time\ntime.sleep(60)")
    quick = write_notebook(tmp_path / "02_b.ipynb", "1")
    with Crew(2) as running:
        jobs = [Job(p.stem, str(p), str(running.scratch / p.name), str(tmp_path)) for p in (path, quick)]
        next(iter(running.run(jobs)))
        server = running._server
    assert server.poll() is not None and crew._IDLE == []


@needs_fork
def test_a_process_that_was_killed_while_it_waited_is_not_used(tmp_path):
    *_, first = run(tmp_path)
    first.kill()
    first.wait()
    text, outcome, second = run(tmp_path)
    assert outcome.status == OK and second is not first and text
