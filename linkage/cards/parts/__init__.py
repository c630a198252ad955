"""The parts of a link's card beyond its slope: its shape, who it holds for, and within against between."""

from linkage.cards.parts.cuts import Cuts
from linkage.cards.parts.judged import judge_nesting, judge_segments, judge_shape
from linkage.cards.parts.nesting import Nesting, nesting_of
from linkage.cards.parts.neutral import PenaltyReward
from linkage.cards.parts.segments import SegmentEffects, segments_of_link
from linkage.cards.parts.shape import LinkShape, shape_of
from linkage.cards.parts.words import shape_sentence

__all__ = [
    "Cuts",
    "LinkShape",
    "Nesting",
    "PenaltyReward",
    "SegmentEffects",
    "judge_nesting",
    "judge_segments",
    "judge_shape",
    "nesting_of",
    "segments_of_link",
    "shape_of",
    "shape_sentence",
]
