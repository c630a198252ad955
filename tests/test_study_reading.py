"""study.yml is read by the quicker parser where there is one, and says the same as Python's own."""

from __future__ import annotations

import pytest
import yaml
from conftest import ROOT

from linkage import study
from linkage.errors import StudyError

STUDIES = sorted((ROOT / "data").glob("*/study.yml"))
ODD = {
    "merged": "a: &a {x: 1, y: [1, 2]}\nb: {<<: *a, y: no}\n",
    "texts": "a: >\n  folded\n  text\nb: |\n  kept\n  text\nc: 'it''s'\nd: \"\\u00fc\"\ne: \u6771\u4eac\n",
    "kinds": "a: 2026-01-31\nb: 0x1f\nc: 1e3\nd: .inf\ne: ~\nf: yes\ng: 12:30\nh: 007\ni: 1_000\n",
}


def read(text, monkeypatch, tmp_path, fast):
    with monkeypatch.context() as patched:
        if not fast:
            patched.delattr(yaml, "CSafeLoader", raising=False)
        return study._read_yaml(tmp_path / "study.yml", text)


@pytest.mark.parametrize("path", STUDIES, ids=lambda p: p.parent.name)
def test_both_parsers_read_a_study_alike(path, monkeypatch, tmp_path):
    text = path.read_text(encoding="utf-8")
    assert read(text, monkeypatch, tmp_path, True) == read(text, monkeypatch, tmp_path, False)


@pytest.mark.parametrize("name", ODD)
def test_both_parsers_read_odd_values_alike(name, monkeypatch, tmp_path):
    assert read(ODD[name], monkeypatch, tmp_path, True) == read(ODD[name], monkeypatch, tmp_path, False)


@pytest.mark.parametrize("text", ["a: [1", "a:\n\t- b", "a: b: c", "a: 'x", "a: @b"])
def test_what_cannot_be_read_is_refused_in_the_same_words(text, monkeypatch, tmp_path):
    said = []
    for fast in (True, False):
        with pytest.raises(StudyError, match="not readable YAML") as refusal:
            read(text, monkeypatch, tmp_path, fast)
        said.append(str(refusal.value))
    assert said[0] == said[1]
