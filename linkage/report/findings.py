"""The findings of a report: collected from the executed notebooks, put in order, written for machines."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import ReportError
from linkage.publishing import FINDINGS_MIME, METRICS_MIME

if TYPE_CHECKING:
    from linkage.study import Study

Row = dict[str, object]

ORDER = (
    *(
        "link",
        "question",
        "notebook",
        "study",
        "period",
        "grain",
        "outcome",
        "driver",
        "outcome_unit",
        "driver_unit",
    ),
    *(
        "estimate",
        "std_error",
        "low",
        "high",
        "p_value",
        "q_value",
        "n",
        "clusters",
        "n_dropped",
        "level",
        "verdict",
    ),
    *("expected", "method", "controls", "window", "detectable", "sentence", "checks"),
)
"""The columns other tools read, in this order; a notebook's file keeps its keys sorted by name. More may follow."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def published_rows(file: Path, mime: str) -> list[Row]:
    """The rows of one kind that a notebook's outputs carry."""
    notebook = json.loads(file.read_text(encoding="utf-8"))
    return [
        row
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        for row in output.get("data", {}).get(mime, ())
    ]


def collect_findings(files: dict[str, Path], study: Study, period: str) -> list[Row]:
    """Every finding once, by the declared order of links and the order of their drivers.

    files : executed notebooks by name. Raises ReportError where two notebooks find differently for one link.
    """
    by_link: dict[str, tuple[str, list[Row]]] = {}
    for name, file in files.items():
        for link, rows in _by_link(published_rows(file, FINDINGS_MIME)).items():
            known = by_link.setdefault(link, (name, rows))
            if known[1] != rows:
                raise ReportError(_contradiction(link, known, (name, rows)))
    order = {link: place for place, link in enumerate(study.links)}
    found = sorted(by_link, key=lambda link: (order.get(link, len(order)), link))
    return [_placed(row, by_link[link][0], study.name, period) for link in found for row in by_link[link][1]]


def _by_link(rows: list[Row]) -> dict[str, list[Row]]:
    """Rows by link; the same link published twice in one notebook counts once if the rows are the same."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        kept = grouped.setdefault(str(row["link"]), [])
        if row not in kept:
            kept.append(row)
    return grouped


def _contradiction(link: str, first: tuple[str, list[Row]], second: tuple[str, list[Row]]) -> str:
    text = f"{first[0]} and {second[0]} publish different findings for the link {link!r}"
    for a, b in zip(first[1], second[1], strict=False):
        names = [n for n in dict.fromkeys([*a, *b]) if a.get(n) != b.get(n)]
        if names:
            shown = f"{names[0]} {a.get(names[0])!r} and {b.get(names[0])!r}"
            return (
                f"{text}: driver {a.get('driver')}, {shown}. One table and one period must give one answer."
            )
    return f"{text}: {len(first[1])} and {len(second[1])} rows."


def _placed(row: Row, notebook: str, study: str, period: str) -> Row:
    whole = {**row, "notebook": notebook, "study": study, "period": period}
    return {name: whole[name] for name in (*ORDER, *sorted(set(whole) - set(ORDER))) if name in whole}


def collect_metrics(files: dict[str, Path]) -> list[Row]:
    """The headline figures the notebooks published, each metric once, in the order met."""
    found: dict[object, Row] = {}
    for file in files.values():
        for row in published_rows(file, METRICS_MIME):
            found.setdefault(row.get("metric"), row)
    return list(found.values())


def collect_rows(files: dict[str, Path], mime: str) -> list[Row]:
    """Every row of a kind with the notebook it stands in; the same row of two notebooks counts once."""
    found: list[Row] = []
    seen: list[Row] = []
    for name, file in files.items():
        for row in published_rows(file, mime):
            if row not in seen:
                seen.append(row)
                found.append({**row, "notebook": name})
    return found


def write_findings(rows: list[Row], folder: Path) -> None:
    """findings.json, and findings.csv with lists as compact JSON and no cell that a spreadsheet would run."""
    text = json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "findings.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "findings.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)


def _cell(value: object) -> object:
    if isinstance(value, list | dict):
        value = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value
