"""Answers kept between processes: recalled as they were, and never under code that did not give them."""

import pytest

from linkage import memory
from linkage.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(study=None, path=tmp_path / "tiny-abc.duckdb", built=False)


def test_what_was_kept_is_recalled(warehouse, monkeypatch):
    monkeypatch.setattr(memory, "LOADED_AT", float("inf"))
    assert memory.recall_cards(warehouse, "2026Q1") is None
    memory.keep_cards(warehouse, "2026Q1", {"a": 1})
    assert memory.recall_cards(warehouse, "2026Q1") == {"a": 1}
    assert memory.recall_cards(warehouse, "2026Q2") is None


def test_a_damaged_file_is_as_good_as_none(warehouse, monkeypatch):
    monkeypatch.setattr(memory, "LOADED_AT", float("inf"))
    memory.keep_cards(warehouse, "2026Q1", {"a": 1})
    (kept,) = warehouse.path.parent.glob("*.cards")
    kept.write_bytes(kept.read_bytes()[:5])
    assert memory.recall_cards(warehouse, "2026Q1") is None


def test_nothing_is_kept_or_recalled_once_the_code_was_edited(warehouse, monkeypatch):
    monkeypatch.setattr(memory, "LOADED_AT", float("inf"))
    memory.keep_cards(warehouse, "2026Q1", {"a": 1})
    monkeypatch.setattr(memory, "LOADED_AT", 0.0)
    assert memory.recall_cards(warehouse, "2026Q1") is None
    memory.keep_cards(warehouse, "2026Q1", {"b": 2})
    monkeypatch.setattr(memory, "LOADED_AT", float("inf"))
    assert memory.recall_cards(warehouse, "2026Q1") == {"a": 1}
