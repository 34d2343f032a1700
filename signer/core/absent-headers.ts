import type { PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { SignatureV4 } from '@smithy/signature-v4';

/**
 * Headers that change how a PUT is stored, or by whom it can be read. Ceph's gateway before its fix of 2026 accepts them
 * although they were not signed. `x-amz-meta-` is missing: names of metadata cannot be listed.
 */
const ABSENT_HEADERS = [
  ...['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires'],
  ...['x-amz-acl', 'x-amz-grant-full-control', 'x-amz-grant-read', 'x-amz-grant-read-acp', 'x-amz-grant-write'],
  ...['x-amz-grant-write-acp', 'x-amz-copy-source', 'x-amz-copy-source-range', 'x-amz-metadata-directive'],
  ...['x-amz-object-lock-legal-hold', 'x-amz-object-lock-mode', 'x-amz-object-lock-retain-until-date'],
  ...['x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id'],
  ...['x-amz-server-side-encryption-context', 'x-amz-server-side-encryption-customer-algorithm'],
  ...['x-amz-server-side-encryption-customer-key', 'x-amz-server-side-encryption-customer-key-md5'],
  ...['x-amz-storage-class', 'x-amz-tagging', 'x-amz-tagging-directive', 'x-amz-website-redirect-location'],
];

/**
 * Makes a presigned URL that names further headers as signed, without a value. A storage that skips a signed header that is
 * absent, as Ceph's gateway does, accepts the URL only without these headers: each would add a line to what was signed. A
 * storage that expects every signed header refuses the URL always.
 *
 * @param headers the headers to sign, by lower-case name
 */
export async function presignWithAbsentHeaders(
  client: S3Client,
  command: PutObjectCommand | UploadPartCommand,
  headers: Record<string, string>,
  expiresIn: number,
): Promise<string> {
  const { credentials, region, sha256 } = client.config;
  // Browsers add Cache-Control to a request with If-None-Match.
  const addedByBrowsers = 'if-none-match' in headers ? ['cache-control'] : [];
  const absent = ABSENT_HEADERS.filter((name) => !(name in headers) && !addedByBrowsers.includes(name));
  const signer = new AbsentHeadersSigner({ credentials, region, sha256, service: 's3', uriEscapePath: false }, absent);
  // Replaces the presigner's own step, which creates its signer internally.
  (command as PutObjectCommand).middlewareStack.add(
    () => async (args) => {
      const request = args.request as SignableRequest;
      const host = request.hostname + (request.port ? `:${request.port}` : '');
      const presigned = await signer.presign(
        { ...request, headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers } },
        {
          expiresIn,
          unhoistableHeaders: new Set(Object.keys(headers)),
          signableHeaders: new Set(Object.keys(headers)),
        },
      );
      return { response: {}, output: { $metadata: {}, presigned } as never };
    },
    { step: 'build', priority: 'low', name: 'signerAbsentHeaders' },
  );
  return getSignedUrl(client, command as PutObjectCommand);
}

type SignableRequest = Parameters<SignatureV4['presign']>[0];

/** Signs the names of absent headers, too. */
class AbsentHeadersSigner extends SignatureV4 {
  readonly #absent: readonly string[];

  constructor(options: ConstructorParameters<typeof SignatureV4>[0], absent: readonly string[]) {
    super(options);
    this.#absent = absent;
  }

  protected override getCanonicalHeaderList(headers: object): string {
    return [...Object.keys(headers), ...this.#absent].sort().join(';');
  }

  protected override createCanonicalRequest(
    request: SignableRequest,
    headers: Record<string, string>,
    payloadHash: string,
  ): string {
    const canonical = super.createCanonicalRequest(request, headers, payloadHash);
    // The last two lines are the list of signed headers and the hash of the body.
    const rest = canonical.split('\n').slice(0, -2);
    return [...rest, this.getCanonicalHeaderList(headers), payloadHash].join('\n');
  }
}
