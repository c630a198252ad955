"""A study whose files lie elsewhere: the first folder that holds any is used, and hashed."""

import pytest

from linkage.errors import SourceError
from linkage.opening import open_study
from linkage.report.manifest import input_hashes
from linkage.study import load_study
from linkage.warehouse import open_warehouse

YML = """
study: Elsewhere
data_folders: [raw, $LINKAGE_TEST_FOLDER/files, ../other, ../third]
data_origin: Ask the archive for answers.csv and put it into raw/.
sources:
  feedback: {from: answers.csv}
  units: {sql: sources/units.sql}
metrics:
  csat: {of: feedback, scale: [1, 5]}
"""
ANSWERS = "response_id,customer_id,unit_id,answered_at,csat\nR1,C1,U1,2026-02-01,{}\n"
SQL = {
    "sources/units.sql": "select distinct unit_id, 'shop' as kind from read_csv('*.csv', all_varchar = true)"
}


@pytest.fixture
def folder(make_study, monkeypatch):
    monkeypatch.delenv("LINKAGE_TEST_FOLDER", raising=False)
    return make_study(YML, SQL)


def put(folder, score):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "answers.csv").write_text(ANSWERS.format(score))


def score(folder):
    return open_study(folder).table("link_survey")["csat"].tolist()


def test_none_of_them_says_where_it_looked_and_where_the_files_are(folder):
    (folder / "raw").mkdir()
    (folder / "raw" / ".gitkeep").write_text("")
    with pytest.raises(
        SourceError, match=r"tiny/study.yml, data_folders.*raw.*third.*Ask the archive"
    ) as raised:
        open_study(folder)
    assert "LINKAGE_TEST_FOLDER" not in str(raised.value)


def test_the_first_that_holds_a_file_is_used(folder, monkeypatch):
    put(folder.parent / "third", 1)
    assert score(folder) == [1]
    put(folder.parent / "other", 2)
    assert score(folder) == [2]
    put(folder.parent / "env" / "files", 3)
    monkeypatch.setenv("LINKAGE_TEST_FOLDER", str(folder.parent / "env"))
    assert score(folder) == [3]
    put(folder / "raw", 4)
    assert score(folder) == [4]
    assert open_study(folder).table("stg_units")["unit_id"].tolist() == ["U1"]


def test_files_elsewhere_are_hashed_and_named_without_their_place(folder):
    put(folder.parent / "other", 2)
    assert open_warehouse(load_study(folder)).built
    assert not open_warehouse(load_study(folder)).built
    before = input_hashes(load_study(folder))
    assert sorted(before) == ["data_folders/answers.csv", "sources/units.sql", "study.yml"]
    put(folder / "raw", 2)
    assert input_hashes(load_study(folder)) == before
    assert not open_warehouse(load_study(folder)).built
    put(folder / "raw", 5)
    assert open_warehouse(load_study(folder)).built
    assert open_study(folder).sources["files"].tolist() == ["answers.csv", "sources/units.sql"]
