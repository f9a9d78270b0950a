"""The bundle of the chart libraries: built once, kept, harmless inside a page."""

from __future__ import annotations

from pathlib import Path

from bexio_analytics.present import assets, live
from bexio_analytics.present.vega import vega_script


def test_the_bundle_is_kept_and_read_again(tmp_path: Path) -> None:
    built = vega_script(tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    assert kept.read_text(encoding="utf-8") == built
    assert kept.suffix == ".js"
    kept.write_text("kept", encoding="utf-8")
    vega_script.cache_clear()
    assert vega_script(tmp_path / "cache") == "kept"
    vega_script.cache_clear()


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert "vegaEmbed" in vega_script(blocked / "cache")
    vega_script.cache_clear()


def test_scripts_fit_into_a_page() -> None:
    for script in (vega_script(), assets.script()):
        assert "</script" not in script.lower()
        assert "\r" not in script


def test_our_own_script_and_style_name_no_address() -> None:
    assert "http" not in assets.script() + assets.style()
    assert "eval(" not in assets.script()
    assert "innerHTML" not in assets.script()


def test_a_live_notebook_gets_style_and_scripts_once() -> None:
    markup = str(live.start())
    assert markup.count("<script>") == 2
    assert markup.count("<style>") == 1
