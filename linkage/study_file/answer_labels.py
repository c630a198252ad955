"""What is an answer of 0 to 10 called, where its label is that of the score made of such answers?"""

from __future__ import annotations

import re

NAMED_AS_SCORE = re.compile(r"\be?nps\b|\bnet promoter\b", re.IGNORECASE)
SAYS_ANSWER = re.compile(r"answer|question|likel|recommend|rating|0 ?(-|to|\N{EN DASH}) ?10", re.IGNORECASE)


def named_as_answer(metric: object) -> object:
    """A declared metric, its label that of an answer: a point of 0 to 10 is no point of the Net Promoter Score.

    Only a metric of 0 to 10 whose label names the score and nothing else is called otherwise: of -100 to 100 it is
    the score itself.
    """
    if not isinstance(metric, dict) or not isinstance(metric.get("label"), str):
        return metric
    label, scale = metric["label"], metric.get("scale")
    is_answer = isinstance(scale, list | tuple) and list(scale) == [0, 10]
    if not is_answer or not NAMED_AS_SCORE.search(label) or SAYS_ANSWER.search(label):
        return metric
    return {**metric, "label": f"The 0 to 10 answer to {label}"}
