import type { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { absentHeaders } from './absent-headers.ts';
import { resolveBucket, type BucketAddress, type ResolvedBucket } from './bucket-address.ts';

/** What a presigned PUT is for. */
export interface PresignedPut {
  /** The object's key, raw: not percent-encoded. */
  key: string;
  /** Parameters of the URL. */
  query: Record<string, string>;
  /** The headers that must be sent, by lower-case name. */
  headers: Record<string, string>;
}

/** Signs a PUT to the bucket at this address; undefined for the client's own. */
export type PresignPut = (put: PresignedPut, address: BucketAddress | undefined) => Promise<string>;

/**
 * Makes the function that presigns PUTs. The SDK's `getSignedUrl` runs all the steps of a request for each URL, and takes five
 * times as long; this asks the SDK once where the bucket is, and then only signs. The signature covers the host, so a URL is
 * valid at one address only.
 *
 * @param signsAbsent whether the URLs name further headers as signed, see `absent-headers.ts`
 */
export function createPresignPut(
  client: S3Client,
  bucket: string,
  expiresIn: number,
  signsAbsent: boolean | undefined,
): PresignPut {
  const { credentials, region, sha256 } = client.config;
  let resolved: ResolvedBucket | undefined;
  return async function presignPut({ key, query, headers }, address) {
    resolved ??= await resolveBucket(client, bucket);
    const { protocol, hostname, port, path } = address ?? resolved;
    const host = hostname + (port ? `:${port}` : '');
    const names = new Set(Object.keys(headers));
    const absent = signsAbsent ? absentHeaders(headers) : [];
    const signer = new PutSigner({ credentials, region, sha256, service: 's3', uriEscapePath: false }, absent);
    const signed = await signer.presign(
      {
        ...{ method: 'PUT', protocol, hostname, port, path: path + key.split('/').map(escape).join('/'), query },
        headers: { host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', ...headers },
      },
      {
        expiresIn,
        unhoistableHeaders: names,
        signableHeaders: names,
        signingRegion: resolved.region,
        signingService: resolved.service,
      },
    );
    return `${protocol}//${host}${signed.path}?${queryString(signed.query as Record<string, string>)}`;
  };
}

/** Signs the names of absent headers, too. */
class PutSigner extends SignatureV4 {
  readonly #absent: readonly string[];

  constructor(options: ConstructorParameters<typeof SignatureV4>[0], absent: readonly string[]) {
    super(options);
    this.#absent = absent;
  }

  protected override getCanonicalHeaderList(headers: object): string {
    return [...Object.keys(headers), ...this.#absent].sort().join(';');
  }

  protected override createCanonicalRequest(
    request: Parameters<SignatureV4['presign']>[0],
    headers: Record<string, string>,
    payloadHash: string,
  ): string {
    const canonical = super.createCanonicalRequest(request, headers, payloadHash);
    if (this.#absent.length === 0) return canonical;
    // The last two lines are the list of signed headers and the hash of the body.
    const rest = canonical.split('\n').slice(0, -2);
    return [...rest, this.getCanonicalHeaderList(headers), payloadHash].join('\n');
  }
}

const queryString = (query: Record<string, string>): string =>
  Object.entries(query)
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .join('&');

/** Percent-encodes as Signature Version 4 does: everything but letters, digits and `-._~`. */
const escape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
