"""A page that was made, and yet gives no answer, is listed so, with the reason."""

import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import linkage
from linkage.cards.card_set import CardSet
from linkage.racing.race import MetricRace
from linkage.report.unanswered import NO_ANSWER, why_unanswered
from linkage.worth.points import NOTHING


def executed(folder: Path, *printed: str, after: str = "A table.") -> Path:
    """A notebook that prints each text in a cell of its answer, and another under a later heading."""

    def cell(text: str):
        return new_code_cell("print(x)", outputs=[new_output("stream", name="stdout", text=f"{text}\n")])

    cells = [new_markdown_cell("# What?"), cell("Before."), new_markdown_cell("## Answer")]
    cells += [cell(text) for text in printed] + [new_markdown_cell("## Who is in the table"), cell(after)]
    file = folder / "12_x.ipynb"
    file.write_text(nbformat.writes(new_notebook(cells=cells)), encoding="utf-8")
    return file


REFUSED = "Customers cannot be valued here. 22 of 6,001 values of 'amount' are negative, for example -266.65."


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ((REFUSED, "Bands and points are not set side by side. The same."), REFUSED),
        ((REFUSED, "One point more goes with 3 EUR."), ""),
        (("3 of 4 links are shown.",), ""),
        ((), ""),
    ],
)
def test_a_page_has_no_answer_where_nothing_of_its_answer_is_one(tmp_path, printed, why):
    assert why_unanswered(executed(tmp_path, *printed, after=REFUSED)) == why


def test_a_page_that_was_not_made_says_nothing(tmp_path):
    assert why_unanswered(tmp_path / "12_x.ipynb") == ""


def test_every_such_opening_is_said_somewhere_and_opens_what_is_said():
    """Words that an analysis no longer says would list its page as complete again."""
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in sorted(Path(linkage.__file__).parent.rglob("*.py"))
        if file.name != "unanswered.py"
    )
    for opening in NO_ANSWER:
        assert f'"{opening}' in source, opening
    assert CardSet((), 0).summary().startswith(NO_ANSWER) and NOTHING.startswith(NO_ANSWER)
    nothing = pd.DataFrame(columns=["reason"])
    assert MetricRace(nothing, nothing, nothing).summary().startswith(NO_ANSWER)


def test_no_page_of_the_project_is_without_an_answer_on_its_own_study():
    notebooks = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
    assert len(notebooks) > 10
    assert [file.name for file in notebooks if why_unanswered(file)] == []
    assert all(json.loads(file.read_text(encoding="utf-8"))["cells"] for file in notebooks)
