"""Answers kept between processes: recalled as they were, and never for another question, other data or other code."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from linkage import memory
from linkage.memory import kept
from linkage.warehouse import Warehouse

ASKED: list[tuple] = []
"""Every question that was really asked."""


class OpenStudy:
    """An opened study as the memory sees it: it has a warehouse, and cannot be written down."""

    def __init__(self, path: Path):
        self.warehouse = Warehouse(study=None, path=path, built=False)

    def __reduce__(self):
        raise TypeError("a connection cannot be written down")


@dataclass(frozen=True, eq=False)
class Asking:
    """A question as an object, with the study inside it."""

    study: OpenStudy
    seed: int


@kept
def answer(study: OpenStudy, *, period: str, table: pd.DataFrame | None = None) -> pd.DataFrame:
    ASKED.append((study.warehouse.path.stem, period))
    return pd.DataFrame({"estimate": [float(len(ASKED))]})


@kept
def answer_asking(asking: Asking) -> float:
    ASKED.append((asking.study.warehouse.path.stem, asking.seed))
    return float(len(ASKED))


@kept
def aged(study: OpenStudy) -> int:
    ASKED.append(("aged",))
    warnings.warn("spelt differently in the next version", DeprecationWarning, stacklevel=2)
    return len(ASKED)


@kept
def warned(study: OpenStudy) -> int:
    ASKED.append(("warned",))
    warnings.warn("narrower than asked", UserWarning, stacklevel=2)
    return len(ASKED)


@kept
def drawn(rows: pd.DataFrame, colour: object = "grey") -> str:
    ASKED.append(("drawn",))
    return f"<svg>{rows['a'].sum()}</svg>"


@kept
def refused(study: OpenStudy) -> int:
    ASKED.append(("refused",))
    raise KeyError("no such column")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "LOADED_AT", float("inf"))
    monkeypatch.setattr(memory, "SECONDS_BETWEEN_LOOKS", 1e-9)
    monkeypatch.setattr(memory, "RECALLS", True)
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path))
    monkeypatch.delenv("LINKAGE_FORGET", raising=False)
    ASKED.clear()
    return tmp_path


@pytest.fixture
def study(folder):
    return OpenStudy(folder / "tiny-abc.duckdb")


def test_what_was_answered_is_recalled(study):
    first = answer(study, period="2026Q1")
    pd.testing.assert_frame_equal(answer(study, period="2026Q1"), first)
    assert ASKED == [("tiny-abc", "2026Q1")]


def test_another_argument_or_other_data_are_another_answer(study, folder):
    answer(study, period="2026Q1")
    assert float(answer(study, period="2026Q2")["estimate"].iloc[0]) == 2
    assert float(answer(OpenStudy(folder / "tiny-def.duckdb"), period="2026Q1")["estimate"].iloc[0]) == 3
    rows = pd.DataFrame({"a": [1.0, 2.0]})
    assert float(answer(study, period="2026Q1", table=rows)["estimate"].iloc[0]) == 4
    rows.loc[1, "a"] = 2.5
    assert float(answer(study, period="2026Q1", table=rows)["estimate"].iloc[0]) == 5
    assert float(answer(study, period="2026Q1", table=rows.copy())["estimate"].iloc[0]) == 5


def test_a_study_inside_an_argument_counts_by_its_data(study, folder):
    assert answer_asking(Asking(study, 0)) == answer_asking(Asking(study, 0)) == 1
    assert answer_asking(Asking(study, 1)) == 2
    assert answer_asking(Asking(OpenStudy(folder / "tiny-def.duckdb"), 0)) == 3


def test_other_code_is_another_answer_and_takes_the_old_ones_away(study, folder, monkeypatch):
    answer(study, period="2026Q1")
    monkeypatch.setattr(memory, "code_hash", lambda: "f" * 64)
    assert float(answer(study, period="2026Q1")["estimate"].iloc[0]) == 2
    assert [p.name.partition("~")[2][:9] for p in folder.glob("*.kept")] == ["ffffffff-"]


def test_the_code_hash_counts_the_packages_that_compute(monkeypatch):
    before = memory.code_hash()
    memory.code_hash.cache_clear()
    with monkeypatch.context() as other:
        other.setattr(memory, "version", lambda name: "0.0.1" if name == "statsmodels" else version(name))
        after = memory.code_hash()
    memory.code_hash.cache_clear()
    assert after != before and memory.code_hash() == before


def test_who_asks_first_is_given_what_the_others_recall(study):
    """Its own table could share memory that a recalled one does not: what is asked of it next must be the same."""
    first, second = answer(study, period="2026Q1"), answer(study, period="2026Q1")
    drawn(first.rename(columns={"estimate": "a"}))
    drawn(second.rename(columns={"estimate": "a"}))
    assert ASKED == [("tiny-abc", "2026Q1"), ("drawn",)]


def test_a_changed_answer_is_drawn_anew(study):
    shown = answer(study, period="2026Q1").rename(columns={"estimate": "a"})
    assert drawn(shown) == "<svg>1.0</svg>"
    shown.loc[0, "a"] = 7.0
    assert drawn(shown) == "<svg>7.0</svg>"


def test_a_damaged_file_is_as_good_as_none(study, folder):
    answer(study, period="2026Q1")
    (file,) = folder.glob("*.kept")
    file.write_bytes(file.read_bytes()[:9])
    assert float(answer(study, period="2026Q1")["estimate"].iloc[0]) == 2


def test_a_warning_is_said_each_time(study):
    for _ in range(2):
        with pytest.warns(UserWarning, match="narrower"):
            warned(study)
    assert ASKED == [("warned",)] * 2


def test_a_warning_that_one_did_not_want_to_hear_is_said_to_the_next(study, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warned(study)
    assert not list(folder.glob("*.kept"))
    with pytest.warns(UserWarning, match="narrower"):
        warned(study)
    assert ASKED == [("warned",)] * 2


def test_a_warning_of_the_code_alone_does_not_keep_an_answer_from_being_kept(study, folder):
    with pytest.warns(DeprecationWarning, match="next version"):
        first = aged(study)
    assert len(list(folder.glob("*.kept"))) == 1
    assert aged(study) == first == len(ASKED) == 1


def test_a_refusal_is_raised_each_time_and_nothing_is_kept(study, folder):
    for _ in range(2):
        with pytest.raises(KeyError, match="no such column"):
            refused(study)
    assert len(ASKED) == 2 and not list(folder.glob("*.kept"))


def test_arguments_that_cannot_be_written_down_are_asked_each_time(folder):
    for _ in range(2):
        drawn(pd.DataFrame({"a": [1.0]}), colour=lambda value: "red")
    assert len(ASKED) == 2


def test_nothing_is_recalled_where_that_is_unwanted(study, monkeypatch):
    answer(study, period="2026Q1")
    monkeypatch.setenv("LINKAGE_FORGET", "1")
    answer(study, period="2026Q1")
    monkeypatch.delenv("LINKAGE_FORGET")
    monkeypatch.setattr(memory, "RECALLS", False)
    answer(study, period="2026Q1")
    assert len(ASKED) == 3


def test_a_folder_that_cannot_be_written_still_answers(study, folder, monkeypatch):
    blocked = folder / "a file"
    blocked.write_text("")
    monkeypatch.setenv("LINKAGE_CACHE", str(blocked / "cache"))
    assert float(answer(study, period="2026Q1")["estimate"].iloc[0]) == 1
    assert float(answer(study, period="2026Q1")["estimate"].iloc[0]) == 2


def test_only_the_newest_pictures_stay(folder, monkeypatch):
    monkeypatch.setattr(memory, "MOST_PICTURES", 3)
    for value in range(5):
        drawn(pd.DataFrame({"a": [value]}))
        for age, file in enumerate(folder.glob("picture~*")):
            os.utime(file, (1000 - age, 1000 - age))
    assert len(list(folder.glob("picture~*.kept"))) == 3


WRITER = """
import sys, pandas as pd
from linkage import memory
from linkage.memory import kept
memory.LOADED_AT = float("inf")
@kept
def drawn(rows):
    return "x" * 2_000_000
