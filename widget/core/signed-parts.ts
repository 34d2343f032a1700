import { checkUrl } from './check-grant.ts';
import { checkPut } from './check-put.ts';
import { deadline, EXPIRY_MARGIN_MS } from './deadline.ts';
import type { Part } from './parts.ts';
import { MAX_CONNECTIONS } from './request-limiter.ts';
import { callWithRetries } from './retrying-call.ts';
import type { SendFileOptions } from './send-file.ts';
import type { MultipartGrant, PartToSign, SignedParts } from './sign.ts';

/** Parts of one file that are signed at a time: as many as are sent at a time, and as many to come. */
const SIGN_BATCH_PARTS = 2 * MAX_CONNECTIONS;

/** A part with its signature. */
export interface SignedPart extends Part {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for which the signature is valid. */
  timeLeft(): number;
}

/** The first of the parts, as far as they were signed together with the file. */
export async function firstParts(
  grant: MultipartGrant,
  parts: readonly Part[],
  { allowedHosts }: SendFileOptions,
): Promise<readonly SignedPart[]> {
  const signed = await grant.firstParts?.();
  if (!signed) return [];
  const numbers = new Set(signed.parts.map(({ number }) => number));
  const end = parts.findIndex(({ number }) => !numbers.has(number));
  return toSignedParts(end < 0 ? parts : parts.slice(0, end), signed, allowedHosts);
}

/** Yields the parts that are signed already, and signs the others in batches, the next batch while this one is sent. */
export async function* signedParts(
  grant: MultipartGrant,
  file: File,
  parts: readonly Part[],
  first: readonly SignedPart[],
  options: SendFileOptions,
): AsyncGenerator<SignedPart, void, void> {
  const sign = (from: number): Promise<SignedPart[]> | undefined => {
    const batch = parts.slice(from, from + SIGN_BATCH_PARTS);
    if (!batch.length) return undefined;
    const signed = signParts(grant, file, batch, options);
    // a worker that needs the batch gets its error; until then the rejection counts as handled
    signed.catch(() => {});
    return signed;
  };
  let next = sign(first.length);
  yield* first;
  for (let from = first.length + SIGN_BATCH_PARTS; next; from += SIGN_BATCH_PARTS) {
    const signed = await next;
    next = sign(from);
    yield* signed;
  }
}

/** Signs parts, with their checksums where the grant wants them. */
export async function signParts(
  grant: MultipartGrant,
  file: File,
  parts: readonly Part[],
  { computeChecksum, retry, signal, allowedHosts }: SendFileOptions,
): Promise<SignedPart[]> {
  const { checksum: algorithm } = grant;
  const wanted: PartToSign[] = [];
  // one after the other, so that no more than one is in memory
  for (const { number, start, size } of parts) {
    const value = algorithm && (await computeChecksum(file.slice(start, start + size), algorithm, signal));
    wanted.push({ number, size, ...(value && { checksum: { algorithm, value } }) });
  }
  const signed = await callWithRetries((signal) => grant.signParts(wanted, signal), { ...retry, signal });
  return toSignedParts(parts, signed, allowedHosts);
}

/** @throws {UploadError} `bad-signer-response` when a part is missing or may not be sent */
function toSignedParts(
  parts: readonly Part[],
  { lifetime, parts: signed }: SignedParts,
  allowedHosts: SendFileOptions['allowedHosts'],
): SignedPart[] {
  const timeLeft = deadline(lifetime - EXPIRY_MARGIN_MS);
  const byNumber = new Map(signed.map((part) => [part.number, part]));
  return parts.map((part) => {
    const { url = '', headers } = byNumber.get(part.number) ?? {};
    checkUrl(url, allowedHosts);
    return { ...part, url, headers: checkPut(url, headers, part.size), timeLeft };
  });
}
