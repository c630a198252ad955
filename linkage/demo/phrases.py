"""The sentences of the fictional customers. Names, numbers and addresses in them belong to nobody."""

from __future__ import annotations

ABOUT = {
    "en": {
        "billing": {
            "negative": [
                "My bill was wrong again.",
                "I was charged twice and nobody could explain the invoice.",
            ],
            "positive": ["The bill is clear and correct.", "My invoice question was settled at once."],
        },
        "network": {
            "negative": [
                "The internet keeps dropping out.",
                "There is no signal in my house since last week.",
            ],
            "positive": ["The connection is fast and stable.", "Great coverage wherever I travel."],
        },
        "contract": {
            "negative": ["The contract terms are confusing.", "My cancellation was ignored."],
            "positive": ["Changing my contract was simple.", "I got a fair offer for my new plan."],
        },
        "device": {
            "negative": ["The router broke after a month.", "My new phone does not work with your settings."],
            "positive": ["The new router works perfectly.", "My phone was replaced without any trouble."],
        },
        "delivery": {
            "negative": ["The parcel never arrived.", "The technician did not show up."],
            "positive": ["The delivery came on time.", "The technician was punctual and polite."],
        },
        "service": {
            "negative": [
                "Your service is slow and I have to repeat everything.",
                "Nobody takes care of my problem.",
            ],
            "positive": ["Your staff are friendly and competent.", "I always get help quickly."],
        },
        "shop": {
            "negative": ["The shop was crowded and I waited for ages.", "The shop assistant had no idea."],
            "positive": ["Excellent advice in the shop.", "The team in the shop took their time for me."],
        },
    },
    "de": {
        "billing": {
            "negative": ["Meine Rechnung war schon wieder falsch.", "Der Betrag wurde doppelt abgebucht."],
            "positive": [
                "Die Rechnung ist klar und richtig.",
                "Meine Frage zur Rechnung war sofort geklärt.",
            ],
        },
        "network": {
            "negative": ["Das Internet bricht ständig ab.", "Seit einer Woche habe ich zu Hause kein Netz."],
            "positive": ["Die Verbindung ist schnell und stabil.", "Überall sehr guter Empfang."],
        },
        "contract": {
            "negative": ["Der Vertrag ist unverständlich.", "Meine Kündigung wurde ignoriert."],
            "positive": ["Der Tarifwechsel war ganz einfach.", "Ich habe ein faires Angebot bekommen."],
        },
        "device": {
            "negative": ["Der Router ist nach einem Monat kaputt.", "Das neue Handy funktioniert nicht."],
            "positive": ["Der neue Router läuft einwandfrei.", "Mein Gerät wurde problemlos getauscht."],
        },
        "delivery": {
            "negative": ["Das Paket ist nie angekommen.", "Der Techniker ist nicht erschienen."],
            "positive": ["Die Lieferung kam pünktlich.", "Der Techniker war freundlich und pünktlich."],
        },
        "service": {
            "negative": [
                "Der Service ist langsam und ich muss alles wiederholen.",
                "Niemand kümmert sich um mich.",
            ],
            "positive": [
                "Ihre Mitarbeiter sind freundlich und kompetent.",
                "Mir wird immer schnell geholfen.",
            ],
        },
        "shop": {
            "negative": ["Im Laden musste ich ewig warten.", "Der Verkäufer wusste leider gar nichts."],
            "positive": ["Hervorragende Beratung im Laden.", "Das Team im Laden hat sich Zeit genommen."],
        },
    },
    "es": {
        "billing": {
            "negative": ["La factura estaba mal otra vez.", "Me cobraron dos veces y nadie me lo explica."],
            "positive": [
                "La factura es clara y correcta.",
                "Resolvieron mi duda sobre la factura enseguida.",
            ],
        },
        "network": {
            "negative": [
                "La conexión a internet se corta siempre.",
                "No tengo cobertura en casa desde hace días.",
            ],
            "positive": ["La conexión es rápida y estable.", "Muy buena cobertura en todas partes."],
        },
        "contract": {
            "negative": ["Las condiciones del contrato son confusas.", "No hicieron caso de mi baja."],
            "positive": ["Cambiar de contrato fue muy sencillo.", "Me ofrecieron una tarifa justa."],
        },
        "device": {
            "negative": ["El router se estropeó al mes.", "El teléfono nuevo no funciona."],
            "positive": ["El router nuevo funciona de maravilla.", "Me cambiaron el aparato sin problemas."],
        },
        "delivery": {
            "negative": ["El paquete nunca llegó.", "El técnico no se presentó."],
            "positive": ["La entrega llegó a tiempo.", "El técnico fue puntual y amable."],
        },
        "service": {
            "negative": [
                "La atención es lenta y tengo que repetirlo todo.",
                "Nadie se ocupa de mi problema.",
            ],
            "positive": ["El personal es amable y competente.", "Siempre me ayudan con rapidez."],
        },
        "shop": {
            "negative": ["Esperé muchísimo en la tienda.", "El vendedor de la tienda no sabía nada."],
            "positive": ["Excelente consejo en la tienda.", "En la tienda se tomaron su tiempo conmigo."],
        },
    },
    "pt": {
        "billing": {
            "negative": ["A fatura veio errada outra vez.", "Fui cobrado duas vezes e ninguém explica."],
            "positive": ["A fatura é clara e correta.", "Esclareceram logo a minha dúvida sobre a fatura."],
        },
        "network": {
            "negative": ["A internet está sempre a cair.", "Não tenho rede em casa há uma semana."],
            "positive": ["A ligação é rápida e estável.", "Muito boa cobertura em todo o lado."],
        },
        "contract": {
            "negative": ["As condições do contrato são confusas.", "Ignoraram o meu pedido de cancelamento."],
            "positive": ["Mudar de contrato foi muito simples.", "Fizeram-me uma proposta justa."],
        },
        "device": {
            "negative": ["O router avariou ao fim de um mês.", "O telemóvel novo não funciona."],
            "positive": ["O novo router funciona muito bem.", "Trocaram o aparelho sem problemas."],
        },
        "delivery": {
            "negative": ["A encomenda nunca chegou.", "O técnico não apareceu."],
            "positive": ["A entrega chegou a horas.", "O técnico foi pontual e simpático."],
        },
        "service": {
            "negative": ["O atendimento é lento e tenho de repetir tudo.", "Ninguém trata do meu problema."],
            "positive": ["O pessoal é simpático e competente.", "Sou sempre ajudado com rapidez."],
        },
        "shop": {
            "negative": ["Esperei imenso tempo na loja.", "O vendedor da loja não sabia nada."],
            "positive": ["Excelente conselho na loja.", "Na loja dedicaram-me o tempo necessário."],
        },
    },
}

