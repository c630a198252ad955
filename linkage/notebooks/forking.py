"""A process that imports the stack once and forks kernels from it, for whoever asks over its standard input.

`python -m linkage.notebooks.forking` reads {"arguments", "environment", "folder"} as lines of JSON and answers each
with a line: the kernel's process id, or 0 where no fork was possible.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from linkage.notebooks.surroundings import FIT_TO_FORK
from linkage.notebooks.warm import (
    KernelProcess,
    become_kernel,
    can_fork,
    end_with_parent,
    import_stack,
    is_single_threaded,
    run_child,
)

WORDS = [sys.executable, "-P", "-m", "linkage.notebooks.forking"]


class Forkery:
    """A context that holds the process; ending it ends the kernels that are left.

    environment : of the process and so of the kernels; None where it is ours.
    """

    def __init__(self, environment: dict[str, str] | None = None):
        self._environment = environment
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Forkery:
        if can_fork():
            package = str(Path(__file__).resolve().parents[2])
            inherited = dict(os.environ if self._environment is None else self._environment)
            paths = [package, *filter(None, [inherited.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                WORDS,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={
                    **inherited,
                    "PYTHONPATH": os.pathsep.join(paths),
                    **FIT_TO_FORK,
                },
                text=True,
                encoding="utf-8",
            )
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def start(self, arguments: list[str], environment: dict[str, str], folder: str) -> KernelProcess | None:
        """A kernel that runs in `folder`; None where none could be forked."""
        if self._process is None:
            return None
        asked = {"arguments": arguments, "environment": environment, "folder": folder}
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline().strip()
        except BrokenPipeError:
            return None
        return KernelProcess(int(answer)) if answer and int(answer) else None


def main() -> None:
    end_with_parent()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the asker's to end us
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a kernel that ended is gone at once
    import_stack()
    serve(sys.stdin, answers)


def serve(questions: TextIO, answers: TextIO) -> None:
    for line in questions:
        pid = _fork(json.loads(line)) if is_single_threaded() else 0
        answers.write(f"{pid}\n")
        answers.flush()


def _fork(asked: dict) -> int:
    try:
        pid = os.fork()
    except OSError:
        return 0
    if pid == 0:
        run_child(lambda: _start_kernel(asked))
    return pid


def _start_kernel(asked: dict) -> None:
    for number in (signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.chdir(asked["folder"])
    become_kernel(asked["arguments"], asked["environment"])


if __name__ == "__main__":
    main()
