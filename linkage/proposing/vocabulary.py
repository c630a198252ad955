"""Words by which columns and files give themselves away: English, German, Spanish, Portuguese, French,
Italian, Dutch.

Words of several parts are joined by underscores.
"""

from __future__ import annotations

from linkage.proposing.names import folded_words as _set

KEY_WORDS = _set(
    """id ids nr no num number key code ref reference identifier uid guid uuid ident key
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
        policyholder caller payer insured requester end_user company organization organisation household account_holder
        kunde kunden kd kdnr debitor mitglied mandant versicherter versicherungsnehmer gast gaeste
        cliente cli socio abonado usuario comprador cuenta empresa konto firma huésped asegurado tomador
        cliente assinante utente conta hóspede segurado
        client abonné compte adhérent assuré sociétaire
        cliente abbonato ospite assicurato contraente
        klant klanten kl debiteur lid verzekerde"""
    ),
    "response": _set(
        """response answer survey feedback respondent submission questionnaire resp review survey_response
        antwort umfrage befragung fragebogen bewertung bewertungs rueckmeldung teilnehmer
        respuesta encuesta cuestionario opinion reseña
        resposta pesquisa inquerito avaliacao
        réponse enquête questionnaire sondage avis
        risposta sondaggio questionario recensione
        antwoord enquete respons"""
    ),
    "interaction": _set(
        """interaction ticket case call contact incident conversation chat issue service_request session visit
        claim complaint stay appointment
        vorgang fall anruf kontakt anfrage vorfall besuch schaden schadenfall schadens aufenthalt beschwerde
        reklamation termin
        caso llamada contacto incidencia consulta interaccion siniestro reclamacion visita estancia cita
        chamada atendimento contato chamado ocorrencia interacao sinistro reclamação estadia
        appel contact dossier demande sinistre réclamation visite séjour
        chiamata contatto richiesta segnalazione pratica reclamo soggiorno appuntamento
        oproep gesprek melding zaak contact klacht bezoek verblijf afspraak"""
    ),
    "transaction": _set(
        """transaction order purchase invoice sale booking receipt payment policy contract trx txn bill
        reservation
        auftrag auftrags bestellung bestell rechnung rechnungs beleg bon kauf buchung transaktion vertrag
        reservierung zahlung police policen
        pedido compra factura venta transaccion recibo ticket_de_compra reserva pago póliza contrato
        pedido compra fatura venda transacao nota_fiscal pagamento apólice
        commande achat facture vente transaction quittance réservation paiement police contrat
        ordine acquisto fattura vendita transazione scontrino prenotazione pagamento polizza contratto
        bolletta quietanza
        bestelling order factuur verkoop aankoop transactie betaling reservering polis"""
    ),
    "employee": _set(
        """employee agent staff advisor adviser rep representative associate worker operator handler assignee
        assigned_to teammate technician
        mitarbeiter ma bearbeiter sachbearbeiter berater agent personal verkaeufer betreuer
        empleado agente asesor vendedor trabajador gestor
        funcionario colaborador atendente vendedor
        employé agent conseiller salarié collaborateur vendeur gestionnaire
        dipendente operatore addetto consulente gestore
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

CONTRACTS = _set(
    """contract policy vertrag vertrags police policen contrat contrato póliza apólice polizza contratto polis"""
)
"""Keys of something that a customer has for years: beside the customer's own key they make a row no purchase."""

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
        visits claims stays appointments
        vorgaenge kontakte anrufe faelle anfragen callcenter schaeden schadenfaelle aufenthalte besuche
        beschwerden reklamationen termine
        casos llamadas contactos incidencias siniestros reclamaciones visitas estancias
        chamados atendimentos contatos chamadas sinistros reclamações estadias
        appels demandes sinistres réclamations visites séjours
        chiamate contatti richieste sinistri reclami visite soggiorni gesprekken
        meldingen klachten bezoeken"""
    ),
    "transactions": _set(
        """transactions orders purchases invoices sales billing revenue payments bookings spend bills
        premiums
        auftraege bestellungen rechnungen umsatz umsaetze kaeufe verkaeufe buchungen praemien beitraege
        zahlungen
        pedidos compras facturas ventas transacciones vendas faturas commandes achats factures ventes
        primas primes cotisations quittances paiements pagos pagamentos
        ordini acquisti fatture vendite bollette premi pagamenti bestellingen facturen verkopen omzet
        premies"""
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

TEXTS: dict[str, frozenset[str]] = {
    "segment": _set(
        """segment plan contract contract_type subscription package vertragsart
        customer_type tier customer_group class band segmento kundensegment kundengruppe
        kundenart kundentyp
        tipo_cliente segment_client tipo_cliente klantsegment klantgroep categoria_cliente"""
    ),
    "region": _set(
        """region area state province country land bundesland gebiet provincia estado pais país zona região
        regio gebied pays regione"""
    ),
    "channel": _set(
        """channel medium contact_channel kanal kontaktkanal kontaktweg canal canale kanaal contactkanaal
        via origin source"""
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

TICKETS = _set(
    """priority status subject severity queue assignee requester ticket tags tag via issue_type reopened sla
    prioritaet prioridad prioridade priorité status estado état stato betreff asunto assunto objet
    thema tema warteschlange"""
)
"""Columns that the tables of a help desk have."""

STATUS = _set("status state stand estado situacao situação état etat stato resolution")

URGENT = _set(
    "priority severity urgency prioritaet dringlichkeit prioridad prioridade priorité priorita prioriteit"
)

TOOL_COLUMNS = _set(
    """progress finished ip_address ipaddress collector_id network_id response_type distribution_channel
    recipient_last_name recipient_first_name location_latitude location_longitude q_recaptcha_score
    user_agent referer browser response_status submission_id last_page seed start_language lastpage
    startlanguage interviewtime"""
)
"""Columns that survey tools write of their own accord: how an answer was given, and not what it says."""

TOOL_COLUMNS_TOO = _set(
    """status duration_in_seconds duration start_date end_date recipient_email first_name last_name tags"""
)
"""Such columns, where others say that a survey tool was at work."""

CONTACTS = _set("contact contacts kontakt kontakte contacto contactos contato contatos contatto contatti")

TOTALS = _set(
    """total totals grand_total sum sums summe summen gesamt gesamtsumme insgesamt gesamtergebnis
    total_general totales suma soma somme total_général totale somma totaal eindtotaal all overall"""
)
"""The line below a table that adds it up."""

UNIT_PRICES = _set(
    """unit_price unitprice price_per_unit item_price list_price price_each stueckpreis einzelpreis
    preis_pro_stueck precio_unitario precio_unidad preço_unitário valor_unitario prix_unitaire
    prezzo_unitario stukprijs eenheidsprijs"""
)

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
