"""Family D: entitlement to input tax."""

from __future__ import annotations

from decimal import Decimal

from bexio_analytics.checks import entitlement
from bexio_analytics.testing import assert_flags_marked_lines


def test_swiss_input_tax_of_foreign_supplier() -> None:
    """A foreign supplier without Swiss number is found; numbers, Liechtenstein, acquisition and import tax are not."""
    findings = assert_flags_marked_lines(
        entitlement.swiss_input_tax_of_foreign_supplier,
        """
        2026-07-03  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Huber GmbH/DE    <- D04
        2026-07-04  Messestand  6600 / 1020    540.50  expense  VB81   contact=Fiera/IT         <- D04
        2026-07-05  Gutschrift  2000 / 4200    108.10  manual   VM81
        2026-07-06  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Vetter GmbH/DE  vat=CHE-116.281.271 MWST
        2026-07-07  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Balzers AG/LI
        2026-07-07  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Inland AG/CH
        2026-07-08  Ware        4200 / 2000  1'081.00  bill     VM81   contact=Ohne Land
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
        "2026-07-03  Ware  4200 / 2000  1'081.00  bill  VM81  contact=Huber GmbH/DE  vat=CHE-123.456.789 MWST  <- D04",
    )
