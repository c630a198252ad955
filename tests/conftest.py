"""What tests share: where the reference cases are, and the expensive things made once a session."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from linkage import memory

settings.register_profile("same", derandomize=True)
settings.load_profile("same")  # a run that fails fails again, here and elsewhere

memory.RECALLS = (
    False  # tests replace parts of the code: what they are answered must not be kept, nor recalled
)
ROOT = Path(__file__).resolve().parent.parent


def reference_folder() -> Path | None:
    """The folder of reference cases and data: LINKAGE_REFERENCES, or ../shared where it exists."""
    named = os.environ.get("LINKAGE_REFERENCES")
    folder = Path(named) if named else ROOT.parent / "shared"
    return folder if folder.is_dir() else None


class Truth:
    """One reference case: its data, its expected values and their tolerances."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        self.values = {row["id"]: row["value"] for row in self.expected["values"]}
        self._rtol = {row["id"]: row["rtol"] for row in self.expected["values"] if "rtol" in row}

    def frame(self, name: str = "data.csv") -> pd.DataFrame:
        return pd.read_csv(self.folder / name)

    @property
    def data(self) -> pd.DataFrame:
        return self.frame()

    def value(self, name: str):
        return self.values[name]

    def rtol(self, name: str) -> float:
        return self._rtol.get(name, self.expected["default_rtol"])


@pytest.fixture(scope="session")
def truth():
    """truth("case-name") gives the case, or skips where the reference folder is absent."""

    def open_case(name: str) -> Truth:
        folder = reference_folder()
        if folder is None or not (folder / "truths" / name).is_dir():
            pytest.skip(
                f"reference case {name} is absent: set LINKAGE_REFERENCES to the folder that holds truths/"
            )
        return Truth(folder / "truths" / name)

    return open_case


@pytest.fixture(scope="session")
def reference_data():
    """reference_data("hospitals") gives the folder of raw reference data, or skips where it is absent."""

    def open_folder(name: str) -> Path:
        folder = reference_folder()
        if folder is None or not (folder / "data" / name).is_dir():
            pytest.skip(
                f"reference data {name} are absent: set LINKAGE_REFERENCES to the folder that holds data/"
            )
        return folder / "data" / name

    return open_folder


@pytest.fixture(scope="session")
def demo():
    """The demo study, opened once."""
    from linkage.opening import open_study

    return open_study(ROOT / "data" / "demo")


@pytest.fixture(scope="session")
def demo_truth() -> dict:
    """What is planted in the demo company, by name."""
    import yaml

    return yaml.safe_load((ROOT / "data" / "demo" / "truth.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def hospitals():
    """The hospitals study, opened once."""
    from linkage.opening import open_study

    return open_study(ROOT / "data" / "hospitals")


@pytest.fixture(scope="session")
def browser():
    """A real browser, started once; the tests of pages skip where none is installed."""
    from browsing import Browser, find_browser

    program = find_browser()
    if program is None:
        pytest.skip("no browser is installed: Chromium, Chrome or Edge, or LINKAGE_BROWSER with its path")
    opened = Browser(program)
    yield opened
    opened.close()


@pytest.fixture
def cold_kernels(monkeypatch):
    """Ordinary kernels: that of one small notebook is up sooner than a process that has imported everything."""
    monkeypatch.setenv("LINKAGE_COLD_KERNELS", "1")


@pytest.fixture
def make_study(tmp_path, monkeypatch):
    """make_study(yml, files) writes a study's folder, its warehouse kept apart, and gives the folder."""
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "cache"))

    def write(yml: str, files: dict[str, str] | None = None, name: str = "tiny") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "study.yml").write_text(yml, encoding="utf-8")
        for path, text in (files or {}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        return folder

    return write
