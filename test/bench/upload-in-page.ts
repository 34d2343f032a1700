// What runs in the page: each of these is handed to it as it is, and knows nothing of this module.

export interface Work {
  count: number;
  size: number;
  /** Milliseconds of a round trip. */
  latency: number;
}

/** Signs first, and then sends three at a time. */
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
    const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ files }) });
    grants.push(...((await answer.json()) as { files: typeof grants }).files);
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
        request.onerror = () => reject(new Error('no answer'));
        request.open('POST', url);
        request.send(form);
      });
    }
  };
  await Promise.all([work(), work(), work()]);
  return performance.now() - began;
}

/** Signs all parts of one file first, and then sends four at a time, and has them put together. */
export async function sendBareParts(endpoint: string, { size }: Work): Promise<number> {
  const piece = new Uint8Array(2 ** 20);
  const blob = new Blob(Array.from({ length: size / piece.length }, () => piece));
  const ask = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(endpoint + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json() as Promise<unknown>;
  };
  const asked = { files: [{ id: '1', name: 'a.txt', type: 'text/plain', size }] };
  const { files } = (await ask('', asked)) as { files: { ticket: string; partSize: number }[] };
  const { ticket, partSize } = files[0]!;
  const parts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => ({
    number: index + 1,
    size: Math.min(partSize, size - index * partSize),
  }));
  const signed = (await ask('/parts', { ticket, parts })) as { parts: { number: number; url: string }[] };
  const began = performance.now();
  const queue = signed.parts.values();
  const work = async (): Promise<void> => {
    for (const { number, url } of queue) {
      await new Promise<void>((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.upload.onprogress = () => {};
        request.onload = () => (request.status === 200 ? resolve() : reject(new Error(String(request.status))));
        request.onerror = () => reject(new Error('no answer'));
        request.open('PUT', url);
        request.send(blob.slice((number - 1) * partSize, number * partSize));
      });
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  await ask('/complete', { ticket });
  return performance.now() - began;
}

/** The same files by the tag, its signing included. */
export async function sendByTag(endpoint: string, { count, size }: Work): Promise<number> {
  const tag = document.createElement('s3-uploader') as HTMLElement & { add(files: File[]): Promise<unknown> };
  tag.setAttribute('endpoint', endpoint);
  tag.setAttribute('multiple', '');
  document.body.append(tag);
  // what it shows files with is there before a visitor picks one
  tag.dispatchEvent(new Event('pointerenter'));
  await tag.add([]);
  const piece = new Uint8Array(Math.min(size, 2 ** 20));
  const pieces = Array.from({ length: size / piece.length }, () => piece);
  const files = Array.from({ length: count }, (_, index) => new File(pieces, `${index}.txt`, { type: 'text/plain' }));
  const complete = new Promise<CustomEvent<{ failed: readonly string[] }>>((resolve) =>
    tag.addEventListener('upload-complete', resolve as EventListener),
  );
  const began = performance.now();
  await tag.add(files);
  const { detail } = await complete;
  const time = performance.now() - began;
  tag.remove();
  if (detail.failed.length) throw new Error(`${detail.failed.length} failed`);
  return time;
}

export async function addMany(endpoint: string): Promise<{ time: number; longest: number }> {
  const tag = document.createElement('s3-uploader') as HTMLElement & { add(files: File[]): Promise<unknown> };
  tag.setAttribute('endpoint', endpoint);
  tag.setAttribute('multiple', '');
  tag.setAttribute('no-auto', '');
  document.body.append(tag);
  await tag.add([]);
  const files = Array.from({ length: 10_000 }, (_, index) => new File(['x'], `${index}.txt`, { type: 'text/plain' }));
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.observe({ entryTypes: ['longtask'] });
  const began = performance.now();
  await tag.add(files);
  const time = performance.now() - began;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  tag.remove();
  return { time, longest };
}
