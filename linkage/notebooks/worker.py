"""The process that runs notebooks: it imports the stack once and forks a runner, and its kernel, for each.

`python -m linkage.notebooks.worker` reads plans, each one line of JSON. To {"workers", "environment", "jobs"} it writes
one line an outcome; to {"workers", "environment", "links", "count"} one line, whether the links were answered; and an
empty line after the last of a plan.
With `--one` it runs a single job with an ordinary kernel: where there is no fork, and after a fork that failed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TextIO

from linkage.notebooks.beforehand import Questions, answer_links
from linkage.notebooks.jobs import DONE, FAILED, Job, Outcome
from linkage.notebooks.running import run_job
from linkage.notebooks.warm import end_with_parent, fork_kernel, import_stack, is_single_threaded, manager_for


def main() -> None:
    end_with_parent()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    if "--one" in sys.argv:
        _answer(answers, run_job(Job(**json.loads(sys.stdin.readline()))))
        return
    import_stack()
    for plan in sys.stdin:
        asked = json.loads(plan)
        if is_single_threaded():  # otherwise whoever asked finds no answers, and starts ordinary kernels
            os.environ.clear()  # it may have served another crew, in other surroundings
            os.environ.update(asked["environment"])
            if "links" in asked:
                answered = answer_links(Questions(**asked["links"]), asked["count"], asked["workers"])
                answers.write(json.dumps(answered) + "\n")
            else:
                serve([Job(**job) for job in asked["jobs"]], asked["workers"], answers)
        answers.write(DONE)
        answers.flush()


def _answer(answers: TextIO, outcome: Outcome) -> None:
    answers.write(json.dumps(outcome.to_row()) + "\n")
    answers.flush()


def serve(jobs: list[Job], workers: int, answers: TextIO) -> None:
    """Run the jobs, so many at once, and answer in the order they end."""
    waiting, running = list(jobs), {}
    while waiting or running:
        while waiting and len(running) < workers:
            job = waiting.pop(0)
            running[_fork_runner(job)] = job
        pid, status = os.wait()
        if pid in running:
            _answer(answers, _collect(running.pop(pid), os.waitstatus_to_exitcode(status)))


def _outcome_file(job: Job) -> Path:
    return Path(job.output).with_suffix(".outcome.json")


def _fork_runner(job: Job) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        end_with_parent()
        _redirect(Path(job.output).with_suffix(".log"))
        os.chdir(job.folder)
        kernel = fork_kernel()
        outcome = run_job(job, manager_for(kernel) if kernel else None)
        row = {**outcome.to_row(), "kernel": "forked" if kernel else "started"}
        _outcome_file(job).write_text(json.dumps(row), encoding="utf-8")
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _redirect(log: Path) -> None:
    """A runner's own noise goes to a file beside its output; it is shown only if the runner breaks."""
    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(opened, 1)
    os.dup2(opened, 2)
    os.close(opened)


def _collect(job: Job, code: int) -> Outcome:
    file = _outcome_file(job)
    if code == 0 and file.is_file():
        return Outcome(**json.loads(file.read_text(encoding="utf-8")))
    log = Path(job.output).with_suffix(".log")
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.is_file() else []
    last = f": {said[-1]}" if said else ". Ran out of memory?"
    return Outcome(job.name, FAILED, f"the process that ran it ended with code {code}{last}")


if __name__ == "__main__":
    main()
