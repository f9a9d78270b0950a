"""Checks of the house: an accountant's own questions about one mandate, in ``data/<mandate>/checks/``.

They keep the contract of the package's checks, have the codes X01 to X99, and run wherever those run: in the review, on
the page, under ``checks`` and ``explain``. ``bexio-analytics checks MANDATE --new X01`` writes one to start from, with
its test beside it.

* A ``.sql`` file is data: a label in its header of comments (see :mod:`~bexio_analytics.review.house.sql_file`) and one
  ``select``, which can read the views of the books, the law and the period under review, and nothing else (see
  :mod:`~bexio_analytics.review.house.sandbox`).
* A ``.py`` file is a program of yours: it is executed with your rights whenever the mandate is reviewed, and can do
  whatever you can. Put no file there that you have not read, and give none away without saying so.

What goes wrong while a check runs is an outcome of the review. A file that cannot be loaded stops the command, with the
file and the line: a check that is silently missing would look like clean books.
"""

from bexio_analytics.review.house.loading import FOLDER, house_check, house_checks, with_house_checks
from bexio_analytics.review.house.scaffold import new_check

__all__ = ["FOLDER", "house_check", "house_checks", "new_check", "with_house_checks"]
