"""A person at a browser, for those who have neither: signs in to the simulated bexio and consents, or does not."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlencode, urlsplit

from bexio_analytics.simulator.wire.settings import WireSettings

_VISIT = re.compile(r'name="visit" value="([^"]+)"')
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def sign_in(url: str, settings: WireSettings | None = None, *, company: int = 0, allow: bool = True) -> str:
    """Go through the pages of a sign-in.

    Args:
        url: Address an app sends its user to.
        settings: Name and password of the one person who can sign in.
        company: Number of the company among those served.
        allow: Whether to consent.

    Returns:
        The address the browser would be sent back to; it is not visited.

    Raises:
        RuntimeError: The simulated bexio does not go on; the text of its page is the message.
    """
    settings = settings or WireSettings()
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}"
    browser = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        page, location = _ask(browser, "GET", target)
        if not location:
            person = {"username": settings.login_name, "password": settings.login_password}
            page, location = _ask(browser, "POST", target, {"visit": _visit(page), "step": "sign-in", **person})
        if not location:
            choice = {"company": str(company), "step": "allow" if allow else "deny"}
            page, location = _ask(browser, "POST", target, {"visit": _visit(page), **choice})
    finally:
        browser.close()
    return location or _stuck(page)


def _ask(
    browser: http.client.HTTPConnection, method: str, target: str, form: dict[str, str] | None = None
) -> tuple[str, str]:
    """One page and, where the browser is sent elsewhere, that address."""
    browser.request(method, target, urlencode(form) if form else None, _FORM if form else {})
    response = browser.getresponse()
    return response.read().decode(), response.getheader("location") or ""


def _visit(page: str) -> str:
    found = _VISIT.search(page)
    return found.group(1) if found else _stuck(page)


def _stuck(page: str) -> str:
    raise RuntimeError(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).strip())
