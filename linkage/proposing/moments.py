"""Words by which columns of dates, times and periods give themselves away, in the languages of the vocabulary."""

from __future__ import annotations

from linkage.proposing.names import folded_words as _set

TIMES: dict[str, frozenset[str]] = {
    "answered_at": _set(
        """answered_at answered responded submitted response_date survey_date answer_date review_date
        completed_at submit_date submitted_at date_submitted recorded_date recorded_at answer_timestamp
        review_answer_timestamp response_time_utc
        antwortdatum bewertungsdatum befragungsdatum umfragedatum beantwortet_am beantwortet
        fecha_respuesta fecha_encuesta respondido data_resposta data_pesquisa respondida
        date_réponse date_enquête répondu data_risposta data_sondaggio antwoorddatum enquetedatum"""
    ),
    "started_at": _set(
        """started_at started start opened opened_at created created_at begin received call_date ticket_date
        created_time arrived arrival arrival_date check_in check_in_date
        check_in_time checkin_time arrival_time reported reported_on date_reported
        claim_date visit_date
        anreise anreisedatum ankunft gemeldet gemeldet_am meldedatum schadendatum schadenmeldung
        llegada fecha_llegada fecha_siniestro fecha_visita chegada data_sinistro data_visita
        arrivée date_arrivée déclaré déclaration date_déclaration date_sinistre date_visite arrivo
        denuncia data_arrivo aankomst
        eroeffnet erstellt angelegt beginn eingang angelegt_am erstellt_am eingangsdatum eroeffnet_am
        start_zeit
        inicio apertura abierto creado fecha_apertura fecha_inicio aberto criado abertura data_abertura
        ouvert ouverture début créé date_ouverture aperto inizio creato data_apertura geopend aangemaakt
        start_datum"""
    ),
    "ended_at": _set(
        """ended_at ended end closed closed_at resolved resolved_at finished solved solved_at close_date
        resolution_date
        resolved_time closed_time time_to_resolution resolution_time delivered delivered_at
        delivery_date delivered_customer_date departed departure departure_date check_out check_out_date
        settled settled_on settlement_date
        abreise abreisedatum salida fecha_salida partida data_partida departo date_départ partenza
        data_partenza vertrek reguliert reguliert_am
        erledigung zugestellt geliefert entregado entregue livré delivered_on date_delivered
        lieferdatum zustelldatum fecha_entrega data_entrega livraison consegnato consegna geleverd leverdatum
        geschlossen abgeschlossen erledigt_am ende abschluss geloest_am abschlussdatum erledigungsdatum
        end_datum
        cierre cerrado fin fecha_cierre encerrado fechado fechamento data_fechamento fechado_em
        fermé clôture clos date_clôture chiuso chiusura data_chiusura gesloten afgesloten sluitdatum"""
    ),
    "purchased_at": _set(
        """purchased_at purchased order_date invoice_date purchase_date booking_date sale_date paid_at
        billed transaction_date order_purchase_timestamp purchase_timestamp paid payment_date
        bill_date billing_date issued issued_on issued_at issue_date
        ausgestellt ausgestellt_am zahlungsdatum fecha_emisión fecha_pago data_emissão data_pagamento
        émission date_émission date_paiement data_emissione data_bolletta
        bestelldatum rechnungsdatum kaufdatum auftragsdatum buchungsdatum belegdatum
        fecha_pedido fecha_compra fecha_factura fecha_venta data_pedido data_compra data_venda data_fatura
        date_commande date_achat date_facture data_ordine data_acquisto data_fattura besteldatum
        factuurdatum orderdatum"""
    ),
    "invited_at": _set(
        """invited_at invited sent sent_at mailed sent_on versandt eingeladen versendet versanddatum gesendet
        enviado invitado fecha_envio convidado data_envio envoyé invité date_envoi inviato data_invio
        verzonden uitgenodigd verzenddatum"""
    ),
    "completed_on": _set(
        """completed_on completed passed training_date course_date abgeschlossen schulungsdatum kursdatum
        completado fecha_curso concluido data_curso terminé date_formation completato data_corso afgerond
        cursusdatum"""
    ),
    "joined_on": _set(
        """joined_on joined since signup sign_up registered customer_since member_since onboarded start
        created activated activated_on activation activation_date inception policy_start contract_start
        aktiviert aktivierung aktivierungsdatum vertragsbeginn kontoeroeffnung
        activación data_ativação date_effet date_d_effet effet activation attivazione decorrenza
        kunde_seit eintritt beginn angelegt kundeseit fecha_alta alta cliente_desde desde data_adesão adesão
        client_depuis inscription date_inscription cliente_dal iscrizione klant_sinds sinds"""
    ),
    "left_on": _set(
        """left_on left churned churn_date cancelled canceled closed ended terminated exit_date end
        kuendigung gekuendigt austritt kuendigungsdatum austrittsdatum vertragsende baja fecha_baja
        cancelamento saída résiliation départ date_départ disdetta cessazione uscita opgezegd einddatum
        uitdienst"""
    ),
    "hired_on": _set(
        """hired_on hired hire_date start joined entry_date eintritt einstellung eintrittsdatum eingestellt
        ingreso contratacion fecha_ingreso admissão contratação embauche date_embauche assunzione in_dienst
        indienst"""
    ),
    "first_response_at": _set(
        """first_response_at first_response first_responded_at first_reply first_reply_at first_replied_at
        first_public_reply initial_response initial_response_time first_answer
        seen seen_at called called_at served served_at roomed roomed_at roomed_time aufgerufen aufgerufen_um
        behandlungsbeginn atendido_a llamado_a atendido_às vu_à chiamato_alle
        erstantwort erste_antwort erstreaktion erstantwort_am primera_respuesta primeira_resposta
        première_réponse prima_risposta eerste_reactie eerste_antwoord"""
    ),
    "promised_at": _set(
        """promised promised_at due due_at due_by due_by_time due_date estimated_delivery
        order_estimated_delivery_date estimated_delivery_date expected_delivery sla_due target_date
        zugesagt zugesagt_bis faellig faellig_am faelligkeit liefertermin zieltermin vencimiento
        fecha_prometida prazo échéance date_promise scadenza vervaldatum"""
    ),
    "valid_from": _set(
        """valid_from from since start start_date effective_from effective_date gueltig_ab gueltig_von von ab
        seit desde vigente_desde válido_desde depuis valable_du dal valido_dal vanaf geldig_vanaf"""
    ),
    "valid_to": _set(
        """valid_to valid_until to until end end_date effective_to gueltig_bis bis hasta vigente_hasta até
        válido_até jusqu_au valable_au al valido_al tot geldig_tot"""
    ),
    "opened_on": _set(
        "opened_on opened opening eroeffnung eroeffnet apertura abertura ouverture opening_date"
    ),
}

