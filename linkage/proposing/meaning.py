"""What a header may mean: a key, a time, a text the suite knows, a measure, or a piece of a long table."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from linkage.proposing import moments
from linkage.proposing import vocabulary as words
from linkage.proposing.measures import FEEDBACK, MEASURES, Measure
from linkage.proposing.names import fold, words_of
from linkage.proposing.units import UNITS

SHORTEST_PART = 6
"""A word this long may be found inside a compound ("kundenzufriedenheit"); shorter ones would be found anywhere."""

LONGEST_NAME = 4
"""Words of a header beyond which it is a sentence."""

LINKING = frozenset(
    {
        *("de", "du", "del", "do", "da", "des", "dei", "of", "the", "van", "der", "la", "le", "d", "l"),
        *("in", "to", "en", "em", "per", "by", "on"),
    }
)


@cache
def key_of(header: str) -> tuple[str, int] | None:
    """The entity a header is a key of and how sure that is: 3 names it and says number or id, 2 only says id ("ID"),
    1 only names it ("Branch"); None where it is no key by its name."""
    if "." in header and " " not in header and header.rpartition(".")[2]:
        # A field of an object in a file of objects: agent.id names the agent, hidden.member the member.
        inner = key_of(header.replace(".", " ")) or key_of(header.rpartition(".")[2])
        return inner if inner != ("", 2) else ("", 1)
    found = words_of(header)
    squeezed = "".join(w for w in found if w not in LINKING)
    for entity, names in words.ENTITIES.items():
        for name in sorted(names, key=len, reverse=True):
            rest = squeezed.removeprefix(name) if squeezed.startswith(name) else None
            before = squeezed.removesuffix(name) if squeezed.endswith(name) else None
            if rest in words.KEY_WORDS or before in words.KEY_WORDS or _inflected(rest) in words.KEY_WORDS:
                return entity, 3
    if squeezed in words.KEY_WORDS and squeezed not in ("num", "n", "code", "ref"):
        return "", 2
    if len(found) > 1 and (found[-1] in words.KEY_WORDS or found[0] in ("id", "nr")):
        inner = [e for e, names in words.ENTITIES.items() if names.intersection(found)]
        return (inner[0], 3) if inner else ("", 1)
    said = measure_of(header)
    if said is not None and said.family == FEEDBACK:
        return None  # "Bewertung" alone is a mark, and numbers no answer
    whole = "".join(found)
    for entity, names in words.ENTITIES.items():
        if (
            {squeezed, whole} & names
            or squeezed.rstrip("s") in names
            or squeezed in {f"{n}name" for n in names}
        ):
            return entity, 1
    return None


def _inflected(rest: str | None) -> str | None:
    """German joins words with s, n or en: Auftragsnummer, Filialennr."""
    for joint in ("en", "s", "n", "r"):
        if rest and rest.startswith(joint) and rest.removeprefix(joint) in words.KEY_WORDS:
            return rest.removeprefix(joint)
    return None


@cache
def times_of(header: str) -> tuple[str, ...]:
    """The time columns of ours a header may name."""
    return tuple(time for time, names in moments.TIMES.items() if _says(header, names) >= 2)


def time_strength(header: str, ours: str) -> tuple[int, int]:
    """How clearly a header names one of our time columns: the whole name before a part, the longer part first."""
    return _best(header, moments.TIMES[ours])


def names_a_date(header: str) -> bool:
    """Whether a header speaks of a date or a time at all."""
    found = words_of(header)
    last = "".join(found)
    return (
        bool(times_of(header) or moments.DATES.intersection(found))
        or last.endswith(("datum", "date", "fecha", "zeitpunkt", "at"))
        or found[-1:] in (("on",), ("am",), ("le",))
    )


def names_a_period(header: str) -> bool:
    return _says(header, moments.PERIODS) >= 2


@cache
def texts_of(header: str) -> tuple[str, ...]:
    """The text columns of ours a header may name, the whole name before a part of it."""
    said = {text: _says(header, names) for text, names in words.TEXTS.items()}
    return tuple(sorted((t for t, n in said.items() if n >= 2), key=lambda t: -said[t]))


@cache
def measure_of(header: str) -> Measure | None:
    """What a header measures, if the vocabulary knows it; the clearest and longest word decides."""
    best: tuple[int, bool, int, Measure] | None = None
    for measure in MEASURES:
        strength, length = _best(header, measure.words)
        # "nps_score" is an nps and "satisfaction_rating" a satisfaction: score and rating say least.
        said = (strength, measure.name != "rating", length)
        if strength < 3 and measure.family != "feedback" and _telling(header) > LONGEST_NAME:
            continue  # in a sentence "staff" or "wait" is what was asked about, not what was measured
        if strength and (best is None or said > best[:3]):
            best = (*said, measure)
    return best[3] if best else None


def _telling(header: str) -> int:
    """The words of a header that say something: units and what joins words do not."""
    units = frozenset(word for names in UNITS.values() for word in names)
    return sum(len(word) > 1 and word not in units and word not in LINKING for word in words_of(header))


def is_ticket(headers: Iterable[str]) -> bool:
    """Whether the columns are those of a help desk."""
    return sum(bool(words.TICKETS.intersection({*words_of(h), "".join(words_of(h))})) for h in headers) >= 3


def of_a_survey_tool(headers: Iterable[str]) -> set[str]:
    """The columns a survey tool writes of its own accord; none where there are too few to be sure."""
    plain = {h: "".join(words_of(h.replace("(", " ").replace(")", " "))) for h in headers}
    own = {h for h, word in plain.items() if word in words.TOOL_COLUMNS}
    too = {h for h, word in plain.items() if word in words.TOOL_COLUMNS_TOO}
    return own | too if own and len(own) * 2 + len(too) >= 4 else set()


def says_urgent(header: str) -> bool:
    return bool(words.URGENT.intersection(words_of(header)))


def says_status(header: str) -> bool:
    return bool(words.STATUS.intersection(words_of(header)))


def names_a_call(header: str) -> bool:
    """Whether a time is when somebody who waits in a room is called."""
    return _says(header, moments.CALLS) >= 2


def names_a_delivery(header: str) -> bool:
    """Whether a time is when something bought came."""
    return _says(header, moments.DELIVERIES) >= 2


def names_a_stay(header: str) -> bool:
    """Whether a time is when somebody came to stay: until they leave nothing is waited for."""
    return _says(header, moments.ARRIVALS) >= 2


def names_a_tenure(header: str) -> bool:
    return _says(header, moments.TENURES) >= 2


def names_a_unit_price(header: str) -> bool:
    return _says(header, words.UNIT_PRICES) >= 2


def is_total(value: str) -> bool:
    """Whether a value stands for the sum of the others."""
    return "".join(words_of(value)) in words.TOTALS


def names_a_contact(header: str) -> bool:
    """Whether a key says contact, which is a person in one system and a call in another."""
    return bool(words.CONTACTS.intersection(words_of(header)))


def names_a_contract(header: str) -> bool:
    """Whether a key is that of a contract or a policy."""
    return any(_best(header, words.CONTRACTS)) and not words.ENTITIES["customer"].intersection(
        words_of(header)
    )


def names_staff(header: str) -> bool:
    found = words_of(header)
    return bool(words.ENTITIES["employee"].intersection([*found, "".join(found)]))


def is_item(header: str) -> bool:
    return _says(header, words.ITEMS) >= 3


def is_value(header: str) -> bool:
    return _says(header, words.VALUES) >= 3


def is_count(header: str) -> bool:
    """Whether a header says how many answered."""
    return _says(header, words.COUNTS) >= 3 or "".join(words_of(header)).startswith(
        ("anzahlantwort", "nantwort")
    )


def names_a_person(header: str) -> bool:
    found = words_of(header)
    return bool(words.NAMES.intersection([*found, "".join(found)]))


@cache
def roles_of_file(name: str) -> dict[str, int]:
    """The roles a file's or sheet's name speaks of, and how clearly."""
    said = {role: _says(name, names) for role, names in words.FILES.items()}
    return {role: strength for role, strength in said.items() if strength >= 2}


def _says(header: str, names: frozenset[str]) -> int:
    return _best(header, names)[0]


def _best(header: str, names: frozenset[str]) -> tuple[int, int]:
    """How strongly a header says one of the names, and how long that was: 3 it is the name, 2 the name is
    among its words, 1 the name is inside a compound."""
    found = words_of(header)
    squeezed = "".join(found)
    runs = {"".join(found[i:j]) for i in range(len(found)) for j in range(i + 1, min(i + 4, len(found)) + 1)}
    best = (0, 0)
    for name in names:
        if squeezed == name:
            best = max(best, (3, len(name)))
        elif name in runs:
            best = max(best, (2, len(name)))
        elif len(name) >= SHORTEST_PART and name in squeezed:
            best = max(best, (1, len(name)))
    return best


def folded(word: str) -> str:
    """A value as the vocabulary writes it."""
    return fold(word.strip()).replace(" ", "")