for k in range(20):
    assert len(drawn(pd.DataFrame({"a": [k % 3]}))) == 2_000_000
"""


def test_several_processes_at_once_leave_whole_answers(folder):
    """Each writes and reads the same three answers; none may see half of one."""
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [(r.communicate()[1], r.returncode) for r in running] == [("", 0)] * 3
    assert len(list(folder.glob("picture~*.kept"))) == 3
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]


# The cards of a study's declared links


def test_cards_that_were_kept_are_recalled(study):
    warehouse = study.warehouse
    assert memory.recall_cards(warehouse, "2026Q1") is None
    memory.keep_cards(warehouse, "2026Q1", {"a": 1})
    assert memory.recall_cards(warehouse, "2026Q1") == {"a": 1}
    assert memory.recall_cards(warehouse, "2026Q2") is None


def test_cards_are_read_again_only_where_their_file_is_another(study):
    memory.keep_cards(study.warehouse, "2026Q1", {"a": 1})
    first = memory.recall_cards(study.warehouse, "2026Q1")
    assert memory.recall_cards(study.warehouse, "2026Q1") is first
    memory.keep_cards(study.warehouse, "2026Q1", {"b": 1})  # as many bytes
    assert memory.recall_cards(study.warehouse, "2026Q1") == {"b": 1}


def test_a_damaged_file_of_cards_is_as_good_as_none(study, folder):
    memory.keep_cards(study.warehouse, "2026Q1", {"a": 1})
    (file,) = folder.glob("*.cards")
    file.write_bytes(file.read_bytes()[:5])
    assert memory.recall_cards(study.warehouse, "2026Q1") is None


def test_nothing_is_kept_or_recalled_once_the_code_was_edited(study, monkeypatch):
    warehouse = study.warehouse
    memory.keep_cards(warehouse, "2026Q1", {"a": 1})
    monkeypatch.setattr(memory, "LOADED_AT", 0.0)
    assert memory.recall_cards(warehouse, "2026Q1") is None
    memory.keep_cards(warehouse, "2026Q1", {"b": 2})
    answer(study, period="2026Q1")
    answer(study, period="2026Q1")
    assert len(ASKED) == 2
    monkeypatch.setattr(memory, "LOADED_AT", float("inf"))
    assert memory.recall_cards(warehouse, "2026Q1") == {"a": 1}
