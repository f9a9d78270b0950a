r"""Words by which the checks of goods across the border tell cases apart: regular expressions over lower-case text.

German, French, Italian and English as documents use them. Each is the default of a threshold, so that a mandate can put
its own in place. ``\b`` stands beside letters of the Latin alphabet without accents only: the engine knows no others.
"""

from __future__ import annotations

NOT_GOODS = (
    "software|lizenz|licen[cs]e|licenz|\\bsaas\\b|cloud|hosting|subscription|abonn|beratung|honorar|consult|conseil|"
    "consulenz|design|gestaltung|entwicklung|engineering|forschung|schulung|support|übersetzung|werbung|marketing|"
    "provision|kommission|gebühr|transport|fracht|spedition|strom\\b|elektrizität|électricité|elettricità|erdgas|"
    "fernwärme|emissionsrecht|\\bco2\\b|zertifikat|certificat|herkunftsnachweis"
)
"""Services, energy and rights, which the recipient declares (Art. 45 Abs. 1 MWSTG), on whatever account they stand."""

WORK_DONE_HERE = (
    "montage|montaggio|montiert|\\beinbau|installation|installazion|inbetriebnahme|werklieferung|werkvertrag|baustelle|"
    "chantier|cantiere|umbau|reparatur|réparation|riparazion|wartung|entretien|manutenzion|\\brevision\\b"
)
"""Works, and work on things in Switzerland, by a firm abroad (Art. 45 Abs. 1 lit. c MWSTG)."""

TRANSFERRED = (
    "verlagerungsverfahren|verlagerte einfuhr|steuerverlagerung|procédure de report|report du paiement de l.imp|"
    "procedura di riporto|postponed accounting"
)
"""Texts that name the transfer procedure (Art. 63 MWSTG)."""

ASSESSMENT_NUMBER = (
    "[0-9]{6,}|[0-9]{2}ch[a-z]{2}[0-9]|"
    "(\\bevv|e-vv|veranl|verfügung|assessment|décision|decisione|\\bmrn)[^0-9]{0,20}[0-9]{3}"
)
"""The number of a customs assessment: long, or beside a word for it."""

FORWARDERS = (
    "spedi|cargo|logisti|transport|trasporti|fracht|freight|shipping|forward|transitaire|kühne|kuehne|schenker|"
    "panalpina|planzer|\\bdhl\\b|\\bups\\b|fedex|\\btnt\\b|\\bdpd\\b|\\bdsv\\b|\\bgls\\b"
)
"""Who brings goods over the border."""

IMPORTS = (
    "\\bimport|einfuhr|\\bzoll|verzoll|zölle|customs|\\bduty|\\bduties|douan|dogan|spediteur|seefracht|luftfracht|"
    "importation|importazion"
)
"""Texts of an invoice that brings goods into the country."""

FREE_SERVICES = (
    "transport|fracht|spedition|beförderung|luftverkehr|\\bflug|reise|durchfuhr|transit|ausfuhr|einfuhr|veredelung|"
    "lohnarbeit|bearbeitung|\\bfret\\b|voyage|\\bvol\\b|trasport|viaggi|airline|airways"
)
"""Services that are free of tax like an export (Art. 23 Abs. 2 MWSTG)."""

DELIVERED_ABROAD = (
    "streckenlieferung|streckengeschäft|reihengeschäft|direktlieferung|drop ?ship|ab lager|lieferung ab|auslandlager|"
    "konsignation|werklieferung|montage|livraison directe|livré depuis|consegna diretta"
)
"""Goods whose place of supply is abroad (Art. 7 MWSTG): they never were in Switzerland."""

PLATFORMS = (
    "amazon|galaxus|\\btemu\\b|\\bshein\\b|\\bebay\\b|\\betsy\\b|zalando|ricardo|aliexpress|kaufland|"
    "\\botto\\b|\\bfnac\\b|la redoute|microspot|marktplatz|marketplace|place de marché"
)
"""Platforms on which goods are sold (Art. 20a MWSTG)."""
