"""What a number measures, by its name: the survey, service, money and people measures of the field."""

from __future__ import annotations

from dataclasses import dataclass

from linkage.proposing.names import folded_words

FEEDBACK, OPERATIONS, MONEY, PEOPLE = "feedback", "operations", "money", "people"


@dataclass(frozen=True)
class Measure:
    """A kind of measure. name : what its metric is called; better : which way is good; words : how it is
    written.

    duration : its values are times, so that its unit can be minutes, hours or days.
    """

    name: str
    family: str
    better: str
    words: frozenset[str]
    duration: bool = False


def _measure(name: str, family: str, better: str, text: str, *, duration: bool = False) -> Measure:
    return Measure(name, family, better, folded_words(text), duration)


MEASURES: tuple[Measure, ...] = (
    # People before feedback: "employee satisfaction" is not the customers'.
    _measure(
        "engagement",
        PEOPLE,
        "higher",
        """engagement enps employee_satisfaction job_satisfaction staff_satisfaction motivation morale
        commitment
        mitarbeiterzufriedenheit arbeitszufriedenheit mitarbeitermotivation betriebsklima
        satisfaccion_laboral clima_laboral compromiso satisfacao_colaborador engajamento clima
        satisfaction_collaborateur climat_social coinvolgimento benessere betrokkenheid
        medewerkerstevredenheid""",
    ),
    _measure(
        "staff_turnover",
        PEOPLE,
        "lower",
        """staff_turnover employee_turnover attrition fluktuation fluktuationsquote rotacion rotacion_personal
        rotatividade turnover_personnel personeelsverloop""",
    ),
    _measure(
        "absence",
        PEOPLE,
        "lower",
        """absence absenteeism sick_days sick_leave krankheitstage krankenstand fehltage ausentismo absentismo
        absenteísmo absentéisme arrêts assenteismo verzuim ziekteverzuim""",
    ),
    _measure(
        "staff",
        PEOPLE,
        "higher",
        """staff headcount fte ftes employee_count personnel mitarbeiterzahl personalstaerke koepfe
        vollzeitstellen mitarbeiter vzae
        plantilla empleados personal funcionarios colaboradores effectif effectifs etp personale organico
        dipendenti
        bezetting personeel medewerkers""",
    ),
    _measure(
        "nps",
        FEEDBACK,
        "higher",
        """nps recommend recommendation likelihood_to_recommend ltr would_recommend net_promoter
        weiterempfehlung weiterempfehlungsbereitschaft empfehlung weiterempfehlen empfehlen recomiende
        recomende recommanderiez recommanderait consiglieresti recomendarías
        recomendacion recomendar recomendaria recomienda recomendacao recomendaria
        recommandation recommander raccomandazione consiglierebbe raccomanda aanbeveling aanbevelen
        aanbeveelt""",
    ),
    _measure(
        "effort",
        FEEDBACK,
        "lower",
        "effort ces customer_effort aufwand kundenaufwand esfuerzo esforço sforzo inspanning moeite",
    ),
    _measure(
        "ease",
        FEEDBACK,
        "higher",
        "ease easy easiness einfach leicht facil fácil facilidad facilité facile facilità gemak makkelijk",
    ),
    _measure(
        "satisfaction",
        FEEDBACK,
        "higher",
        """csat satisfaction satisfied overall_satisfaction customer_satisfaction
        zufriedenheit zufrieden kundenzufriedenheit gesamtzufriedenheit
        satisfaccion satisfecho satisfação satisfeito satisfait soddisfazione soddisfatto tevredenheid
        tevreden
        klanttevredenheid""",
    ),
    _measure(
        "rating",
        FEEDBACK,
        "higher",
        """rating score stars grade survey_result survey_results survey_rating bewertung sterne
        gesamtbewertung note gesamtnote schulnote urteil calificacion valoracion puntuacion nota avaliação
        pontuação évaluation avis valutazione voto punteggio beoordeling cijfer waardering""",
    ),
    _measure(
        "loyalty",
        FEEDBACK,
        "higher",
        """loyalty trust renew renewal repurchase would_stay likely_to_stay intention helpful friendliness friendly
        quality competence
        loyalitaet vertrauen wiederkauf verlaengerung treue freundlichkeit qualitaet kompetenz
        lealtad confianza renovar recompra amabilidad calidad lealdade confiança recompra qualidade
        fidélité confiance qualité amabilité fedeltà fiducia qualità gentilezza loyaliteit vertrouwen
        kwaliteit""",
    ),
    _measure(
        "wait",
        OPERATIONS,
        "lower",
        """wait waiting wait_time queue queue_time hold hold_time first_response first_reply response_time
        reply_time
        speed_of_answer asa
        wartezeit warteschleife reaktionszeit antwortzeit erstreaktion erstantwort
        espera tiempo_espera tiempo_respuesta tempo_espera tempo_resposta
        attente temps_attente délai_réponse temps_réponse attesa tempo_attesa tempo_risposta
        wachttijd reactietijd wacht""",
        duration=True,
    ),
    _measure(
        "resolution",
        OPERATIONS,
        "lower",
        """resolution_time time_to_resolution time_to_resolve resolution time_to_close
        loesungszeit erledigungszeit loesungsdauer durchlaufzeit tiempo_resolucion tempo_resolução
        délai délai_résolution temps_résolution tempo_risoluzione oplostijd doorlooptijd""",
        duration=True,
    ),
    _measure(
        "handle",
        OPERATIONS,
        "lower",
        """handle handling handle_time handling_time aht talk talk_time call_duration duration after_call
        service_time
        processing_time bearbeitungszeit bearbeitungsdauer gespraechsdauer gespraechszeit dauer bearbeitung
        duracion tiempo_gestion tiempo_atencion duração tempo_atendimento durée temps_traitement durée_appel
        durata tempo_gestione duur behandeltijd afhandeltijd gespreksduur""",
        duration=True,
    ),
    _measure(
        "delay",
        OPERATIONS,
        "lower",
        """delay late days_late delivery_delay verspaetung verzug lieferverzug retraso demora atraso retard
        ritardo vertraging""",
        duration=True,
    ),
    _measure(
        "is_resolved",
        OPERATIONS,
        "higher",
        """is_resolved resolved fcr first_contact_resolution solved geloest erledigt erstloesung
        erstloesungsquote
        resuelto solucionado resolvido résolu risolto opgelost""",
    ),
    _measure(
        "on_time",
        OPERATIONS,
        "higher",
        "on_time reached_on_time delivered_on_time puenktlich puntual a_tiempo no_prazo à_l_heure op_tijd",
    ),
    _measure(
        "transfers",
        OPERATIONS,
        "lower",
        """transfers transfer transferred handoffs weiterleitungen weiterleitung transferencias
        transferencia transferts """
        "trasferimenti doorverbonden doorverbindingen",
    ),
    _measure(
        "complaints",
        OPERATIONS,
        "lower",
        """complaints complaint returns errors defects escalations reopened reopens refunds faults incidents outages
        beschwerden beschwerde reklamationen reklamation retouren fehler maengel eskalationen stoerungen
        quejas reclamos reclamaciones devoluciones errores queixas reclamações devoluções erros
        plaintes réclamations retours erreurs reclami resi errori klachten retouren fouten storingen""",
    ),
    _measure(
        "churn",
        MONEY,
        "lower",
        """churn churn_rate churned exited attrition_flag attrited churn_label churn_value
        cancellations kuendigungen kuendigungsquote abwanderung bajas cancelamentos
        résiliations disdette opzeggingen""",
    ),
    _measure(
        "margin",
        MONEY,
        "higher",
        """margin profit contribution gross_margin ebit ebitda gross_profit deckungsbeitrag gewinn
        rohertrag marge rohgewinn db
        margen ganancia beneficio utilidad margem lucro bénéfice margine utile profitto winst brutomarge""",
    ),
    _measure(
        "cost",
        MONEY,
        "lower",
        """cost costs expense expenses kosten aufwendungen coste costes costo costos gasto custo custos
        despesa coût coûts frais costi spesa uitgaven
        payout payouts paid_out claim_amount claim_cost settlement_amount refund refund_amount refunded
        schadenhöhe schadensumme schadenbetrag schadenzahlung regulierungsbetrag entschädigung erstattung
        erstattungsbetrag gutschrift indemnización importe_siniestro reembolso indenização
        indemnisé montant_indemnisé indemnité indemnisation remboursement rimborso risarcimento indennizzo
        schadevergoeding terugbetaling""",
    ),
    _measure(
        "revenue",
        MONEY,
        "higher",
        """revenue sales turnover spend amount price value total subtotal net gross income mrr arr
        charge charges fee fees bill premium premiums beitrag gebuehr gebühren cuota cargo mensalidade
        praemie versicherungsprämie prime primes prima primas prémio commissioni canone premie mensualité
        cotisation gesamtbetrag endbetrag
        umsatz betrag erloes nettobetrag bruttobetrag preis summe rechnungsbetrag einnahmen nettoumsatz
        umsatzerloese
        ventas ingresos importe monto facturacion precio receita vendas faturamento valor preço
        chiffre_d_affaires ca montant ventes recettes prix fatturato ricavi importo vendite prezzo
        omzet bedrag verkoop opbrengst prijs""",
    ),
    _measure(
        "balance",
        MONEY,
        "higher",
        """balance balances account_balance outstanding saldo saldi salden kontostand guthaben solde encours
        deposits einlagen depósitos depositi""",
    ),
    _measure(
        "quantity",
        MONEY,
        "higher",
        """quantity qty items units pieces menge stueck stueckzahl anzahl_artikel cantidad unidades
        quantidade quantité quantità aantal_stuks""",
    ),
)

NOUNS = {
    "staff": "person",
    "absence": "day",
    "staff_turnover": "share",
    "transfers": "transfer",
    "complaints": "complaint",
    "churn": "share",
    "quantity": "piece",
    "delay": "day",
}
"""The unit of a measure whose name tells none."""

TROUBLES = {
    "return": folded_words("returns return retouren retoure devoluciones devoluções retours resi"),
    "error": folded_words("errors error faults fault fehler errores erros erreurs errori fouten"),
    "defect": folded_words("defects defect maengel"),
    "escalation": folded_words("escalations escalation eskalationen"),
    "reopening": folded_words("reopened reopens"),
    "refund": folded_words("refunds"),
    "incident": folded_words("incidents incident"),
    "outage": folded_words("outages outage stoerungen storingen"),
}
"""What is counted where something went wrong, beside complaints, by the words that say so."""

SCALED = (FEEDBACK, PEOPLE)
"""The families whose measures are answers on a scale."""

COUNTED = ("staff", "absence", "staff_turnover")
"""Measures about people that are counted, not answered."""
