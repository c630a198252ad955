"""Files of JSON objects are read like every other table: whole, as written, with the place of each record."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from linkage.errors import SourceError
from linkage.proposing import propose_study, write_study
from linkage.sources.json_records import json_table


@pytest.fixture
def connection():
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as opened:
        yield opened


def table(connection, path: Path):
    header, select = json_table(connection, path, path.name)
    return header, connection.execute(select).fetchall()


LINES = '{"id":1,"who":{"name":"Ü","age":null},"a/b":[1,2]}\n\n{"who":{"name":"x"},"id":12345678901234567,"on":true}\n'


def test_lines_of_objects_are_a_table_in_the_order_of_first_coming(connection, tmp_path):
    (tmp_path / "x.jsonl").write_text(LINES, encoding="utf-8-sig")
    header, found = table(connection, tmp_path / "x.jsonl")
    assert header == ("id", "who.name", "who.age", "a/b", "on")
    assert found == [("1", "Ü", None, "[1,2]", None), ("12345678901234567", "x", None, None, "true")]


def test_a_list_of_objects_and_packed_lines_are_the_same_table(connection, tmp_path):
    objects = [json.loads(line) for line in LINES.splitlines() if line]
    (tmp_path / "x.jsonl").write_text(LINES, encoding="utf-8")
    (tmp_path / "x.json").write_text(json.dumps(objects, indent=1), encoding="utf-8")
    with gzip.open(tmp_path / "x.jsonl.gz", "wt", encoding="utf-8") as packed:
        packed.write(LINES)
    found = [table(connection, tmp_path / name) for name in ("x.jsonl", "x.json", "x.jsonl.gz")]
    assert found[0][0] == found[1][0] == found[2][0]
    assert found[0][1][1] == found[1][1][1] == found[2][1][1]


def test_what_is_once_an_object_and_once_a_value_is_both(connection, tmp_path):
    (tmp_path / "x.jsonl").write_text('{"a":{"b":{"c":{"d":1}}}}\n{"a":7}\n')
    assert table(connection, tmp_path / "x.jsonl") == (
        ("a", "a.b.c"),
        [('{"b":{"c":{"d":1}}}', '{"d":1}'), ("7", None)],
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a":1}\n{broken\n', "x.jsonl: this cannot be read as JSON"),
        ("[1, 2]", "x.jsonl: no objects with names"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(connection, tmp_path, content, said):
    (tmp_path / "x.jsonl").write_text(content)
    with pytest.raises(SourceError, match=r"Export it again, or as CSV\.") as refused:
        table(connection, tmp_path / "x.jsonl")
    assert str(refused.value).startswith(said)
    assert str(tmp_path) not in str(refused.value)


def test_a_file_of_objects_that_needs_a_select_is_written_out_beside_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "cache"))
    files = tmp_path / "files"
    files.mkdir()
    lines = [
        {
            "review_id": f"r{k}",
            "customer_id": f"c{k % 40}",
            "review_date": 1704067200 + 86400 * k,
            "rating": k % 5 + 1,
        }
        for k in range(120)
    ]
    (files / "reviews.jsonl").write_text("\n".join(map(json.dumps, lines)))
    made = write_study("acme", propose_study(files), tmp_path / "out")
    select = (made / "sources" / "feedback.sql").read_text()
    assert "read_csv('reviews-plain.csv'" in select
    assert len((made / "reviews-plain.csv").read_text().splitlines()) == 121