CAUSE = {
    "en": {
        "late": "You promised a date and did not keep it.",
        "transferred": "I was passed from one person to the next.",
        "unresolved": "The problem is still not solved.",
        "long": "The call took far too long.",
        "easy": "It took no effort at all.",
        "early": "It was even done earlier than promised.",
    },
    "de": {
        "late": "Der versprochene Termin wurde nicht eingehalten.",
        "transferred": "Ich wurde ständig weiterverbunden.",
        "unresolved": "Das Problem ist immer noch nicht gelöst.",
        "long": "Das Gespräch hat viel zu lange gedauert.",
        "easy": "Das ging ganz ohne Aufwand.",
        "early": "Es ging sogar schneller als versprochen.",
    },
    "es": {
        "late": "No cumplieron la fecha prometida.",
        "transferred": "Me pasaron de una persona a otra.",
        "unresolved": "El problema sigue sin resolverse.",
        "long": "La llamada duró demasiado.",
        "easy": "No me costó ningún esfuerzo.",
        "early": "Terminaron incluso antes de lo prometido.",
    },
    "pt": {
        "late": "Não cumpriram a data prometida.",
        "transferred": "Passaram-me de uma pessoa para outra.",
        "unresolved": "O problema continua por resolver.",
        "long": "A chamada demorou demasiado.",
        "easy": "Não deu trabalho nenhum.",
        "early": "Ficou pronto ainda antes do prometido.",
    },
}

NEUTRAL = {
    "en": ["It was all right, nothing special.", "No complaints, but no praise either.", "Average."],
    "de": ["Es war in Ordnung, nichts Besonderes.", "Weder Lob noch Tadel.", "Durchschnittlich."],
    "es": ["Estuvo bien, nada especial.", "Ni bien ni mal.", "Normal, como siempre."],
    "pt": ["Foi razoável, nada de especial.", "Nem bem nem mal.", "Normal, como de costume."],
}

PERSONAL = [
    "Call me back on +44 20 7946 0123.",
    "Write to me: anna.example@example.com",
    "My IBAN is DE00 1234 5678 9012 3456 00.",
    "Ask for Mr John Sample, 1 Example Street.",
    "Call me back on +49 30 23125 456.",
    "Write to me: jo.sample@example.org",
    "My customer card is 4111 1111 1111 1111.",
    "Call me back on +34 555 010 203.",
    "Write to me: maria.ejemplo@example.net",
    "Ask for Ms Mary Sample, 2 Example Street.",
    "Call me back on +351 555 010 304.",
    "Write to me: contact@example.com",
]
