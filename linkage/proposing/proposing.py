"""A folder of files -> a proposed study."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from linkage.errors import StudyError
from linkage.proposing.addresses import key_by_address, match_by_address
from linkage.proposing.answer_days import settle_answer_days
from linkage.proposing.assembling import same_form, sources_of
from linkage.proposing.borrowing import borrow
from linkage.proposing.columns import look_at
from linkage.proposing.contacts import find_contacts
from linkage.proposing.currencies import settle_currency
from linkage.proposing.facts import Facts, gather
from linkage.proposing.files import LeftOut, find_tables
from linkage.proposing.gaps import settle_gap
from linkage.proposing.intake import Intake, Table
from linkage.proposing.lacking import lacking_words
from linkage.proposing.nesting import settle_levels
from linkage.proposing.overlap import Reference, find_aliases, find_keys, references
from linkage.proposing.proposal import LinkProposal, Proposal, SourceProposal
from linkage.proposing.questions import propose_links
from linkage.proposing.registers import customers_named
from linkage.proposing.reshape import turn
from linkage.proposing.rhythm import settle_period, window_days
from linkage.proposing.roles import OWN_KEY, Verdict, share_out
from linkage.proposing.settling import settle_keys, settle_names, settle_selects
from linkage.proposing.snapshot import add_snapshot
from linkage.proposing.two_ways import two_ways
from linkage.scratch import scratch_folder

REGISTERS = ("customers", "employees", "units", "interactions")


def propose_study(folder: str | Path) -> Proposal:
    """Look at the files of a folder and propose which source each is, what its columns mean, and which links to ask.

    folder : holds .csv, .tsv, .txt, .json, .jsonl (also .gz), .parquet or .xlsx, also in folders directly inside it;
    or is one such file. Of files with the very same content one is looked at.

    Nothing is written. Names are known in seven languages; types, formats and scales come from the values of the
    first 20,000 rows, keys and what they share with other files from all rows. Raises StudyError where the folder is
    missing or nothing in it can be read as a table; what could not be used is named in `left_out`.
    """
    import duckdb

    folder = Path(folder).expanduser().resolve()
    found, left_out = find_tables(folder)
    with scratch_folder() as scratch:
        settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        with duckdb.connect(str(scratch / "look.duckdb"), config=settings) as connection:
            intake = Intake(connection, scratch)
            opened = [intake.open(f) for f in found]
            left_out += [t for t in opened if isinstance(t, LeftOut)]
            tables, words = _tables(intake, [t for t in opened if isinstance(t, Table)])
            base = folder if folder.is_dir() else folder.parent
            return _propose(intake, base, tables, words, left_out)


def _tables(intake: Intake, tables: list[Table]) -> tuple[list[Facts], dict[str, str]]:
    """Tables of one form together, looked at, and turned where they are long or wide; what was done, by view."""
    facts, words = [], {}
    for group in same_form(tables):
        table = group[0] if len(group) == 1 else intake.together(group)
        turned = turn(intake, gather(intake, look_at(intake, table)))
        facts.append(turned.facts)
        words[turned.facts.table.view] = turned.words
    key_by_address(facts)
    find_keys(intake, facts)
    for place, borrowed in borrow(intake, facts).items():
        facts[place] = borrowed.facts
        words[borrowed.facts.table.view] = borrowed.words
    find_aliases(intake, facts)
    return facts, words


def _propose(
    intake: Intake, folder: Path, tables: list[Facts], words: dict[str, str], left_out: list[LeftOut]
) -> Proposal:
    verdicts = share_out(tables)
    left_out += [LeftOut(t.table.shown, _no_role(t)) for i, t in enumerate(tables) if not verdicts[i].role]
    refs = references(intake, tables, _registers(tables, verdicts))
    sources = _sources(intake, tables, verdicts, refs)
    if not sources:
        said = "; ".join(f"{out.shown}: {out.reason}" for out in left_out[:5])
        raise StudyError(f"{folder}: no file could be taken for a source ({said}).")
    for source in sources:
        source.notes += [w for p in source.parts if (w := words.get(p.facts.table.view))]
    identity = match_by_address(intake, sources, refs)
    settle_answer_days(sources)
    settle_names(sources)
    find_contacts(intake, sources)
    currency, guess = settle_currency(sources)
    meet = bool(identity) or any(s.role == "identities" and not s.off for s in sources)
    doubts = settle_keys(intake, sources, _live(refs, sources), meet)
    period, evidence = settle_period(intake, sources)
    settle_selects(intake, sources)
    links, gap = tuple(propose_links(sources)), settle_gap(intake, sources)
    guesses = (*doubts, guess, gap.words if gap else "", lacking_words(sources, links))
    return Proposal(
        folder=folder,
        period=period,
        currency=currency,
        window=window_days(intake, sources),
        sources=tuple(sources),
        links=links,
        left_out=tuple(left_out),
        doubts=tuple(d for d in guesses if d),
        gap_days=gap.days if gap else 0,
        evidence=tuple(evidence),
        identity=identity,
    )


def _sources(
    intake: Intake, tables: list[Facts], verdicts: dict[int, Verdict], refs: Sequence[Reference]
) -> list[SourceProposal]:
    """The sources the tables are, and those that can be made of them."""
    sources = sources_of(intake, tables, verdicts, refs)
    sources = settle_levels(intake, sources)
    sources += customers_named(intake, sources)
    return [*sources, *add_snapshot(intake, sources)]


def _registers(tables: Sequence[Facts], verdicts: dict[int, Verdict]) -> dict[str, Facts]:
    """By entity the table whose key the others refer to; of two, the larger."""
    found: dict[str, Facts] = {}
    for place, facts in enumerate(tables):
        role = verdicts[place].role
        entity = OWN_KEY.get(role, "")
        if role not in REGISTERS:
            continue
        if entity not in facts.keys and "" in facts.keys:
            facts.keys = {entity if e == "" else e: c for e, c in facts.keys.items()}
        if entity in facts.keys and (entity not in found or facts.table.rows > found[entity].table.rows):
            found[entity] = facts
    return found


def _live(refs: Sequence[Reference], sources: Sequence[SourceProposal]) -> list[Reference]:
    """References between tables that are used."""
    views = {p.facts.table.view for s in sources if not s.off for p in s.parts}
    return [r for r in refs if r.facts.table.view in views and r.register.table.view in views]


def _no_role(facts: Facts) -> str:
    """What was seen in a table that is no source, what it would need to be one, and what can be done."""
    if not any(look.is_number or look.is_date for look in facts.columns.values()):
        return f"no source could be seen in it (it holds only words); its columns: {_some_columns(facts)}"
    if ways := two_ways(facts):
        return f"no source could be seen in it: {ways}"
    when = [d.name for d in facts.dates[:1]] or ([facts.period.name] if facts.period else [])
    seen = [f"{entity}s by {column!r}" for entity, column in facts.keys.items() if entity]
    seen += [f"times by {name!r}" for name in when]
    needed = ["a number of a customer, contact, order or unit"] if not any(facts.keys) else []
    needed += ["a date or a period"] if not when else []
    needed += ["an amount paid, a mark given or a time taken, under a name that says so"]
    told = f"it tells {' and '.join(seen)}; " if seen else ""
    return (
        f"no source could be seen in it ({told}it lacks {', and '.join(needed)}). If it has that, rename the "
        f"column or declare it yourself; its columns: {_some_columns(facts)}"
    )


def _some_columns(facts: Facts) -> str:
    return ", ".join(list(facts.columns)[:8])


def without(proposal: Proposal, sources: dict[str, str], links: dict[str, str]) -> Proposal:
    """The proposal with some sources and links commented out, and why; a control that never differs only leaves."""
    tried = tuple(replace(s, off=s.off or sources.get(s.name, "")) for s in proposal.sources)
    kept = propose_links(tried) if sources else proposal.links
    return replace(proposal, sources=tried, links=tuple(_less(x, links.get(x.name, "")) for x in kept))


def _less(link: LinkProposal, why: str) -> LinkProposal:
    same = re.search(r"one and the same value of (\w+)", why)
    if same and same[1] in link.controls:
        return replace(link, controls=tuple(c for c in link.controls if c != same[1]))
    return replace(link, off=link.off or why)
