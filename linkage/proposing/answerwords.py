"""The words of scales, and of what is settled or not, in seven languages; which stand for one another."""

from __future__ import annotations

from linkage.proposing.names import fold

SCALES = """
very dissatisfied; extremely dissatisfied; completely dissatisfied; very unsatisfied; very unhappy;
  extremely unhappy
dissatisfied; somewhat dissatisfied; unsatisfied; rather dissatisfied; unhappy
neither satisfied nor dissatisfied; neutral; neither; ok; okay; indifferent; undecided
satisfied; somewhat satisfied; rather satisfied; fairly satisfied; happy
very satisfied; extremely satisfied; completely satisfied; very happy; extremely happy

not at all satisfied
slightly satisfied; not so satisfied; not very satisfied
moderately satisfied; somewhat satisfied
very satisfied; satisfied
extremely satisfied; completely satisfied

extremely dissatisfied; very dissatisfied
moderately dissatisfied; dissatisfied
slightly dissatisfied; somewhat dissatisfied
neither satisfied nor dissatisfied; neutral
slightly satisfied; somewhat satisfied
moderately satisfied; satisfied
extremely satisfied; very satisfied

very dissatisfied; very unsatisfied
dissatisfied; somewhat dissatisfied; unsatisfied
satisfied; somewhat satisfied
very satisfied

strongly disagree; completely disagree; totally disagree
disagree; somewhat disagree; tend to disagree
neither agree nor disagree; neutral; neither; undecided; not sure
agree; somewhat agree; tend to agree
strongly agree; completely agree; totally agree

strongly disagree
disagree
somewhat disagree; slightly disagree
neither agree nor disagree; neutral
somewhat agree; slightly agree
agree
strongly agree

strongly disagree
disagree; somewhat disagree
agree; somewhat agree
strongly agree

very difficult; extremely difficult; very hard
difficult; somewhat difficult; hard; rather difficult
neither easy nor difficult; neutral; neither
easy; somewhat easy; rather easy
very easy; extremely easy

extremely difficult; very difficult
moderately difficult; difficult
slightly difficult; somewhat difficult
neither easy nor difficult; neutral
slightly easy; somewhat easy
moderately easy; easy
extremely easy; very easy

very unlikely; extremely unlikely; definitely not
unlikely; somewhat unlikely; probably not
neither likely nor unlikely; neutral; might or might not; not sure; maybe
likely; somewhat likely; probably; probably will
very likely; extremely likely; definitely; definitely will

not at all likely
not so likely; slightly likely
somewhat likely; moderately likely
very likely; likely
extremely likely

very poor; very bad; terrible; awful
poor; bad
average; fair; neutral; ok; okay; acceptable
good
excellent; very good; great; outstanding

poor; terrible
fair
good
very good
excellent

poor
fair
good
excellent

never
rarely; seldom
sometimes; occasionally
often; usually; most of the time
always; every time

much worse; far below expectations
worse; somewhat worse; below expectations
about the same; as expected; met expectations
better; somewhat better; above expectations; exceeded expectations
much better; far above expectations; far exceeded expectations

sehr unzufrieden; voellig unzufrieden; ueberhaupt nicht zufrieden
unzufrieden; eher unzufrieden; weniger zufrieden
teils/teils; teils teils; neutral; weder zufrieden noch unzufrieden; teilweise; mittel; unentschieden;
  einigermassen zufrieden; teils, teils
zufrieden; eher zufrieden
sehr zufrieden; voellig zufrieden; aeusserst zufrieden

stimme gar nicht zu; stimme ueberhaupt nicht zu; trifft gar nicht zu; trifft ueberhaupt nicht zu; trifft
  nicht zu; lehne voll ab; stimme nicht zu
stimme eher nicht zu; trifft eher nicht zu; lehne eher ab; stimme nicht zu
teils/teils; teils teils; neutral; weder noch; weder/noch; unentschieden; teils, teils
stimme eher zu; trifft eher zu; stimme zu; trifft zu
stimme voll zu; stimme voll und ganz zu; stimme vollkommen zu; trifft voll zu; trifft voll und ganz zu;
  trifft vollkommen zu; stimme sehr zu

sehr schwierig; sehr schwer
schwierig; eher schwierig; schwer; eher schwer
neutral; teils/teils; teils teils; weder einfach noch schwierig; mittel
einfach; eher einfach; leicht; eher leicht
sehr einfach; sehr leicht

sehr unwahrscheinlich; auf keinen fall; sicher nicht; bestimmt nicht
unwahrscheinlich; eher unwahrscheinlich; eher nicht; wahrscheinlich nicht
neutral; vielleicht; weiss nicht genau; unentschieden; teils/teils
wahrscheinlich; eher wahrscheinlich; eher ja
sehr wahrscheinlich; auf jeden fall; ganz sicher; bestimmt

sehr schlecht
schlecht; eher schlecht
mittelmaessig; mittel; teils/teils; befriedigend; neutral; durchschnittlich; okay
gut; eher gut
sehr gut; ausgezeichnet; hervorragend

ungenuegend
mangelhaft
ausreichend
befriedigend
gut
sehr gut

nie; niemals
selten
manchmal; gelegentlich
oft; haeufig; meistens
immer

muy insatisfecho; totalmente insatisfecho; muy insatisfecha; nada satisfecho
insatisfecho; algo insatisfecho; insatisfecha; poco satisfecho
neutral; neutro; ni satisfecho ni insatisfecho; indiferente; regular
satisfecho; algo satisfecho; satisfecha; bastante satisfecho
muy satisfecho; totalmente satisfecho; muy satisfecha

totalmente en desacuerdo; muy en desacuerdo
en desacuerdo; algo en desacuerdo
ni de acuerdo ni en desacuerdo; neutral; indiferente
de acuerdo; algo de acuerdo
totalmente de acuerdo; muy de acuerdo

muy dificil
dificil
neutral; ni facil ni dificil
facil
muy facil

muy malo; pesimo; muy mala; muy mal
malo; mala; mal
regular; normal; aceptable
bueno; buena; bien
muy bueno; excelente; muy buena; muy bien

nunca
rara vez; casi nunca
a veces; algunas veces
a menudo; casi siempre; frecuentemente
siempre

muito insatisfeito; totalmente insatisfeito; muito insatisfeita
insatisfeito; insatisfeita; pouco satisfeito
neutro; indiferente; nem satisfeito nem insatisfeito; regular
satisfeito; satisfeita
muito satisfeito; totalmente satisfeito; muito satisfeita

discordo totalmente; discordo completamente
discordo; discordo parcialmente; discordo em parte
neutro; indiferente; nao concordo nem discordo; nem concordo nem discordo
concordo; concordo parcialmente; concordo em parte
concordo totalmente; concordo completamente

muito dificil
dificil
neutro; nem facil nem dificil
facil
muito facil

pessimo; muito ruim; muito mau
ruim; mau
regular; razoavel
bom; boa
otimo; muito bom; excelente

tres insatisfait; tres mecontent; pas du tout satisfait; tres insatisfaite; pas satisfait du tout
insatisfait; plutot insatisfait; mecontent; pas satisfait; peu satisfait; plutot pas satisfait
neutre; ni satisfait ni insatisfait; moyennement satisfait; indifferent
satisfait; plutot satisfait; assez satisfait
tres satisfait; tout a fait satisfait; tres satisfaite

tres insatisfait; pas du tout satisfait; pas satisfait du tout
insatisfait; plutot pas satisfait; peu satisfait; pas satisfait; plutot insatisfait
satisfait; plutot satisfait; assez satisfait
tres satisfait; tout a fait satisfait

pas du tout d'accord; tout a fait en desaccord; pas d'accord du tout
pas d'accord; plutot pas d'accord; en desaccord; plutot en desaccord
ni d'accord ni pas d'accord; neutre; sans opinion; ni en accord ni en desaccord
d'accord; plutot d'accord
tout a fait d'accord; totalement d'accord; entierement d'accord

tres difficile
difficile; plutot difficile
neutre; ni facile ni difficile
facile; plutot facile
tres facile

tres mauvais; tres mauvaise
mauvais; mauvaise
moyen; moyenne; passable; correct
bon; bonne
tres bon; excellent; tres bonne

jamais
rarement
parfois; quelquefois
souvent
toujours

molto insoddisfatto; per niente soddisfatto; molto insoddisfatta
insoddisfatto; poco soddisfatto; insoddisfatta
neutrale; indifferente; ne soddisfatto ne insoddisfatto
soddisfatto; abbastanza soddisfatto; soddisfatta
molto soddisfatto; molto soddisfatta

zeer ontevreden; erg ontevreden; heel ontevreden
ontevreden
neutraal; niet tevreden en niet ontevreden; niet ontevreden niet tevreden
tevreden
zeer tevreden; erg tevreden; heel tevreden

helemaal mee oneens; zeer oneens; helemaal oneens
mee oneens; oneens
neutraal; niet mee eens niet mee oneens
mee eens; eens
helemaal mee eens; zeer eens; helemaal eens

neutral or dissatisfied; dissatisfied; not satisfied; unsatisfied
satisfied

bad; not good; thumbs down; negative
good; thumbs up; positive

schlecht; nicht zufrieden; nicht gut
gut
"""
"""A level a line, from worst to best, a line between scales; ways to say a level behind semicolons, and a line that
is set in goes on with the one above."""


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(" ".join(word.split())) for word in text.split(";"))


SETTLED = _words(
    """solved; resolved; closed; done; fixed; completed; complete; geloest; gelöst; erledigt; geschlossen;
    abgeschlossen; behoben; resuelto; resuelta; cerrado; cerrada; solucionado; finalizado; resolvido;
    fechado; concluido; solucionado; encerrado; resolu; resolue; ferme; termine; cloture; risolto;
    chiuso; opgelost; gesloten; afgehandeld"""
)

UNSETTLED = _words(
    """open; pending; new; on hold; unresolved; unsolved; not resolved; not solved; in progress; reopened;
    to do; waiting; hold; offen; in bearbeitung; ungeloest; ungelöst; nicht geloest; nicht gelöst; neu;
    wartend; wiedereröffnet; abierto; abierta; pendiente; en curso; no resuelto; sin resolver; aberto;
    pendente; em andamento; nao resolvido; ouvert; en cours; en attente; non resolu; aperto; in corso;
    in attesa; non risolto; openstaand; in behandeling; niet opgelost"""
)

ASIDE = _words(
    """offered; unoffered; not offered; not rated; unrated; no rating; prefer not to say; can't say; does not apply;
    kann ich nicht beurteilen; weiß nicht"""
)
"""Words beside a scale that answer nothing."""
