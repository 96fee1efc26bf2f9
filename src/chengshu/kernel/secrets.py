"""Secrets that must be used again (keys of robots, of webhooks): kept sealed, shown masked.

They are sealed with a key derived from Django's ``SECRET_KEY``; keys in ``SECRET_KEY_FALLBACKS`` still open
what was sealed with them. A database copied without the key gives none of them away.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"chengshu.kernel.secrets.v1"
SHOWN = 4  # last characters by which its owner knows a secret


class SecretUnreadable(Exception):
    """The secret was sealed with a key that this installation does not have; it must be entered again."""


def seal(text: str) -> str:
    """The secret as it may be stored."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises `SecretUnreadable` if the secret key has changed since."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


def masked(sealed: str) -> str:
    """What may be shown of a sealed secret: ``••••1a2b``; nothing of a short or unreadable one."""
    try:
        text = unseal(sealed) if sealed else ""
    except SecretUnreadable:
        text = ""
    return "••••" + (text[-SHOWN:] if len(text) >= 4 * SHOWN else "")


def _box() -> MultiFernet:
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(key: str | bytes) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(
        key.encode() if isinstance(key, str) else key
    )
    return Fernet(base64.urlsafe_b64encode(derived))
