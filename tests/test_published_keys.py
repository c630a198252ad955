"""What is withheld of a notebook's outputs: keys and addresses of persons, and nothing that names a unit."""

from __future__ import annotations

import json

import pytest

from linkage.notebooks.jobs import FAILED, OK, Outcome
from linkage.opening import open_study
from linkage.report.privacy import WITHHELD, addresses_among, keys_among, make_publishable

STUDY = """
study: Corner
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  units: {from: units.csv}
metrics:
  nps: {of: feedback, label: Likelihood to recommend (ask cx@corner.example), scale: [0, 10]}
"""
FILES = {
    "customers.csv": "customer_id,unit_id\nK00003,U1\nK00004,K00003\n15208,U1\nann@home.example,U1\n",
    "answers.csv": "response_id,customer_id,answered_at,nps\nR00001,K00004,2026-02-01,9\n",
    "units.csv": "unit_id,region\nU1,north\nK00003,south\nshop@corner.example,south\n",
}


@pytest.fixture
def study(make_study):
    return open_study(make_study(STUDY, FILES))


def published(text: str, study, folder) -> tuple[Outcome, str]:
    """A notebook that printed a text, made publishable: its outcome and what is left of the text."""
    output = {"output_type": "stream", "name": "stdout", "text": text}
    cells = [{"cell_type": "code", "metadata": {}, "source": "", "execution_count": 1, "outputs": [output]}]
    (folder / "13_money.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}}), encoding="utf-8")
    made = make_publishable(Outcome(name="13_money", status=OK), folder, study)
    left = json.loads((folder / "13_money.ipynb").read_text(encoding="utf-8"))
    return made, left["cells"][0]["outputs"][0]["text"]


def test_the_name_of_a_unit_is_no_key_though_a_customer_be_called_the_same(study, tmp_path):
    assert keys_among({"K00003", "K00004", "R00001", "U1"}, study) == {"K00004", "R00001"}
    made, left = published("K00003 sells most.", study, tmp_path)
    assert made.status == OK and left == "K00003 sells most."


@pytest.mark.parametrize(
    ("text", "shown", "reason"),
    [
        ("ann@home.example is lost", f"{WITHHELD} is lost", "1 key of persons, answers or contacts"),
        ("write to jane@roe.example", f"write to {WITHHELD}", "1 e-mail address"),
        ("R00001, jo@x.example, al@x.example", f"{WITHHELD}, {WITHHELD}, {WITHHELD}",
         "1 key of persons, answers or contacts and 2 e-mail addresses"),
    ],
)  # fmt: skip
def test_an_address_is_withheld_be_it_a_key_or_not(study, tmp_path, text, shown, reason):
    made, left = published(text, study, tmp_path)
    assert (made.status, left) == (FAILED, shown)
    assert made.reason == f"its outputs show {reason}; they are withheld"


def test_addresses_that_the_study_states_or_calls_a_unit_by_are_shown(study):
    words = {"cx@corner.example", "shop@corner.example", "n@30", "a.b", "@", "jane@roe.example"}
    assert addresses_among(words, study) == {"jane@roe.example"}


def test_a_plain_number_is_no_key_of_a_good_page(study, tmp_path):
    """The stated limit: 15208 is a customer here, and cannot be told from a count."""
    made, left = published("n = 15208", study, tmp_path)
    assert made.status == OK and left == "n = 15208"
