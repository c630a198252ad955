"""The parts of a link's card beyond its slope: its shape, who it holds for, and within against between."""

from linkage.card_parts.cuts import Cuts
from linkage.card_parts.judged import judge_nesting, judge_segments, judge_shape
from linkage.card_parts.nesting import Nesting, nesting_of
from linkage.card_parts.neutral import PenaltyReward
from linkage.card_parts.segments import SegmentEffects, segments_of_link
from linkage.card_parts.shape import LinkShape, shape_of
from linkage.card_parts.words import shape_sentence

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
