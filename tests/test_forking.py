"""Kernels forked for nbval: warm, each its own, gone when they are ended; and ordinary ones where no fork may be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from corner_shop import write_notebook

from linkage.notebooks.forking import Forkery
from linkage.notebooks.warm import KernelProcess, can_fork

needs_fork = pytest.mark.skipif(not can_fork(), reason="kernels are forked on Linux only")

LOADED = "import os, sys\nprint('papermill' in sys.modules, os.path.basename(os.getcwd()))"
"""Whether a kernel was forked from the process that imports what runs notebooks; an ordinary one never does."""


def validated(path, **environment):
    """What nbval says of a notebook, run as the test command runs it."""
    strict = [
        "-p",
        "linkage.notebooks.pytest_warm",
        "-p",
        "no:cacheprovider",
        "--nbval",
        "--nbval-current-env",
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *strict, path.name],
        cwd=path.parent,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def stored(folder, printed):
    """A notebook of that cell, as if it had printed so; two, so that one kernel's names would be seen by the other."""
    for name in ("01_a", "02_b"):
        path = write_notebook(
            folder / f"{name}.ipynb", LOADED, parameters=f"assert 'x' not in dir()\nx = '{name}'"
        )
        content = json.loads(path.read_text(encoding="utf-8"))
        for count, cell in enumerate((c for c in content["cells"] if c["cell_type"] == "code"), 1):
            cell["execution_count"] = count
        content["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": printed}]
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


@needs_fork
def test_nbval_runs_each_notebook_in_a_warm_kernel_of_its_own_in_its_folder(tmp_path):
    folder = stored(tmp_path / "warm", "True warm\n")
    ended = validated(folder)
    assert ended.returncode == 0, ended.stdout


def test_nbval_starts_ordinary_kernels_where_told_to(tmp_path):
    folder = stored(tmp_path / "cold", "False cold\n")
    ended = validated(folder, LINKAGE_COLD_KERNELS="1")
    assert ended.returncode == 0, ended.stdout


def gone(kernel, seconds=10):
    """Whether a process ends within the time."""
    end = time.monotonic() + seconds
    while kernel.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return kernel.poll() is not None


@needs_fork
def test_a_kernel_ends_when_killed_and_with_its_parent(tmp_path):
    connection = tmp_path / "kernel.json"
    with Forkery() as forkery:
        first, second = (
            forkery.start(["-f", f"{connection}{k}"], {"IPYTHONDIR": str(tmp_path)}, str(tmp_path))
            for k in "ab"
        )
        assert first.poll() is None and second.poll() is None
        first.kill()
        assert gone(first) and second.poll() is None
    assert gone(second)
    assert first.wait() == 0


def test_a_process_that_is_gone_is_known_to_be(tmp_path):
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    kernel = KernelProcess(done.pid)
    assert kernel.poll() == 0
    kernel.terminate()


def test_without_a_fork_nothing_is_started(monkeypatch):
    monkeypatch.setenv("LINKAGE_COLD_KERNELS", "1")
    with Forkery() as forkery:
        assert forkery.start(["-f", "none"], {}, ".") is None
