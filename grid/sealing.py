"""Sealing of personal data: AES-256-GCM with a key id, and keyed digests for look-up.

Sealed form: key id, a zero byte, a nonce of 12 bytes, then ciphertext with its tag. `context` ties a sealed value to
its purpose (it is authenticated, not stored), so that a value cannot be moved to another column unnoticed.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> AESGCM:
    """Made once for each key: lists seal many thousand values."""
    return AESGCM(key)


def seal(plain: bytes, *, context: str) -> bytes:
    """The plain bytes under the current key."""
    key_id, key = next(iter(settings.ID_ENCRYPTION_KEYS.items()))
    nonce = os.urandom(12)
    return key_id.encode() + b"\0" + nonce + _cipher(key).encrypt(nonce, plain, context.encode())


def unseal(sealed: bytes, *, context: str) -> bytes:
    """The plain bytes; raises KeyError for an unknown key id and InvalidTag for a changed or misplaced value."""
    key_id, _zero, rest = bytes(sealed).partition(b"\0")
    return _cipher(settings.ID_ENCRYPTION_KEYS[key_id.decode()]).decrypt(rest[:12], rest[12:], context.encode())


def digest(text: str, *, context: str) -> bytes:
    """A keyed digest (HMAC-SHA256, 32 bytes) by which a sealed value is found again."""
    return hmac.digest(settings.ID_DIGEST_KEY, f"{context}\0{text}".encode(), hashlib.sha256)
