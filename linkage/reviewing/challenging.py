"""Does an answer hold if one choice had been another? A declared link asked again with it, beside the published one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import ValidationError

from linkage.cards.card import EXPLORATORY, LinkCard, driver_name
from linkage.errors import LinkError
from linkage.grains import cluster_of
from linkage.ladder import UNSAFE
from linkage.linking.link_rows import link_rows, segments_of
from linkage.results import Result
from linkage.reviewing.moving import move_between
from linkage.reviewing.other_windows import at_declared_length, with_windows
from linkage.rows import as_names
from linkage.sentences import signed
from linkage.study_file.declaration import LinkSpec
from linkage.study_file.explaining import suggest

if TYPE_CHECKING:
    from linkage.catalogue import Columns
    from linkage.opening import OpenStudy

DECLARED, CHALLENGED = "as declared", "challenged"
Excluded = Mapping[str, object]


@dataclass(frozen=True, eq=False, repr=False)
class Challenge(Result):
    """A declared link beside the same link with another choice.

    estimates : two rows a driver, as declared and challenged: estimate, std_error, low, high (outcome units per driver
    unit), n, clusters, and excludes_zero. changed : what was changed, in words. published, challenged : the cards.
    An answer to a question asked after the data were seen: it moves no published verdict, it shows on what that rests.
    """

    link: str
    changed: tuple[str, ...]
    estimates: pd.DataFrame
    published: LinkCard
    challenged: LinkCard

    def table(self, decimals: int = 4) -> pd.DataFrame:
        """The estimates for reading, two rows a driver."""
        counts = {name: self.estimates[name].astype("Int64") for name in ("n", "clusters")}
        return super().table(decimals).assign(**counts).set_index(["driver", "asked"])

    @property
    def moves(self) -> pd.DataFrame:
        """One row a driver: by what share of its size and by how many standard errors it moved, and the verdict."""
        found = {}
        for driver, rows in self.estimates.groupby("driver", sort=False):
            found[driver] = vars(move_between(*rows.to_dict("records")))
        frame = pd.DataFrame.from_dict(found, orient="index", columns=["share", "errors", "verdict"])
        return frame.set_axis(["moved_share", "moved_errors", "verdict"], axis=1).rename_axis("driver")

    def summary(self) -> str:
        """What moved, driver by driver: by how much, in which direction, and whether the published figure stands it."""
        by_driver = self.estimates.groupby("driver", sort=False)
        said = [_moved(str(driver), *rows.to_dict("records")) for driver, rows in by_driver]
        unsafe = " Its published figure must not be used." if self.published.verdict == UNSAFE else ""
        return f"{self.link} with {'; '.join(self.changed)}.{unsafe} {' '.join(said)} {EXPLORATORY}"


def _moved(driver: str, declared: dict, challenged: dict) -> str:
    if pd.isna(challenged["estimate"]):
        return f"{driver}: there is no estimate any more."
    if pd.isna(declared["estimate"]):
        return f"{driver}: {_figure(challenged)}; as declared there is none."
    same = (declared["estimate"] > 0) == (challenged["estimate"] > 0)
    zero = {
        (True, True): "both intervals exclude zero",
        (True, False): "the interval no longer excludes zero",
        (False, True): "the interval excludes zero now",
        (False, False): "neither interval excludes zero",
    }[bool(declared["excludes_zero"]), bool(challenged["excludes_zero"])]
    sign = "stays" if same else "turns"
    moved = move_between(declared, challenged).sentence()
    figures = f"{_figure(declared)} becomes {_figure(challenged)}"
    return f"{driver}: {figures}: {moved}; the sign {sign}, {zero}."


def _figure(row: dict) -> str:
    return f"{signed(row['estimate'])} ({signed(row['low'])} to {signed(row['high'])}; n = {row['n']:,})"


def challenge(
    study: OpenStudy | str | Path,
    link: str,
    *,
    period: object = None,
    window: int | tuple[int, int] | None = None,
    lag: int | None = None,
    controls: Sequence[str] | None = None,
    drop_controls: Sequence[str] = (),
    exclude: Excluded | None = None,
) -> Challenge:
    """Ask a declared link again with another window, lag, control set or without some rows.

    study : an open study, or its name or folder. window : days before and after an answer, one number for both or a
    pair, for a link of answers; sums over them are brought to the declared days, so that like stands beside like.
    lag : periods, for a link of periods. controls : what is held fixed instead. drop_controls : what is no longer held
    fixed. exclude : values by column whose rows are left out, such as {"channel": "phone"} or
    {"period": ["2024Q1", "2024Q2"]}.

    The fit and its errors are those of the declared link; the attacks are not repeated. Raises LinkError where nothing
    is changed, where the link has no published estimate or no such window, lag or control, and where no row is left
    out or none is left.
    """
    if isinstance(study, (str, Path)):
        from linkage.opening import open_study

        study = open_study(study)
    published = study.link(link, period=period)
    if not published.n_used:
        raise LinkError(f"{link} has no published estimate to challenge. {published.reason}")
    through = study.check_period(period) if period is not None else study.last_complete_period
    spec, changed = _other_spec(study, published.spec, lag, controls, as_names(drop_controls))
    asked, columns = study, study.study.columns[spec.grain]
    if window is not None:
        asked, words = with_windows(study, spec, window)
        changed.append(words)
    rows = link_rows(asked, _with_columns(asked, spec, exclude or {}), through)
    if window is not None:
        rows, columns, words = at_declared_length(rows, study, asked, spec)
        changed += [words] if words else []
    if exclude:
        rows, words = _without(rows, exclude, link)
        changed.append(words)
    if not changed:
        raise LinkError(
            f"Nothing of {link} is changed: give window, lag, controls, drop_controls or exclude."
        )
    card = _asked_again(asked, _with_cluster(spec), rows, columns, published)
    return Challenge(link, tuple(changed), _side_by_side(published, card), published, card)


def _with_cluster(spec: LinkSpec) -> LinkSpec:
    """The link with its cluster named: a question by the way knows none by its grain."""
    return spec.model_copy(update={"cluster": cluster_of(spec)})


def _other_spec(
    study: OpenStudy,
    spec: LinkSpec,
    lag: int | None,
    controls: Sequence[str] | None,
    dropped: tuple[str, ...],
) -> tuple[LinkSpec, list[str]]:
    """The link with another lag or other controls, and what was changed, in words."""
    kept = as_names(controls) if controls is not None else spec.controls
    unheld = [c for c in dropped if c not in kept]
    if unheld:
        held = ", ".join(kept) or "nothing"
        raise LinkError(f"{spec.name} does not hold {unheld[0]!r} fixed; it holds {held}.")
    kept = tuple(c for c in kept if c not in dropped)
    there = [*study.study.columns[spec.grain], f"{spec.outcome}_now", "period"]
    for control in kept:
        if control not in there:
            raise LinkError(
                f"{spec.name}: there is no column {control!r} to hold fixed.{suggest(control, there)}"
            )
    changed = []
    if kept != spec.controls:
        changed.append(f"{_names_or_nothing(kept)} held fixed instead of {_names_or_nothing(spec.controls)}")
    if lag is not None and lag != spec.lag:
        changed.append(f"a lag of {lag} instead of {spec.lag}")
    return _validated(spec, {"controls": kept, "lag": spec.lag if lag is None else lag}), changed


def _validated(spec: LinkSpec, update: dict[str, object]) -> LinkSpec:
    """The link with some parts changed, refused where study.yml would be refused too."""
    try:
        return LinkSpec.model_validate({**spec.model_dump(by_alias=True), **update})
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise LinkError(f"{spec.name} cannot be asked so: {said}.") from None


def _names_or_nothing(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def _with_columns(study: OpenStudy, spec: LinkSpec, exclude: Excluded) -> LinkSpec:
    """The link, its rows carrying the columns by which some are left out. Raises LinkError for a person's key."""
    for column in exclude:
        if column.endswith("_id") and column != "unit_id":
            raise LinkError(f"exclude: {column} names persons. Leave out a group or a period instead.")
    return spec.model_copy(update={"segments": tuple(dict.fromkeys([*segments_of(study, spec), *exclude]))})


