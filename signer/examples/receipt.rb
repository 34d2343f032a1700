# frozen_string_literal: true

require "json"
require "openssl"

# Verifies the receipts and webhooks of s3-uploader's signer. Ruby 2.7 or later, standard library only.
module S3Uploader
  # Minimum characters of a secret, as in the signer. With an empty secret, anyone could make a receipt.
  MIN_SECRET_LENGTH = 16

  module_function

  # Returns what was stored, as a Hash, or nil if the signer did not issue the receipt.
  #
  # `secret` is the signer's SIGNER_SECRET. Raises an ArgumentError if it is too short. Compare "owner" with your user, and
  # remember the keys that you have accepted: a receipt can be submitted more than once.
  def verify_receipt(receipt, secret)
    match = /\A(r1\.([\w-]+))\.([\w-]{43})\z/.match(receipt) or return nil
    sealed, payload, mac = match.captures
    genuine = secrets(secret).any? do |each|
      same?(OpenSSL::HMAC.digest("SHA256", each, sealed), mac.tr("-_", "+/").unpack1("m"))
    end
    genuine ? JSON.parse(payload.tr("-_", "+/").unpack1("m")) : nil
  end

  # Returns the event, or nil if its signature is invalid or its time differs by more than `tolerance` seconds.
  #
  # `headers` has lower-case names. Remember "webhook-id": an event can be delivered more than once.
  def verify_webhook(body, headers, secret, tolerance: 300)
    id, timestamp, signatures = headers.values_at("webhook-id", "webhook-timestamp", "webhook-signature")
    return nil unless id && signatures && timestamp.to_s.match?(/\A\d+\z/)
    return nil if (Time.now.to_i - timestamp.to_i).abs > tolerance

    key = secret.start_with?("whsec_") ? secret.delete_prefix("whsec_").unpack1("m") : secret
    raise ArgumentError, "secret must have at least #{MIN_SECRET_LENGTH} bytes" if key.bytesize < MIN_SECRET_LENGTH

    mac = OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.".b + body.b)
    expected = "v1,#{[mac].pack("m0")}"
    signatures.split(" ").any? { |each| same?(expected, each) } ? JSON.parse(body) : nil
  end

  def secrets(secret)
    secrets = secret.split(",").map(&:strip).reject(&:empty?)
    return secrets unless secrets.empty? || secrets.any? { |each| each.length < MIN_SECRET_LENGTH }

    raise ArgumentError, "secret must have at least #{MIN_SECRET_LENGTH} characters"
  end

  # Compares in constant time.
  def same?(one, other)
    one.bytesize == other.bytesize && OpenSSL.fixed_length_secure_compare(one, other)
  end
end
