"""Family F, fourth part: income on other accounts, related parties, benefits, payouts and vouchers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bexio_analytics.checks import other_income, plausibility
from bexio_analytics.mandate import VatSettings
from bexio_analytics.testing import assert_flags_marked_lines, mandate_for_tests

ON_EXPENSES = """
    2026-03-02  Miete März              6000 / 2000  4'324.00  bill     VB81  contact=Immobilien AG/CH
    2026-05-04  Seminar                 6700 / 2000    900.00  bill           contact=Akademie AG/CH
    2026-06-01  Entsorgung              6460 / 1020    150.00  other
    2026-07-03  Untermiete Parkplatz    1020 / 6000  1'081.00  other                                   <- F13
    2026-07-04  Personalverleih Juni    1100 / 5000  5'405.00  manual                                  <- F13
    2026-07-05  Altmetall verkauft      1000 / 6460    324.30  manual                                  <- F13
    2026-07-06  Mitbenützung Büro       1020 / 6500    216.20  manual   V00                            <- F13
    2026-07-07  Rückerstattung Nebenkosten 2025     1020 / 6000    430.00  other
    2026-07-08  EO-Taggeld Juni         1020 / 5000  1'200.00  other
    2026-07-09  AHV Rückzahlung         1020 / 5700    800.00  other
    2026-07-10  Prämienanteil           1020 / 6300    700.00  other
    2026-07-11  Zins                    1020 / 6900     70.00  other
    2026-07-12  Entsorgung             1020 / 6460    150.00  other
    2026-07-14  Kopierer                1020 / 6500    108.10  manual   VB81  side=credit
    2026-07-15  Umbuchung               6500 / 6700    300.00  manual
    2026-07-16  Mengenrabatt            1020 / 4900    300.00  other
    2026-07-17  Privatanteil Telefon    1020 / 6510    300.00  other
    2026-07-18  Kurstausch              1020 / 6700      3.00  other
    2026-07-19  Weiterbelastung         1160 / 6000    500.00  manual
"""


def test_income_on_expense_account() -> None:
    """Money credited to cost; refunds, insurers, reversals, coded credits and other checks' rows are left alone."""
    findings = assert_flags_marked_lines(other_income.income_on_expense_account, ON_EXPENSES)
    assert sorted(f.vat_effect or 0 for f in findings) == [
        Decimal("16.20"),
        Decimal("24.30"),
        Decimal("81.00"),
        Decimal("405.00"),
    ]
    assert {f.ziffer for f in findings} == {"303"}


def test_part_refund_of_a_supplier_is_no_income() -> None:
    """The same contact was paid more on the account within half a year; earlier or elsewhere does not count."""
    bill = "2026-05-04  Werbung  6600 / 2000  900.00  bill  contact=Plakat AG/CH\n"
    credit = "2026-07-04  Abrechnung Kampagne  1100 / {}  250.00  invoice  U00  contact=Plakat AG/CH"
    assert_flags_marked_lines(other_income.income_on_expense_account, bill + credit.format("6600"))
    assert_flags_marked_lines(other_income.income_on_expense_account, bill + credit.format("6700") + "  <- F13")
    late = bill.replace("2026-05-04", "2025-05-04")
    assert_flags_marked_lines(other_income.income_on_expense_account, late + credit.format("6600") + "  <- F13")


def test_income_on_expense_account_with_net_tax_rates() -> None:
    """Another rate is owed there: checks of that method ask."""
    net = mandate_for_tests(vat=VatSettings(method="net_tax"))
    text = ON_EXPENSES.replace("<- F13", "").replace("VB81", "").replace("V00", "")
    assert_flags_marked_lines(other_income.income_on_expense_account, text, mandate=net)


