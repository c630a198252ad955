"""A sign-off holds for exactly what was signed: any changed byte voids it, and the report made again keeps it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256

import pytest
from corner_shop import environment, one_notebook, plain_report, workplace

from linkage.errors import OptionError, ReportError
from linkage.reviewing.lines import bad, good
from linkage.reviewing.proof import Proof
from linkage.reviewing.sign_off import (
    OPEN,
    SIGNED,
    UNSIGNED,
    VOID,
    content_hash,
    report_hash,
    sign_off_of,
    write_sign_off,
)

SIGNATURE = {
    "name": "Ada  Byron",
    "date": "2026-11-22",
    "passed": True,
    "open_points": (),
    "counts": {"PASS": 20},
}


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(plain_report().folder, tmp_path / "corner" / "2026Q3")


def test_a_report_that_nobody_signed(folder):
    found = sign_off_of(folder)
    assert (found.state, found.holds) == (UNSIGNED, False)
    assert found.sentence() == "Nobody has signed this report."


def test_a_signed_report_says_by_whom_and_when(folder):
    made = write_sign_off(folder, **SIGNATURE)
    found = sign_off_of(folder)
    assert (found.state, found.holds, found.counts) == (SIGNED, True, {"PASS": 20})
    assert found.sentence() == "Signed by Ada Byron on 2026-11-22."
    kept = json.loads(made.read_text(encoding="utf-8"))
    assert set(kept) == {
        "study", "period", "name", "date", "report_hash", "content_hash", "passed", "open_points", "checks", "seal",
    }  # fmt: skip
    manifest = (folder / "manifest.json").read_bytes()
    assert kept["report_hash"] == report_hash(folder) == sha256(manifest).hexdigest()
    assert kept["content_hash"] == content_hash(json.loads(manifest))


def test_open_points_are_shown(folder):
    write_sign_off(folder, **{**SIGNATURE, "open_points": ("The exit score is late.",), "passed": False})
    found = sign_off_of(folder)
    assert (found.state, found.holds) == (OPEN, True)
    assert found.sentence() == "Signed by Ada Byron on 2026-11-22 with 1 open point: The exit score is late."


FILES = sorted(
    p.relative_to(plain_report().folder).as_posix() for p in plain_report().folder.rglob("*") if p.is_file()
)


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", [*FILES, "review.json"])
def test_any_flipped_byte_of_any_file_voids_it_and_is_named(folder, name, place):
    write_sign_off(folder, **SIGNATURE)
    content = bytearray((folder / name).read_bytes())
    content[round(place * (len(content) - 1))] ^= 1
    (folder / name).write_bytes(content)
    found = sign_off_of(folder)
    assert (found.state, found.holds) == (VOID, False)
    assert found.reason.startswith(name)


def test_a_blank_in_the_manifest_and_in_the_sign_off_voids_it(folder):
    """What a reader of JSON overlooks is a changed byte all the same."""
    write_sign_off(folder, **SIGNATURE)
    for name in ("manifest.json", "review.json"):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(": ", ":  ", 1), encoding="utf-8")
        assert sign_off_of(folder).reason.startswith(name)
        (folder / name).write_text(text, encoding="utf-8")
    assert sign_off_of(folder).holds


def test_a_link_that_leads_out_of_the_report_voids_it(folder, tmp_path):
    write_sign_off(folder, **SIGNATURE)
    (tmp_path / "elsewhere").mkdir()
    (folder / "more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert sign_off_of(folder).reason == "more was added since."


def test_a_file_that_came_or_went_voids_it(folder):
    write_sign_off(folder, **SIGNATURE)
    (folder / "notes.txt").write_text("mine")
    assert sign_off_of(folder).reason == "notes.txt was added since."
    (folder / "notes.txt").unlink()
    assert sign_off_of(folder).holds
    (folder / "ledger.json").unlink()
    assert sign_off_of(folder).reason == "ledger.json is gone since."


def test_a_file_changed_with_its_hash_voids_it(folder):
    write_sign_off(folder, **SIGNATURE)
    (folder / "notes.txt").write_text("mine")
    edit(folder, lambda manifest: manifest["files"].update({"notes.txt": "0" * 64}))
    assert sign_off_of(folder).reason == "notes.txt has changed since."
    mark = sha256(b"mine").hexdigest()
    edit(folder, lambda manifest: manifest["files"].update({"notes.txt": mark}))
    assert sign_off_of(folder).reason.startswith("what was signed was another report")


@pytest.mark.parametrize("part", ["inputs", "code_hash", "parameters", "period", "seed"])
def test_another_report_in_its_place_voids_it(folder, part):
    write_sign_off(folder, **SIGNATURE)
    edit(folder, lambda manifest: manifest.update({part: "another"}))
    assert sign_off_of(folder).reason.startswith("what was signed was another report")


@pytest.mark.parametrize("part", ["made_at", "seconds", "study_folder", "platform", "python", "packages"])
def test_clocks_places_and_versions_are_signed_too(folder, part):
    """The same report made again is told from another one, and needs a signature of its own."""
    write_sign_off(folder, **SIGNATURE)
    edit(folder, lambda manifest: manifest.update({part: "another"}))
    found = sign_off_of(folder)
    assert (found.state, found.reason) == (
        VOID,
        "manifest.json has changed since: the report says the same, and was made again or relabelled.",
    )


def edit(folder, change) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_an_edited_sign_off_is_void(folder):
    made = write_sign_off(folder, **{**SIGNATURE, "open_points": ("Something.",)})
    made.write_text(made.read_text(encoding="utf-8").replace("Something.", "Nothing.  "), encoding="utf-8")
    assert sign_off_of(folder).reason == "review.json was changed after it was written."


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": 1}', "null"])
def test_a_broken_sign_off_is_void_and_never_an_error(folder, text):
    (folder / "review.json").write_text(text, encoding="utf-8")
    found = sign_off_of(folder)
    assert found.state == VOID and found.reason.startswith("review.json is not readable")


def test_a_broken_manifest_voids_it(folder):
    write_sign_off(folder, **SIGNATURE)
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    assert sign_off_of(folder).reason.startswith("manifest.json is not readable")


def test_a_sign_off_needs_a_name_and_a_whole_manifest(folder):
    with pytest.raises(ReportError, match="needs a name"):
        write_sign_off(folder, **{**SIGNATURE, "name": "  "})
    with pytest.raises(ReportError, match="has no 'code_hash'"):
        content_hash({"study": "corner", "period": "2026Q3", "parameters": {}, "seed": 1, "formats": [], "only": None,
                      "inputs": {}, "input_hash": ""})  # fmt: skip


# ------------------------------------------------------------------------------------------ signing


@pytest.fixture
def proved(folder, monkeypatch):
    """What a review found, without running one."""
    from linkage.reviewing import signing

    def set_to(*lines):
        monkeypatch.setattr(signing, "review_report", lambda *a, **k: Proof(lines, folder, None))

    return set_to


def sign(**options):
    from linkage.reviewing.signing import sign_report

    said: list[str] = []
    made = sign_report("corner", "2026Q3", name="Ada", date="2026-11-22", say=said.append, **options)
    return made, said


def test_what_is_proved_is_signed(folder, proved):
    proved(good("all"))
    made, said = sign()
    assert made == folder / "review.json" and sign_off_of(folder).state == SIGNED
    assert said == ["Signed: any changed byte of the report voids it."]


def test_what_is_not_proved_is_not_signed_in_silence(folder, proved):
    proved(good("all"), bad("page index.html is not what the findings give"))
    made, said = sign()
    assert made is None and not (folder / "review.json").exists()
    assert said == ["Not signed. Put right what failed, or name each point that stays open with --open."]


def test_open_points_keep_what_was_not_proved(folder, proved):
    proved(bad("page index.html is not what the findings give\n   details"))
    sign(open_points=("The page was\nmended by hand.",))
    assert sign_off_of(folder).open_points == (
        "The page was mended by hand.",
        "Not proved: page index.html is not what the findings give",
    )
    assert json.loads((folder / "review.json").read_text(encoding="utf-8"))["passed"] is False


@pytest.mark.parametrize(("name", "points"), [("", ()), ("Ada", ("",))])
def test_an_empty_name_or_point_is_refused_before_anything_runs(name, points):
    from linkage.reviewing.signing import sign_report

    with pytest.raises(OptionError, match="needs a name and no empty points"):
        sign_report("corner", "2026Q3", name=name, open_points=points)


def test_the_command_reviews_signs_and_is_voided(folder, capsys, monkeypatch, cold_kernels):
    """The whole way once: review, sign, change a byte, review again."""
    from corner_shop import corner_study
    from typer.testing import CliRunner

    from linkage.cli import app
    from linkage.reviewing import outputs

    monkeypatch.setattr(outputs, "_run", lambda paths: {p: outputs.Rerun(p, ()) for p in paths})  # no kernels
    reports, study = folder.parent.parent, str(corner_study())
    with environment(workplace()):
        given = ["sign", study, "2026Q3", "--name", "Ada Byron", "--out", str(reports)]
        given += ["--notebooks", str(one_notebook())]
        signed = CliRunner().invoke(app, given)
    failed = [line for line in signed.output.splitlines() if line.startswith("FAIL")]
    if any("code or notebooks have changed" in line for line in failed):
        pytest.skip("the code was edited since the shared report was made")
    assert signed.exit_code == 0 and sign_off_of(folder).holds, signed.output
    # Signing again what is void must not need an open point: the old sign-off is about to be replaced.
    edit(folder, lambda manifest: manifest.update(made_at="2026-11-23T00:00:00+00:00"))
    assert sign_off_of(folder).state == VOID
    with environment(workplace()):
        again = CliRunner().invoke(app, given)
    assert again.exit_code == 0 and sign_off_of(folder).holds, again.output


def test_a_signature_over_data_that_changed_is_told(folder, tmp_path):
    """The report is as it was signed, and says no longer what the data say."""
    from corner_shop import corner_study

    from linkage.reviewing.proof import _sign_off, battery_of
    from linkage.reviewing.published import open_report
    from linkage.study import load_study

    shutil.copytree(corner_study(), tmp_path / "study" / "corner")
    study = load_study(tmp_path / "study" / "corner")
    report = open_report(study, "2026Q3", folder.parent.parent)
    write_sign_off(folder, **{**SIGNATURE, "counts": battery_of(report).counts})
    (line,) = _sign_off(report)
    assert (line.word, line.text) == ("ok", "sign-off: Signed by Ada Byron on 2026-11-22.")
    with (study.folder / "contacts.csv").open("a") as stream:
        stream.write("CALL-9,CUST-0001,,phone,1,1\n")
    (line,) = _sign_off(report)
    assert line.word == "FAIL"
    assert line.text.endswith("The data it was signed over have changed since: contacts.csv.")


def forge(folder, **changes) -> None:
    """The sign-off with other contents and a seal that fits them, as whoever can write the folder can make it."""
    from linkage.reviewing import sign_off

    content = json.loads((folder / "review.json").read_text(encoding="utf-8"))
    content = {**{k: v for k, v in content.items() if k != "seal"}, **changes}
    sealed = {**content, "seal": sign_off._hash(content)}
    (folder / "review.json").write_bytes(sign_off._text(sealed).encode())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date": "2026-13-40"}, "date is '2026-13-40', and no day such as 2026-11-22"),
        ({"date": "soon"}, "date is 'soon', and no day"),
        ({"date": "20261122"}, "date is '20261122', and no day"),
        ({"date": 20261122}, "date is 20261122, and must be a text in one line"),
        ({"name": "  "}, "name is '  ', and must be a text in one line"),
        ({"name": ""}, "name is '', and must be a text in one line"),
        ({"audited_by": "the board"}, "no sign-off says audited_by"),
        ({"passed": "yes"}, "passed is 'yes', and must be true or false"),
        ({"passed": False}, "passed is false, and open_points names nothing"),
        ({"open_points": [""]}, "open_points must be texts in one line each, none of them empty"),
        ({"open_points": "none"}, "open_points must be texts in one line each"),
        ({"checks": {"PASS": -1}}, "checks: PASS is -1, and no count"),
        ({"checks": {"PASS": True}}, "checks: PASS is True, and no count"),
        ({"checks": {"PROVED": 9}}, "checks is {'PROVED': 9}, and counts FAIL, REVIEW, NOT ASSESSED, PASS"),
        ({"study": "another"}, "study is 'another', the report's 'corner'"),
        ({"period": "2026Q2"}, "period is '2026Q2', the report's '2026Q3'"),
    ],
)
def test_a_sign_off_that_signing_would_not_write_is_void_whatever_its_seal(folder, changes, said):
    write_sign_off(folder, **SIGNATURE)
    forge(folder)
    assert sign_off_of(folder).holds
    forge(folder, **changes)
    found = sign_off_of(folder)
    assert found.state == VOID and found.reason.startswith(f"review.json: {said}"), found.reason


TURNED, HIDDEN, GROWN = (
    "Ada \N{RIGHT-TO-LEFT OVERRIDE}noryB",
    "Ada Byron\x1b[8m",
    "Ada\N{ZERO WIDTH SPACE}Byron",
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [(TURNED, "Ada \\u202enoryB"), (HIDDEN, "Ada Byron\\x1b[8m"), (GROWN, "Ada\\u200bByron")],
)
def test_letters_that_are_not_seen_are_refused_in_signing_and_shown_in_reading(folder, text, shown):
    from linkage.reviewing.signing import sign_report

    for given in ({"name": text}, {"name": "Ada", "open_points": (text,)}):
        with pytest.raises(OptionError, match="a letter that is not seen"):
            sign_report("corner", "2026Q3", **given)
    with pytest.raises(ReportError, match="of letters that are seen"):
        write_sign_off(folder, **{**SIGNATURE, "name": text})
    write_sign_off(folder, **SIGNATURE)
    for changes in ({"name": text}, {"open_points": [text]}, {text: 1}):
        forge(folder, **changes)
        found = sign_off_of(folder)
        assert not found.holds and text not in found.sentence() + " ".join(found.open_points)
        assert shown in found.name + found.reason + " ".join(found.open_points)
    # Whatever a forged file makes a review say: a terminal shows it and obeys none of it.
    assert str(bad(f"page {text}.html is none")) == f"FAIL page {shown}.html is none"


def test_a_name_is_spelt_as_its_script_spells_it(folder):
    name = "\u0645\u06cc\N{ZERO WIDTH NON-JOINER}\u062e\u0648\u0627\u0647 Zo\u00eb O\u2019Neil"
    write_sign_off(folder, **{**SIGNATURE, "name": name})
    assert sign_off_of(folder).name == name and sign_off_of(folder).holds


def test_a_day_that_is_none_cannot_be_signed(folder):
    with pytest.raises(ReportError, match="date is '22 November', and no day such as 2026-11-22"):
        write_sign_off(folder, **{**SIGNATURE, "date": "22 November"})
    assert not (folder / "review.json").exists()


def test_a_count_of_checks_that_the_report_does_not_give_is_named(folder):
    from corner_shop import corner_study

    from linkage.notebooks.finding import find_notebooks
    from linkage.report.manifest import code_hash
    from linkage.reviewing.proof import _sign_off, battery_of
    from linkage.reviewing.published import open_report
    from linkage.study import load_study

    edit(folder, lambda m: m.update(code_hash=code_hash([n.path for n in find_notebooks(one_notebook())])))
    report = open_report(load_study(corner_study()), "2026Q3", folder.parent.parent, one_notebook())
    counts = battery_of(report).counts
    write_sign_off(folder, **{**SIGNATURE, "counts": counts})
    assert [line.word for line in _sign_off(report)] == ["ok"]
    forge(folder, checks={**counts, "PASS": counts["PASS"] + 90})
    signed, counted = _sign_off(report)
    assert (signed.word, counted.word) == ("ok", "FAIL")
    assert counted.text.startswith("sign-off: review.json says of the checks: ")
    assert f"{counts['PASS'] + 90} PASS" in counted.text and f"{counts['PASS']} PASS" in counted.text
    elsewhere = replace(report, manifest={**report.manifest, "code_hash": "0" * 64})  # it may judge otherwise
    assert [line.word for line in _sign_off(elsewhere)] == ["ok", "REVIEW"]


def test_a_sign_off_or_a_manifest_that_is_a_link_does_not_hold(folder, tmp_path):
    write_sign_off(folder, **SIGNATURE)
    for name in ("review.json", "manifest.json"):
        elsewhere = tmp_path / name
        (folder / name).rename(elsewhere)
        (folder / name).symlink_to(elsewhere)
        found = sign_off_of(folder)
        assert (found.state, found.reason[: len(name) + 10]) == (VOID, f"{name} is a link")
        (folder / name).unlink()
        elsewhere.rename(folder / name)
    assert sign_off_of(folder).holds


def test_signing_writes_no_file_that_a_link_leads_to(folder, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (folder / "review.json").symlink_to(tmp_path / "mine.txt")
    write_sign_off(folder, **SIGNATURE)
    assert (tmp_path / "mine.txt").read_text() == "mine" and sign_off_of(folder).holds
    (folder / "manifest.json").rename(tmp_path / "manifest.json")
    (folder / "manifest.json").symlink_to(tmp_path / "manifest.json")
    with pytest.raises(ReportError, match=r"manifest\.json is a link"):
        write_sign_off(folder, **SIGNATURE)
