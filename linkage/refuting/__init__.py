"""How a link is attacked before it is reported: each module one kind of attack, on sums of the link's rows."""

from linkage.refuting.sample import LinkSample, codes_of, group_sums, sample_of, solve

__all__ = ["LinkSample", "codes_of", "group_sums", "sample_of", "solve"]
