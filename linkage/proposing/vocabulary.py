"""Words by which columns and files give themselves away: English, German, Spanish, Portuguese, French,
Italian, Dutch.

Words of several parts are joined by underscores.
"""

from __future__ import annotations

from linkage.proposing.names import fold


def _set(text: str) -> frozenset[str]:
    return frozenset(fold(word).replace("_", "") for word in text.split())


KEY_WORDS = _set(
    """id ids nr no num number key code ref reference identifier uid guid uuid ident
    nummer nr kennung kennziffer kz schluessel
    numero codigo clave identificador núm
    número código chave cod
    numéro matricule identifiant clé
    numero codice chiave matricola
    nummer sleutel kenmerk"""
)

ENTITIES: dict[str, frozenset[str]] = {
    "customer": _set(
        """customer cust customers client account acct member subscriber patient guest user buyer
        policyholder caller payer insured
        kunde kunden kd kdnr debitor mitglied mandant versicherter
        cliente cli socio abonado usuario comprador
        cliente assinante utente
        client abonné compte adhérent
        cliente abbonato
        klant klanten kl debiteur lid"""
    ),
    "response": _set(
        """response answer survey feedback respondent submission questionnaire resp review survey_response
        antwort umfrage befragung fragebogen bewertungs rueckmeldung teilnehmer
        respuesta encuesta cuestionario opinion
        resposta pesquisa inquerito avaliacao
        réponse enquête questionnaire sondage
        risposta sondaggio questionario
        antwoord enquete respons"""
    ),
    "interaction": _set(
        """interaction ticket case call contact incident conversation chat issue service_request session visit
        vorgang fall anruf kontakt anfrage vorfall besuch
        caso llamada contacto incidencia consulta interaccion
        chamada atendimento contato chamado ocorrencia interacao
        appel contact dossier demande
        chiamata contatto richiesta segnalazione pratica
        oproep gesprek melding zaak contact"""
    ),
    "transaction": _set(
        """transaction order purchase invoice sale booking receipt payment policy contract trx txn
        auftrag auftrags bestellung bestell rechnung rechnungs beleg bon kauf buchung transaktion vertrag
        pedido compra factura venta transaccion recibo ticket_de_compra
        pedido compra fatura venda transacao nota_fiscal
        commande achat facture vente transaction
        ordine acquisto fattura vendita transazione scontrino
        bestelling order factuur verkoop aankoop transactie"""
    ),
    "employee": _set(
        """employee agent staff advisor adviser rep representative associate worker operator handler
        mitarbeiter ma bearbeiter sachbearbeiter berater agent personal verkaeufer
        empleado agente asesor vendedor trabajador
        funcionario colaborador atendente vendedor
        employé agent conseiller salarié collaborateur vendeur
        dipendente operatore addetto consulente
        medewerker agent adviseur verkoper"""
    ),
    "unit": _set(
        """unit branch store shop location site outlet office facility provider practice hospital clinic hotel
        restaurant dealer partner department team centre center warehouse station
        filiale filial niederlassung standort geschaeftsstelle markt haus betrieb laden zweigstelle
        abteilung klinik
        sucursal tienda oficina centro local sede
        loja agencia unidade filial posto
        agence magasin succursale boutique point_de_vente établissement site
        negozio sede punto_vendita agenzia filiale reparto
        vestiging winkel filiaal kantoor locatie afdeling"""
    ),
    "training": _set(
        """training course certificate class
        schulung kurs seminar weiterbildung
        formacion curso capacitacion
        treinamento formacao curso
        formation cours stage
        corso formazione
        cursus opleiding"""
    ),
    "invitation": _set(
        """invitation invite mailing dispatch
        einladung versand
        invitacion envio
        convite envio
        invitation envoi
        invito invio
        uitnodiging verzending"""
    ),
    "alias": _set(
        """alias external legacy crm_id old_id source_id system_id foreign
        fremd alt altsystem extern
        externo antiguo
        externo antigo
        externe ancien
        esterno vecchio
        extern oud"""
    ),
}

FILES: dict[str, frozenset[str]] = {
    "customers": _set(
        """customers customer clients accounts members subscribers patients guests crm register
        kunden kundenstamm stammdaten kundenliste clientes cartera clienti anagrafica klanten
        klantenbestand base_clients"""
    ),
    "feedback": _set(
        """feedback survey surveys answers responses nps csat reviews ratings satisfaction voc
        umfrage umfragen befragung antworten bewertungen zufriedenheit kundenbefragung rueckmeldungen
        encuesta encuestas respuestas satisfaccion opiniones pesquisa pesquisas respostas satisfacao
        enquête enquêtes réponses sondage avis sondaggio risposte soddisfazione enquete antwoorden
        tevredenheid"""
    ),
    "interactions": _set(
        """interactions tickets cases calls contacts incidents conversations chats helpdesk support service
        vorgaenge kontakte anrufe faelle anfragen callcenter casos llamadas contactos incidencias
        chamados atendimentos contatos chamadas appels demandes chiamate contatti richieste gesprekken
        meldingen"""
    ),
    "transactions": _set(
        """transactions orders purchases invoices sales billing revenue payments bookings spend
        auftraege bestellungen rechnungen umsatz umsaetze kaeufe verkaeufe buchungen
        pedidos compras facturas ventas transacciones vendas faturas commandes achats factures ventes
        ordini acquisti fatture vendite bestellingen facturen verkopen omzet"""
    ),
    "employees": _set(
        """employees staff agents headcount hr personnel roster
        mitarbeiter personal mitarbeiterliste empleados plantilla agentes funcionarios colaboradores
        employés salariés personnel effectif dipendenti personale medewerkers personeel"""
    ),
    "employee_feedback": _set(
        """employee_survey employee_feedback engagement engagement_survey pulse enps staff_survey
        employees_survey
        mitarbeiterbefragung mitarbeiterumfrage clima clima_laboral encuesta_empleados pesquisa_clima
        enquête_collaborateurs baromètre_social indagine_clima medewerkersonderzoek mto"""
    ),
    "trainings": _set(
        """trainings training courses learning lms schulungen kurse formaciones cursos capacitaciones
        treinamentos formations corsi trainingen cursussen"""
    ),
    "units": _set(
        """units branches stores shops locations sites outlets hospitals dealers partners
        filialen niederlassungen standorte maerkte sucursales tiendas lojas agencias agences magasins
        negozi sedi filiali vestigingen winkels filialen"""
    ),
    "invitations": _set(
        """invitations invites sent mailing mailings einladungen versand invitaciones envios convites
        envois inviti uitnodigingen"""
    ),
    "identities": _set(
        """identities identity aliases alias mapping id_mapping crosswalk lookup matching xref bridge
        zuordnung schluesseltabelle idliste correspondencia mapeo correspondance corrispondenza koppeltabel
        koppeling"""
    ),
}

