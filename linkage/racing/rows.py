"""The rows of a race: a customer's or unit's metrics in a period, and its outcomes in the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.fetching import fetch_rows
from linkage.limits.fewest import TOGETHER
from linkage.racing.contenders import Contender
from linkage.tables.steady_sums import steady_mean

if TYPE_CHECKING:
    from linkage.opening import OpenStudy


def answered_together(study: OpenStudy, contenders: list[Contender]) -> list[list[Contender]]:
    """The heats: contenders whose answers stand in the same questionnaires; those with no answer are left out."""
    names = list(dict.fromkeys(name for c in contenders for name in c.of))
    known = ", ".join(f"{name} is not null" for name in names)
    # Questionnaires have few patterns of what they ask and what is answered: count those, not every pair of metrics.
    patterns = study.connection.sql(f"select {known}, count(*) from event_answer group by all").fetchall()
    counts = np.array(patterns, dtype=np.int64).reshape(-1, len(names) + 1)
    both = pd.DataFrame(counts[:, :-1].T @ (counts[:, :-1] * counts[:, [-1]]), names, names)
    heats: list[list[Contender]] = []
    for contender in contenders:
        mine = contender.of[0]
        if min(both.loc[n, n] for n in contender.of) == 0:
            continue
        for heat in heats:
            other = heat[0].of[0]
            if both.loc[mine, other] >= TOGETHER * min(both.loc[mine, mine], both.loc[other, other]):
                heat.append(contender)
                break
        else:
            heats.append([contender])
    return [heat for heat in heats if len(heat) > 1]


def race_rows(
    study: OpenStudy, grain: str, heat: list[Contender], outcomes: list[str], through: str
) -> pd.DataFrame:
    """One row a customer or unit and period: metrics as means over its answers, outcomes one period later."""
    key = "customer_id" if grain == "customer_period" else "unit_id"
    made = ", ".join(f"{_mean(c)} as {c.name}" for c in heat)
    later = ", ".join(f"cast(later.{o} as double) as {o}__later" for o in outcomes)
    columns = study.study.columns[grain]
    held = [s for s in study.study.declared.segments if s in columns]
    fixed = "".join(f", now.{s} as held__{s}" for s in held)
    position = study.study.period(through).position
    return fetch_rows(
        study.connection.sql(
            f"""
        with metrics as (
            select answers.{key}, answers.period, {made}
            from event_answer as answers where answers.{key} is not null group by all
        )
        select now.{key}, calendar.position, {", ".join(f"metrics.{c.name}" for c in heat)}{fixed}, {later}
        from link_{grain} as now
        inner join periods as calendar on calendar.period = now.period
        inner join metrics on metrics.{key} = now.{key} and metrics.period = now.period
        inner join periods as next on next.position = calendar.position + 1
        inner join link_{grain} as later on later.{key} = now.{key} and later.period = next.period
        where calendar.position <= {position}
        order by now.{key}, calendar.position
        """
        )
    )


def _mean(contender: Contender) -> str:
    """The mean over a group's answers, the same on any number of threads; whole numbers need no sorting for it."""
    return f"avg({contender.sql})" if contender.is_whole else steady_mean(contender.sql)
