"""How a link is attacked before it is reported: each module one kind of attack, on sums of the link's rows.

sample         the rows as arrays and sums
placebo        a driver that cannot matter: how far does chance get?
leaving_out    without one unit, one period, one group
influence      without the clusters that pull most
bootstrapping  an interval that assumes no normal curve
hidden_cause   how strong an unmeasured cause would have to be
residuals      is a straight line fair?
battery        all of them on one link
"""

from linkage.refuting.battery import Attacks, attack_link
from linkage.refuting.bootstrapping import Redrawn, judge_redrawn, redraw_clusters
from linkage.refuting.hidden_cause import HiddenCause, hidden_cause, judge_hidden_cause, robustness_value
from linkage.refuting.influence import Influence, judge_influence, strongest_clusters
from linkage.refuting.leaving_out import LeftOut, judge_left_out, leave_out
from linkage.refuting.placebo import Placebo, judge_placebo, shuffle_driver
from linkage.refuting.residuals import Residuals, judge_scatter, look_at_residuals
from linkage.refuting.rounds import Round
from linkage.refuting.sample import LinkSample, codes_of, group_sums, sample_of, solve

__all__ = [
    "Attacks",
    "HiddenCause",
    "Influence",
    "LeftOut",
    "LinkSample",
    "Placebo",
    "Redrawn",
    "Residuals",
    "Round",
    "attack_link",
    "codes_of",
    "group_sums",
    "hidden_cause",
    "judge_hidden_cause",
    "judge_influence",
    "judge_left_out",
    "judge_placebo",
    "judge_redrawn",
    "judge_scatter",
    "leave_out",
    "look_at_residuals",
    "redraw_clusters",
    "robustness_value",
    "sample_of",
    "shuffle_driver",
    "solve",
    "strongest_clusters",
]
