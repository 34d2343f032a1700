# frozen_string_literal: true

require "json"
require "openssl"

# Verifies what s3-uploader's signer has sealed. Ruby 2.7 or later, standard library only.
module S3Uploader
  # The signer starts with none shorter: anyone can seal with the empty one.
  SHORTEST = 16

  module_function

  # What was stored, as a Hash, or nil if the signer never said so.
  #
  # `secret` is the signer's SIGNER_SECRET; an ArgumentError if it is too short. Compare "owner" with your visitor, and remember the keys you
  # have seen: a receipt can be handed in twice.
  def verify_receipt(receipt, secret)
    match = /\A(r1\.([\w-]+))\.([\w-]{43})\z/.match(receipt) or return nil
    sealed, payload, mac = match.captures
    genuine = secrets(secret).any? do |each|
      same?(OpenSSL::HMAC.digest("SHA256", each, sealed), mac.tr("-_", "+/").unpack1("m"))
    end
    genuine ? JSON.parse(payload.tr("-_", "+/").unpack1("m")) : nil
  end

  # The event, or nil if it is not the signer's or older than `tolerance` seconds.
  #
  # `headers` has lower-case names. Remember "webhook-id": an event can come twice.
  def verify_webhook(body, headers, secret, tolerance: 300)
    id, timestamp, signatures = headers.values_at("webhook-id", "webhook-timestamp", "webhook-signature")
    return nil unless id && signatures && timestamp.to_s.match?(/\A\d+\z/)
    return nil if (Time.now.to_i - timestamp.to_i).abs > tolerance

    key = secret.start_with?("whsec_") ? secret.delete_prefix("whsec_").unpack1("m") : secret
    raise ArgumentError, "secret must have at least #{SHORTEST} bytes" if key.bytesize < SHORTEST

    mac = OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.".b + body.b)
    expected = "v1,#{[mac].pack("m0")}"
    signatures.split(" ").any? { |each| same?(expected, each) } ? JSON.parse(body) : nil
  end

  def secrets(secret)
    secrets = secret.split(",").map(&:strip).reject(&:empty?)
    return secrets unless secrets.empty? || secrets.any? { |each| each.length < SHORTEST }

    raise ArgumentError, "secret must have at least #{SHORTEST} characters"
  end

  # Takes the same time whatever differs.
  def same?(one, other)
    one.bytesize == other.bytesize && OpenSSL.fixed_length_secure_compare(one, other)
  end
end
