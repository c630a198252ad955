"""Several notebooks at once, each in its own process; the kernels come warm where they can."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from linkage.memory import is_off
from linkage.notebooks.beforehand import Questions
from linkage.notebooks.jobs import DONE, FAILED, Job, Outcome
from linkage.notebooks.surroundings import kernel_environment, stack_environment
from linkage.notebooks.warm import can_fork
from linkage.scratch import Scratch

WORKER = [sys.executable, "-P", "-m", "linkage.notebooks.worker"]


_IDLE: list[subprocess.Popen] = []
"""Processes that have imported everything and wait for the next crew of this process."""


@atexit.register
def end_idle() -> None:
    """End the processes that wait: nothing stays behind."""
    while _IDLE:
        _end(_IDLE.pop())


def start_ahead() -> None:
    """Start the imports for the next crew now: who is about to make a report has imports of its own to do."""
    if can_fork() and not _IDLE:
        _IDLE.append(_started())


def _started() -> subprocess.Popen:
    return subprocess.Popen(
        WORKER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=stack_environment(),
        start_new_session=True,
        text=True,
        encoding="utf-8",
    )


def _waiting() -> subprocess.Popen | None:
    """A process that still waits, now nobody else's."""
    while _IDLE:
        server = _IDLE.pop()
        if server.poll() is None:
            return server
        server.communicate()
    return None


def _end(server: subprocess.Popen) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, signal.SIGKILL)
    server.communicate()


class Crew:
    """A context in which notebooks run. Entering it starts the imports, so enter before building the study.

    workers : notebooks at once. The process that imports serves the next crew too, unless it was left in its work.
    """

    def __init__(self, workers: int = 2):
        self.workers = workers
        self._own = Scratch()
        self.scratch = self._own.folder
        self._server: subprocess.Popen | None = None
        self._is_busy = False

    def __enter__(self) -> Crew:
        if can_fork():
            self._server = _waiting() or _started()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._server is not None:
            if self._is_busy or self._server.poll() is not None:
                _end(self._server)
            else:
                _IDLE.append(self._server)
        self._own.remove()

    def run(self, jobs: list[Job]) -> Iterator[Outcome]:
        """The outcome of each job, as it ends. Warm ones run from now on, whenever their outcomes are asked for."""
        told = iter(())
        if self._server is not None:
            told = self._plan({"jobs": [asdict(job) for job in jobs]})
        return self._outcomes(jobs, told)

    def _outcomes(self, jobs: list[Job], told: Iterator[str]) -> Iterator[Outcome]:
        """What the warm process tells, then the outcomes of jobs it cannot fork for, or is gone for."""
        left = {job.name: job for job in jobs}
        for line in told:
            outcome = Outcome(**json.loads(line))
            left.pop(outcome.name)
            yield outcome
        if left:
            yield from self._run_cold(list(left.values()))

    def answer(self, study: Path, through: str, count: int) -> bool:
        """Have a study's declared links answered and kept, several at once, through a period.

        study : its folder. count : of its links. False where no process could, or nothing is kept: then who needs
        them asks.
        """
        if self._server is None or is_off():
            return False
        asked = Questions(str(study), through)
        said = list(self._plan({"links": asdict(asked), "count": count}))
        return said == ["true\n"]

    def _plan(self, plan: dict) -> Iterator[str]:
        """What the process answers to a plan, line by line; nothing where it is gone."""
        assert self._server is not None
        plan = {**plan, "workers": self.workers, "environment": kernel_environment(self.scratch)}
        self._is_busy = True
        try:
            self._server.stdin.write(json.dumps(plan) + "\n")
            self._server.stdin.flush()
        except BrokenPipeError:
            return iter(())
        return self._answers(self._server)

    def _answers(self, server: subprocess.Popen) -> Iterator[str]:
        for line in server.stdout:
            if line == DONE:
                self._is_busy = False
                return
            yield line

    def _run_cold(self, jobs: list[Job]) -> Iterator[Outcome]:
        with ThreadPoolExecutor(self.workers) as pool:
            for done in as_completed([pool.submit(self._run_one, job) for job in jobs]):
                yield done.result()

    def _run_one(self, job: Job) -> Outcome:
        ended = subprocess.run(
            [*WORKER, "--one"],
            input=json.dumps(asdict(job)),
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=job.folder,
            env=kernel_environment(self.scratch),
            check=False,
        )
        lines = ended.stdout.strip().splitlines()
        if ended.returncode == 0 and lines:
            return Outcome(**{**json.loads(lines[-1]), "kernel": "started"})
        said = ended.stderr.strip().splitlines()
        last = f": {said[-1]}" if said else ""
        return Outcome(job.name, FAILED, f"the process that ran it ended with code {ended.returncode}{last}")
