import type { Plan } from '../core/policy.ts';
import { timeoutSignal } from './bucket-url.ts';
import { deleteObject } from './delete-object.ts';
import type { Target } from './finding.ts';
import { openSigner } from './open-signer.ts';
import { newKey } from './test-object.ts';

/** Signs a PUT, with or without the names of absent headers. */
export type SignPut = (
  plan: Plan,
  signAbsentHeaders: boolean,
) => Promise<{ url: string; headers?: Record<string, string> }>;

/** Which presigned PUTs a storage accepts. */
export interface AcceptedPuts {
  /** Whether it accepts one at all. */
  plain: boolean;
  /**
   * Whether it accepts one whose URL lists headers as signed that the request does not have. Only such a storage can be used
   * with SIGNER_SIGN_ABSENT_HEADERS.
   */
  withAbsentHeaders: boolean;
}

/** Tries both. */
export async function findAcceptedPuts(
  target: Target,
  signPut: SignPut = (plan, signAbsentHeaders) => openSigner(target, { signAbsentHeaders }).signPut(plan),
): Promise<AcceptedPuts> {
  const put = async (signAbsentHeaders: boolean): Promise<boolean> => {
    const key = newKey(target);
    const plan: Plan = { method: 'PUT', key, size: 0, type: 'text/plain', headers: {} };
    const { url, headers } = await signPut(plan, signAbsentHeaders);
    const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders') ?? '';
    if (signAbsentHeaders && !signed.includes('x-amz-acl')) return false;
    const response = await fetch(url, { method: 'PUT', body: '', headers, signal: timeoutSignal() });
    await response.body?.cancel();
    if (response.ok) await deleteObject(target, key);
    return response.ok;
  };
  const plain = await put(false);
  return { plain, withAbsentHeaders: plain && (await put(true)) };
}
