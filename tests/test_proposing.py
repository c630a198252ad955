"""A folder of awkward files becomes a study that loads, builds and answers, with nothing edited by hand."""

import duckdb
import hostile_companies as companies
import pytest
import yaml
from proposed import openings, proposals
from typer.testing import CliRunner

from linkage.cli import app
from linkage.proposing import propose_study, write_study
from linkage.study import load_study


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return proposals(tmp_path_factory)


@pytest.fixture(scope="module")
def opened(made, tmp_path_factory):
    return openings(made, tmp_path_factory)


ALL = (companies.german_plumbers, companies.mutual_insurer, companies.bakery_chain)


@pytest.mark.parametrize("company", ALL, ids=lambda c: c.__name__)
def test_a_proposed_study_loads_builds_and_loses_no_row(made, opened, company):
    study = opened(company)
    assert load_study(made(company)[1]).links
    tallies = study.sources
    assert (tallies["rows_rejected"] == 0).all()
    assert (tallies["values_rejected"] == 0).all()


@pytest.mark.parametrize("company", ALL, ids=lambda c: c.__name__)
def test_every_column_of_the_files_is_accounted_for(made, company):
    proposal, *_ = made(company)
    for source in proposal.sources:
        for part in source.parts:
            listed = {
                c for c, s in zip(proposal.columns["column"], proposal.columns["source"], strict=True) if s
            }
            assert set(part.facts.columns) <= listed


# Each company has one link planted (hostile_companies): its sign must come out of the untouched study.
@pytest.mark.parametrize(
    ("company", "link", "sign"),
    [
        (companies.german_plumbers, "bearbeitungszeit_min_and_bewertung", -1),
        (companies.german_plumbers, "nps_and_umsatz", 1),
        (companies.mutual_insurer, "wait_and_overall_satisfaction", -1),
        (companies.mutual_insurer, "nps_and_premium_amount", 1),
        (companies.bakery_chain, "unit_recomendacion_and_ventas", 1),
    ],
)
def test_a_proposed_link_finds_what_was_planted(opened, company, link, sign):
    card = opened(company).links()[link]
    assert card.verdict == "linked"
    assert card.estimates["estimate"].iloc[0] * sign > 0


def test_a_proposed_link_finds_nothing_where_nothing_was_planted(opened):
    cards = opened(companies.german_plumbers).links()
    assert cards["wartezeit_and_bewertung"].verdict == "no link"
    assert cards["is_resolved_and_bewertung"].verdict == "no link"


def test_german_columns_find_their_place(made):
    study = load_study(made(companies.german_plumbers)[1])
    sources, metrics = study.sources, study.metrics
    assert set(sources) == {"customers", "feedback", "interactions", "transactions", "units"}
    assert sources["transactions"].columns["customer_id"] == ("Kundennr",)
    assert sources["transactions"].columns["purchased_at"] == ("Rechnungsdatum",)
    assert (sources["transactions"].decimal, sources["transactions"].thousands) == (",", ".")
    assert sources["transactions"].dates == ("%d.%m.%Y",)
    assert sources["transactions"].pad == {"customer_id": 6}
    assert sources["interactions"].missing == ("k.A.",)
    assert (metrics["nps"].scale, metrics["nps"].score) == ((0, 10), "nps")
    assert metrics["bewertung"].scale == (1, 5)
    assert (metrics["bearbeitungszeit_min"].unit, metrics["bearbeitungszeit_min"].better) == (
        "minute",
        "lower",
    )
    assert metrics["wartezeit"].unit == "hour"
    assert metrics["is_resolved"].type == "flag"
    assert metrics["umsatz"].unit == "EUR"


def test_german_values_arrive_as_they_were_meant(opened, made):
    study = opened(companies.german_plumbers)
    jobs = study.connection.sql("select * from stg_interactions order by interaction_id").df()
    raw = (made(companies.german_plumbers)[0].folder / "Auftraege 2024-25.csv").read_bytes().decode("cp1252")
    first = raw.splitlines()[1].split(";")
    assert jobs["unit_id"].iloc[0] == first[2]  # with its umlaut
    assert f"{jobs['started_at'].iloc[0]:%d.%m.%Y %H:%M}" == first[3]
    assert jobs["bearbeitungszeit_min"].iloc[0] == float(first[5].replace(".", "").replace(",", "."))
    assert jobs["is_resolved"].iloc[0] == {"ja": 1, "nein": 0}[first[7]]
    answered = sum("k.A." not in line for line in raw.splitlines()[1:])
    assert len(study.connection.sql("select * from stg_feedback").df()) == answered


def test_units_that_no_file_lists_are_taken_from_those_that_name_them(opened):
    study = opened(companies.german_plumbers)
    units = study.connection.sql("select unit_id from stg_units order by 1").fetchall()
    assert [u for (u,) in units] == ["Düren", "Gießen", "Görlitz", "Köln-Süd", "Münster", "Nürnberg"]
    assert "link_unit_period" in study.tables


