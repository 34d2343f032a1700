import type { Plan } from '../core/policy.ts';
import { timeoutSignal } from './bucket-url.ts';
import type { Target } from './finding.ts';
import { openSigner } from './open-signer.ts';

/**
 * Signs an upload as the signer does, and sends it as a browser does.
 *
 * @param endpoint the URL of the bucket that it is sent to. Default: the client's own address.
 */
export async function sendUpload(target: Target, plan: Plan, body: string, endpoint?: string): Promise<Response> {
  const { signAbsentHeaders } = target;
  const storage = openSigner(target, { signAbsentHeaders, ...(endpoint && { uploadEndpoints: [endpoint] }) });
  const [Origin = ''] = target.origins;
  if (plan.method === 'PUT') {
    const { url, headers } = await storage.signPut(plan);
    return fetch(url, { method: 'PUT', body, headers: { Origin, ...headers }, signal: timeoutSignal() });
  }
  const { url, fields } = await storage.signPost(plan);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([body]), 'doctor.txt');
  return fetch(url, { method: 'POST', body: form, headers: { Origin }, signal: timeoutSignal() });
}
