"""Fictional service companies as their systems export them: a hotel group, a phone company, an insurer, a software
firm and a bank.

Each is small and drawn with a seed. Planted in each: its wait goes with lower marks, and marks with later money.
Planted to mean nothing: the floor, the transfers, the amount of a claim, the reopened tickets, the deposits.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
from hostile_companies import german_number, write_text


def write_book(path: Path, sheets: dict[str, list[list]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)


def mark_of(rng: np.random.Generator, wait: float, usual: float) -> int:
    """A mark from 1 to 5 that falls with the wait."""
    return int(np.clip(round(5.2 - wait / usual + rng.normal(0, 0.7)), 1, 5))


def hotel_group(folder: Path, seed: int = 31) -> None:
    """German: stays in a file a month with blank records below, a book of reviews with a title, invoices with a sum."""
    rng = np.random.default_rng(seed)
    guests = [f"G{number}" for number in rng.choice(np.arange(100000, 190000), 120, replace=False)]
    houses = ("Alpenblick", "Gasthof Krön", "Hotel am See", "Würzburg", "Strandhotel Sylt", "Löwen")
    head = ["Buchungsnr", "Gast-Nr", "Hotel", "Anreise", "Abreise", "Nächte", "Etage"]
    head += ["Wartezeit Check-in (Min)", "VIP", "Tarif"]
    months: dict[str, list[list]] = {}
    asked = "Würden Sie uns weiterempfehlen? (0-10)"
    reviews = [["Gästebewertungen, Stand 02.01.2026"], []]
    reviews += [["Bewertung-Nr", "Buchungsnr", "Gast-Nr", "Datum", "Gesamtnote", asked, "Geschlecht"]]
    money = ("Zimmer (€)", "Minibar (€)", "Gesamtbetrag (€)")
    invoices = [["Rechnungsnr", "Gast-Nr", "Hotel", "Rechnungsdatum", *money]]
    total = 0.0
    for number in range(700):
        guest, house = rng.choice(guests), rng.choice(houses)
        came = datetime(2024, 1, 3, 15) + timedelta(days=int(rng.integers(0, 360)), minutes=number % 300)
        nights, wait = int(rng.integers(1, 6)), float(rng.gamma(2, 6))
        left, mark = came + timedelta(days=nights), mark_of(rng, wait, 8)
        stay = [f"B{50000 + number}", guest, house, f"{came:%d.%m.%Y %H:%M}", f"{left:%d.%m.%Y}", nights]
        stay += [int(rng.integers(0, 6)), german_number(wait, 1), rng.choice(["ja", "nein"]), "Standard"]
        months.setdefault(f"{came:%Y-%m}", []).append(stay)
        if rng.random() < 0.6:
            at = left + timedelta(days=2)
            said = int(np.clip(round(2 * mark + rng.normal(0, 1)), 0, 10))
            day = at.date() if number % 3 else f"{at:%d.%m.%Y}"
            reviews.append([number + 1, stay[0], guest, day, mark, said, rng.choice(["m", "w"])])
        for later, room in ((0, 80.0 * nights), (30, 60.0 * mark)):
            extra = float(rng.gamma(1, 8))
            total += room + extra
            day = f"{left + timedelta(days=later):%d.%m.%Y}"
            sums = map(german_number, (room, extra, room + extra))
            invoices.append([f"R{len(invoices):05d}", guest, house, day, *sums])
    invoices.append(["", "", "", "", "", "Summe", german_number(total)])
    for month, stays in months.items():
        rows = [head, *stays, [""] * len(head)]
        write_text(folder / f"Aufenthalte {month}.csv", rows, delimiter=";", encoding="utf-8-sig")
    write_text(folder / "Rechnungen.csv", invoices, delimiter=";", encoding="cp1252")
    write_book(folder / "Bewertungen.xlsx", {"Bewertungen": reviews, "Hinweise": [["Erstellt mit Report"]]})


def phone_company(folder: Path, seed: int = 32) -> None:
    """American: tickets as lines of JSON, bills of which only the month is told, a survey, customers listed twice."""
    rng = np.random.default_rng(seed)
    accounts = [str(number) for number in rng.choice(np.arange(7000000, 7900000), 150, replace=False)]
    names = ["Account Number", "First Name", "Gender", "Plan", "Activation Date", "Contract End", "Senior"]
    customers: list[list] = [names]
    for account in accounts:
        since = date(2018, 1, 1) + timedelta(days=int(rng.integers(0, 2000)))
        plan, senior = rng.choice(["Basic", "Plus"]), rng.choice(["Y", "N"], p=[0.2, 0.8])
        customers.append([account, "Ann", rng.choice(["M", "F"]), plan, f"{since:%m/%d/%Y}", "", senior])
    customers += [customers[5], customers[9]]
    survey = [["Response ID", "Account Number", "Sent Date", "Response Date", "NPS (0-10)", "Wave"]]
    tickets, moods = [], {account: [(datetime(2023, 1, 1), 6)] for account in accounts}
    for number in range(700):
        account = rng.choice(accounts)
        at = datetime(2024, 1, 2) + timedelta(hours=float(rng.uniform(0, 340 * 24)))
        first = float(rng.gamma(2, 3))
        solved = at + timedelta(hours=first + float(rng.gamma(2, 10)))
        written = [f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in (at, at + timedelta(hours=first), solved)]
        ticket = {"ticket_id": f"T-{number}", "account": int(account), "created": written[0]}
        ticket |= {"first_response_at": written[1], "resolved_at": written[2] if number % 12 else None}
        ticket |= {"channel": str(rng.choice(["phone", "chat"])), "transfers": int(rng.integers(0, 4))}
        tickets.append(ticket | {"reopened": bool(rng.random() < 0.1), "agent": {"id": number % 14}})
        score = int(np.clip(round(8.8 - first / 3 + rng.normal(0, 1.6)), 0, 10))
        if number % 12 and rng.random() < 0.7:
            answered = solved + timedelta(hours=30)
            sent = f"{answered - timedelta(days=1):%m/%d/%Y}"
            survey.append([f"R{number}", account, sent, f"{answered:%m/%d/%Y %I:%M %p}", score, "2024"])
            moods[account].append((answered, score))
    bills = [["Bill ID", "Account Number", "Bill Month", "Overage", "Total Due", "Paid"]]
    for month in range(1, 13):
        begins = datetime(2024, month, 1)
        for account in accounts:
            mood = [score for at, score in sorted(moods[account]) if at < begins + timedelta(days=27)][-1]
            over = max(0.0, 130 * mood + float(rng.normal(0, 200)))
            sums = [f"${over:,.2f}", f"${20 + over:,.2f}"]
            bills.append([f"B{len(bills)}", account, f"{begins:%b-%y}", *sums, rng.choice(["Yes", "No"])])
    (folder / "tickets.jsonl").write_text("".join(f"{json.dumps(t)}\n" for t in tickets), encoding="utf-8")
    write_text(folder / "customers.csv", customers)
    write_text(folder / "NPS survey.csv", survey, encoding="utf-8-sig")
    write_text(folder / "bills.csv", bills)


def insurer(folder: Path, seed: int = 33) -> None:
    """French: claims that name the policy only, a register of policies, a survey in tabs, premiums with a total."""
    rng = np.random.default_rng(seed)
    policies = [f"POL-{number:06d}" for number in rng.choice(900000, 160, replace=False)]
    owner = {policy: f"CL{place:05d}" for place, policy in enumerate(policies)}
    branches = ("Orléans", "Besançon", "Nîmes", "Angoulême", "Périgueux", "Évry")
    register = [["N° client", "N° police", "Date de naissance", "Sexe", "Agence", "Date d'effet"]]
    for policy in policies:
        born, since = (
            date(year, 1, 1) + timedelta(days=int(rng.integers(0, days)))
            for year, days in ((1950, 15000), (2015, 3000))
        )
        who = [f"{born:%d/%m/%Y}", rng.choice(["H", "F"]), rng.choice(branches), f"{since:%d/%m/%Y}"]
        register.append([owner[policy], policy, *who])
    claims = [["N° sinistre", "N° police", "Date de déclaration", "Date de clôture"]]
    claims[0] += ["Délai de traitement (jours)", "Montant indemnisé (€)", "Gestionnaire", "Accepté"]
    survey = [["ID enquête", "N° client", "N° sinistre", "Date de réponse", "Satisfaction globale (1 à 5)"]]
    moods = {policy: [(date(2021, 1, 1), 3)] for policy in policies}
    for number in range(600):
        policy, told = rng.choice(policies), date(2022, 1, 5) + timedelta(days=int(rng.integers(0, 700)))
        days, mark = int(rng.gamma(2, 12)) + 1, 0
        closed, code = told + timedelta(days=days), f"S{2022000 + number}"
        paid = german_number(float(rng.gamma(2, 700))).replace(".", " ")
        ends = [f"{closed:%d/%m/%Y}", days] if number % 20 else ["", ""]
        row = [code, policy, f"{told:%d/%m/%Y}", *ends, f"{paid} €", f"GST{number % 11}"]
        claims.append([*row, rng.choice(["oui", "non"], p=[0.85, 0.15])])
        if number % 20:
            mark, at = mark_of(rng, days, 14), closed + timedelta(days=5)
            survey.append([number + 1, owner[policy], code, f"{at:%d/%m/%Y}", mark])
            moods[policy].append((at, mark))
    premiums = [["N° quittance", "N° client", "N° police", "Date d'échéance", "Prime TTC", "Renouvelé"]]
    for quarter in range(9):
        due = date(2022 + quarter // 4, 1 + 3 * (quarter % 4), 1)
        for policy in policies:
            mark = [m for at, m in sorted(moods[policy]) if at < due][-1]
            renewed = "O" if rng.random() < 0.35 + 0.13 * mark else "N"
            premium = german_number(300 + 60 * mark + float(rng.normal(0, 50)))
            row = [f"Q{len(premiums)}", owner[policy], policy, f"{due:%d/%m/%Y}", premium, renewed]
            premiums.append(row)
    premiums.append(["Total général", "", "", "", german_number(600000.0), ""])
    write_text(folder / "clients.csv", register, delimiter=";", encoding="latin-1")
    write_text(folder / "sinistres.csv", claims, delimiter=";", encoding="utf-8-sig")
    write_text(folder / "enquetes.txt", survey, delimiter="\t")
    write_text(folder / "primes.csv", premiums, delimiter=";", encoding="latin-1")


def software_house(folder: Path, seed: int = 34) -> None:
    """Tickets with the mark they got and its own date, invoices with the subscription's worth, usage a day."""
    rng = np.random.default_rng(seed)
    accounts = [f"acme-{k:03d}" for k in range(60)]
    register = [["account_id", "company_name", "mrr", "plan", "signup_date", "is_trial"]]
    for account in accounts:
        since = date(2020, 1, 1) + timedelta(days=int(rng.integers(0, 1200)))
        row = [account, f"Firma {account}", f"{rng.gamma(3, 200):.2f}", rng.choice(["team", "free"])]
        register.append([*row, since.isoformat(), "false"])
    usage = [["date", "account_id", "active_users", "logins", "errors"]]
    for day in range(0, 330, 11):
        at = (date(2024, 1, 1) + timedelta(days=day)).isoformat()
        usage += [[at, a, (n := int(rng.integers(5, 60))), 3 * n, int(rng.poisson(2))] for a in accounts]
    tickets = [["ticket_id", "account_id", "requester_email", "created_at", "first_reply_minutes"]]
    tickets[0] += ["full_resolution_hours", "csat", "csat_date", "reopens", "escalated"]
    moods = {account: [(datetime(2023, 1, 1), 3)] for account in accounts}
    for number in range(800):
        account, hours = rng.choice(accounts), float(rng.gamma(2, 8))
        at, reply = (
            datetime(2024, 1, 2) + timedelta(hours=float(rng.uniform(0, 8000))),
            float(rng.gamma(2, 45)),
        )
        row = [number + 1, account, f"u{number % 40}@{account}.example", f"{at:%Y-%m-%d %H:%M:%S}"]
        said, mark = at + timedelta(hours=hours + 5), mark_of(rng, reply, 50)
        asked = [mark, f"{said:%Y-%m-%d}"] if rng.random() < 0.6 else ["", ""]
        calm = rng.choice(["TRUE", "FALSE"], p=[0.1, 0.9])
        tickets.append([*row, round(reply, 1), round(hours, 2), *asked, int(rng.poisson(0.4)), calm])
        if asked[0]:
            moods[account].append((said, mark))
    invoices = [["invoice_id", "account_id", "issued_on", "period_start", "mrr", "amount_paid", "currency"]]
    for month in range(1, 13):
        begins = datetime(2024, month, 1)
        for account in accounts:
            mark = [m for at, m in sorted(moods[account]) if at < begins][-1]
            worth = 200 + 20 * mark + float(rng.normal(0, 15))
            row = [f"INV-{len(invoices):05d}", account, f"{begins + timedelta(days=2):%Y-%m-%d}"]
            invoices.append([*row, f"{begins:%Y-%m-%d}", f"{worth:.2f}", f"{1.2 * worth:.2f}", "EUR"])
    for name, rows in (("accounts", register), ("usage_daily", usage), ("tickets", tickets)):
        write_text(folder / f"{name}.csv", rows)
    write_text(folder / "subscription_invoices.csv", invoices)


