"""The tokens of one mandate on disk: ``data/<mandate>/connection.vault``, sealed, and beside it what is no secret.

The vault is one file: a head in the clear (format, kind of key, salt, nonce), then everything else under
ChaCha20-Poly1305 with the head as associated data, so that nothing in it can be read or exchanged. It is written
beside and renamed, readable for its owner only. ``connection.json`` repeats what a person may see of it (how and when
the mandate was connected, to which company, with which scopes), so that ``status`` needs no key.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import filelock
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bexio_analytics.connector.connection import Secret
from bexio_analytics.connector.vault_key import KEY_VARIABLE, SALT_BYTES, KeySource, Kind, VaultKey, forget, is_key
from bexio_analytics.errors import ApiError, ConfigurationError

VAULT_FILE: Final = "connection.vault"
FACTS_FILE: Final = "connection.json"
LOCK_FILE: Final = ".connection.lock"
LOCK_SECONDS: Final = 120.0
_MAGIC: Final = b"BXAV"
_FORMAT: Final = 1
_KINDS: Final[tuple[Kind, ...]] = ("passphrase", "keyring")
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(_MAGIC) + 2 + SALT_BYTES + _NONCE_BYTES


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a connection is no secret.

    Attributes:
        kind: OAuth, or a personal access token.
        api_url: Address of the API.
        company: Its name.
        company_id: bexio's id of it; known through OAuth only.
        user: Who connected.
        connected_at: When a person connected; UTC.
        renewed_at: When tokens were last issued; UTC.
        expires_at: End of the access token where it is known; UTC.
        scopes: What was granted; None where nobody says, as for personal access tokens.
        sealed_by: Where the key to the vault comes from.
    """

    kind: Literal["oauth", "pat"]
    api_url: str
    company: str
    company_id: str | None = None
    user: str | None = None
    connected_at: datetime
    renewed_at: datetime
    expires_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    sealed_by: Kind | None = None


