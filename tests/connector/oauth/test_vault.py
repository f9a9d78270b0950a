# ruff: noqa: ANN401 - fixtures of conftest.py cannot be imported, so their types have no name here
"""The vault: nothing readable, one key only, whole or not at all; and what may be read without it."""

from __future__ import annotations

import base64
import json
import stat
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keyring
import keyring.backends.fail
import keyring.errors
import pytest

from bexio_analytics.connector.connection import FixedToken, Secret
from bexio_analytics.connector.vault import FACTS_FILE, VAULT_FILE, Facts, StoredConnection, Vault, read_facts
from bexio_analytics.connector.vault_connection import connect_with_token, connection_for
from bexio_analytics.connector.vault_key import KeySource, usable_keyring
from bexio_analytics.connector.vault_status import connection_status
from bexio_analytics.errors import (
    AuthenticationError,
    ConfigurationError,
    ServerUnavailableError,
    UnexpectedResponseError,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = {"BEXIO_ANALYTICS_KEY": "ein-langer-satz-der-versiegelt"}
STORED = StoredConnection(
    facts=Facts(
        kind="oauth",
        api_url="https://api.bexio.com",
        company="Muster Handels AG",
        company_id="q69vysq7fkzl",
        user="Rita Kuster",
        connected_at=NOON,
        renewed_at=NOON,
        expires_at=NOON + timedelta(hours=1),
        scopes=("accounting", "contact_show"),
    ),
    access_token=Secret("the-access-token"),
    refresh_token=Secret("the-refresh-token"),
)


class Memory:
    """A keyring that holds its entries in memory."""

    def __init__(self) -> None:
        self.priority: float = 5
        self.is_locked = False
        self.entries: dict[tuple[str, str], str] = {}

    def _require_open(self) -> None:
        if self.is_locked:
            raise keyring.errors.KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._require_open()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._require_open()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._require_open()
        del self.entries[service, username]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Memory:
    made = Memory()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "muster"


def saved(folder: Path, stored: StoredConnection = STORED, environ: dict[str, str] = KEY) -> Vault:
    vault = Vault(folder, KeySource(environ))
    vault.save(stored)
    return vault


def test_what_is_saved_is_loaded(folder: Path) -> None:
    saved(folder)
    found = Vault(folder, KeySource(KEY)).load()
    assert found.access_token.reveal() == "the-access-token"
    assert found.refresh_token is not None
    assert found.refresh_token.reveal() == "the-refresh-token"
    assert found.facts.company == "Muster Handels AG"
    assert found.facts.sealed_by == "passphrase"
    assert found.facts == read_facts(folder)


def test_nothing_can_be_read_in_it(folder: Path) -> None:
    saved(folder)
    raw = (folder / VAULT_FILE).read_bytes()
    assert raw.startswith(b"BXAV\x01")
    content = raw[34:]
    for told in ("the-access-token", "the-refresh-token", "Muster", "Kuster", "accounting", "bexio"):
        assert told.encode() not in content
    assert saved_twice_differs(folder, raw)
    facts = (folder / FACTS_FILE).read_text(encoding="utf-8")
    assert "the-access-token" not in facts
    assert "the-refresh-token" not in facts


def saved_twice_differs(folder: Path, before: bytes) -> bool:
    """Same content, same passphrase: another salt, another nonce, other bytes."""
    saved(folder)
    after = (folder / VAULT_FILE).read_bytes()
    return before[6:22] != after[6:22] and before[22:34] != after[22:34] and before[34:] != after[34:]


@pytest.mark.skipif(sys.platform == "win32", reason="file modes of POSIX")
def test_only_the_owner_may_read_it(folder: Path) -> None:
    saved(folder)
    for name in (VAULT_FILE, FACTS_FILE):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_another_key_does_not_open_it(folder: Path) -> None:
    saved(folder)
    with pytest.raises(ConfigurationError, match=r"BEXIO_ANALYTICS_KEY.*connect again: bexio-analytics connect muster"):
        Vault(folder, KeySource({"BEXIO_ANALYTICS_KEY": "another-long-passphrase"})).load()


def test_no_byte_of_it_can_be_changed(folder: Path) -> None:
    saved(folder)
    path = folder / VAULT_FILE
    raw = path.read_bytes()
    for place in (0, 4, 5, 10, 25, 34, 60, len(raw) - 1):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        with pytest.raises(ConfigurationError):
            Vault(folder, KeySource(KEY)).load()
    for cut in (0, 3, 33, 34, len(raw) - 1):
        path.write_bytes(raw[:cut])
        with pytest.raises(ConfigurationError, match="onnect again"):
            Vault(folder, KeySource(KEY)).load()
    path.write_bytes(raw[:4] + b"\x02" + raw[5:])
    with pytest.raises(ConfigurationError, match=r"format 2.*newer version"):
        Vault(folder, KeySource(KEY)).load()
    path.write_bytes(raw)
    assert Vault(folder, KeySource(KEY)).load().facts.company == "Muster Handels AG"


def test_half_a_vault_never_replaces_a_whole_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = saved(folder)
    before = sorted(path.name for path in folder.iterdir())

    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            vault.save(StoredConnection(facts=STORED.facts, access_token=Secret("another")))
    assert sorted(path.name for path in folder.iterdir()) == before
    assert Vault(folder, KeySource(KEY)).load().access_token.reveal() == "the-access-token"


def test_a_short_passphrase_seals_nothing(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="shorter than 12"):
        saved(folder, environ={"BEXIO_ANALYTICS_KEY": "elf-zeichen"})
    assert not folder.exists()


def test_a_passphrase_is_asked_for_twice_when_new_and_once_later(folder: Path) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "vier zufällige Wörter hier"

    vault = Vault(folder, KeySource({}, ask))
    vault.prepare()
    vault.save(STORED)
    vault.save(STORED)
    assert len(asked) == 2
    again = Vault(folder, KeySource({}, ask))
    assert again.load().facts.kind == "oauth"
    again.save(STORED)
    assert again.load().facts.kind == "oauth"
    assert len(asked) == 3
    answers = iter(["eine lange Passphrase", "eine andere Passphrase"])
    with pytest.raises(ConfigurationError, match="differ"):
        Vault(folder, KeySource({}, lambda _: next(answers))).prepare()


def test_nobody_to_ask(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="BEXIO_ANALYTICS_KEY"):
        Vault(folder, KeySource({})).prepare()
    saved(folder)
    with pytest.raises(ConfigurationError, match="BEXIO_ANALYTICS_KEY"):
        Vault(folder, KeySource({})).load()


def test_the_keyring_holds_the_key_and_not_the_tokens(folder: Path, backend: Memory) -> None:
    saved(folder, environ={})
    ((_, entry),) = backend.entries
    (key,) = backend.entries.values()
    assert len(base64.b64decode(key)) == 32
    assert bytes.fromhex(entry) in (folder / VAULT_FILE).read_bytes()
    assert key not in (folder / VAULT_FILE).read_bytes().decode("latin-1")
    found = Vault(folder, KeySource({})).load()
    assert (found.access_token.reveal(), found.facts.sealed_by) == ("the-access-token", "keyring")


def test_a_renewal_keeps_the_key_of_the_keyring_and_a_new_connection_replaces_it(folder: Path, backend: Memory) -> None:
    saved(folder, environ={})
    before = dict(backend.entries)
    vault = Vault(folder, KeySource({}))
    vault.save(vault.load())
    assert backend.entries == before
    saved(folder, environ={})
    assert len(backend.entries) == 1
    assert backend.entries != before
    saved(folder)
    assert not backend.entries, "sealed with a passphrase now"
    saved(folder, environ={})
    Vault(folder, KeySource({})).delete()
    assert not backend.entries
    assert not list(folder.iterdir())
    Vault(folder, KeySource({})).delete()


def test_a_sign_in_that_fails_leaves_no_key_behind(folder: Path, backend: Memory) -> None:
    saved(folder, environ={})
    before = dict(backend.entries)
    vault = Vault(folder, KeySource({}))
    vault.prepare()
    assert len(backend.entries) == 2
    vault.abandon()
    assert backend.entries == before
    vault.abandon()
    assert Vault(folder, KeySource({})).load().facts.kind == "oauth"


def test_the_variable_goes_before_the_keyring(folder: Path, backend: Memory) -> None:
    saved(folder)
    assert not backend.entries


def test_keyrings_that_are_none(backend: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    assert usable_keyring() is backend
    backend.priority = 0.5
    assert usable_keyring() is None
    backend.priority = 5
    plain = type("PlaintextKeyring", (Memory,), {"__module__": "keyrings.alt.file"})()
    monkeypatch.setattr(keyring, "get_keyring", lambda: plain)
    assert usable_keyring() is None
    chain = SimpleNamespace(priority=10, backends=[plain, backend])
    monkeypatch.setattr(keyring, "get_keyring", lambda: chain)
    assert usable_keyring() is backend
    monkeypatch.setattr(keyring, "get_keyring", keyring.backends.fail.Keyring)
    assert usable_keyring() is None


def test_without_the_extra_there_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert usable_keyring() is None


def test_a_keyring_of_somebody_else(folder: Path, backend: Memory) -> None:
    saved(folder, environ={})
    backend.entries.clear()
    with pytest.raises(ConfigurationError, match="keyring of the user who connected it"):
        Vault(folder, KeySource({})).load()
    saved(folder, environ={})
    for entry in backend.entries:
        backend.entries[entry] = "no key"
    with pytest.raises(ConfigurationError, match="cannot be opened: the key \\(the keyring\\)"):
        Vault(folder, KeySource({})).load()
    backend.is_locked = True
    with pytest.raises(ConfigurationError, match="refuses \\(KeyringLocked\\)"):
        Vault(folder, KeySource({})).load()
    with pytest.raises(ConfigurationError, match="refuses"):
        Vault(folder, KeySource({})).prepare()


def test_nothing_stored_shows_a_secret(folder: Path) -> None:
    vault = saved(folder)
    shown = f"{STORED!r} {vault.load()} {vault!r} {KeySource(KEY)!r} {vault._key!r}"
    for secret in ("the-access-token", "the-refresh-token", KEY["BEXIO_ANALYTICS_KEY"]):
        assert secret not in shown


def test_environment_before_vault(bexio: Any) -> None:
    folder = bexio.folder / "muster"
    with pytest.raises(ConfigurationError, match=r"not connected: bexio-analytics connect muster.*BEXIO_TOKEN"):
        connection_for(folder, KEY, clock=bexio.clock)
    connect_with_token(Vault(folder, KeySource(KEY)), bexio.url, Secret("pat-of-muster-ag"), at=NOON)
    kept = connection_for(folder, KEY, clock=bexio.clock)
    assert (kept.api_url, _current(kept.tokens)) == (bexio.url, "pat-of-muster-ag")
    assert kept.tokens.advice.endswith("bexio-analytics connect muster --token-stdin")
    environ = {"BEXIO_TOKEN": "another", "BEXIO_API_URL": "https://api.example"}
    given = connection_for(folder, environ, clock=bexio.clock)
    assert (given.api_url, _current(given.tokens)) == ("https://api.example", "another")


def _current(tokens: Any) -> str:
    return str(tokens.current().reveal())


def test_a_connection_by_sign_in_needs_its_app(bexio: Any, environ: dict[str, str]) -> None:
    bexio.connect()
    del environ["BEXIO_CLIENT_SECRET"]
    with pytest.raises(ConfigurationError, match="BEXIO_CLIENT_SECRET not set"):
        connection_for(bexio.folder / "muster", environ, clock=bexio.clock)


@pytest.mark.parametrize(
    ("token", "error", "says"),
    [
        ("wrong", AuthenticationError, "does not accept this token"),
        ("", ConfigurationError, "empty"),
        ("two words", ConfigurationError, "blanks"),
    ],
)
def test_a_token_that_opens_nothing_is_not_stored(bexio: Any, token: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        connect_with_token(bexio.vault(), bexio.url, Secret(token), at=NOON)
    assert not bexio.vault().exists


def test_addresses_that_are_not_bexio(bexio: Any) -> None:
    with pytest.raises(UnexpectedResponseError, match="address of the API"):
        connect_with_token(bexio.vault(), f"{bexio.url}/elsewhere", Secret("pat-of-muster-ag"), at=NOON)
    with pytest.raises(ServerUnavailableError, match="no answer"):
        connect_with_token(bexio.vault(), "http://127.0.0.1:1", Secret("pat-of-muster-ag"), at=NOON)
    with pytest.raises(ConfigurationError, match="cannot be the name of a mandate"):
        connect_with_token(bexio.vault("Muster AG"), bexio.url, Secret("pat-of-muster-ag"), at=NOON)


def test_a_token_of_another_company_is_noticed(bexio: Any) -> None:
    connect_with_token(bexio.vault(), bexio.url, Secret("pat-of-muster-ag"), at=NOON)
    connect_with_token(bexio.vault(), bexio.url, Secret("pat-of-muster-ag"), at=NOON)
    with pytest.raises(ConfigurationError, match="--replace"):
        connect_with_token(bexio.vault(), bexio.url, Secret("pat-of-huber-ag"), at=NOON)
    done = connect_with_token(bexio.vault(), bexio.url, Secret("pat-of-huber-ag"), at=NOON, may_replace=True)
    assert done.facts.company == "Huber AG"


def status_on(folder: Path, day: date, **change: Any) -> Any:
    facts = {name: getattr(STORED.facts, name) for name in STORED.facts.__struct_fields__} | change
    saved(folder, StoredConnection(facts=Facts(**facts), access_token=Secret("t")))
    return connection_status(folder, day)


def test_status_of_a_personal_token_is_an_assumption(folder: Path) -> None:
    change: dict[str, Any] = {"kind": "pat", "expires_at": None, "scopes": None}
    found = status_on(folder, date(2027, 1, 6), **change)
    assert (found.until, found.is_assumed, found.days_left, found.warnings) == (date(2027, 1, 21), True, 15, ())
    assert found.label == "token till ~21.01.2027"
    (warning,) = status_on(folder, date(2027, 1, 7), **change).warnings
    assert "probably ends on 21.01.2027 (assumed: 60 days" in warning
    assert "bexio-analytics connect muster --token-stdin" in warning
    assert "probably ended" in status_on(folder, date(2027, 1, 22), **change).warnings[0]
    known = status_on(folder, date(2026, 12, 1), **(change | {"expires_at": NOON + timedelta(days=10)}))
    assert (known.until, known.is_assumed) == (date(2026, 12, 2), False)
    assert "probably" not in known.warnings[0]


def test_status_of_a_sign_in_ends_a_year_after_its_last_use(folder: Path) -> None:
    complete: dict[str, Any] = {"scopes": None, "renewed_at": NOON + timedelta(days=30)}
    found = status_on(folder, date(2026, 12, 1), **complete)
    assert (found.kind, found.until, found.warnings) == ("oauth", date(2027, 12, 22), ())
    assert found.label == "OAuth till 22.12.2027"
    assert "a year after its last use" in status_on(folder, date(2027, 12, 8), **complete).warnings[0]


def test_status_names_missing_scopes(folder: Path) -> None:
    found = status_on(folder, date(2026, 12, 1))
    assert "kb_invoice_show" in found.missing_scopes
    assert "accounting" not in found.missing_scopes
    assert {"invoice", "invoice_detail", "invoice_payment"} <= set(found.missing_resources)
    assert found.warnings[0].startswith("Scopes missing: bank_account_show, file")
    assert json.loads(json.dumps(found.to_json()))["missing_scopes"] == list(found.missing_scopes)


def test_status_needs_no_key_and_says_when_it_knows_nothing(folder: Path) -> None:
    assert connection_status(folder, date(2026, 12, 1)).label == "not connected"
    saved(folder)
    assert connection_status(folder, date(2026, 12, 1)).company == "Muster Handels AG"
    (folder / FACTS_FILE).write_text('{"kind": "telepathy"}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"cannot be understood.*Connect again"):
        connection_status(folder, date(2026, 12, 1))
    (folder / FACTS_FILE).unlink()
    with pytest.raises(ConfigurationError, match="is missing"):
        connection_status(folder, date(2026, 12, 1))
    (folder / VAULT_FILE).unlink()
    assert connection_status(folder, date(2026, 12, 1)).kind is None


def test_a_fixed_token_cannot_be_renewed() -> None:
    tokens = FixedToken(Secret("t"))
    assert tokens.renew(None) is None
    assert tokens.advice.startswith("connect again")
