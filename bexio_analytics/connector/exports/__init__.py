"""bexio's own export files: the journal (format 1) and account sheets (format 2), as CSV or spreadsheet."""

from bexio_analytics.connector.exports.cells import lost_characters
from bexio_analytics.connector.exports.identity import line_ids
from bexio_analytics.connector.exports.model import Export, ExportFile, ExportKind, ExportLine, Place
from bexio_analytics.connector.exports.reading import read_exports

__all__ = [
    "Export",
    "ExportFile",
    "ExportKind",
    "ExportLine",
    "Place",
    "line_ids",
    "lost_characters",
    "read_exports",
]
