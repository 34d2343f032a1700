<?php
// Verifies the receipts and webhooks of s3-uploader's signer. PHP 7.4 or later, without extensions.

declare(strict_types=1);

/** Minimum characters of a secret, as in the signer. With an empty secret, anyone could make a receipt. */
const S3_UPLOADER_MIN_SECRET_LENGTH = 16;

/**
 * Returns what was stored, or null if the signer did not issue the receipt.
 *
 * $secret is the signer's SIGNER_SECRET. Throws an InvalidArgumentException if it is too short. Compare 'owner' with your
 * user, and remember the keys that you have accepted: a receipt can be submitted more than once.
 */
function s3_uploader_verify_receipt(string $receipt, string $secret): ?array
{
    if (!preg_match('/\A(r1\.([A-Za-z0-9_-]+))\.([A-Za-z0-9_-]{43})\z/', $receipt, $match)) {
        return null;
    }
    [, $sealed, $payload, $mac] = $match;
    foreach (s3_uploader_secrets($secret) as $each) {
        $expected = hash_hmac('sha256', $sealed, $each, true);
        if (hash_equals($expected, s3_uploader_decode($mac))) {
            return json_decode(s3_uploader_decode($payload), true);
        }
    }
    return null;
}

/**
 * Returns the event, or null if its signature is invalid or its time differs by more than $tolerance seconds.
 *
 * $headers has lower-case names: array_change_key_case(getallheaders()). $body is file_get_contents('php://input').
 * Remember 'webhook-id': an event can be delivered more than once.
 */
function s3_uploader_verify_webhook(string $body, array $headers, string $secret, int $tolerance = 300): ?array
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if ($id === '' || !ctype_digit($timestamp) || abs(time() - (int) $timestamp) > $tolerance) {
        return null;
    }
    $key = strncmp($secret, 'whsec_', 6) === 0 ? base64_decode(substr($secret, 6)) : $secret;
    if (strlen($key) < S3_UPLOADER_MIN_SECRET_LENGTH) {
        throw new InvalidArgumentException('secret must have at least ' . S3_UPLOADER_MIN_SECRET_LENGTH . ' bytes');
    }
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $each) {
        if (hash_equals($expected, $each)) {
            return json_decode($body, true);
        }
    }
    return null;
}

function s3_uploader_secrets(string $secret): array
{
    $secrets = array_filter(array_map('trim', explode(',', $secret)), 'strlen');
    foreach ($secrets ?: [''] as $each) {
        if (strlen($each) < S3_UPLOADER_MIN_SECRET_LENGTH) {
            throw new InvalidArgumentException('secret must have at least ' . S3_UPLOADER_MIN_SECRET_LENGTH . ' characters');
        }
    }
    return $secrets;
}

function s3_uploader_decode(string $text): string
{
    return (string) base64_decode(strtr($text, '-_', '+/'));
}
