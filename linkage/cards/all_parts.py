"""The parts of a card beyond its estimate: the ladder, the shape, the segments, and everything tried against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from linkage.catalogue import LinkageColumn
from linkage.checks import Check

if TYPE_CHECKING:
    from linkage.cards.parts import LinkShape, Nesting, SegmentEffects
    from linkage.linking.surroundings import Surroundings
    from linkage.refuting import Attacks, LinkSample
    from linkage.rungs import Ladder
    from linkage.study_file.declaration import LinkSpec


@dataclass(frozen=True, eq=False)
class Parts:
    """What stands beside a link's estimate, all about its first driver; None where it could not be computed.

    ladder : the same link on every rung. shape : whether one slope may stand for it. segments : for whom it holds.
    nesting : within against between. attacks : what was done to refute it. checks : their verdicts.
    """

    ladder: Ladder | None
    shape: LinkShape | None
    segments: SegmentEffects | None
    nesting: Nesting | None
    attacks: Attacks
    checks: tuple[Check, ...]


def look_closer(
    sample: LinkSample,
    rows: pd.DataFrame,
    spec: LinkSpec,
    around: Surroundings,
    *,
    estimates: pd.DataFrame,
    columns: Mapping[str, LinkageColumn],
    robust: bool,
) -> Parts:
    """Everything that a card shows beside the estimate of its first driver.

    rows : as asked, before incomplete ones were dropped. estimates : the card's, the first row the main driver's.
    robust : its errors allow for uneven scatter.
    """
    from linkage.cards.parts import (
        judge_nesting,
        judge_segments,
        judge_shape,
        nesting_of,
        segments_of_link,
        shape_of,
    )
    from linkage.refuting import Round, attack_link
    from linkage.rungs import judge_rungs, rungs_of

    main, driver = estimates.iloc[0], columns.get(spec.drivers[0])
    turn = Round()
    ladder = turn.make(
        "ladder",
        lambda: rungs_of(
            sample, spec, estimates=estimates, rows=around.levels, orders=around.orders, columns=columns
        ),
    )
    turn.checks += judge_rungs(ladder) if ladder else ()
    attacks = attack_link(sample, rows, spec, around, low=main["low"], high=main["high"], robust=robust)
    turn.checks += attacks.checks
    better = driver.better if driver else "higher"
    shape = turn.make(
        "shape",
        lambda: shape_of(sample, spec, scales=around.scales, better=better, fewest=around.minimum_group),
        judge_shape,
    )
    segments = turn.make(
        "segments",
        lambda: (
            segments_of_link(sample, spec, around.segments, around.minimum_group) if around.segments else None
        ),
        judge_segments,
    )
    nesting = turn.make("nesting", lambda: nesting_of(sample, spec), judge_nesting)
    return Parts(ladder, shape, segments, nesting, attacks, tuple(turn.checks))
