"""A pytest plugin that makes `pytest --nbval notebooks/` strict by itself: this environment, this project's rules.

It only fills in what the caller left open, and it closes the gaps of nbval: a cell that was never executed, that asks
not to be compared, or whose outputs stand in another order passes there; here it fails. A cell tagged
`tolerance-1e-6` may differ in its figures by that share of their size; no other cell may differ at all.
pyproject.toml loads it (`-p`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.notebooks.surroundings import THREADS
from linkage.project import project_root
from linkage.reviewing.tolerance import tolerance_of, within

SANITISE = "tests/nbval_sanitize.cfg"
CELL_SECONDS = 120.0
RESULTS = "LINKAGE_NBVAL_RESULTS"
"""The file that is told, a line of JSON a cell, how each cell ended: what the review of a report reads."""
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
        item.compare_outputs = _in_order(item.compare_outputs, item)


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


def _in_order(compare, item: object):
    """nbval's comparison, which gathers outputs by kind, and then whether they also come in the same order."""

    def compare_outputs(test: list, ref: list, skip_compare: tuple | None = None) -> bool:
        if not compare(test, ref, skip_compare):
            return False
        came, stored = _forms(test, item.parent.skip_compare), _forms(ref, item.parent.skip_compare)
        if came != stored:
            said = f"The outputs came as {came}, and are stored as {stored}."
            item.comparison_traceback.append(said)
        return came == stored

    return compare_outputs


def _forms(outputs: list, skipped: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What each output is, in order: how it was given, and the kinds it holds that are compared."""
    return [
        (
            o["output_type"],
            o.get("name", ""),
            *sorted(kind for kind in o.get("data", ()) if kind not in skipped),
        )
        for o in outputs
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: object, call: object) -> Iterator[None]:
    """Write down how a cell ended, where somebody asked for it."""
    report = yield
    place = os.environ.get(RESULTS)
    if place and hasattr(item, "compare_outputs") and (call.when == "call" or call.excinfo):
        with open(place, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(_result(item, call.excinfo)) + "\n")
    return report


def _result(item: object, error: object) -> dict[str, object]:
    """How a cell ended: place among the code cells, its count in Jupyter, and of a fault what was stored and what came.

    stored, came : output by output, as they are compared. outputs : as the cell gave them.
    """
    cell = {"notebook": item.path.name, "place": item.cell_num, "count": item.cell.execution_count}
    if error is None:
        return {**cell, "said": ""}
    outputs = item.test_outputs or []
    return {
        **cell,
        "said": str(error.value).strip() or type(error.value).__name__,
        "stored": _compared(item, item.cell.outputs),
        "came": _compared(item, outputs),
        "outputs": outputs,
    }


def _compared(item: object, outputs: list) -> list[list]:
    """Outputs as pairs of kind and content, as nbval compares them: no clock, no address, no picture of dots."""
    from nbval.plugin import coalesce_streams, transform_streams_for_comparison

    skipped = item.parent.skip_compare
    pairs = []
    for output in transform_streams_for_comparison(coalesce_streams(outputs)):
        shown = {**output, **output.get("data", {})}
        pairs += [
            [kind, item.sanitize(value)] for kind, value in shown.items() if kind not in (*skipped, "data")
        ]
    return pairs
