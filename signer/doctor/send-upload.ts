import type { Plan } from '../core/policy.ts';
import { openStorage } from '../core/storage.ts';
import { timeoutSignal } from './bucket-url.ts';
import type { Target } from './finding.ts';

/** Seconds until the doctor's signatures expire. Each is used at once. */
export const SIGNATURE_SECONDS = 60;

/** Signs an upload as the signer does, and sends it as a browser does. */
export async function sendUpload(target: Target, plan: Plan, body: string): Promise<Response> {
  const storage = openStorage(target.client, target.bucket, SIGNATURE_SECONDS);
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
