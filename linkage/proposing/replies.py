"""Words that stand for nothing, for yes and for no, in the languages of the vocabulary."""

from __future__ import annotations

from linkage.proposing.names import fold


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in text.splitlines() for phrase in line.split("|"))


def _folded(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


MISSING = _phrases(
    """n/a|na|#n/a|n.a.|n. a.|null|(null)|#null!|none|nil|nan|-|--|---|.|?|missing|not available|not applicable
    no answer|don't know|unknown|#value!|#ref!|k.a.|k. a.|k.a|keine angabe|keine antwort|weiß nicht|weiss nicht
    #nv|entfällt|unbekannt|leer|s/d|sin dato|sin datos|no aplica|no contesta|ns/nc|n/d|n.d.|nd|sem resposta
    não se aplica|nao se aplica|não respondeu|s/r|sans réponse|sans reponse|non renseigné|ne sait pas|nsp|n.c.
    non disponibile|non risponde|n.v.t.|nvt|geen antwoord|onbekend|weet niet"""
)
"""How people and systems write that there is nothing; lower case."""

UNMISTAKABLE = _phrases("n/a|#n/a|null|(null)|#null!|nan|-|--|---|k.a.|k. a.|keine angabe|#nv|s/d")
"""Those that mean it even in a column of text."""

YES = _folded("yes y true ja j wahr sí si s verdadero sim verdadeiro oui o vrai vero waar x")
NO = _folded("no n false nein falsch falso não nao non faux nee onwaar")
