"""Is the evidence whole? An executed notebook must be the project's own, executed throughout, with nothing left out."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.notebooks.contract import code_cells, read_cells, unexecuted_cells
from linkage.notebooks.finding import has_tag, reason_to_skip, source_of
from linkage.notebooks.jobs import FAILED, OK, SKIPPED
from linkage.reviewing.free_words import free_words
from linkage.reviewing.lines import Line, bad, good, told

if TYPE_CHECKING:
    from linkage.notebooks.finding import Notebook
    from linkage.opening import OpenStudy
    from linkage.reviewing.published import PublishedReport

LOOK_AWAY = ("NBVAL_IGNORE_OUTPUT", "NBVAL_SKIP", "NBVAL_RAISES_EXCEPTION", "PYTEST_VALIDATE_IGNORE_OUTPUT")
"""What tells nbval not to compare a cell: as a comment, or as a tag in small letters with hyphens."""
TAGS = (*(word.lower().replace("_", "-") for word in LOOK_AWAY), "raises-exception")
INJECTED = "injected-parameters"
INJECTED_LOOK = {
    "cell_type": "code",
    "metadata": {"tags": [INJECTED]},
    "id": INJECTED,
    "remark": "# Parameters",
}
RUN_ADDS = ("kernelspec", "language_info")
"""What executing a notebook writes beside its cells, and no page shows."""
OF_A_RUN = ("cell_type", "source", "outputs", "execution_count")
NOT_COMPARED = ("image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json")
"""Kinds of output that nbval passes over: a picture put in as one of them could show anything."""


def faults_of_evidence(path: Path) -> list[str]:
    """Why a notebook's outputs prove less than they seem to; empty where all of them would be compared."""
    cells = code_cells(read_cells(path)[0])
    found = []
    empty = unexecuted_cells(path)
    if empty:
        found.append(f"never executed: code cells {', '.join(map(str, empty))}. Run `linkage refresh`.")
    for number, cell in enumerate(cells, 1):
        words = {line.strip().lstrip("#").strip() for line in source_of(cell).splitlines() if "#" in line}
        asked = [*(w for w in LOOK_AWAY if w in words), *(t for t in TAGS if has_tag(cell, t))]
        if asked:
            found.append(f"code cell {number} asks not to be compared ({asked[0]}). Take that out.")
        found += [f"code cell {number} {said}" for said in _overlooked(cell)]
    return found


def _overlooked(cell: dict) -> Iterator[str]:
    """What stands in a cell's outputs and no comparison would look at."""
    printed = [output.get("name") for output in cell.get("outputs", ()) if output["output_type"] == "stream"]
    if len(printed) > len(set(printed)):
        yield "holds what it printed in several pieces, and where each stands is not compared. Execute it again."
    for output in cell.get("outputs", ()):
        for kind in NOT_COMPARED:
            if kind in output.get("data", {}):
                yield f"holds {kind}, which is not compared. Show it as SVG, or as a table."
        if output.get("metadata"):
            yield "holds an output with metadata, which are not compared. Take them out."


