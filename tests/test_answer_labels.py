"""A point of the 0 to 10 answer is no point of the Net Promoter Score: each has a label of its own."""

import numpy as np
import pandas as pd
import pytest

import linkage as lk
from linkage.opening import open_study
from linkage.study_file.answer_labels import named_as_answer

STUDY = """
study: Gym
sources:
  feedback: {from: answers.csv}
metrics:
  nps: {of: feedback, label: NPS, scale: [0, 10]}
  calm: {of: feedback, label: Calm, scale: [1, 5]}
links:
  calm: {question: Do the calm recommend us?, grain: survey, outcome: nps, drivers: [calm]}
  back: {question: Are those who recommend us calm?, grain: survey, outcome: calm, drivers: [nps]}
"""


@pytest.mark.parametrize(
    ("label", "scale", "said"),
    [
        ("NPS", [0, 10], "The 0 to 10 answer to NPS"),
        ("Net Promoter Score", [0, 10], "The 0 to 10 answer to Net Promoter Score"),
        ("eNPS", (0.0, 10.0), "The 0 to 10 answer to eNPS"),
        ("NPS", [-100, 100], "NPS"),
        ("Likelihood to recommend (NPS)", [0, 10], "Likelihood to recommend (NPS)"),
        ("Satisfaction", [0, 10], "Satisfaction"),
    ],
)
def test_only_an_answer_that_is_called_after_the_score_is_called_otherwise(label, scale, said):
    assert named_as_answer({"label": label, "scale": scale})["label"] == said


def test_the_links_speak_of_the_answer_and_the_headline_of_the_score(make_study):
    rng = np.random.default_rng(5)
    calm = rng.integers(1, 6, 300)
    answers = pd.DataFrame(
        {
            "response_id": range(300),
            "customer_id": range(300),
            "answered_at": pd.date_range("2026-01-01", periods=300, freq="7h").date,
            "nps": np.clip(calm + rng.integers(0, 7, 300), 0, 10),
            "calm": calm,
        }
    )
    study = open_study(make_study(STUDY, {"answers.csv": answers.to_csv(index=False)}))
    cards = study.links(period=study.periods[-1])
    assert "One point more of the 0 to 10 answer to NPS goes with" in cards["back"].summary()
    assert "of the 0 to 10 answer to NPS" in cards["calm"].summary()
    figures = lk.headlines(study, period=study.periods[-1]).estimates.set_index("metric")
    assert figures.loc["nps", "label"] == "Net Promoter Score"
