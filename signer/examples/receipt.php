<?php
// Verifies what s3-uploader's signer has sealed. PHP 7.4 or later, no extensions.

declare(strict_types=1);

/** The signer starts with none shorter: anyone can seal with the empty one. */
const S3_UPLOADER_SHORTEST = 16;

/**
 * What was stored, or null if the signer never said so.
 *
 * $secret is the signer's SIGNER_SECRET; an InvalidArgumentException if it is too short. Compare 'owner' with your visitor, and remember the keys you have
 * seen: a receipt can be handed in twice.
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
 * The event, or null if it is not the signer's or older than $tolerance seconds.
 *
 * $headers has lower-case names; in PHP: array_change_key_case(getallheaders()). $body is
 * file_get_contents('php://input'). Remember 'webhook-id': an event can come twice.
 */
function s3_uploader_verify_webhook(string $body, array $headers, string $secret, int $tolerance = 300): ?array
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if ($id === '' || !ctype_digit($timestamp) || abs(time() - (int) $timestamp) > $tolerance) {
        return null;
    }
    $key = strncmp($secret, 'whsec_', 6) === 0 ? base64_decode(substr($secret, 6)) : $secret;
    if (strlen($key) < S3_UPLOADER_SHORTEST) {
        throw new InvalidArgumentException('secret must have at least ' . S3_UPLOADER_SHORTEST . ' bytes');
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
        if (strlen($each) < S3_UPLOADER_SHORTEST) {
            throw new InvalidArgumentException('secret must have at least ' . S3_UPLOADER_SHORTEST . ' characters');
        }
    }
    return $secrets;
}

function s3_uploader_decode(string $text): string
{
    return (string) base64_decode(strtr($text, '-_', '+/'));
}
