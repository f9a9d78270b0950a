"""Family D: entitlement to input tax."""

from __future__ import annotations

from decimal import Decimal

from bexio_analytics.checks import entitlement
from bexio_analytics.testing import assert_flags_marked_lines, mandate_for_tests


def test_swiss_input_tax_of_foreign_supplier() -> None:
    """A foreign supplier without Swiss number is found; numbers, Liechtenstein, acquisition and import tax are not."""
    findings = assert_flags_marked_lines(
        entitlement.swiss_input_tax_of_foreign_supplier,
        """
        2026-07-03  Beratung    6530 / 2000  1'081.00  bill     VB81   contact=Huber GmbH/DE    <- D04
        2026-07-04  Messestand  6600 / 1020    540.50  expense  VB81   contact=Fiera/IT         <- D04
        2026-07-05  Gutschrift  2000 / 4200    108.10  manual   VM81
        2026-07-06  Beratung    6530 / 2000  1'081.00  bill     VB81   contact=Vetter GmbH/DE  vat=CHE-116.281.271 MWST
        2026-07-07  Beratung    6530 / 2000  1'081.00  bill     VB81   contact=Balzers AG/LI
        2026-07-07  Beratung    6530 / 2000  1'081.00  bill     VB81   contact=Inland AG/CH
        2026-07-08  Beratung    6530 / 2000  1'081.00  bill     VB81   contact=Ohne Land
        2026-07-09  Ware        4200 / 2000  1'000.00  bill     VIM    contact=Huber GmbH/DE
        2026-07-09  Zoll        4200 / 2000     81.00  bill     ZOLLM  contact=Huber GmbH/DE
        2026-07-10  Software    6570 / 2000    500.00  bill     BZB81  contact=Cloud Ltd/IE
        """,
    )
    assert {finding.vat_effect for finding in findings} == {Decimal("81.00"), Decimal("40.50")}
    assert findings[0].values["contact_country"] == "DE"


def test_wrong_check_digit_is_no_number() -> None:
    """A number that cannot exist does not entitle."""
    assert_flags_marked_lines(
        entitlement.swiss_input_tax_of_foreign_supplier,
        "2026-07-03  Foto  6600 / 2000  1'081.00  bill  VB81  contact=Huber GmbH/DE  vat=CHE-123.456.789 MWST  <- D04",
    )


def test_input_tax_on_bank_charges() -> None:
    """Charges and commissions are excluded; safes, terminals and what A03 looks at are left alone."""
    findings = assert_flags_marked_lines(
        entitlement.input_tax_on_bank_charges,
        """
        2026-07-03  Kontoführung Q2           6940 / 1020    54.05  manual   VB81                 <- D05
        2026-07-04  Devisenkommission         6940 / 1020   108.10  expense  VB81                 <- D05
        2026-07-05  Miete Schliessfach        6940 / 1020    54.05  manual   VB81
        2026-07-06  Gebühren Kartenterminal   6940 / 1020    54.05  manual   VB81
        2026-07-07  Zins                      6900 / 1020    54.05  manual   VB81
        2026-07-08  Kontoführung              6940 / 1020    54.05  manual
        2026-07-09  Rundung                   6945 / 1020    54.05  manual   VB81
        2026-09-30  Abgrenzung Kontoführung   6940 / 2300    54.05  manual   VB81  side=debit
        """,
    )
    assert sorted(finding.vat_effect or 0 for finding in findings) == [Decimal("4.05"), Decimal("8.10")]


