"""Words that a report carries and no figure rests on: put in by hand, each is found, or is said to rest on the hash."""

from __future__ import annotations

import io
import json
import zipfile
import zlib

import pytest
from forged import answered_shop, failed, rehash, report_to_forge  # noqa: F401

from linkage.reviewing.archives import LOOSE, differing_parts
from linkage.reviewing.beside import told_beside
from linkage.reviewing.cells import own_evidence
from linkage.reviewing.files import same_files
from linkage.reviewing.stated import BY_HASH_ALONE, stated_as_written
from linkage.reviewing.written_once import said_once

# ------------------------------------------------------------------------------------------ said twice


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("findings.json", "estimate"),
        ("manifest.json", "title"),
        ("declaration.json", "links"),
        ("notebooks/01_links.ipynb", "metadata"),
    ],
)
def test_what_a_file_says_twice_is_named(report, name, word):
    """The later of two is what is compared; a reader's program may show the earlier."""
    assert [line.word for line in said_once(report)] == ["ok"]
    path = report.folder / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f'"{word}":', f'"{word}": "9.9", "{word}":', 1), encoding="utf-8")
    rehash(report)
    assert failed(said_once(report)) == [
        f"file {name} says '{word}' twice in one place: readers differ in which they show"
    ]


def test_the_same_name_in_two_places_is_no_doubling(tmp_path):
    from linkage.reviewing.written_once import named_twice

    file = tmp_path / "rows.json"
    file.write_text('[{"a": 1}, {"a": {"a": 2}}]')
    assert named_twice(file) == []
    file.write_text('[{"a": 1}, {"b": {"a": 2, "c": 1, "a": 2}}]')
    assert named_twice(file) == ["a"]


# ------------------------------------------------------------------------------------------ notebooks


def edit_notebook(report, edit) -> list[str]:
    path = report.folder / "notebooks" / "01_links.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    edit(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    rehash(report)
    return failed(own_evidence(report))


def shown(notebook: dict) -> dict:
    return next(o for c in notebook["cells"] for o in c.get("outputs", ()) if "data" in o)


FREE = {
    "beside the cells": (
        lambda n: n.update(audited_by="the board"),
        "no notebook holds audited_by beside its cells",
    ),
    "of the kernel": (
        lambda n: n["metadata"]["kernelspec"].update(display_name="Proved"),
        "kernelspec.display_name is 'Proved', a run writes 'Python 3 (ipykernel)'",
    ),
    "of the language": (
        lambda n: n["metadata"]["language_info"].update(approved="yes"),
        "language_info.approved is 'yes', a run writes None",
    ),
    "instead of the language": (
        lambda n: n["metadata"].update(language_info="yes"),
        "language_info is 'yes', a run writes ",
    ),
    "of the format": (lambda n: n.update(nbformat_minor=9), "its format is 4.9, not 4.5"),
    "beside an output": (
        lambda n: shown(n).update(remark="9.9"),
        "holds an output with remark, which no run writes",
    ),
    "the count of an output": (
        lambda n: shown(n).update(execution_count=99),
        "is counted 4, and its output 99",
    ),
    "an output of a text": (
        lambda n: n["cells"][0].update(outputs=[]),
        "cell 1 is a text and holds outputs, which only code leaves",
    ),
    "beside the parameters": (
        lambda n: next(c for c in n["cells"] if c["id"] == "injected-parameters").update(remark="9.9"),
        "the cell of its parameters is not as a run writes it",
    ),
}


@pytest.mark.parametrize("place", FREE)
def test_a_word_of_a_notebook_that_nothing_else_compares_is_named(report, place):
    assert not failed(own_evidence(report))
    edit, said = FREE[place]
    found = edit_notebook(report, edit)
    assert len(found) == 1 and found[0].startswith("01_links: ") and said in found[0], found


# ------------------------------------------------------------------------------------------ the manifest


def notebook_row(manifest: dict) -> dict:
    return manifest["notebooks"][0]


FORGED = {
    "made_at in words": (lambda m: m.update(made_at="yesterday"), "made_at is 'yesterday'"),
    "made_at without a zone": (
        lambda m: m.update(made_at="2026-11-22T09:30:00"),
        "made_at is '2026-11-22T09:30:00'",
    ),
    "seconds": (lambda m: m.update(seconds=-1), "seconds is -1"),
    "seconds by part": (
        lambda m: m["seconds_by_part"].update(work=0.001),
        "seconds_by_part is {'kernel'",
    ),
    "platform": (lambda m: m.update(platform="audited by the board"), "platform is 'audited by the board'"),
    "python": (lambda m: m.update(python="3.11, certified"), "python is '3.11, certified'"),
    "a package's version": (
        lambda m: m["packages"].update(pandas="proved, all of it"),
        "packages: pandas is 'proved, all of it'",
    ),
    "a package that is none": (
        lambda m: m["packages"].update(audit="1.0"),
        "packages: the code that made it does not write just these: audit",
    ),
    "the study's folder": (lambda m: m.update(study_folder="/other"), "study_folder is '/other'"),
    "the notebooks' folder": (lambda m: m.update(notebook_folder="ours"), "notebook_folder is 'ours'"),
    "the hash of the code": (lambda m: m.update(code_hash="proved"), "code_hash is 'proved'"),
    "earlier reports": (lambda m: m.update(earlier={"2026Q2": {"notes": "x"}}), "earlier is {'2026Q2'"),
    "made from what it was not": (
        lambda m: m["made_from"].update(python="2.7"),
        "made_from: python is '2.7', and it is '3.",
    ),
    "made from another input": (
        lambda m: m["made_from"].update({"input study.yml": "0" * 64}),
        "made_from: input study.yml is '000",
    ),
    "made from another notebook": (
        lambda m: m["made_from"].update({"notebook 01_links": "0" * 64}),
        "made_from: notebook 01_links is '000",
    ),
    "made from more": (
        lambda m: m["made_from"].update(approval="of the board"),
        "made_from: no report writes approval",
    ),
    "made from an earlier report in words": (
        lambda m: m["made_from"].update({"report of 2026Q2": "seen"}),
        "made_from: report of 2026Q2 is 'seen', and a report writes a hash",
    ),
    "made from less": (lambda m: m["made_from"].pop("input study.yml"), "made_from says nothing of input s"),
    "made from nothing that is a list": (lambda m: m.update(made_from=["x"]), "made_from is ['x']"),
    "a status": (lambda m: notebook_row(m).update(status="proved"), "the status of 01_links is 'proved'"),
    "a reason": (
        lambda m: notebook_row(m).update(reason="seen by the board"),
        "the reason of 01_links is 'seen by the board', and it ended well",
    ),
    "a kernel": (lambda m: notebook_row(m).update(kernel="audited"), "the kernel of 01_links is 'audited'"),
    "a notebook's seconds": (
        lambda m: notebook_row(m)["seconds"].update(audit=1),
        "the seconds of 01_links are {",
    ),
    "a format's reason": (
        lambda m: m.update(exports=[{"format": "pdf", "status": "made", "reason": "ok", "seconds": 1.0}]),
        "the reason of the format pdf is 'ok', and it was made",
    ),
}


