"""What the report before forecast for this period, held against what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import ReportError

if TYPE_CHECKING:
    from linkage.report.edition import Edition


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
    return (compare_forecasts(saved, edition.study, period=edition.period).summary(),) if saved else ()
