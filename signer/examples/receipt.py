"""Verifies the receipts and webhooks of s3-uploader's signer. Python 3.8 or later, standard library only."""

import base64
import hashlib
import hmac
import json
import re
import time
from typing import List, Mapping, Optional


# Minimum characters of a secret, as in the signer. With an empty secret, anyone could make a receipt.
MIN_SECRET_LENGTH = 16


def verify_receipt(receipt: str, secret: str) -> Optional[dict]:
    """Return what was stored, or None if the signer did not issue the receipt.

    `secret` is the signer's SIGNER_SECRET. Raises ValueError if it is too short. Compare `owner` with your user, and
    remember the keys that you have accepted: a receipt can be submitted more than once.
    """
    match = re.fullmatch(r"(r1\.([\w-]+))\.([\w-]{43})", receipt, re.ASCII)
    if not match:
        return None
    sealed, payload, mac = match.groups()
    for each in _secrets(secret):
        expected = hmac.new(each.encode(), sealed.encode(), hashlib.sha256).digest()
        if hmac.compare_digest(expected, _decode(mac)):
            return json.loads(_decode(payload))
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
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    if len(key) < MIN_SECRET_LENGTH:
        raise ValueError(f"secret must have at least {MIN_SECRET_LENGTH} bytes")
    content = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in signatures):
        return None
    return json.loads(body)


def _secrets(secret: str) -> List[str]:
    secrets = [each.strip() for each in secret.split(",") if each.strip()]
    if not secrets or any(len(each) < MIN_SECRET_LENGTH for each in secrets):
        raise ValueError(f"secret must have at least {MIN_SECRET_LENGTH} characters")
    return secrets


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