@pytest.mark.parametrize("part", FORGED)
def test_a_field_of_the_manifest_that_no_report_writes_so_is_named(report, part):
    assert not failed(stated_as_written(report))
    edit, said = FORGED[part]
    edit(report.manifest)
    found = failed(stated_as_written(report))
    assert found and found[0].startswith(f"manifest: {said}"), found


def test_what_cannot_be_worked_out_again_is_said_to_rest_on_the_hash_alone(report):
    """Another second, another system: nobody can tell; but the hash that a sign-off keeps is another."""
    from linkage.reviewing.sign_off import report_hash

    *_, line = stated_as_written(report)
    assert line.word == "note" and report_hash(report.folder) in line.text
    assert all(name in line.text for name in BY_HASH_ALONE)


def test_made_by_other_code_the_marks_of_the_code_cannot_be_held_against_anything(report):
    report.manifest["code_hash"] = "0" * 64
    report.manifest["made_from"] |= {"code of linkage": "1" * 64, "notebook 01_links": "2" * 64}
    assert not failed(stated_as_written(report))


# ------------------------------------------------------------------------------------------ links and archives


@pytest.mark.parametrize("name", ["manifest.json", "review.json"])
def test_a_manifest_or_a_sign_off_that_is_a_link_is_named(report, tmp_path, name):
    (tmp_path / name).write_bytes((report.folder / "manifest.json").read_bytes())
    (report.folder / name).unlink(missing_ok=True)
    assert not failed(same_files(report))
    (report.folder / name).symlink_to(tmp_path / name)
    assert failed(same_files(report)) == [f"file {name} is a link: what it leads to is no part of the report"]


def archive(between: bytes = b"", extra: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("one.xml", "two.xml"):
            entry = zipfile.ZipInfo(name)
            entry.extra = extra
            file.writestr(entry, f"<{name}/>")
            file.fp.write(between)
            file.start_dir = file.fp.tell()
    return made.getvalue()


def with_a_tail() -> bytes:
    """The archive with parts that go on behind their own end: an unpacker does not read so far."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as file:
        for name in ("one.xml", "two.xml"):
            content = f"<{name}/>".encode()
            packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            file.writestr(zipfile.ZipInfo(name), packer.compress(content) + packer.flush() + b"9.9")
            entry = file.infolist()[-1]
            entry.compress_type, entry.file_size, entry.CRC = (
                zipfile.ZIP_DEFLATED,
                len(content),
                zlib.crc32(content),
            )
    return made.getvalue()


@pytest.mark.parametrize(
    ("forged", "parts"),
    [
        (archive(), []),
        (b"9.9" + archive(), [LOOSE]),
        (archive() + b"9.9", [LOOSE]),
        (archive(between=b"9.9"), [LOOSE]),
        (with_a_tail(), [LOOSE]),
        (archive(extra=b"\xfe\xca\x03\x009.9"), [LOOSE]),
    ],
)
def test_bytes_of_a_workbook_that_belong_to_no_part_are_named(tmp_path, forged, parts):
    """A program that opens it passes over them; somebody who looks for them finds a message."""
    (tmp_path / "as_made.xlsx").write_bytes(archive())
    (tmp_path / "forged.xlsx").write_bytes(forged)
    assert differing_parts(tmp_path / "forged.xlsx", tmp_path / "as_made.xlsx") == parts


# ------------------------------------------------------------------------------------------ what lies beside it


def test_neighbours_of_a_report_are_named_as_not_covered(report):
    assert list(told_beside(report)) == []
    beside = report.folder.parent / "2026Q2"
    beside.mkdir()
    (beside / "manifest.json").write_text("{}")
    (report.folder.parent / "notes.txt").write_text("mine")
    report.manifest["earlier"] = {"2026Q2": {}}
    said = [str(line) for line in told_beside(report)]
    assert said == [
        "note beside it lie the reports of 2026Q2: neither this review nor a sign-off of this report covers them; "
        "`linkage review corner 2026Q2` proves it",
        "note of 2026Q2 it read findings.json, metrics.json and forecasts.json, and of the newest the declaration: "
        "that they are still what was read is looked at here, that they are right is not",
        "note beside it lie notes.txt, no part of any report: nothing here looks into them",
    ]
