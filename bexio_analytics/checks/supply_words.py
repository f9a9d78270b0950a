r"""Words by which the checks of supplies tell one kind from another: regular expressions over lower-case text.

German, French and Italian as Swiss documents use them. Each is the default of a threshold, so that a mandate can put
its own in place. ``\b`` stands beside letters of the Latin alphabet without accents only: the engine knows no others.
"""

from __future__ import annotations

EITHER_BOX = "fracht|transport|spedition|zoll|zölle|versand|porti|porto|verpackung|fret|douane|emballage|dogan|imballag"
"""Names of accounts whose input tax may stand in Ziffer 400 and in 405."""

ABROAD_OR_EXEMPT = (
    "diplomat|botschaft|ambassad|ambasciat|embassy|konsulat|consulat|consolato|ständige mission|mission permanente|"
    "vereinte nationen|nations unies|united nations|airline|airways|luftverkehr|luftfahrt|\\bevv\\b|e-dec|\\bmrn\\b|"
    "ausfuhr|\\bexport|exportation|esportazione|veranlagungsverfügung|(lieferung|versand) nach|"
    "(livraison|envoi) (à|en|vers|au|aux) |consegna (a|in) |ship to|delivery to|im ausland|ins ausland|à l.étranger|"
    "all.estero|abroad|art\\. 107|transit"
)
"""Why a supply to somebody in Switzerland may be free of tax: it went abroad, was done there, or to a mission."""

SERVICES = (
    "dienstleist|beratung|honorar|consulting|lizenz|licen[cs]e|abonnement|software|hosting|support|prestation|conseil|"
    "honoraire|servizi|consulenz|onorari|werbung|marketing|übersetzung|treuhand|fiduciaire|fiduciari"
)
"""What says that a sale is a service, in the name of the account or in a text."""

TAXED_WHERE_DONE = (
    "grundstück|liegenschaft|immobil|umbau|renovation|bauleitung|baustelle|architekt|vermessung|chantier|cantiere|"
    "reparatur|réparation|riparazion|montage|montaggio|installation|installazion|wartung|unterhalt|entretien|"
    "maintenance|manutenzion|catering|verpflegung|bankett|restaurant|ristorant|repas|miete|vermietung|location de|"
    "locazion|noleggio|hotel|hôtel|albergo|übernacht|nuitée|pernottament|\\bevents?\\b|\\banlass|veranstaltung|"
    "manifestation|konzert|concert|\\bmesse|seminar|séminaire|\\bkurs(e|es)?\\b|\\bcours\\b|\\bcorso\\b|schulung|"
    "\\bformation|\\bformazion|training|unterricht|workshop|eintritt|entrée|therapie|massage|coiff|kosmetik|"
    "personenbeförderung|taxi|limousine|abholung|ab lager"
)
"""Supplies whose place is where the thing or the person is (Art. 7, Art. 8 Abs. 2 MWSTG)."""

NO_SUPPLY = (
    "schadenersatz|schadenzahlung|versicherungsleist|versicherungsvergüt|dommages-intérêts|indemnité d.assurance|"
    "risarciment|kostenbeteilig|kostenteil|participation aux frais|partecipazione alle spese|auslagen|durchlauf|"
    "débours|spese vive"
)
"""Receipts that are no supply of one's own: damages, shared cost, disbursements."""

NEVER_OPTED = (
    "versicherungsprämie|versicherungsprovision|versicherungsvermittlung|prime d.assurance|courtage d.assurance|"
    "premio assicurativ|\\bdarlehen|\\bkredit|\\bprêt\\b|\\bcrédit|\\bprestito|bürgschaft|cautionnement|fideiussion|"
    "\\bzins(en|ertrag|erträge)?\\b|kommission wertschriften|geldspiel|glücksspiel|lotterie|loterie|lotteria|spielbank|"
    "\\bcasino|sportwette"
)
"""Art. 21 Abs. 2 Ziff. 18, 19 and 23 MWSTG: insurance, money and capital, gambling."""

DWELLING = (
    "wohnung|wohnhaus|wohnraum|wohnliegenschaft|einfamilienhaus|mehrfamilienhaus|-zimmer|zimmerwohn|\\bwg-|"
    "appartement|logement|habitation|appartament|abitazion|ferienhaus|chalet"
)
"""What is lived in."""

