"""The same study gives the same files on a computer with another time zone, language and random hashes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from corner_shop import corner_study, one_notebook

SCRIPT = """
import os, sys
from pathlib import Path
from linkage.report import make_report
study, notebooks, out, cache = map(Path, sys.argv[1:])
os.environ["LINKAGE_CACHE"] = str(cache)
made = make_report(study, out=out, notebooks=notebooks, period="2026Q3", formats="html,xlsx", workers=1)
assert not made.failed, made
"""
HERE_AND_THERE = {
    "here": {"TZ": "UTC", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "1"},
    "there": {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2"},
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> dict[str, Path]:
    """The same report made in two surroundings, each from a warehouse of its own."""
    base = tmp_path_factory.mktemp("same")
    running = []
    for name, surroundings in HERE_AND_THERE.items():
        places = [corner_study(), one_notebook(), base / name, base / name / "cache"]
        command = [sys.executable, "-c", SCRIPT, *map(str, places)]
        environment = {**os.environ, **surroundings, "LINKAGE_COLD_KERNELS": "1"}
        running.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
    for process in running:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said[-3000:]
    return {name: base / name for name in HERE_AND_THERE}


def files(reports: Path) -> dict[str, bytes]:
    found = [p for p in reports.rglob("*") if p.is_file() and "cache" not in p.relative_to(reports).parts]
    return {p.relative_to(reports).as_posix(): p.read_bytes() for p in found}


def test_every_file_but_the_manifest_is_the_same_to_the_byte(reports):
    here, there = files(reports["here"]), files(reports["there"])
    assert {"index.html", "corner/2026Q3/linkage-2026Q3.xlsx", "corner/2026Q3/findings.json"} <= set(here)
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == ["corner/2026Q3/manifest.json"]


def test_the_manifests_differ_in_clocks_only(reports):
    both = []
    for folder in reports.values():
        content = json.loads((folder / "corner" / "2026Q3" / "manifest.json").read_text(encoding="utf-8"))
        for row in (content, *content["notebooks"], *content["exports"]):
            for name in ("made_at", "seconds", "seconds_by_part"):
                row.pop(name, None)
        both.append(content)
    assert both[0] == both[1]