def own_evidence(report: PublishedReport) -> Generator[Line, None, frozenset[str]]:
    """Each executed notebook is the project's notebook with the report's parameters, and every cell was run.

    Returns the names of those with other cells: to run them would be to run somebody's code.
    """
    others: set[str] = set()
    committed = {n.name: n.path for n in report.sources}
    for name, path in report.good.items():
        try:
            other = _other_code(path, committed.get(name), report)
            free = free_words(json.loads(path.read_text(encoding="utf-8")))
            said = [*faults_of_evidence(path), *free, *other]
        except (ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
            other = said = [f"it is no readable notebook: {type(error).__name__}: {error}"]
        yield from (bad(f"{name}: {fault}") for fault in said)
        if other:
            others.add(name)
            yield told(f"{name}: it is not run again: its code is not the project's")
        if not said:
            yield good(f"{name}: the project's own cells, all executed")
    return frozenset(others)


def rightly_skipped(report: PublishedReport, opened: OpenStudy) -> Iterator[Line]:
    """Each notebook that was skipped is one this study cannot answer, or one that was not asked for."""
    rows = {row["name"]: row for row in report.manifest["notebooks"]}
    for notebook in report.sources:
        row = rows.get(notebook.name)
        if row is None:
            because = "" if report.same_code else " (the project may have had none when the report was made)"
            yield bad(
                f"{notebook.name}: the project has this notebook, and the report says nothing of it{because}"
            )
        else:
            yield from _rightly(notebook, row, report.manifest["only"], opened)
    for path in sorted((report.folder / "notebooks").glob("*.ipynb")):
        if rows.get(path.stem, {}).get("status") not in (OK, FAILED):
            yield bad(f"{path.stem}: it lies there executed, and the manifest does not say that it ran")


def _rightly(notebook: Notebook, row: dict, only: str | None, opened: OpenStudy) -> Iterator[Line]:
    """Whether one notebook was skipped, or run, for the reason that there is."""
    left_out = only is not None and not notebook.name.startswith(only)
    wanted = f"left out: only {only} was asked for" if left_out else reason_to_skip(notebook, opened)
    if row["status"] == SKIPPED and not wanted:
        yield bad(f"{notebook.name}: it was skipped ({row['reason']}), and this study can answer it")
    elif row["status"] == SKIPPED and row["reason"] != wanted:
        yield bad(f"{notebook.name}: it was skipped as {row['reason']!r}; the reason is {wanted!r}")
    elif row["status"] == OK and left_out:
        yield bad(f"{notebook.name}: it ran, and the manifest says that only {only} was asked for")


def _other_code(path: Path, committed: Path | None, report: PublishedReport) -> list[str]:
    """Where the cells of an executed notebook are not those of the committed one."""
    if committed is None:
        return ["the project has no such notebook: its cells cannot be compared"]
    cells, around = read_cells(path)
    injected = [c for c in cells if has_tag(c, INJECTED)]
    kept, now = read_cells(committed)
    ran = [_identity(c, kept) for c in cells if not has_tag(c, INJECTED)]
    kept = [_identity(c, kept) for c in kept]
    because = "" if report.same_code else " (the project's notebooks have changed since the report was made)"
    for number, (one, other) in enumerate(zip(ran, kept, strict=False), 1):
        if one != other:
            return [f"cell {number} is not that of the project's notebook: {_parted(one, other)}{because}"]
    if len(ran) != len(kept):
        return [f"it has {len(ran)} cells, the project's notebook {len(kept)}{because}"]
    wanted = {"study": report.manifest["study"], "period": report.period}
    if len(injected) != 1 or _parameters(injected[0]) != wanted:
        return [f"its parameters are not the study and period of the report, {json.dumps(wanted)}"]
    around_it = (f"{said}{because}" for said in _other_surroundings(around, now))
    return [*_written_by_hand(cells, injected[0]), *around_it]


def _written_by_hand(cells: list[dict], injected: dict) -> list[str]:
    """Where what a run writes by itself is otherwise: the cell of parameters, its place, and the count of the cells."""
    found = []
    remarks = [line.strip() for line in source_of(injected).splitlines() if "#" in line]
    look = {name: injected.get(name) for name in ("cell_type", "metadata", "id")}
    more = set(injected) - {*OF_A_RUN, *look}
    if more or {**look, "remark": "\n".join(remarks)} != INJECTED_LOOK:
        found.append("the cell of its parameters is not as a run writes it: it says or carries more")
    if not has_tag(cells[max(cells.index(injected) - 1, 0)], "parameters"):
        found.append("the cell of its parameters does not follow the one it replaces")
    counts = [cell.get("execution_count") for cell in code_cells(cells)]
    if None not in counts and counts != list(range(1, len(counts) + 1)):
        found.append(f"its cells are not counted from 1 in their order, but {', '.join(map(str, counts))}")
    return found


def _other_surroundings(then: dict, now: dict) -> list[str]:
    """Where the notebook as a whole carries what the project's does not, such as another title."""
    kept = [{k: v for k, v in around.items() if k not in RUN_ADDS} for around in (then, now)]
    names = sorted(k for k in {*kept[0], *kept[1]} if kept[0].get(k) != kept[1].get(k))
    return (
        [f"what it says of itself is not what the project's notebook says: {', '.join(names)}"]
        if names
        else []
    )


def _identity(cell: dict, kept: list[dict]) -> tuple[str, str, str]:
    """What makes a cell this one and no other: kind, source, and all that hangs on it, such as tags and pictures.

    kept : the project's cells; where they have no names, a run gives them some.
    """
    added = OF_A_RUN if all("id" in c for c in kept) else (*OF_A_RUN, "id")
    others = {name: value for name, value in cell.items() if name not in added and value}
    return cell["cell_type"], source_of(cell), json.dumps(others, sort_keys=True)


def _parameters(cell: dict) -> dict[str, object]:
    """What the injected cell sets. Raises ValueError for anything in it that is not a name and its literal."""
    import ast

    found = {}
    for line in ast.parse(source_of(cell)).body:
        names = line.targets if isinstance(line, ast.Assign) else []
        if len(names) != 1 or not isinstance(names[0], ast.Name):
            raise ValueError(f"its parameters hold more than names and values: {ast.unparse(line)[:80]!r}")
        found[names[0].id] = ast.literal_eval(line.value)
    return found


def _parted(then: tuple[str, str, str], now: tuple[str, str, str]) -> str:
    if then[:2] == now[:2]:
        return f"what hangs on it, such as tags, is {then[2][:80]} instead of {now[2][:80]}"
    return _first_difference(then[1], now[1])


def _first_difference(then: str, now: str) -> str:
    for one, other in zip([*then.splitlines(), ""], [*now.splitlines(), ""], strict=False):
        if one != other:
            return f"{one.strip()[:80]!r} instead of {other.strip()[:80]!r}"
    return "its kind or length"
