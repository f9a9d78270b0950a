"""Small journals and account sheets of an invented company, and ways to write them to files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlsxwriter

JOURNAL_HEADER = (
    "Datum;Referenz;Soll;Haben;Beschreibung;Betrag;Buchungswährung;Umrechnungsfaktor;"
    "Betrag in Basiswährung;Währung in Basiswährung;MWST"
)

JOURNAL = f"""{JOURNAL_HEADER}
15.02.2026;Rechnung RE-7;1100 - Debitoren;2200 - Umsatzsteuer;Beratung Müller;81.00;CHF;1;81.00;CHF;UN81 (8.10%)
15.02.2026;Rechnung RE-7;1100 - Debitoren;3400 - Dienstleistungen;Beratung Müller;1000.00;CHF;1;1000.00;CHF;UN81 (8.10%)
10.02.2026;Bankbuchung 3;6840 - Bankspesen;1025 - Bank Euro;Gebühr;12.00;EUR;0.9500000000;11.40;CHF;
03.01.2026;Gutschrift 2;6500 - Büromaterial;2000 - Kreditoren;"Papier; ""A4"", weiss
zweite Zeile";-54.05;CHF;1;-54.05;CHF;VB81 (8.10%)
01.01.2026;Eröffnung 1;1020 - Bank;9100 - Eröffnungsbilanz;Saldovortrag;0.00;CHF;1;0.00;CHF;
"""

SHEET_HEADER = (
    "Kontonummer;Datum;Referenz;Kontakt;Beschreibung;GK;GK Beschreibung;Code;Prozentsatz;Ziffer;"
    "Währung;Soll;Haben;Saldo;Fremdwährung;Kurs;FW-Betrag"
)

SHEET = f"""{SHEET_HEADER}
1020;05.01.2026;KB 1;;Miete Januar;6000;Raumaufwand;;;;CHF;;1’500.00;-1’500.00;;;
1020;09.01.2026;KB 2;Papier AG;Papier;6500;Büromaterial;VB81;8.10%;405;CHF;;100.00;-1’600.00;;;
1020;09.01.2026;KB 2;Papier AG;Papier;1171;Vorsteuer Betriebsaufwand;VB81;8.10%;405;CHF;;8.10;-1’608.10;;;
1020;12.01.2026;KB 3;;Einlage;2850;Privat;;;;CHF;20’000.00;;18’391.90;;;
6000;05.01.2026;KB 1;;Miete Januar;1020;Bank;;;;CHF;1’500.00;;1’500.00;;;
6500;09.01.2026;KB 2;Papier AG;Papier;1020;Bank;VB81;8.10%;405;CHF;100.00;;100.00;;;
1171;09.01.2026;KB 2;Papier AG;Papier;1020;Bank;VB81;8.10%;405;CHF;8.10;;8.10;;;
2850;12.01.2026;KB 3;;Einlage;1020;Bank;;;;CHF;;20’000.00;-20’000.00;;;
"""


@pytest.fixture
def journal_text() -> str:
    """A journal as bexio prints it: newest first, no Id, one quoted field over two lines."""
    return JOURNAL


@pytest.fixture
def sheet_text() -> str:
    """Account sheets of every account of an invented ledger with four bookings."""
    return SHEET


WriteText = Callable[..., Path]
WriteSheet = Callable[[str, Sequence[Sequence[object]]], Path]


@pytest.fixture
def write_text(tmp_path: Path) -> WriteText:
    """Writes text as a file in an encoding."""

    def write(name: str, text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def write_sheet(tmp_path: Path) -> WriteSheet:
    """Writes rows of typed cells as a spreadsheet."""

    def write(name: str, rows: Sequence[Sequence[object]]) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy"}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        return path

    return write
