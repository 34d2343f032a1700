"""Verifies the receipts and webhooks of s3-uploader's signer. Python 3.8 or later, standard library only."""

import base64
import hashlib
import hmac
import json
import re
import time
from typing import List, Mapping, Optional


# Minimum characters of a secret, and how many of them must differ, as in the signer: a weaker one could be guessed.
MIN_SECRET_LENGTH = 32
MIN_DIFFERENT_CHARACTERS = 10


def verify_receipt(
    receipt: str,
    secret: str,
    bucket: Optional[str] = None,
    audience: Optional[str] = None,
    max_age: int = 604_800,
) -> Optional[dict]:
    """Return what was stored, or None.

    None means that the signer did not issue the receipt, or that it is of another bucket or signer, or older than `max_age`
    seconds; 604,800 are 7 days.

    `secret` is the signer's SIGNER_RECEIPT_SECRET, or else its SIGNER_SECRET. Raises ValueError if it is too weak. `audience`
    is the signer's SIGNER_AUDIENCE, or else its SIGNER_PREFIX. Compare `owner` with your user, and remember the keys that
    you have accepted: a receipt can be submitted more than once.
    """
    secrets = _secrets(secret)
    match = re.fullmatch(r"(r1\.([\w-]+))\.([\w-]{43})", receipt, re.ASCII)
    if not match:
        return None
    sealed, payload, mac = match.groups()
    for each in secrets:
        # Compared as text: of the spellings that decode to the same bytes, only one is accepted.
        if not hmac.compare_digest(_encode(_hmac(_receipt_key(each), sealed.encode())), mac):
            continue
        stored = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        is_expected = (
            bucket in (None, stored["bucket"])
            and audience in (None, stored["audience"])
            and stored["issued"] >= time.time() - max_age
        )
        return stored if is_expected else None
    return None


def verify_webhook(body: bytes, headers: Mapping[str, str], secret: str, tolerance: int = 300) -> Optional[dict]:
    """Return the event, or None if its signature is invalid or its time differs by more than `tolerance` seconds.

    `headers` has lower-case names. Remember `webhook-id`: an event can be delivered more than once.
    """
    try:
        message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        signatures = headers["webhook-signature"].split(" ")
        if abs(time.time() - int(timestamp)) > tolerance:
            return None
    except (KeyError, ValueError):
        return None
    is_base64 = secret.startswith("whsec_")
    _check_secret(secret[6:] if is_base64 else secret)
    key = base64.b64decode(secret[6:]) if is_base64 else secret.encode()
    content = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(_hmac(key, content)).decode()
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in signatures):
        return None
    return json.loads(body)


def _receipt_key(secret: str) -> bytes:
    """HKDF-SHA-256 (RFC 5869) without a salt, one block."""
    return _hmac(_hmac(bytes(32), secret.encode()), b"s3-uploader-signer r1\x01")


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _secrets(secret: str) -> List[str]:
    secrets = [each.strip() for each in secret.split(",") if each.strip()]
    for each in secrets or [""]:
        _check_secret(each)
    return secrets


def _check_secret(secret: str) -> None:
    if len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < MIN_DIFFERENT_CHARACTERS:
        raise ValueError(
            f"secret must have at least {MIN_SECRET_LENGTH} characters, "
            f"of which at least {MIN_DIFFERENT_CHARACTERS} differ"
        )