def _without(rows: pd.DataFrame, exclude: Excluded, link: str) -> tuple[pd.DataFrame, str]:
    """The rows that are left, and in words how many were left out."""
    out = pd.Series(False, index=rows.index)
    for column, given in exclude.items():
        if column not in rows:
            raise LinkError(
                f"exclude: the rows of {link} have no column {column!r}.{suggest(column, list(rows))}"
            )
        values = given if isinstance(given, list | tuple | set) else [given]
        named = (
            rows[column].astype("string").fillna("missing") if rows[column].dtype == object else rows[column]
        )
        found = named.isin(list(values))
        if not found.any():
            there = ", ".join(map(str, sorted(named.dropna().unique())[:12]))
            raise LinkError(
                f"exclude: no row of {link} has {column} {_names_or_nothing(list(map(str, values)))}. It has: {there}."
            )
        out |= found
    if out.all():
        raise LinkError(f"exclude: nothing is left of the {len(rows):,} rows of {link}.")
    said = " or ".join(f"{c} {_names_or_nothing([str(v) for v in _values(g)])}" for c, g in exclude.items())
    return rows[~out].reset_index(drop=True), f"{int(out.sum()):,} of {len(rows):,} rows left out ({said})"


def _values(given: object) -> list[object]:
    return list(given) if isinstance(given, list | tuple | set) else [given]


def _asked_again(
    study: OpenStudy, spec: LinkSpec, rows: pd.DataFrame, columns: Columns, published: LinkCard
) -> LinkCard:
    from linkage.linking.clock import clock_of
    from linkage.linking.judging import card_of

    card = card_of(
        rows, spec, columns=columns, clock=clock_of(study.study, spec), span=published.span,
        confidence=published.confidence, exploratory=True,
    )  # fmt: skip
    if not card.n_used:
        raise LinkError(f"{spec.name} has no estimate so: {card.reason}")
    return card


def _side_by_side(published: LinkCard, challenged: LinkCard) -> pd.DataFrame:
    """Two rows a driver; a driver that only one of them has stands with what is known of it."""
    frames = [_of_card(published, DECLARED), _of_card(challenged, CHALLENGED)]
    drivers = list(dict.fromkeys(name for frame in frames for name in frame["driver"]))
    whole = pd.MultiIndex.from_product([drivers, [DECLARED, CHALLENGED]], names=["driver", "asked"])
    both = pd.concat(frames).set_index(["driver", "asked"]).reindex(whole).reset_index()
    n = {DECLARED: published.n_used, CHALLENGED: challenged.n_used}
    return both.assign(n=both["asked"].map(n), excludes_zero=both["excludes_zero"].fillna(False).astype(bool))


def _of_card(card: LinkCard, asked: str) -> pd.DataFrame:
    rows = card.estimates
    named = [driver_name(*pair) for pair in zip(rows["driver"], rows["category"], strict=True)]
    frame = rows[["estimate", "std_error", "low", "high"]].astype(float).assign(driver=named, asked=asked)
    zero = (frame["low"] > 0) | (frame["high"] < 0)
    return frame.assign(n=card.n_used, clusters=card.clusters, excludes_zero=zero)[
        ["driver", "asked", "estimate", "std_error", "low", "high", "n", "clusters", "excludes_zero"]
    ]