def test_two_customer_numbers_meet_through_the_bridge(opened):
    study = opened(companies.mutual_insurer)
    joins = study.joins("link_interaction").set_index("join")
    assert joins.loc["stg_interactions.customer_id -> stg_identities.alias_id", "match_rate"] == 1
    assert joins.loc["event_contact.customer_id -> stg_customers.customer_id", "match_rate"] == 1


def test_one_item_a_row_becomes_one_row_an_answer(opened, made):
    study = opened(companies.mutual_insurer)
    text = (made(companies.mutual_insurer)[0].folder / "survey_answers.csv").read_text(encoding="utf-8-sig")
    given = {}
    for line in text.splitlines()[1:]:
        response, _, _, item, value = line.split(",", 4)
        given.setdefault(response, {})[item] = value
    answers = study.connection.sql("select * from stg_feedback").df().set_index("response_id")
    assert set(answers.index) == set(given)
    assert answers["nps"].to_dict() == {r: float(v["Likelihood to recommend us"]) for r, v in given.items()}
    assert answers["comment"].notna().sum() == sum("Comments" in v for v in given.values())


def test_durations_and_marked_money_become_numbers(opened, made):
    study = opened(companies.mutual_insurer)
    folder = made(companies.mutual_insurer)[0].folder
    call = (folder / "telephony" / "calls.csv").read_bytes().decode("latin-1").splitlines()[1].split(",")
    hours, minutes, seconds = map(int, call[4].split(":"))
    found = study.connection.sql(
        f"select talk_time, topic from stg_interactions where interaction_id = '{call[0]}'"
    )
    talk_time, topic = found.fetchall()[0]
    assert talk_time == pytest.approx(hours * 60 + minutes + seconds / 60, abs=1e-4)
    assert topic in ("claim", "billing", "café")
    assert study.study.metrics["premium_amount"].unit == "USD"
    assert study.study.declared.currency == "USD"


def test_sheets_of_branches_become_periods_the_suite_knows(opened, made):
    study = opened(companies.bakery_chain)
    assert study.periods[0] == "2023Q1"
    assert study.periods[-1] == "2025Q4"
    units = study.table("link_unit_period")
    assert len(units) == 12 * 12  # twelve branches, twelve quarters
    assert units[["satisfaccion", "plantilla", "ventas"]].notna().all().all()
    assert study.study.metrics["recomendacion"].score == "mean"
    assert study.study.metrics["satisfaccion"].scale == (1, 5)
    left_out = [out.shown for out in made(companies.bakery_chain)[0].left_out]
    assert left_out == ["Informe sucursales.xlsx, sheet 'Notas'"]


def test_a_column_a_quarter_keeps_its_figures(opened, made):
    from openpyxl import load_workbook

    book = load_workbook(made(companies.bakery_chain)[0].folder / "Informe sucursales.xlsx")
    sheet = list(book["Ventas"].iter_rows(values_only=True))
    branch, figures = sheet[3][0], dict(zip(sheet[2][1:], sheet[3][1:], strict=True))
    rows = opened(companies.bakery_chain).connection.sql(
        f"select period, ventas from stg_ventas where unit_id = '{branch}'"
    )
    assert {f"{p[4:]} {p[:4]}": v for p, v in rows.fetchall()} == pytest.approx(figures)


def test_the_study_file_carries_evidence_and_questions(made):
    text = (made(companies.german_plumbers)[1] / "study.yml").read_text(encoding="utf-8")
    plain = " ".join(text.replace("#", " ").split())
    assert "keys are found in Kundenliste.csv, Kundennr once leading zeros are put back" in plain
    assert "can only be %d.%m.%Y" in text
    assert "? no column says the currency" in text
    assert "Notizen.docx: no table by its ending; if it is one, export it as .csv, .xlsx or .jsonl" in plain
    assert all("\t" not in line for line in text.splitlines())
    assert yaml.safe_load(text)["period"] == "quarter"


def test_selects_are_plain_and_say_why(made):
    folder = made(companies.german_plumbers)[1]
    for path in (folder / "sources").glob("*.sql"):
        text = path.read_text(encoding="utf-8")
        assert "-- A select, because:" in text
        assert len(duckdb.connect().extract_statements(text)) == 1


def test_proposing_twice_writes_the_same(made, tmp_path):
    _, folder, _ = made(companies.bakery_chain)
    again = propose_study(made(companies.bakery_chain)[0].folder)
    second = write_study("proposed", again, tmp_path)
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".yml", ".sql")):
        assert (second / path.relative_to(folder)).read_text() == path.read_text()


def test_the_command_writes_a_study_and_names_the_next(tmp_path, monkeypatch):
    files = tmp_path / "files"
    files.mkdir()
    companies.bakery_chain(files)
    monkeypatch.setenv("LINKAGE_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["new", "horno", "--from", str(files)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "data" / "horno" / "study.yml").is_file()
    assert "linkage check horno" in done.output
    assert "linkage report horno" in done.output
