import type { SignedPost } from '../../../widget/core/protocol.ts';

/** Sends a signed POST as a browser does. */
export async function sendPost({ url, fields }: SignedPost, body: Buffer): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([body as BlobPart]), 'x');
  return fetch(url, { method: 'POST', body: form, redirect: 'manual' });
}
