// Functions that run in the page. Puppeteer passes each as its source, so none may use anything else of this module.

/** The files to upload. */
export interface Work {
  count: number;
  /** Bytes of each file. */
  size: number;
  /** Milliseconds of a round trip, to the signer and to the storage. */
  latency: number;
}

/**
 * Uploads files with bare XMLHttpRequests, three at a time.
 *
 * @returns milliseconds, without the signing, which is done before
 */
export async function sendBare(endpoint: string, { count, size }: Work): Promise<number> {
  const blob = new Blob([new Uint8Array(size)], { type: 'text/plain' });
  const grants: { url: string; fields: Record<string, string> }[] = [];
  for (let from = 0; from < count; from += 100) {
    const files = Array.from({ length: Math.min(100, count - from) }, (_, index) => ({
      id: String(index),
      name: 'a.txt',
      type: 'text/plain',
      size,
    }));
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ files }) });
    grants.push(...((await response.json()) as { files: typeof grants }).files);
  }
  const began = performance.now();
  const queue = grants.values();
  const work = async (): Promise<void> => {
    for (const { url, fields } of queue) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', blob);
      await new Promise<void>((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.upload.onprogress = () => {};
        request.onload = () => (request.status === 201 ? resolve() : reject(new Error(String(request.status))));
        request.onerror = () => reject(new Error('no response'));
        request.open('POST', url);
        request.send(form);
      });
    }
  };
  await Promise.all([work(), work(), work()]);
  return performance.now() - began;
}

/**
 * Uploads one file in parts with bare XMLHttpRequests, four at a time.
 *
 * @returns milliseconds, with its completion and without the signing, which is done before
 */
export async function sendBareParts(endpoint: string, { size }: Work): Promise<number> {
  const piece = new Uint8Array(2 ** 20);
  const blob = new Blob(Array.from({ length: size / piece.length }, () => piece));
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(endpoint + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
    return response.json() as Promise<unknown>;
  };
  const request = { files: [{ id: '1', name: 'a.txt', type: 'text/plain', size }] };
  const { files } = (await post('', request)) as { files: { ticket: string; partSize: number }[] };
  const { ticket, partSize } = files[0]!;
  const parts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => ({
    number: index + 1,
    size: Math.min(partSize, size - index * partSize),
  }));
  const signed = (await post('/parts', { ticket, parts })) as { parts: { number: number; url: string }[] };
  const began = performance.now();
  const queue = signed.parts.values();
  const work = async (): Promise<void> => {
    for (const { number, url } of queue) {
      await new Promise<void>((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.upload.onprogress = () => {};
        request.onload = () => (request.status === 200 ? resolve() : reject(new Error(String(request.status))));
        request.onerror = () => reject(new Error('no response'));
        request.open('PUT', url);
        request.send(blob.slice((number - 1) * partSize, number * partSize));
      });
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  await post('/complete', { ticket });
  return performance.now() - began;
}

/**
 * Uploads files with the element.
 *
 * @returns milliseconds, with the signing
 */
export async function sendByElement(endpoint: string, { count, size }: Work): Promise<number> {
  const element = document.createElement('s3-uploader') as HTMLElement & { add(files: File[]): Promise<unknown> };
  element.setAttribute('endpoint', endpoint);
  element.setAttribute('multiple', '');
  document.body.append(element);
  // loads the chunks, as the pointer of a visitor does before they pick a file
  element.dispatchEvent(new Event('pointerenter'));
  await element.add([]);
  const piece = new Uint8Array(Math.min(size, 2 ** 20));
  const pieces = Array.from({ length: size / piece.length }, () => piece);
  const files = Array.from({ length: count }, (_, index) => new File(pieces, `${index}.txt`, { type: 'text/plain' }));
  const complete = new Promise<CustomEvent<{ failed: readonly string[] }>>((resolve) =>
    element.addEventListener('upload-complete', resolve as EventListener),
  );
  const began = performance.now();
  await element.add(files);
  const { detail } = await complete;
  const time = performance.now() - began;
  element.remove();
  if (detail.failed.length) throw new Error(`${detail.failed.length} files failed`);
  return time;
}

/**
 * Adds 10,000 files to an element, and waits until they are drawn.
 *
 * @returns milliseconds until they are added, and those of the longest task; 0 is less than 50
 */
export async function addManyFiles(endpoint: string): Promise<{ time: number; longest: number }> {
  const element = document.createElement('s3-uploader') as HTMLElement & { add(files: File[]): Promise<unknown> };
  element.setAttribute('endpoint', endpoint);
  element.setAttribute('multiple', '');
  element.setAttribute('no-auto', '');
  document.body.append(element);
  await element.add([]);
  const files = Array.from({ length: 10_000 }, (_, index) => new File(['x'], `${index}.txt`, { type: 'text/plain' }));
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.observe({ entryTypes: ['longtask'] });
  const began = performance.now();
  await element.add(files);
  const time = performance.now() - began;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  element.remove();
  return { time, longest };
}
