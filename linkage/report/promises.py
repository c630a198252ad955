"""What the report before forecast for this period, held against what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.card import label_of
from linkage.errors import ReportError
from linkage.sentences import number, over_time, plural

if TYPE_CHECKING:
    from linkage.report.edition import Edition
    from linkage.worth.forecasts import BackTest


def promises_kept(edition: Edition, reports: Path) -> tuple[str, ...]:
    """Sentences on the forecasts of the report before; none where there is no such report.

    reports : the folder of the study's reports, one a period. Raises ReportError where the file cannot be read.
    """
    from linkage.worth.forecasts import compare_forecasts

    before = edition.study.study.period(edition.period).shift(-1)
    file = reports / str(before) / "forecasts.json"
    if not file.is_file():
        return ()
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ReportError(
            f"{file}: this is no readable JSON ({error}). Make the report of {before} again."
        ) from None
    return (
        (told_promises(compare_forecasts(saved, edition.study, period=edition.period), edition),)
        if saved
        else ()
    )


def told_promises(found: BackTest, edition: Edition) -> str:
    """How many forecasts held, and each that did not, in the study's own words."""
    if found.missing:
        return found.summary()
    rows = found.estimates.to_dict("records")
    held, made = (
        sum(bool(row["held"]) for row in rows),
        ", ".join(sorted({str(row["made_in"]) for row in rows})),
    )
    promised = sum(float(row["confidence"]) for row in rows) / len(rows)
    missed = list(dict.fromkeys(_missed(row, edition) for row in rows if not row["held"]))
    outside = f" Outside: {'; '.join(missed)}." if missed else ""
    return (
        f"Of {len(rows)} {plural('forecast', len(rows))} made in {made} for {edition.period} (assumed, L0), {held} "
        f"held within their intervals; {promised:.0%} were promised to. {found.check().advice}{outside}"
    )


def _missed(row: dict[str, object], edition: Edition) -> str:
    """What came, against the interval that was promised."""
    grain = str(row["table"]).removeprefix("link_")
    column = edition.study.study.columns.get(grain, {}).get(str(row["column"]))
    label = (
        over_time(label_of(column, False), column.horizon) if column else str(row["column"]).replace("_", " ")
    )
    unit = plural(column.unit if column else "")
    return f"{label} came to {number(row['actual'])} {unit} against {number(row['low'])} to {number(row['high'])}"