COMMERCIAL_SPACE = (
    "gewerbe|geschäft|büro|laden|praxis|lager|werkstatt|atelier|restaurant|hotel|parkplatz|einstellplatz|garage|hobbyraum|"
    "commercial|bureau|magasin|dépôt|atelier|parking|place de parc|commercial[ei]|ufficio|negozio|magazzino|posteggio"
)
"""Space of a business, and parking, which is taxed anyway."""

REDUCED = (
    "lebensmittel|nahrung|speise|aliment|food|getränk|boisson|bevand|brot|gebäck|backwaren|bäcker|konditor|confiser|"
    "boulanger|panetter|metzger|boucher|macell|fleisch|\\bfische?\\b|käse|fromage|formaggi|milch|butter|\\beier\\b|obst|frucht|"
    "früchte|gemüse|légume|verdur|kaffee|café|caffè|\\btee\\b|schokolade|chocolat|cioccolat|gewürz|olivenöl|spezialität|"
    "geschenkkorb|teigwaren|\\breis\\b|zucker|honig|konfitüre|\\bsaft|mineralwasser|wasser|\\beaux?\\b|acqua|take-?away|"
    "zum mitnehmen|à l.emporter|znüni|snack|verpflegung|buch\\b|bücher|büchlein|kochbuch|livre|\\blibr[oi]\\b|zeitung|"
    "zeitschrift|fachmagazin|fachliteratur|literatur|journal\\b|giornal|rivist|revue|e-book|e-paper|\\bnoten\\b|medikament|arznei|"
    "heilmittel|apothek|pharma|farmac|drogerie|médicament|medicin|pflanz|blume|blumen|fleur|fiori|gärtner|baumschule|"
    "setzling|saatgut|dünger|engrais|concim|futter|fourrage|foraggi|tierfutter|tampon|\\bbinden\\b|hygiene|coop\\b|migros|"
    "denner|aldi\\b|lidl\\b|volg\\b|landi\\b|manor food|prodega|aligro|topcc|transgourmet|nespresso|kiosk|valora"
)
"""What the reduced rate is for (Art. 25 Abs. 2 MWSTG), and who sells mostly such goods."""

ACCOMMODATION = (
    "hotel|hôtel|albergo|hostel|pension\\b|gasthof|gasthaus|\\binn\\b|b&b|bed and|airbnb|booking|beherberg|héberg|"
    "allogg|übernacht|nuitée|pernott|logis|zimmer|chambre|camera|frühstück|petit-déjeuner|colazion|camping|ferienwohnung|chalet"
)
"""What the rate for accommodation is for (Art. 25 Abs. 4 MWSTG)."""

GRANTS = (
    "subvention|sovvenzion|förderbeitrag|förderbeiträge|fördergeld|staatsbeitrag|kantonsbeitrag|gemeindebeitrag|"
    "bundesbeitrag|unterstützungsbeitrag|einmalvergütung|kurtaxe|taxe de séjour|tassa di soggiorno|innosuisse|"
    "tourismusabgabe|contribution (cantonale|communale|fédérale)|contributo (cantonale|comunale|federale)"
)
"""Subsidies and tourist taxes: Ziffer 900."""

OTHER_FLOWS = (
    "\\bspende(n)?\\b|spendengeld|spendeneingang|\\bdons?\\b|donation|donazion|\\blegat\\b|erbschaft|schenkung|dividend|"
    "gewinnanteil|schadenersatz|schadenzahlung|schadenvergütung|schadensvergütung|versicherungsleist|versicherungsvergüt|"
    "versicherungszahlung|dommages-intérêts|indemnité d.assurance|risarciment|indennizzo|kurzarbeitsentsch|"
    "erwerbsersatz|taggeldleistung|konventionalstrafe"
)
"""Donations, dividends, damages and the like: Ziffer 910."""

PUBLIC_BODIES = (
    "gemeinde|\\bkanton\\b|\\bstadt\\b|bundesamt|\\bbund\\b|\\bcommune\\b|\\bcanton\\b|ville de|confédération|"
    "\\bcomune\\b|\\bcantone\\b|confederazione|eidgenoss|nationalfonds|lotteriefonds|swisslos|loterie romande"
    "|pro helvetia"
)
"""Public bodies and funds, whose contributions are mostly grants."""

IN_EXCHANGE = (
    "sponsor|gegenleistung|contrepartie|controprestazion|inserat|werbung|werbe|mitglied|cotisation|membre|quota social|"
    "kostenbeitrag|kursbeitrag|teilnahme|spendenbox|spendenverwaltung"
)
"""Money for something in return, and what only sounds like a flow without consideration."""
