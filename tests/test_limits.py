"""The lines that checks draw stand in linkage/limits, each once; a module of the battery has none of its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import linkage

PACKAGE = Path(linkage.__file__).resolve().parent
BATTERY = (
    "refuting",
    "refuting_rows",
    "cards/parts",
    "rungs",
    "matrix",
    "racing",
    "thresholds",
    "linking",
    "aggregation",
)
A_LINE = re.compile(r"(FEW|FEWEST|LEAST|TELLING)_.*|.*_(P|SHARE|KNOWN)|ALPHA|TRIM|TIED|TOGETHER")
"""Names of what decides: how few, how improbable, what part of all."""


def constants(path: Path) -> list[tuple[str, object]]:
    """The numbers that a module gives a name in capitals."""
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Tuple):
            names = [n.id for n in ast.walk(node.targets[0]) if isinstance(n, ast.Name)]
            numbers = [n for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
            if (
                names
                and all(n.isupper() for n in names)
                and all(isinstance(n.value, int | float) for n in numbers)
            ):
                found += [(name, ast.unparse(node.value)) for name in names]
    return found


@pytest.mark.parametrize("folder", BATTERY)
def test_what_decides_what_a_check_says_stands_in_limits(folder):
    files = sorted((PACKAGE / folder).rglob("*.py"))
    assert files
    found = {path.name: [name for name, _ in constants(path) if A_LINE.fullmatch(name)] for path in files}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_few_clusters_are_as_few_everywhere():
    """The wild bootstrap takes over where the check of clusters begins to warn."""
    files = [p for p in PACKAGE.rglob("*.py") if p.parent.name not in ("limits", "metrics")]
    assert [p.name for p in files for name, _ in constants(p) if name == "FEW_CLUSTERS"] == []


def test_a_line_is_found_where_there_is_one():
    fitted = constants(PACKAGE / "limits" / "fitted.py")
    assert ("FEW_CLUSTERS", "40") in fitted
    assert {name for name, _ in fitted if A_LINE.fullmatch(name)} >= {
        "FEW_CLUSTERS",
        "PLACEBO_P",
        "KEPT_SHARE",
    }


def test_the_quantile_of_power_is_that_of_power():
    from scipy.stats import norm

    from linkage.limits.foreseen import POWER, POWER_QUANTILE

    assert round(float(norm.ppf(POWER)), 4) == POWER_QUANTILE
