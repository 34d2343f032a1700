# frozen_string_literal: true

require "json"
require "openssl"

# Verifies the receipts and webhooks of s3-uploader's signer. Ruby 2.7 or later, standard library only.
module S3Uploader
  # Minimum characters of a secret, and how many of them must differ, as in the signer: a weaker one could be guessed.
  MIN_SECRET_LENGTH = 32
  MIN_DIFFERENT_CHARACTERS = 10

  module_function

  # Returns what was stored, as a Hash, or nil if the signer did not issue the receipt, or if it is of another bucket or
  # signer, or older than `max_age` seconds; 604,800 are 7 days.
  #
  # `secret` is the signer's SIGNER_RECEIPT_SECRET, or else its SIGNER_SECRET. Raises an ArgumentError if it is too weak.
  # `audience` is the signer's SIGNER_AUDIENCE, or else its SIGNER_PREFIX. Compare "owner" with your user, and remember the
  # keys that you have accepted: a receipt can be submitted more than once.
  def verify_receipt(receipt, secret, bucket: nil, audience: nil, max_age: 604_800)
    keys = secrets(secret).map { |each| receipt_key(each) }
    match = /\A(r1\.([\w-]+))\.([\w-]{43})\z/.match(receipt.b) or return nil
    sealed, payload, mac = match.captures
    # Compared as text: of the spellings that decode to the same bytes, only one is accepted.
    return nil unless keys.any? { |key| same?(encode(OpenSSL::HMAC.digest("SHA256", key, sealed)), mac) }

    stored = JSON.parse(payload.tr("-_", "+/").unpack1("m"))
    return nil unless [nil, stored["bucket"]].include?(bucket) && [nil, stored["audience"]].include?(audience)

    stored["issued"] >= Time.now.to_i - max_age ? stored : nil
  end

  # Returns the event, or nil if its signature is invalid or its time differs by more than `tolerance` seconds.
  #
  # `headers` has lower-case names. Remember "webhook-id": an event can be delivered more than once.
  def verify_webhook(body, headers, secret, tolerance: 300)
    id, timestamp, signatures = headers.values_at("webhook-id", "webhook-timestamp", "webhook-signature")
    return nil unless id && signatures && timestamp.to_s.match?(/\A\d+\z/)
    return nil if (Time.now.to_i - timestamp.to_i).abs > tolerance

    text = secret.delete_prefix("whsec_")
    check_secret(text)
    key = secret.start_with?("whsec_") ? text.unpack1("m") : secret
    mac = OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.".b + body.b)
    expected = "v1,#{[mac].pack("m0")}"
    signatures.split(" ").any? { |each| same?(expected, each) } ? JSON.parse(body) : nil
  end

  def receipt_key(secret)
    OpenSSL::KDF.hkdf(secret, salt: "", info: "s3-uploader-signer r1", length: 32, hash: "SHA256")
  end

  def encode(bytes)
    [bytes].pack("m0").tr("+/", "-_").delete("=")
  end

  def secrets(secret)
    secrets = secret.split(",").map(&:strip).reject(&:empty?)
    (secrets.empty? ? [""] : secrets).each { |each| check_secret(each) }
  end

  def check_secret(secret)
    return if secret.length >= MIN_SECRET_LENGTH && secret.chars.uniq.length >= MIN_DIFFERENT_CHARACTERS

    raise ArgumentError,
          "secret must have at least #{MIN_SECRET_LENGTH} characters, of which at least #{MIN_DIFFERENT_CHARACTERS} differ"
  end

  # Compares in constant time.
  def same?(one, other)
    one.bytesize == other.bytesize && OpenSSL.fixed_length_secure_compare(one, other)
  end
end
