"""Fictional companies whose exports are as awkward as real ones: a plumber's chain, a mutual insurer, a bakery chain.

Each is small, drawn with a seed, and carries one planted link: longer waits or work go with lower satisfaction, and
satisfaction goes with later money.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np


def german_number(value: float, digits: int = 2) -> str:
    """1234.5 as 1.234,50."""
    return f"{value:,.{digits}f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def write_text(path: Path, rows: list[list], *, delimiter: str = ",", encoding: str = "utf-8") -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue().encode(encoding))


def german_plumbers(folder: Path, seed: int = 7) -> None:
    """Klempner Köhler: one export of jobs with ratings and times, a customer list and invoices, all in cp1252.

    Semicolons, decimal commas, thousands points, dotted days, "k.A.", ja and nein, a title above the customer list.
    """
    rng = np.random.default_rng(seed)
    customers = [f"{n:06d}" for n in rng.choice(np.arange(1200, 99000), 220, replace=False)]
    branches = ["Köln-Süd", "Münster", "Gießen", "Nürnberg", "Düren", "Görlitz"]
    register = [
        ["Kundenliste \u2013 Stand 31.12.2025"],
        ["Kundennr", "Kundengruppe", "Kunde seit", "Filiale", "Name"],
    ]
    for customer in customers:
        since = date(2018, 1, 1) + timedelta(days=int(rng.integers(0, 2000)))
        group = rng.choice(["privat", "gewerblich"])
        register.append([customer, group, f"{since:%d.%m.%Y}", rng.choice(branches), "Müller & Söhne"])
    write_text(folder / "Kundenliste.csv", register, delimiter=";", encoding="cp1252")

    header = ["Auftragsnr", "Kundennr", "Filiale", "Eröffnet am", "Erledigt am", "Bearbeitungszeit_Min"]
    jobs = [
        [
            *header,
            "Wartezeit (Std)",
            "Erledigt beim 1. Besuch",
            "Bewertung",
            "Weiterempfehlung (0-10)",
            "Anmerkung",
            "Grund",
        ]
    ]
    praise = "Der Monteur war pünktlich, freundlich und sehr gründlich \u2013 gern wieder."
    invoices = [["Rechnungsnr", "Kundennr", "Rechnungsdatum", "Umsatz", "Produkt"]]
    for job in range(900):
        customer = customers[int(rng.integers(0, len(customers)))]
        opened = datetime(2024, 1, 8, 7) + timedelta(hours=float(rng.uniform(0, 690 * 24)))
        minutes = float(rng.gamma(4, 20))
        stars = int(np.clip(round(5.4 - minutes / 45 + rng.normal(0, 0.7)), 1, 5))
        recommend = int(np.clip(round(stars * 2 + rng.normal(0, 1)), 0, 10))
        silent = rng.random() < 0.3
        jobs.append(
            [
                f"A-{job + 10001}",
                customer,
                rng.choice(branches),
                f"{opened:%d.%m.%Y %H:%M}",
                f"{opened + timedelta(hours=30):%d.%m.%Y %H:%M}",
                german_number(minutes, 1),
                german_number(float(rng.gamma(2, 9)), 1),
                rng.choice(["ja", "nein"]),
                "k.A." if silent else stars,
                "k.A." if silent else recommend,
                "" if silent or rng.random() < 0.5 else praise,
                rng.choice(["Heizung", "Rohrbruch", "Wartung"]),
            ]
        )
        billed = opened + timedelta(days=float(rng.uniform(3, 40)))
        for later in range(int(rng.integers(1, 4))):
            amount = float(rng.gamma(2, 160)) + 90 * stars * (not silent)
            when = billed + timedelta(days=45 * later)
            billed_for, number = rng.choice(["Material", "Arbeit"]), len(invoices) + 500000
            invoices.append(
                [number, int(customer), f"{when:%d.%m.%Y}", german_number(amount * 3), billed_for]
            )
    write_text(folder / "Auftraege 2024-25.csv", jobs, delimiter=";", encoding="cp1252")
    write_text(folder / "Rechnungen.csv", invoices, delimiter=";", encoding="cp1252")
    (folder / "Notizen.docx").write_bytes(b"PK\x03\x04 not a table")


def mutual_insurer(folder: Path, seed: int = 11) -> None:
    """Hespera Mutual: answers one item a row, calls that know customers by other numbers, in three encodings.

    The bridge between the two systems is a table of two numbers; days come month first; durations are clock times.
    """
    rng = np.random.default_rng(seed)
    members = [f"M{n}" for n in rng.choice(np.arange(20000, 90000), 240, replace=False)]
    phone_ids = [str(n) for n in rng.choice(np.arange(7000000, 7999999), len(members), replace=False)]
    bridge = [["telephony_ref", "policyholder"], *map(list, zip(phone_ids, members, strict=True))]
    write_text(folder / "crm_bridge.csv", bridge)
    roster = [["Policyholder", "Tier", "Member since"]]
    for member in members:
        since = date(2019, 1, 1) + timedelta(days=int(rng.integers(0, 1500)))
        roster.append([member, rng.choice(["gold", "silver"]), f"{since:%m/%d/%Y}"])
    write_text(folder / "members.txt", roster, delimiter="\t", encoding="utf-16")

    calls = [["Call ID", "Caller", "Agent", "Start", "Talk time", "Wait (sec)", "Reason", "Channel"]]
    answers = [["submission", "policyholder", "submitted", "question", "answer"]]
    payments = [["policyholder", "paid_on", "premium_amount"]]
    agents = [f"ag{n:02d}" for n in range(14)]
    for number in range(1000):
        who = int(rng.integers(0, len(members)))
        start = datetime(2024, 2, 1, 8) + timedelta(hours=float(rng.uniform(0, 640 * 24)))
        seconds, wait = float(rng.gamma(5, 100)), float(rng.gamma(2, 60))
        hours, rest = divmod(int(seconds), 3600)
        talk = f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
        reason, channel = rng.choice(["claim", "billing", "café"]), rng.choice(["phone", "callback"])
        begun = f"{start:%m/%d/%Y %I:%M %p}"
        calls.append(
            [f"c{number}x", phone_ids[who], rng.choice(agents), begun, talk, int(wait), reason, channel]
        )
        if rng.random() < 0.6:
            score = int(np.clip(round(9 - wait / 55 + rng.normal(0, 1.4)), 0, 10))
            csat = int(np.clip(round(score / 2 + rng.normal(0, 0.5)), 1, 5))
            at = f"{start + timedelta(hours=5):%Y-%m-%d %H:%M:%S}"
            items = [("Likelihood to recommend us", score), ("Overall satisfaction", csat)]
            items += (
                [("Comments", "Took ages to get through, but solved in the end.")]
                if rng.random() < 0.2
                else []
            )
            answers += [[f"s{number}", members[who], at, item, value] for item, value in items]
            for k in range(3):
                paid = start + timedelta(days=20 + 30 * k)
                payments.append(
                    [members[who], f"{paid:%Y-%m-%d}", f"${80 + 9 * score + rng.normal(0, 8):,.2f}"]
                )
    write_text(folder / "telephony" / "calls.csv", calls, encoding="latin-1")
    write_text(folder / "survey_answers.csv", answers, encoding="utf-8-sig")
    write_text(folder / "premium payments.csv", payments)


def bakery_chain(folder: Path, seed: int = 3) -> None:
    """Panadería Horno Sur: one workbook, a sheet a topic, branches by quarter, periods spelled Q1 2025.

    Revenue has a column a quarter under two lines of title; staff is a mean a quarter; one sheet is a note.
    """
    from openpyxl import Workbook

    rng = np.random.default_rng(seed)
    quarters = [f"Q{q} {year}" for year in (2023, 2024, 2025) for q in (1, 2, 3, 4)]
    names = (
        "Norte",
        "Sur",
        "Este",
        "Oeste",
        "Centro",
        "Puerto",
        "Río",
        "Lago",
        "Sierra",
        "Valle",
        "Playa",
        "Parque",
    )
    branches = [f"Sucursal {name}" for name in names]
    quality = dict(zip(branches, rng.normal(0, 0.35, len(branches)), strict=True))
    book = Workbook()
    survey = book.active
    survey.title = "Encuesta"
    survey.append(["Sucursal", "Trimestre", "Satisfacción (1-5)", "Recomendación", "n"])
    staff = book.create_sheet("Personal")
    staff.append(["Sucursal", "Trimestre", "Plantilla", "Absentismo (días)"])
    revenue = book.create_sheet("Ventas")
    revenue.append(["Informe de ventas"])
    revenue.append(["importes en EUR"])
    revenue.append(["Sucursal", *quarters])
    note = book.create_sheet("Notas")
    note.append(["Este libro se actualiza cada trimestre."])
    for branch in branches:
        before, sales = 4.0, []
        for quarter in quarters:
            people = int(rng.integers(5, 14))
            mean = float(np.clip(3.7 + quality[branch] + 0.03 * people - 0.25 + rng.normal(0, 0.15), 1, 5))
            recommend = round(min(10, 2 * mean + rng.normal(0, 0.2)), 2)
            survey.append([branch, quarter, round(mean, 2), recommend, int(rng.integers(20, 90))])
            staff.append([branch, quarter, people, round(float(rng.gamma(2, 3)), 1)])
            sales.append(round(90000 + 24000 * before + float(rng.normal(0, 14000)), 2))
            before = mean
        revenue.append([branch, *sales])
    book.save(folder / "Informe sucursales.xlsx")
