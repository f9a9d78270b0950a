"""A new check of the house, with its test beside it: something that runs, to be changed into what one wants to ask."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from bexio_analytics.errors import ConfigurationError
from bexio_analytics.review.house.loading import FOLDER, house_checks

_CODE = re.compile(r"X(?!00)\d\d")


def new_check(mandate_dir: Path, code: str, *, form: str = "sql") -> tuple[Path, Path]:
    """Write a check and its test into a mandate's folder; nothing is overwritten.

    Args:
        mandate_dir: ``data/<mandate>``.
        code: X01 to X99, not in use yet.
        form: ``sql`` or ``py``.

    Returns:
        The file of the check and that of its test.

    Raises:
        ConfigurationError: the code is none or is in use, or a file of this name exists.
    """
    code = code.strip().upper()
    if not _CODE.fullmatch(code):
        raise ConfigurationError(f"{code!r} is no code for a check of the house: choose one from X01 to X99")
    if code in {check.code for check in house_checks(mandate_dir)}:
        raise ConfigurationError(f"there is a check {code} already: choose another code")
    folder = mandate_dir / FOLDER
    check, test = folder / f"{code.lower()}.{form}", folder / f"test_{code.lower()}.py"
    existing = [str(path) for path in (check, test) if path.exists()]
    if existing:
        raise ConfigurationError(f"{' and '.join(existing)} exists and is not overwritten: choose another code")
    folder.mkdir(parents=True, exist_ok=True)
    for path, template in ((check, f"check.{form}.txt"), (test, "test.py.txt")):
        text = resources.files("bexio_analytics.review.house").joinpath("template", template).read_text("utf-8")
        # the templates are themselves a check: X01 in x01.sql
        content = text.replace("x01.sql", f"x01.{form}").replace("X01", code).replace("x01", code.lower())
        with path.open("x", encoding="utf-8") as stream:
            stream.write(content)
    return check, test