DATES = _set(
    """date datum day timestamp time datetime when zeitpunkt zeit tag fecha dia hora data jour horodatage
    giorno dag tijd"""
)

PERIODS = _set(
    """period quarter month year wave qtr fiscal_period reporting_period time_period half semester
    periode quartal monat jahr zeitraum halbjahr berichtsmonat
    periodo trimestre mes año semestre período mês ano
    période mois année periodo mese anno kwartaal maand jaar"""
)

CALLS = _set(
    """seen seen_at called called_at served served_at roomed roomed_at roomed_time aufgerufen aufgerufen_um
    behandlungsbeginn atendido_a llamado_a atendido_às vu_à chiamato_alle"""
)
"""When somebody who waits in a room is called."""

DELIVERIES = _set(
    """delivered delivered_at delivered_on delivery_date date_delivered zugestellt zugestellt_am geliefert geliefert_am
    lieferdatum zustelldatum entregado fecha_entrega entregue data_entrega livré date_livraison consegnato
    data_consegna geleverd leverdatum"""
)
"""When something bought came."""

ARRIVALS = _set(
    """arrival arrival_date arrived check_in check_in_date checkin admission admitted anreise anreisedatum ankunft
    aufnahme llegada fecha_llegada ingreso chegada data_chegada arrivée date_arrivée arrivo data_arrivo aankomst"""
)
"""When somebody comes to stay."""

TENURES = _set(
    """tenure tenure_months tenure_in_months months_active months_on_book customer_tenure account_age
    months_as_customer seniority vertragsdauer vertragslaufzeit laufzeit_monate antiguedad antigüedad
    antiguidade tempo_de_casa ancienneté anzianita anciënniteit"""
)
"""How long somebody has been a customer."""