SET_OFFS = """
    2026-07-01  Beratung Beteiligung     1160 / 3400  2'162.00  manual   UN81                          <- F14
    2026-07-02  Weiterbelastung Umbau    1160 / 6100  1'081.00  manual                                 <- F14
    2026-07-03  Management Fee           6530 / 2160  5'405.00  manual   VB81                          <- F14
    2026-07-04  Rechnung Beteiligung     1160 / 3400    540.50  invoice  UN81
    2026-07-05  Ohne Code                1160 / 3400    540.50  manual
    2026-07-06  Privatanteil Fahrzeug    1160 / 3600    378.35  manual   UN81
    2026-07-07  Privatanteil Telefon     1160 / 6510    108.10  manual
    2026-07-08  Quittungen Aktionär      6500 / 2160    216.20  manual   VB81
    2026-07-09  Zins Kontokorrent        1160 / 6900    500.00  manual
    2026-07-10  Lohn                     5000 / 2160  8'000.00  manual
    2026-07-11  Versicherung privat      6300 / 1020    600.00  other
    2026-07-12  Versicherung privat      1160 / 6300    600.00  manual
    2026-07-13  Bezug                    1160 / 1020  3'000.00  other
    2026-07-14  Verkauf                  1100 / 3400  1'081.00  manual   UN81
"""


def test_related_party_set_off() -> None:
    """Sales, cost charged on and charges over the current account; each with the effect that the books can tell."""
    findings = assert_flags_marked_lines(other_income.related_party_set_off, SET_OFFS)
    assert {f.evidence["description"]: f.vat_effect for f in findings} == {
        "Beratung Beteiligung": None,
        "Weiterbelastung Umbau": Decimal("81.00"),
        "Management Fee": Decimal("405.00"),
    }
    assert_flags_marked_lines(
        plausibility.revenue_without_tax_code, SET_OFFS.replace("540.50  manual", "540.50  manual  <- A01")
    )


def test_related_party_is_known_by_name() -> None:
    """An account with another number, recognised by its name."""
    text = "2026-07-02  Weiterbelastung Umbau  2450 / 6100  1'081.00  manual"
    assert_flags_marked_lines(other_income.related_party_set_off, text)
    assert_flags_marked_lines(other_income.related_party_set_off, f"{text}  <- F14", related="long-term debt")


BENEFITS = """
    2026-03-01  Telefon                   6510 / 2000    216.20  bill     VB81
    2026-03-01  Miete ohne Option         6000 / 2000  2'000.00  bill
    2026-07-01  Privatanteil Telefon      2850 / 6510    108.10  manual                                <- F15
    2026-07-02  Eigenverbrauch Waren      2850 / 3700    216.20  manual                                <- F15
    2026-07-03  Geschenk Herr Muster      6640 / 1020    864.80  manual   VB81                         <- F15
    2026-07-04  Privatanteil Telefon      2850 / 6510    108.10  manual   UN81  side=credit
    2026-07-05  Privatanteil Miete        2850 / 6000    500.00  manual
    2026-07-06  Privatanteil              2850 / 3600    500.00  manual
    2026-07-07  Geschenk Jubilar          6640 / 1020    400.00  manual   VB81
    2026-07-08  Kundengeschenke           6640 / 1020  2'000.00  manual   VB81
    2026-07-09  Geschenk Verein           6640 / 1020    700.00  manual
    2026-07-10  Telefon                   2850 / 6510    108.10  manual
"""


def test_benefit_in_kind_without_tax() -> None:
    """Private shares without code where input tax was deducted, own use, and one gift above the limit of the law."""
    findings = assert_flags_marked_lines(other_income.benefit_in_kind_without_tax, BENEFITS)
    assert {str(f.evidence["description"]): str(f.vat_effect) for f in findings} == {
        "Privatanteil Telefon": "8.10",
        "Eigenverbrauch Waren": "16.20",
        "Geschenk Herr Muster": "64.80",
    }


