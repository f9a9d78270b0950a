"""What opens a vault: a key in the keyring of the operating system, or a passphrase.

The keyring holds a random key and not the tokens themselves: tokens of bexio are longer than some keyrings take (2,560
bytes on Windows), they change every hour, and writing one file in one step is safer than writing a keyring.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bexio_analytics.connector.connection import Secret
from bexio_analytics.errors import ConfigurationError

KEY_VARIABLE: Final = "BEXIO_ANALYTICS_KEY"
KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
SCRYPT_N: Final = 2**15
SHORTEST: Final = 12
"""Characters a passphrase must have: whoever finds the file may try as many as they like."""
SERVICE: Final = "bexio-analytics"
LOWEST_PRIORITY: Final = 1
"""Keyrings below it are stopgaps of the ``keyring`` package, such as files in plain text."""

Kind = Literal["passphrase", "keyring"]
Ask = Callable[[str], str]
"""Asks a person at the terminal for a passphrase; the argument says which."""


@dataclass(frozen=True)
class VaultKey:
    """A key that seals a vault.

    Attributes:
        kind: Where it comes from.
        salt: Beside scrypt's salt also the name of the keyring's entry; not secret, stored in the vault's head.
        key: 32 bytes.
    """

    kind: Kind
    salt: bytes
    key: Secret

    @property
    def raw(self) -> bytes:
        """The key as the cipher takes it."""
        return base64.b64decode(self.key.reveal())


class KeySource:
    """Makes and finds keys.

    ``BEXIO_ANALYTICS_KEY`` goes first, as the way of servers and cron jobs; then the keyring of the operating system;
    then a passphrase typed at the terminal.

    Args:
        environ: Environment variables.
        ask: Asks for a passphrase; None where nobody sits at a terminal.
    """

    def __init__(self, environ: Mapping[str, str], ask: Ask | None = None) -> None:
        text = environ.get(KEY_VARIABLE, "")
        self._given = Secret(text) if text else None
        self._ask = ask

    def __repr__(self) -> str:
        return f"KeySource(given={self._given is not None})"

    def new(self, what: str) -> VaultKey:
        """A new key for the vault of ``what``.

        Raises:
            ConfigurationError: the passphrase is too short or was typed differently twice, or there is no way to a key.
        """
        salt = secrets.token_bytes(SALT_BYTES)
        backend = None if self._given else usable_keyring()
        if backend is not None:
            key = Secret(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
            _put(backend, salt, key)
            return VaultKey("keyring", salt, key)
        passphrase = self._given or self._asked_twice(what)
        if len(passphrase.reveal()) < SHORTEST:
            raise ConfigurationError(
                f"The passphrase ({KEY_VARIABLE}) is shorter than {SHORTEST} characters: take a longer one, such as "
                "four random words."
            )
        return VaultKey("passphrase", salt, derived(passphrase, salt))

    def find(self, kind: Kind, salt: bytes, what: str) -> VaultKey:
        """The key that a vault's head asks for.

        Raises:
            ConfigurationError: there is no passphrase, no keyring, or no such entry in it.
        """
        if kind == "passphrase":
            return VaultKey(kind, salt, derived(self._given or self._asked(f"Passphrase of {what}: "), salt))
        backend = usable_keyring()
        key = _got(backend, salt) if backend is not None else None
        if key is None:
            raise ConfigurationError(
                f"The key to the connection of {what} lies in the keyring of the user who connected it, and is not "
                f"there for this one. Connect again: bexio-analytics connect {what}"
            )
        return VaultKey(kind, salt, key)

    def _asked(self, prompt: str) -> Secret:
        if self._ask is None:
            raise ConfigurationError(
                f"The tokens are sealed with a passphrase and nobody can be asked for it: set {KEY_VARIABLE}."
            )
        return Secret(self._ask(prompt))

    def _asked_twice(self, what: str) -> Secret:
        if self._ask is None:
            raise ConfigurationError(
                f"There is no keyring of the operating system to keep the tokens of {what} in: set {KEY_VARIABLE} to a "
                "passphrase that seals them, or install the extra 'keyring' on a machine that has one."
            )
        first = self._asked(f"New passphrase that seals the connection of {what}: ")
        if first.reveal() != self._asked("Once more: ").reveal():
            raise ConfigurationError("The two passphrases differ. Nothing was stored.")
        return first


def derived(passphrase: Secret, salt: bytes) -> Secret:
    """The key of a passphrase: scrypt with n=2**15, r=8, p=1, about a tenth of a second and 32 MiB."""
    scrypt = Scrypt(salt=salt, length=KEY_BYTES, n=SCRYPT_N, r=8, p=1)
    return Secret(base64.b64encode(scrypt.derive(passphrase.reveal().encode())).decode())


def forget(kind: Kind, salt: bytes) -> None:
    """Take the key of a vault that is no more out of the keyring, where it is one of those and still there."""
    backend = usable_keyring() if kind == "keyring" else None
    if backend is None:
        return
    with suppress(*_keyring_errors()):  # a key to nothing may stay
        if backend.get_password(SERVICE, salt.hex()):
            backend.delete_password(SERVICE, salt.hex())


def is_key(text: str) -> bool:
    """A text from the keyring has the form of a key."""
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def usable_keyring() -> Any | None:  # noqa: ANN401 - the extra may not be installed, its types then are not either
    """The keyring of the operating system, or None where there is no real one.

    ``keyring`` falls back silently to what it finds, for instance to files in plain text of ``keyrings.alt``. Only
    backends its authors rate 1 or higher count, and none of that package.
    """
    module = _keyring_module()
    if module is None:
        return None
    chosen = module.get_keyring()
    for backend in getattr(chosen, "backends", None) or [chosen]:
        if backend.priority >= LOWEST_PRIORITY and not type(backend).__module__.startswith("keyrings.alt"):
            return backend
    return None


def _keyring_module() -> ModuleType | None:
    try:
        import keyring.errors  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError:
        return None
    return keyring


def _keyring_errors() -> tuple[type[Exception], ...]:
    module = _keyring_module()
    return () if module is None else (module.errors.KeyringError,)


def _put(backend: Any, salt: bytes, key: Secret) -> None:  # noqa: ANN401
    try:
        backend.set_password(SERVICE, salt.hex(), key.reveal())
    except _keyring_errors() as error:
        raise ConfigurationError(_closed(error)) from None


def _got(backend: Any, salt: bytes) -> Secret | None:  # noqa: ANN401
    try:
        text = backend.get_password(SERVICE, salt.hex())
    except _keyring_errors() as error:
        raise ConfigurationError(_closed(error)) from None
    return Secret(text) if text else None


def _closed(error: Exception) -> str:
    return (
        f"The keyring of the operating system refuses ({type(error).__name__}): unlock it, or set {KEY_VARIABLE} and "
        "connect again."
    )