def test_input_tax_on_lump_sum_expenses() -> None:
    """Lump sums, mileage and allowances; receipts, a registered supplier's flat price, a garage's service are not."""
    findings = assert_flags_marked_lines(
        entitlement.input_tax_on_lump_sum_expenses,
        """
        2026-07-03  Spesenpauschale Juli          5820 / 1020    324.30  manual  VB81               <- D06
        2026-07-04  Kilometerentschädigung        6200 / 1020    108.10  manual  VB81               <- D06
        2026-07-05  240 km à 0.70 Kundenbesuch    6640 / 1020    168.00  manual  VB81               <- D06
        2026-07-06  Tagesspesen Messe             6640 / 1000     81.10  expense  VB81              <- D06
        2026-07-07  Spesen nach Beleg statt Pauschalspesen  5820 / 1020  54.05  manual  VB81
        2026-07-08  Service 30'000 km             6200 / 1020    540.50  expense  VB81
        2026-07-09  Wartungspauschale             6100 / 2000    540.50  bill    VB81  contact=Lift AG/CH
        2026-07-10  Tagespauschale    4400 / 2000    540.50  bill    VM81  contact=Kran AG/CH  vat=CHE-116.281.271
        2026-07-11  Spesenpauschale               5830 / 1020    300.00  manual  VB81
        2026-07-12  Spesenpauschale               5820 / 1020    300.00  manual
        """,
    )
    assert sum(finding.vat_effect or 0 for finding in findings) == Decimal("24.30") + Decimal("8.10") + Decimal(
        "12.59"
    ) + Decimal("6.08")


def test_lump_sum_account_that_may_carry_input_tax() -> None:
    """A mandate that opens 5830 for input tax is asked here, not by A03."""
    mandate = mandate_for_tests(accounts={"5830": {"never_input": False}})
    text = "2026-07-11  Vergütung  5830 / 1020  300.00  manual  VB81  <- D06"
    assert_flags_marked_lines(entitlement.input_tax_on_lump_sum_expenses, text, mandate=mandate)


def test_rate_of_meal_or_hotel() -> None:
    """By its words on the accounts for travel; deliveries, dinners in a hotel and right rates are left alone."""
    findings = assert_flags_marked_lines(
        entitlement.rate_of_meal_or_hotel,
        """
        2026-07-03  Restaurant Krone              6641 / 1020    205.20  expense  VB26             <- D07
        2026-07-04  Übernachtung Genf             6640 / 1020    324.30  expense  VB81             <- D07
        2026-07-05  Trinkgeld Gepäck              6640 / 1000     43.25  expense  VB81             <- D07
        2026-07-06  Restaurant Krone              6641 / 1020    216.20  expense  VB81
        2026-07-07  Hotel Seehof                  6640 / 1020    311.40  expense  VB38
        2026-07-08  Hotel Seehof, Nachtessen      6641 / 1020    216.20  expense  VB81
        2026-07-09  Pizzeria Lieferservice        6641 / 1020    205.20  expense  VB26
        2026-07-10  Einrichtung Restaurant        1510 / 1020    205.20  expense  VB26
        2026-07-11  Restaurant Linde              6641 / 1020     20.50  expense  VB26  tax=0.50  net=20.00
        """,
    )
    assert sorted(finding.vat_effect or 0 for finding in findings) == [
        Decimal("-10.18"),
        Decimal("3.24"),
        Decimal("12.43"),
    ]


INSTALMENTS = "\n".join(
    f"2026-{month:02}-01  Leasingrate  6260 / 2000  540.50  bill  VB81  contact=Leasing AG/CH" for month in range(1, 10)
)


def test_lease_with_insurance_or_deposit() -> None:
    """Above the usual instalment, or named in the text; full service and the regular instalments are left alone."""
    findings = assert_flags_marked_lines(
        entitlement.lease_with_insurance_or_deposit,
        INSTALMENTS
        + """
        2026-08-02  Leasingrate mit Zusatz        6260 / 2000    756.70  bill  VB81  contact=Leasing AG/CH   <- D19
        2026-08-03  Leasing und Kaskoprämie       6260 / 2000    648.60  bill  VB81  contact=Andere AG/CH    <- D19
        2026-09-03  Leasing und Kaskoprämie       6260 / 2000    648.60  bill  VB81  contact=Andere AG/CH
        2026-08-04  Leasing, Kauf am Ende         6260 / 2000  5'405.00  bill  VB81  contact=Leasing AG/CH
        2026-08-04  Full-Service-Leasing mit Kasko  6260 / 2000  864.80  bill  VB81  contact=Flotte AG/CH
        2026-08-05  Kaution Leasing               6260 / 2000  2'000.00  bill        contact=Andere AG/CH
        2026-09-30  Abgrenzung Kasko              6260 / 2300    540.50  manual  VB81  side=debit
        """,
    )
    assert {finding.values["reason"]: finding.vat_effect for finding in findings} == {
        "more than the usual instalment": Decimal("16.20"),
        "but the text names an insurance or a deposit": None,
    }
