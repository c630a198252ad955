"""Names as people write them: folded, split into words, and made usable in study.yml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from linkage.sentences import capital
from linkage.study_file.naming import SQL_WORDS

YAML_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off"))
"""Names that YAML takes for something else."""

LONGEST = 36
"""Characters of a name made from a header; longer ones end at a word before."""

SHORT = frozenset(
    ("nps", "csat", "ces", "enps", "aht", "fcr", "asa", "fte", "ebit", "ebitda", "clv", "arpu", "mrr", "arr")
)
"""Abbreviations of the field, written in capitals."""

UNIT_SIGNS = frozenset(
    (
        "min",
        "mins",
        "sec",
        "secs",
        "s",
        "sek",
        "std",
        "h",
        "hr",
        "hrs",
        "eur",
        "usd",
        "gbp",
        "chf",
        "pct",
        "%",
    )
)

SCALE_HINT = re.compile(
    r"(?<![\d.,])(-?\d{1,3})\s*(?:[-\u2013\u2014]|\.\.|to|bis|a|à|até|hasta|tot|/)\s*(\d{1,3})(?![\d.,])"
)


SCALE_ENDS = re.compile(r"(?<![\d.,])(\d{1,3})\s*[=:]\s*[^\d=:]+?[,;/]\s*(?:and |und )?(\d{1,3})\s*[=:]")
"""The ends of a scale with what each means."""


@cache
def fold(text: str) -> str:
    """Lower case without accents; ä, ae and a become one, so that every way to write an umlaut is the same."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def folded_words(text: str) -> frozenset[str]:
    """Words of a vocabulary, folded; those of several parts are joined by underscores, which are left out."""
    return frozenset(fold(word).replace("_", "") for word in text.split())


def bare_name(header: str) -> str:
    """A header without the wrapping some systems put around their users' own columns."""
    found = re.fullmatch(
        r"(?:custom ?field|benutzerdefiniertes feld|champ personnalisé)\s*\((.+)\)", header.strip(), re.I
    )
    return found[1] if found else header


@cache
def words_of(header: str) -> tuple[str, ...]:
    """The folded words of a header: split at signs and at capitals within; what stands in brackets left out."""
    header = bare_name(header)
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", header)
    bare = re.sub(r"\bn(\s*[°º]|\.(?=\s))", " no ", bare.replace("#", " no "), flags=re.IGNORECASE)
    bare = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])", " ", bare)
    found = tuple(re.findall(r"[^\W_]+", fold(bare)))
    return found or tuple(re.findall(r"[^\W_]+", fold(header)))


def scale_in(header: str) -> tuple[float, float] | None:
    """The scale a header names, as in "Recommend (0-10)" or "(1 = never, 4 = always)"; None where it names none."""
    for low, high in [*SCALE_HINT.findall(header), *SCALE_ENDS.findall(header)]:
        if (int(low), int(high)) in {
            (0, 10),
            (1, 10),
            (1, 5),
            (0, 5),
            (1, 7),
            (1, 6),
            (1, 4),
            (0, 100),
            (1, 100),
        }:
            return float(low), float(high)
    return None


def label_of(header: str) -> str:
    """A header as a label for readers: brackets and underscores gone, a capital first."""
    header = bare_name(header)
    bare = re.sub(r"\s*(\([^)]*\)|\[[^\]]*\])", "", header).replace("_", " ").strip()
    bare = (
        re.sub(r"(?<=[a-zà-ÿ])([A-ZÀ-Þ])(?=[a-zà-ÿ])", lambda m: f" {m[1].lower()}", bare) or header.strip()
    )
    if bare.isupper() and len(bare) > 4:
        bare = bare.lower()  # shouted
    words = [w.upper() if w.lower() in SHORT else w for w in bare.split()]
    if len(words) > 1 and words[-1].lower() in UNIT_SIGNS:
        words = words[:-1]  # the unit is said beside the label
    bare = " ".join(words).rstrip("?:").rstrip() or bare
    return capital(bare)


def identifier(text: str, *, otherwise: str = "field") -> str:
    """A name study.yml and SQL accept: a to z, digits, underscores, a letter first, no word of SQL."""
    plain = bare_name(text).replace("ß", "ss").replace("ø", "o")
    plain = plain.lower() if plain.isupper() else plain
    for umlaut, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        plain = plain.replace(umlaut, written).replace(umlaut.upper(), written.capitalize())
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", plain) or plain)
    name = re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", plain.lower())).strip("_")
    while len(name) > LONGEST and "_" in name:
        name = name.rsplit("_", 1)[0]
    name = name[:LONGEST]
    name = name or otherwise
    if not name[0].isalpha():
        name = f"{otherwise}_{name}"
    return f"{name}_value" if SQL_WORDS.fullmatch(name) or name in YAML_WORDS else name


def free_name(name: str, taken: set[str], *, other: str = "") -> str:
    """The name itself, or with something after it where it is taken."""
    tries = [name, *([f"{name}_{other}", f"{other}_{name}"] if other else [])]
    for candidate in tries:
        if candidate not in taken:
            return candidate
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def common_start(names: Sequence[str]) -> str:
    """What all of some names begin with, up to a number or sign at its end."""
    start = names[0]
    while not all(name.startswith(start) for name in names):
        start = start[:-1]
    return start.rstrip("0123456789-_. ")