PAYOUTS = """
    2026-07-08  Stripe Payout 07-08             1020 / 3200  1'970.00  manual   UN81  side=credit
    2026-08-08  Stripe Payout 08-08             1020 / 3200    985.00  manual   UN81  side=credit       <- F19
    2026-08-09  SumUp Auszahlung                1020 / 3200    500.00  manual   UN81  side=credit
    2026-08-31  SumUp Gebühren August           6940 / 1020     12.00  other
    2026-08-10  Twint Gutschrift                1020 / 3200    600.00  manual   UN81  side=credit  doc=A
    2026-08-10  Kommission                      6700 / 1020      8.00  manual   doc=A
    2026-08-11  PayPal Auszahlung               1020 / 1100    700.00  manual
    2026-08-12  Worldline Auszahlung            1020 / 3200     50.00  manual   UN81  side=credit
    2026-08-13  Verkauf                         1020 / 3200  5'000.00  manual   UN81  side=credit
"""


def test_payment_provider_booked_net() -> None:
    """One question for each provider without a fee, with the sum of its payouts and the fee that is likely."""
    (found,) = assert_flags_marked_lines(other_income.payment_provider_booked_net, PAYOUTS)
    payouts = Decimal("1822.39") + Decimal("911.19")
    assert (found.amount, found.evidence["payouts"]) == (payouts, 2)
    assert found.values["fee"] == Decimal("41.63")
    assert (found.vat_effect, found.ziffer) == (Decimal("3.12"), "303")


def test_fee_of_another_time_is_no_fee() -> None:
    """What was paid half a year ago does not explain this quarter."""
    text = PAYOUTS + "    2026-02-10  Stripe Fee  6940 / 1020  30.00  other\n"
    assert_flags_marked_lines(other_income.payment_provider_booked_net, text)
    marked = text.replace("2026-08-31  SumUp", "2026-05-31  SumUp").replace(
        "2026-08-09  SumUp Auszahlung                1020 / 3200    500.00  manual   UN81  side=credit",
        "2026-08-09  SumUp Auszahlung                1020 / 3200    500.00  manual   UN81  side=credit  <- F19",
    )
    assert_flags_marked_lines(other_income.payment_provider_booked_net, marked, fee_days=92)


NO_CONSIDERATION = """
    2026-07-01  Geschenkgutschein 10 Stück      1100 / 3200    540.50  invoice  UN81                 <- F20
    2026-07-02  Depot Gebinde                   1000 / 3200    108.10  manual   UN81                 <- F20
    2026-07-03  Trinkgeld Juni                  1000 / 3200    216.20  manual   UN81                 <- F20
    2026-07-04  Kassendifferenz                 6700 / 1000     10.81  manual   UN81  side=debit     <- F20
    2026-07-05  Gutschein verkauft              1000 / 2030    100.00  manual
    2026-07-06  Einlösung Gutschein             1000 / 3200     54.05  manual   UN81
    2026-07-07  Rabatt Gutschein                3800 / 1100     54.05  manual   UN81
    2026-07-08  Miete Depot                     1100 / 3600    540.50  invoice  UN81
    2026-07-09  Kassendifferenz                 6945 / 1000     10.81  manual   UN81  side=debit
    2026-07-10  Depot Gebinde                   1000 / 2210    108.10  manual
    2026-07-11  Depot Gebinde zurück            3200 / 1000    108.10  manual   UN81
    2026-07-12  Verkauf                         1000 / 3200    108.10  manual   UN81
"""


def test_no_consideration_taxed() -> None:
    """What is no consideration and carries a sales code; without a code, redeemed or on reductions it is right."""
    findings = assert_flags_marked_lines(other_income.no_consideration_taxed, NO_CONSIDERATION)
    assert {f.values["nature"]: str(f.vat_effect) for f in findings} == {
        "a voucher sold": "-40.50",
        "a deposit": "-8.10",
        "a tip": "-16.20",
        "a difference of the till": "0.81",
    }


@pytest.mark.parametrize(
    "text", ["Bon cadeau 50", "Pourboires juin", "Consigne bouteilles", "Mancia", "Cauzione casse"]
)
def test_words_of_the_other_languages(text: str) -> None:
    assert_flags_marked_lines(
        other_income.no_consideration_taxed, f"2026-07-01  {text}  1000 / 3200  108.10  manual  UN81  <- F20"
    )
