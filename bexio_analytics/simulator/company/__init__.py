"""Muster Handels AG, the invented company behind the simulator.

It trades in household goods and sells services in Zürich, files quarterly by the effective method on agreed
consideration, and its books run from 1 January 2025 to 30 September 2026. Its third quarter of 2026 holds planted
defects and innocent look-alikes, listed in ``planted/``; every other quarter is clean. Nothing in it is real.

Documents are planned (``sales_plan``, ``purchase_plan``, ``routine``, ``planted``), written and booked
(``sales``, ``purchases``, ``manual``), closed (``closing``) and numbered (``bookkeeper``); ``truth`` states what the
VAT returns must say. The subpackage ``drawn`` draws other companies at random, of every method, basis and rhythm.
"""

from bexio_analytics.simulator.company.company import Company, build_company
from bexio_analytics.simulator.company.drawn import DrawnCompany, YearStatus, random_company
from bexio_analytics.simulator.company.planted import Defect, LookAlike, Planted, Where, planted
from bexio_analytics.simulator.company.truth import ExpectedReturn

__all__ = [
    "Company",
    "Defect",
    "DrawnCompany",
    "ExpectedReturn",
    "LookAlike",
    "Planted",
    "Where",
    "YearStatus",
    "build_company",
    "planted",
    "random_company",
]
