"""The shape behind a link, and which of several drivers counts: the declared links looked at more closely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.errors import FitError, LinkError, TableError, TooFewRowsError
from linkage.grains import cluster_of
from linkage.limits.forms import FEWEST_VALUES
from linkage.linking.link_rows import link_rows
from linkage.memory import kept
from linkage.results import Result
from linkage.study_file.declaration import LinkSpec

if TYPE_CHECKING:
    from linkage.drivers import DriverRanking
    from linkage.opening import OpenStudy
    from linkage.plots import Picture
    from linkage.thresholds import BinnedMeans, Break

SHOWN = ["estimate", "low", "high", "simple_r", "vif", "share", "share_low", "share_high", "is_above_noise"]
"""What a ranking shows of each driver."""

SHAPE = (
    *(
        "link",
        "driver",
        "break_point",
        "low",
        "high",
        "slope_before",
        "slope_after",
        "straight_line",
        "p_value",
    ),
    *("is_shown", "n"),
)
"""What is shown of each link's shape."""


@dataclass(frozen=True, eq=False, repr=False)
class DriverShapes(Result):
    """Whether each operational link is a straight line or turns somewhere.

    estimates : one row a link: driver, break_point with its interval and the slopes on both sides (missing where
        no break is shown), straight_line, p_value corrected for the search, is_shown.
    bins, breaks : the full answers, by link. skipped : links without a shape, and why.
    """

    estimates: pd.DataFrame
    bins: Mapping[str, BinnedMeans]
    breaks: Mapping[str, Break]
    skipped: Mapping[str, str]

    def summary(self) -> str:
        said = [f"- {name}: {found.summary()}" for name, found in self.breaks.items()]
        said += [f"- {name}: {reason}" for name, reason in self.skipped.items()]
        return "\n".join(said) or "This study declares no link whose driver could have a shape."

    def plot(self, link: str | None = None) -> Picture:
        """Mean outcome in bins of the driver, with the broken line where one is shown (default: the first link)."""
        from linkage.plots import draw_shape, nothing_to_draw

        if not self.breaks:
            return nothing_to_draw("No link has a shape to draw.")
        name = _chosen(link, self.breaks)
        return draw_shape(self.bins[name], self.breaks[name])


def _chosen(link: str | None, made: Mapping[str, object]) -> str:
    """The link asked for, or the first."""
    if link is not None and link not in made:
        raise LinkError(f"There is nothing to draw of {link!r}. There is of: {', '.join(made)}.")
    return link or next(iter(made))


@kept
def driver_shapes(study: OpenStudy, *, period: object, seed: int = 0) -> DriverShapes:
    """Is more of it always worse, or only beyond a point? For every declared link at the grain of a contact.

    Raises PeriodError for a period that the study has no data for.
    """
    from linkage.thresholds import bin_means, find_break

    through = _through(study, period)
    rows, bins, breaks, skipped = [], {}, {}, {}
    for link in study.study.links.values():
        if link.grain != "interaction" or len(link.drivers) != 1 or "link_interaction" not in study.tables:
            continue
        table, driver = link_rows(study, link, through), link.drivers[0]
        if table[driver].nunique() < FEWEST_VALUES:
            skipped[link.name] = f"{driver} takes too few different values for a shape."
            continue
        try:
            found = find_break(
                table,
                outcome=link.outcome,
                driver=driver,
                controls=link.controls,
                cluster=cluster_of(link),
                seed=seed,
            )
            bins[link.name] = bin_means(table, outcome=link.outcome, driver=driver, cluster=cluster_of(link))
        except (TooFewRowsError, FitError, TableError) as error:
            skipped[link.name] = str(error)
            continue
        breaks[link.name] = found
        rows.append(_shape_row(link, found))
    return DriverShapes(pd.DataFrame(rows, columns=list(SHAPE)), bins, breaks, skipped)


def _through(study: OpenStudy, period: object) -> str | None:
    """The period's name; None, which takes all rows, in a study whose data have no dates."""
    return study.check_period(period) if study.periods else None


def _shape_row(link: LinkSpec, found: Break) -> dict[str, object]:
    table = found.estimates
    known = table.estimate if found.is_shown else table.estimate * float("nan")
    place = table.loc["break_point"]
    return {
        "link": link.name,
        "driver": found.driver,
        "break_point": known["break_point"],
        "low": place.low if found.is_shown else float("nan"),
        "high": place.high if found.is_shown else float("nan"),
        "slope_before": known["slope_before"],
        "slope_after": known["slope_after"],
        "straight_line": table.loc["straight_line"].estimate,
        "p_value": found.p_value,
        "is_shown": found.is_shown,
        "n": found.n_used,
    }


@dataclass(frozen=True, eq=False, repr=False)
class DriverRankings(Result):
    """For every declared link with several drivers: which of them counts most.

    estimates : one row a link and driver. rankings : the full answers, by link. skipped : and why.
    """

    estimates: pd.DataFrame
    rankings: Mapping[str, DriverRanking]
    skipped: Mapping[str, str]

    def summary(self) -> str:
        said = [f"- {name}: {ranking.summary()}" for name, ranking in self.rankings.items()]
        said += [f"- {name}: {reason}" for name, reason in self.skipped.items()]
        return "\n".join(said) or "This study declares no link with several drivers."

    def plot(self, link: str | None = None) -> Picture:
        """Shares of explained variance with their intervals (default: the first link)."""
        from linkage.plots import draw_shares, nothing_to_draw

        if not self.rankings:
            return nothing_to_draw("No link has several drivers to rank.")
        return draw_shares(self.rankings[_chosen(link, self.rankings)])


@kept
def driver_rankings(study: OpenStudy, *, period: object, seed: int = 0) -> DriverRankings:
    """Of several drivers of one outcome, which count most? For every declared link with two or more.

    Raises PeriodError for a period that the study has no data for.
    """
    from linkage.drivers import rank_drivers

    through = _through(study, period)
    frames, rankings, skipped = [], {}, {}
    for link in study.study.links.values():
        if len(link.drivers) < 2 or f"link_{link.grain}" not in study.tables:
            continue
        table = link_rows(study, link, through)
        try:
            ranking = rank_drivers(
                table,
                outcome=link.outcome,
                drivers=link.drivers,
                controls=link.controls,
                cluster=cluster_of(link),
                seed=seed,
            )
        except (TooFewRowsError, FitError, TableError) as error:
            skipped[link.name] = str(error)
            continue
        rankings[link.name] = ranking
        frames.append(ranking.estimates[SHOWN].rename_axis("driver").reset_index().assign(link=link.name))
    table = (
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["link", "driver", *SHOWN])
    )
    return DriverRankings(table[["link", *(c for c in table if c != "link")]], rankings, skipped)
