"""A pytest plugin that makes `pytest --nbval notebooks/` strict by itself: this environment, this project's rules.

It only fills in what the caller left open, and it closes three gaps of nbval: a cell that was never executed, or that
asks not to be compared, passes there; here it fails. A cell tagged `tolerance-1e-6` may differ in its figures by that
share of their size; no other cell may differ at all. pyproject.toml loads it (`-p`).
"""

from __future__ import annotations

import os
from pathlib import Path

from linkage.notebooks.surroundings import THREADS
from linkage.project import project_root
from linkage.reviewing.tolerance import tolerance_of, within

SANITISE = "tests/nbval_sanitize.cfg"
CELL_SECONDS = 120.0
ENDLESS = 2000.0
"""nbval's own limit for a cell, in seconds: far longer than any cell here may take."""


def sanitise_file() -> Path | None:
    """What a comparison may overlook: memory addresses and clocks; None where this package stands alone."""
    places = (project_root(), Path(__file__).resolve().parents[2])
    return next((place / SANITISE for place in places if (place / SANITISE).is_file()), None)


def pytest_configure(config: object) -> None:
    option = config.option
    if not getattr(option, "nbval", False):
        return
    if option.nbval_sanitize_with is None and sanitise_file():
        option.nbval_sanitize_with = str(sanitise_file())
    if not option.nbval_kernel_name:
        option.nbval_current_env = True
    if option.nbval_cell_timeout == ENDLESS:
        option.nbval_cell_timeout = CELL_SECONDS
    for name in THREADS:  # a sum split over threads has other last digits
        os.environ.setdefault(name, "1")
    os.environ.setdefault("PYTHONUTF8", "1")


def pytest_collection_modifyitems(config: object, items: list) -> None:
    if not getattr(config.option, "nbval", False):
        return
    for item in (i for i in items if hasattr(i, "compare_outputs") and i.cell.source.strip()):
        fault = _fault(item)
        if fault:
            item.runtest = _failing(item, fault)
        share = tolerance_of(item.cell.metadata.get("tags", ()))
        if share is not None:
            item.compare_outputs = _tolerant(item.compare_outputs, share)


def _fault(item: object) -> str:
    """Why a cell's outcome would prove nothing."""
    if item.cell.execution_count is None:
        return "it was never executed, so there is nothing to compare. Run `linkage refresh`."
    options = item.options
    if options["skip"] or options["check_exception"] or not options["check"]:
        return "it asks not to be compared. Take its NBVAL mark out."
    return ""


def _failing(item: object, fault: str):
    def runtest() -> None:
        item.raise_cell_error(fault)

    return runtest


def _tolerant(compare, share: float):
    """nbval's comparison, the new figures first replaced by the stored ones where they are near enough."""

    def compare_outputs(test: list, ref: list, skip_compare: tuple | None = None) -> bool:
        return compare(within(test, ref, share), ref, skip_compare)

    return compare_outputs
