"""A study's answers with other windows: the same sources, the days before and after an answer counted anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from linkage.errors import LinkError

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.study_file.declaration import LinkSpec

TABLE = "link_survey"
"""The linkage table whose rows look back and ahead by days."""
LONGEST = 3650


def with_windows(study: OpenStudy, spec: LinkSpec, window: int | tuple[int, int]) -> tuple[OpenStudy, str]:
    """The study with other windows around each answer, on a connection of its own, and what was changed, in words.

    window : days before and after, one number for both or a pair. What is written down stays as it is. Raises
    LinkError for a link that is not of answers, for days that are none, and where the windows are the declared ones.
    """
    from linkage.opening import OpenStudy
    from linkage.tables.models import render_model

    if spec.grain != "survey":
        other = (
            "its lag says when the outcome is taken"
            if spec.grain.endswith("period")
            else "a contact has no window"
        )
        raise LinkError(
            f"{spec.name} is a link of grain {spec.grain}: {other}, so there is no window to change."
        )
    before, after = _days(window)
    own = study.study.declared.windows
    if (before, after) == (own.before, own.after):
        raise LinkError(
            f"The windows are {own.before} days before and {own.after} after already: nothing is changed."
        )
    declared = study.study.declared.model_copy(
        update={"windows": own.model_copy(update={"before": before, "after": after})}
    )
    other = OpenStudy(replace(study.study, declared=declared), study.warehouse)
    # A table of this connection alone stands before the built one of the same name.
    other.connection.execute(f"create temp table {TABLE} as {render_model(other.study, TABLE).sql}")
    return other, f"{before} days before and {after} after the answer instead of {own.before} and {own.after}"


def _days(window: int | tuple[int, int]) -> tuple[int, int]:
    days = (window, window) if isinstance(window, int) else tuple(window)
    if len(days) != 2 or not all(isinstance(d, int) and 0 < d <= LONGEST for d in days):
        raise LinkError(
            f"window={window!r} is no number of days, nor a pair of them: days before and days after."
        )
    return days
