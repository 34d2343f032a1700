<?php
// Verifies the receipts and webhooks of s3-uploader's signer. PHP 7.4 or later, without extensions.

declare(strict_types=1);

/** Minimum characters of a secret, and how many of them must differ, as in the signer: a weaker one could be guessed. */
const S3_UPLOADER_MIN_SECRET_LENGTH = 32;
const S3_UPLOADER_MIN_DIFFERENT_CHARACTERS = 10;

/**
 * Returns what was stored, or null if the signer did not issue the receipt, or if it is of another bucket or signer, or older
 * than $max_age seconds; 604,800 are 7 days.
 *
 * $secret is the signer's SIGNER_RECEIPT_SECRET, or else its SIGNER_SECRET. Throws an InvalidArgumentException if it is too
 * weak. $audience is the signer's SIGNER_AUDIENCE, or else its SIGNER_PREFIX. Compare 'owner' with your user, and remember
 * the keys that you have accepted: a receipt can be submitted more than once.
 */
function s3_uploader_verify_receipt(
    string $receipt,
    string $secret,
    ?string $bucket = null,
    ?string $audience = null,
    int $max_age = 604800
): ?array {
    $secrets = s3_uploader_secrets($secret);
    if (!preg_match('/\A(r1\.([A-Za-z0-9_-]+))\.([A-Za-z0-9_-]{43})\z/', $receipt, $match)) {
        return null;
    }
    [, $sealed, $payload, $mac] = $match;
    foreach ($secrets as $each) {
        $key = hash_hkdf('sha256', $each, 32, 's3-uploader-signer r1');
        // Compared as text: of the spellings that decode to the same bytes, only one is accepted.
        if (!hash_equals(s3_uploader_encode(hash_hmac('sha256', $sealed, $key, true)), $mac)) {
            continue;
        }
        $stored = json_decode(base64_decode(strtr($payload, '-_', '+/')), true);
        $is_expected = ($bucket === null || $stored['bucket'] === $bucket)
            && ($audience === null || $stored['audience'] === $audience)
            && $stored['issued'] >= time() - $max_age;
        return $is_expected ? $stored : null;
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
    $is_base64 = strncmp($secret, 'whsec_', 6) === 0;
    s3_uploader_check_secret($is_base64 ? substr($secret, 6) : $secret);
    $key = $is_base64 ? base64_decode(substr($secret, 6)) : $secret;
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
    array_map('s3_uploader_check_secret', $secrets ?: ['']);
    return $secrets;
}

function s3_uploader_check_secret(string $secret): void
{
    $different = strlen(count_chars($secret, 3));
    if (strlen($secret) < S3_UPLOADER_MIN_SECRET_LENGTH || $different < S3_UPLOADER_MIN_DIFFERENT_CHARACTERS) {
        throw new InvalidArgumentException(
            'secret must have at least ' . S3_UPLOADER_MIN_SECRET_LENGTH . ' characters, of which at least '
            . S3_UPLOADER_MIN_DIFFERENT_CHARACTERS . ' differ'
        );
    }
}

function s3_uploader_encode(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}