TIMES: dict[str, frozenset[str]] = {
    "answered_at": _set(
        """answered_at answered responded submitted response_date survey_date answer_date review_date
        completed_at
        antwortdatum bewertungsdatum befragungsdatum umfragedatum beantwortet_am beantwortet
        fecha_respuesta fecha_encuesta respondido data_resposta data_pesquisa respondida
        date_réponse date_enquête répondu data_risposta data_sondaggio antwoorddatum enquetedatum"""
    ),
    "started_at": _set(
        """started_at started start opened opened_at created created_at begin received call_date ticket_date
        eroeffnet erstellt angelegt beginn eingang angelegt_am erstellt_am eingangsdatum eroeffnet_am
        start_zeit
        inicio apertura abierto creado fecha_apertura fecha_inicio aberto criado abertura data_abertura
        ouvert ouverture début créé date_ouverture aperto inizio creato data_apertura geopend aangemaakt
        start_datum"""
    ),
    "ended_at": _set(
        """ended_at ended end closed closed_at resolved_at finished solved_at close_date resolution_date
        geschlossen abgeschlossen erledigt_am ende abschluss geloest_am abschlussdatum erledigungsdatum
        end_datum
        cierre cerrado fin fecha_cierre encerrado fechado fechamento data_fechamento fechado_em
        fermé clôture clos date_clôture chiuso chiusura data_chiusura gesloten afgesloten sluitdatum"""
    ),
    "purchased_at": _set(
        """purchased_at purchased order_date invoice_date purchase_date booking_date sale_date paid_at
        billed transaction_date
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
        created
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

TEXTS: dict[str, frozenset[str]] = {
    "segment": _set(
        """segment customer_type tier customer_group class band segmento kundensegment kundengruppe
        kundenart kundentyp
        tipo_cliente segment_client tipo_cliente klantsegment klantgroep categoria_cliente"""
    ),
    "region": _set(
        """region area state province country land bundesland gebiet provincia estado pais país zona região
        regio gebied pays regione"""
    ),
    "channel": _set(
        """channel medium contact_channel kanal kontaktkanal kontaktweg canal canale kanaal contactkanaal
        via origin"""
    ),
    "topic": _set(
        """topic reason subject issue_type contact_reason category thema grund anliegen betreff kategorie
        kontaktgrund
        motivo asunto tema categoria assunto sujet motif catégorie argomento onderwerp reden categorie"""
    ),
    "survey": _set("survey survey_name survey_type umfrage befragung encuesta pesquisa enquête sondaggio"),
    "wave": _set("wave welle ola onda vague ondata golf"),
    "language": _set("language lang locale sprache idioma lingua langue língua taal"),
    "comment": _set(
        """comment comments verbatim remark free_text text open_text feedback_text kommentar anmerkung
        freitext bemerkung
        comentario comentarios observaciones comentário observação commentaire verbatims remarque commento
        note_libere
        opmerking toelichting"""
    ),
    "weight": _set("weight survey_weight gewicht gewichtung peso pond pondération gewicht_antwort"),
    "product": _set(
        """product item sku article produkt artikel producto articulo produto produit prodotto tariff tarif
        plan"""
    ),
    "job": _set(
        """job role position title function stelle funktion taetigkeit puesto cargo poste fonction ruolo
        mansione functie"""
    ),
    "programme": _set(
        "programme program course training topic schulung kurs thema curso formation corso cursus title name"
    ),
    "kind": _set("kind type format art typ tipo genre soort"),
}

ITEMS = _set(
    """item question frage fragen_id question_id item_id variable metric measure indicator kpi kennzahl
    merkmal pregunta
    indicador pergunta questão question indicateur domanda indicatore vraag stelling attribute
    question_text frage_text"""
)

VALUES = _set(
    """value answer score response result antwort wert punkte ergebnis respuesta valor puntos resposta
    réponse valeur
    risposta valore antwoord waarde rating bewertung"""
)

COUNTS = _set(
    """n count responses respondents answers sample base cases n_answers n_responses
    anzahl antworten fallzahl stichprobe anzahl_antworten anzahl_befragte befragte
    respuestas encuestados muestra respostas respondentes réponses répondants risposte rispondenti aantal
    respondenten"""
)

NAMES = _set(
    """name first_name last_name full_name email mail phone address vorname nachname nombre nome nom
    adresse telefon"""
)
"""Columns that name a person or a place: never a metric and never a category to hold fixed."""
