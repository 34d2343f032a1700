// The code that an integrator writes beside an uploader without a signer of its own: it asks the signer, and sends a form.
// Without timeouts and retries, as in the examples of the uploaders' documentation.

/** A signed request for one file. Without `fields`, the file is the body. */
export interface SignedRequest {
  method?: string;
  url: string;
  fields?: Record<string, string>;
  key?: string;
}

/**
 * Calls a route of the signer.
 *
 * @throws {Error} when the response is not 2xx
 */
export async function callSigner<Answer>(signerUrl: string, route: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${signerUrl}/plain/${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`the signer responded with ${response.status}`);
  return (await response.json()) as Answer;
}

/** Signs whole files: one POST policy each. */
export async function signFiles(
  signerUrl: string,
  files: readonly { name: string; type: string; size?: number }[],
): Promise<SignedRequest[]> {
  const body = { files: files.map(({ name, type, size }) => ({ name, type, size })) };
  return (await callSigner<{ files: SignedRequest[] }>(signerUrl, 'sign', body)).files;
}

/** Sends a file, or a part of it. */
export function sendFile(
  { method = 'POST', url, fields }: SignedRequest,
  file: Blob,
  onProgress: (loaded: number, total: number) => void = () => {},
  request = new XMLHttpRequest(),
): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    request.open(method, url);
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    request.onload = () =>
      request.status >= 200 && request.status < 300
        ? resolve(request)
        : reject(new Error(`the storage responded with ${request.status}`));
    request.onerror = () => reject(new Error('no response'));
    request.send(fields ? formOf(fields, file) : file);
  });
}

function formOf(fields: Record<string, string>, file: Blob): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file);
  return form;
}

/** Works through all items, at most `parallel` at a time. */
export async function inParallel<Item>(
  items: readonly Item[],
  parallel: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
}
