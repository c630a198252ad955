"""The code is written as the project's own rules say."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff_finds_nothing(command):
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed: it comes with the development dependencies")
    found = subprocess.run([ruff, *command, str(ROOT)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert found.returncode == 0, found.stdout[-3000:] + found.stderr[-1000:]