def retail_bank(folder: Path, seed: int = 35) -> None:
    """Italian: visits with waits in minutes and seconds, complaints, and balances by month in a book with a title."""
    rng = np.random.default_rng(seed)
    clients = [f"{number:08d}" for number in rng.choice(99999999, 150, replace=False)]
    towns = ("Milano", "Torino", "Forlì", "Napoli", "Bari", "Trento", "Cagliari", "Mantova")
    branches = [f"{7 * k + 1:03d} - {town}" for k, town in enumerate(towns)]
    home = {client: int(rng.integers(0, 8)) for client in clients}
    head = ["ID visita", "Codice cliente", "Filiale", "Data e ora", "Attesa (mm:ss)", "Operazione"]
    visits: dict[int, list[list]] = {2023: [], 2024: []}
    complaints = [["N. reclamo", "Codice cliente", "Filiale", "Data apertura", "Data chiusura", "Motivo"]]
    moods = {client: [(datetime(2022, 1, 1), 3)] for client in clients}
    for number in range(1400):
        client = rng.choice(clients)
        at = datetime(2023, 1, 9, 9) + timedelta(
            days=int(rng.integers(0, 700)), minutes=int(rng.integers(0, 400))
        )
        wait = float(rng.gamma(3, 4 + home[client] / 2))
        mark, branch = mark_of(rng, wait, 12), branches[home[client]]
        clock = f"{int(wait):02d}:{int(60 * (wait % 1)):02d}"
        row = [number + 1, client, branch, f"{at:%d/%m/%Y %H:%M}", clock, rng.choice(["conto", "mutuo"])]
        said = mark if rng.random() < 0.6 else ""
        visits[at.year].append([*row, f"OP{number % 29:02d}", said])
        if said:
            moods[client].append((at, mark))
        if rng.random() < 0.05:
            days = [f"{at + timedelta(days=d):%d/%m/%Y}" for d in (1, int(rng.integers(2, 30)))]
            motive = rng.choice(["attesa", "errore"])
            complaints.append([f"R{len(complaints)}", client, branch, *days, motive])
    balances: list[list] = [["Saldi mensili per cliente"], ["Estratto il 05/01/2025"], []]
    balances += [["Codice cliente", "Mese", "Saldo c/c", "Saldo depositi", "Commissioni"]]
    for month in range(24):
        year, number = 2023 + month // 12, 1 + month % 12
        for client in clients:
            mark = [m for at, m in sorted(moods[client]) if at < datetime(year, number, 1)][-1]
            fees = round(5 + 2 * mark + float(rng.normal(0, 1.5)), 2)
            held = [round(float(rng.gamma(2, scale)), 2) for scale in (3000, 800)]
            balances.append([client, f"{year}-{number:02d}", *held, fees])
    for year, rows in visits.items():
        rows = [[*head, "Operatore", "Soddisfazione (faccine 1-5)"], *rows]
        write_text(folder / f"visite filiale {year}.csv", rows, delimiter=";", encoding="cp1252")
    write_text(folder / "reclami.csv", complaints, delimiter=";", encoding="utf-8-sig")
    write_book(folder / "saldi.xlsx", {"Saldi": balances})
