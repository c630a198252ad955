"""The study's scenarios side by side: what each is worth, and what it takes to break even."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import LinkError
from linkage.memory import kept
from linkage.precision import check_draws
from linkage.publishing import Published
from linkage.results import Result
from linkage.worth.bridge import cross_bridge
from linkage.worth.draws import DRAWS
from linkage.worth.figures import publish_money
from linkage.worth.result import BENEFIT, COST, NET, UNIT, Bridge
from linkage.worth.tornado import COLUMNS as TORNADO

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.plots import Picture

SPREAD = ("std_error", "low", "high", "p5", "p50", "p95")
NONE = (
    "This study declares no scenario. Under `scenarios` of study.yml, name one: question, link, by or to, chain, reach "
    "and cost; see data/demo/study.yml."
)


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf(Result):
    """Scenarios compared.

    estimates : one row a scenario: question, what is moved by how much, net present value (estimate: as expected, the
        mean of the draws; stated: with every input as stated; low, high, p5, p50, p95), benefit, cost, p_break_even,
        break_even_cost, currency, horizon, link_level, level, basis, n, reason.
    answers : the full answers, in the order declared.
    """

    estimates: pd.DataFrame
    answers: tuple[Bridge, ...]
    period: str

    def __getitem__(self, name: str) -> Bridge:
        found = {a.name: a for a in self.answers}
        if name not in found:
            near = get_close_matches(str(name), list(found), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise LinkError(f"There is no scenario {name!r}.{hint} There are: {', '.join(found) or 'none'}.")
        return found[name]

    def __iter__(self) -> Iterator[Bridge]:
        return iter(self.answers)

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def first(self) -> Bridge | None:
        """The first scenario that was valued, else the first; None without any."""
        valued = [a for a in self.answers if not a.reason]
        return (valued or list(self.answers) or [None])[0]

    def table(self, decimals: int = 0) -> pd.DataFrame:
        """For reading: scenarios in words, amounts in whole units of the currency."""
        shown = ["expected", "stated", "p5", "p50", "p95", "benefit", "cost", "break_even_cost"]
        frame = self.estimates.rename(columns={"estimate": "expected"})[
            ["moved", *shown, "p_break_even", "currency", "horizon", "link_level", "level", "basis"]
        ]
        frame = frame.copy()
        frame[shown] = frame[shown].astype(float).round(decimals) + 0.0
        frame["p_break_even"] = frame["p_break_even"].astype(float).round(2)
        return frame.set_axis(pd.Index([a.label for a in self.answers], name="scenario"))

    def summary(self) -> str:
        return "\n".join(f"- {a.summary()}" for a in self.answers) or NONE

    def plot(self) -> Picture:
        from linkage.worth.pictures import draw_scenarios

        return draw_scenarios(self.answers)

    def plot_tornado(self) -> Picture:
        """What matters most in the first scenario that was valued."""
        from linkage.plots import nothing_to_draw

        return self.first.plot() if self.first else nothing_to_draw(NONE)

    def tornado(self) -> pd.DataFrame:
        """The numbers behind it."""
        return self.first.tornado.copy() if self.first else pd.DataFrame(columns=TORNADO).set_index("input")

    @property
    def assumed(self) -> pd.DataFrame:
        """Every assumed input of every scenario, in one table of their own."""
        return self._inputs([(a.label, a.assumed) for a in self.answers if not a.reason])

    @property
    def estimated(self) -> pd.DataFrame:
        """Every estimated input of every scenario."""
        return self._inputs([(a.label, a.estimated) for a in self.answers if not a.reason])

    def _inputs(self, parts: list[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
        if not parts:
            return pd.DataFrame(columns=["value", "low", "high"])
        labels, frames = zip(*parts, strict=True)
        return pd.concat(frames, keys=labels, names=["scenario"])

    @property
    def refused(self) -> pd.DataFrame:
        """Scenarios that were not valued, and why."""
        rows = [(a.label, a.reason) for a in self.answers if a.reason]
        return pd.DataFrame(rows, columns=["scenario", "reason"]).set_index("scenario")

    def publish(self) -> Published:
        return publish_money([f for a in self.answers for f in a.figures()], digits=2)


@kept
def what_if(
    study: OpenStudy, *, period: object, scenario: str | None = None, draws: int = DRAWS, seed: int = 0
) -> WhatIf:
    """What would the study's scenarios be worth (`scenario`: only this one)?

    Nothing is raised for what the data lack; LinkError for a scenario that is not declared.
    """
    check_draws(draws)
    declared = study.study.declared.scenarios
    if scenario is not None and scenario not in declared:
        near = get_close_matches(str(scenario), list(declared), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise LinkError(
            f"No scenario {scenario!r} is declared.{hint} There are: {', '.join(declared) or 'none'}."
        )
    chosen = {scenario: declared[scenario]} if scenario is not None else declared
    answers = tuple(
        cross_bridge(study, name, given, period=period, draws=draws, seed=seed)
        for name, given in chosen.items()
    )
    rows = [_row(answer) for answer in answers]
    columns = ["scenario", *(_row_names())]
    frame = pd.DataFrame(rows, columns=columns).set_index("scenario")
    return WhatIf(frame, answers, study.check_period(period) if study.periods else "")


def _row_names() -> list[str]:
    return [
        *(
            "question",
            "moved",
            "estimate",
            "stated",
            "std_error",
            "low",
            "high",
            "p5",
            "p50",
            "p95",
            "benefit",
            "cost",
        ),
        *(
            "p_break_even",
            "break_even_cost",
            "unit_value",
            "currency",
            "horizon",
            "link_level",
            "level",
            "basis",
        ),
        *("n", "reason"),
    ]


def _row(answer: Bridge) -> dict[str, object]:
    net = answer.estimates.loc[NET]
    return {
        "scenario": answer.name,
        "question": answer.question,
        "moved": answer.moved or "not valued",
        **{c: net[c] for c in ("estimate", "stated", *SPREAD, "level", "basis")},
        "benefit": answer.estimates.loc[BENEFIT, "estimate"],
        "cost": answer.estimates.loc[COST, "estimate"],
        "unit_value": answer.estimates.loc[UNIT, "estimate"],
        "p_break_even": answer.p_break_even,
        "break_even_cost": answer.break_even_cost,
        "currency": answer.currency,
        "horizon": answer.horizon_words,
        "link_level": answer.link_level,
        "n": answer.people,
        "reason": answer.reason,
    }