class StoredConnection(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as it lies in the vault: the tokens and the facts about them."""

    facts: Facts
    access_token: Secret
    refresh_token: Secret | None = None


@dataclass(frozen=True)
class _Sealed:
    kind: Kind
    salt: bytes
    nonce: bytes
    head: bytes
    content: bytes


class Vault:
    """The vault of one mandate.

    Args:
        mandate_dir: ``data/<mandate>``.
        keys: Makes and finds the key.
    """

    def __init__(self, mandate_dir: Path, keys: KeySource) -> None:
        self.mandate_dir = mandate_dir
        self._keys = keys
        self._key: VaultKey | None = None

    @property
    def exists(self) -> bool:
        """There is something stored."""
        return (self.mandate_dir / VAULT_FILE).is_file()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep all other processes away from the tokens of this mandate.

        Raises:
            ApiError: another process held them for two minutes.
        """
        self.mandate_dir.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.mandate_dir / LOCK_FILE, mode=0o600)
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except filelock.Timeout:
            raise ApiError(
                f"Another process has been renewing the tokens of {self.mandate_dir.name} for two minutes: end it."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def prepare(self) -> None:
        """Make a new key for what will be saved: whoever cannot say a passphrase shall not sign in for nothing."""
        self._key = self._keys.new(self.mandate_dir.name)

    def abandon(self) -> None:
        """Forget the key that `prepare` made, where nothing was sealed with it."""
        key, self._key = self._key, None
        if key is not None and self._head_of_present() != (key.kind, key.salt):
            forget(key.kind, key.salt)

    def load(self) -> StoredConnection:
        """Open the vault.

        Raises:
            ConfigurationError: there is none, it is damaged, or the key does not fit.
        """
        sealed = self._read()
        if self._key is None or (self._key.kind, self._key.salt) != (sealed.kind, sealed.salt):
            self._key = self._keys.find(sealed.kind, sealed.salt, self.mandate_dir.name)
        content = self._open(sealed)
        try:
            return msgspec.json.decode(content, type=StoredConnection, dec_hook=_as_secret)
        except msgspec.DecodeError:
            pass  # its message would quote what was opened
        raise ConfigurationError(f"{self._path} holds no connection this version understands. {self._again}")

    def save(self, stored: StoredConnection) -> None:
        """Seal a connection and put it in the place of the one before; it is on the disk when this returns.

        Raises:
            ConfigurationError: there is no key to seal it with.
            OSError: it cannot be written; the one before stays.
        """
        if self._key is None:
            self._key = self._keys.new(self.mandate_dir.name)
        key = self._key
        facts = msgspec.structs.replace(stored.facts, sealed_by=key.kind)
        stored = msgspec.structs.replace(stored, facts=facts)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _MAGIC + bytes([_FORMAT, _KINDS.index(key.kind)]) + key.salt + nonce
        content = ChaCha20Poly1305(key.raw).encrypt(nonce, _encoded(stored), head)
        self.mandate_dir.mkdir(parents=True, exist_ok=True)
        before = self._head_of_present()
        _put(self._path, head + content)
        _put(self.mandate_dir / FACTS_FILE, msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n")
        if before is not None and before != (key.kind, key.salt):
            forget(*before)

    def delete(self) -> None:
        """Take away what is stored, and its key from the keyring; nothing happens where nothing is stored."""
        before = self._head_of_present()
        for name in (VAULT_FILE, FACTS_FILE):
            (self.mandate_dir / name).unlink(missing_ok=True)
        if before is not None:
            forget(*before)

    @property
    def _path(self) -> Path:
        return self.mandate_dir / VAULT_FILE

    @property
    def _again(self) -> str:
        return f"Connect again: bexio-analytics connect {self.mandate_dir.name}"

    def _read(self) -> _Sealed:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            raise ConfigurationError(
                f"{self.mandate_dir.name} is not connected: bexio-analytics connect {self.mandate_dir.name}"
            ) from None
        head, content = raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]
        if len(head) < _HEAD_BYTES or not head.startswith(_MAGIC) or head[5] >= len(_KINDS):
            raise ConfigurationError(f"{self._path} is not a vault of this program, or is damaged. {self._again}")
        if head[4] != _FORMAT:
            raise ConfigurationError(
                f"{self._path} has format {head[4]}, this version knows format {_FORMAT}: install the newer version."
            )
        salt, nonce = head[6 : 6 + SALT_BYTES], head[6 + SALT_BYTES :]
        return _Sealed(_KINDS[head[5]], salt, nonce, head, content)

    def _head_of_present(self) -> tuple[Kind, bytes] | None:
        try:
            present = self._read()
        except ConfigurationError:
            return None
        return present.kind, present.salt

    def _open(self, sealed: _Sealed) -> bytes:
        if self._key is not None and is_key(self._key.key.reveal()):
            try:
                return ChaCha20Poly1305(self._key.raw).decrypt(sealed.nonce, sealed.content, sealed.head)
            except InvalidTag:
                pass
        self._key = None
        where = KEY_VARIABLE if sealed.kind == "passphrase" else "the keyring"
        raise ConfigurationError(
            f"{self._path} cannot be opened: the key ({where}) is not the one it was sealed with, or the file was "
            f"changed. Use the key it was connected with. Otherwise: {self._again[0].lower()}{self._again[1:]}"
        )


def is_connected(mandate_dir: Path) -> bool:
    """Something is stored for the mandate, whether or not it can be read."""
    return (mandate_dir / VAULT_FILE).is_file()


def read_facts(mandate_dir: Path) -> Facts | None:
    """What is known of a mandate's connection without its key; None where it is not connected.

    Raises:
        ConfigurationError: the file is there and cannot be understood.
    """
    if not is_connected(mandate_dir):
        return None
    path = mandate_dir / FACTS_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Facts)
    except FileNotFoundError:
        problem = "is missing"
    except msgspec.DecodeError as error:
        problem = f"cannot be understood ({error})"
    raise ConfigurationError(f"{path} {problem}. Connect again: bexio-analytics connect {mandate_dir.name}")


def _encoded(stored: StoredConnection) -> bytes:
    return msgspec.json.encode(stored, enc_hook=_revealed)


def _revealed(value: Any) -> str:  # noqa: ANN401 - the signature msgspec asks for
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} has no form in the vault")


def _as_secret(kind: type, value: Any) -> Any:  # noqa: ANN401 - the signature msgspec asks for
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError("not a token")


def _put(path: Path, content: bytes) -> None:
    """Write beside and rename, readable for the owner only, and only call it done when the disk has it."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        binary = getattr(os, "O_BINARY", 0)  # Windows would change line ends otherwise
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    if hasattr(os, "O_DIRECTORY"):  # Windows neither has nor needs it
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
