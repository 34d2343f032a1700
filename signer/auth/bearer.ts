/** The response headers of a refused token, as RFC 6750 defines them. */
export const CHALLENGE = { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } };

/** The token of an `Authorization: Bearer …` header. Undefined for any other header. */
export const bearerToken = (header: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header ?? '')?.[1];
