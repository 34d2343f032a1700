// Functions that run in the page. Puppeteer passes each as its source, so none may use anything else of this module.

/**
 * Creates JPEGs of 12 megapixels, as detailed as those of a camera, and keeps them in the page's `photos`.
 *
 * @returns bytes of each
 */
export async function makePhotos(count: number): Promise<number> {
  const canvas = new OffscreenCanvas(4000, 3000);
  const context = canvas.getContext('2d')!;
  const gradient = context.createLinearGradient(0, 0, 4000, 3000);
  gradient.addColorStop(0, '#f6c');
  gradient.addColorStop(1, '#26c');
  context.fillStyle = gradient;
  context.fillRect(0, 0, 4000, 3000);
  let seed = 1;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < 60_000; i += 1) {
    context.fillStyle = `hsl(${random() * 360} 60% ${random() * 100}% / 0.3)`;
    context.fillRect(random() * 4000, random() * 3000, random() * 60, random() * 60);
  }
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  const bytes = await blob.arrayBuffer();
  const photos = Array.from({ length: count }, (_, i) => new File([bytes], `${i}.jpg`, { type: 'image/jpeg' }));
  Object.assign(globalThis, { photos });
  return blob.size;
}

/**
 * Decodes all photos with bare calls of createImageBitmap, two at a time.
 *
 * @returns milliseconds
 */
export async function decodeAll(): Promise<number> {
  const { photos } = globalThis as unknown as { photos: File[] };
  const began = performance.now();
  const queue = photos.values();
  const work = async (): Promise<void> => {
    for (const photo of queue) (await createImageBitmap(photo, { resizeWidth: 128, resizeQuality: 'medium' })).close();
  };
  await Promise.all([work(), work()]);
  return performance.now() - began;
}

/**
 * Adds all photos to an element, and waits until each row has its preview.
 *
 * @returns milliseconds until then, and those of the longest task; 0 is less than 50
 * @throws {Error} after a minute
 */
export async function showAll(layout: string): Promise<{ time: number; longest: number }> {
  const { photos } = globalThis as unknown as { photos: File[] };
  const element = document.createElement('s3-uploader') as HTMLElement & { add(files: File[]): Promise<unknown> };
  for (const [name, value] of Object.entries({ endpoint: '/sign', multiple: '', 'no-auto': '', layout })) {
    element.setAttribute(name, value);
  }
  element.style.setProperty('--s3-uploader-list-max-block-size', 'none');
  document.body.append(element);
  await element.add([]); // loads the chunks
  let longest = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  await new Promise((resolve) => setTimeout(resolve, 500)); // until earlier tasks have ended
  observer.observe({ entryTypes: ['longtask'] });
  const began = performance.now();
  await element.add(photos);
  while (element.shadowRoot!.querySelectorAll('.thumbnail canvas').length < photos.length) {
    if (performance.now() - began > 60_000) throw new Error('The previews are not complete after a minute');
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
  const time = performance.now() - began;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  observer.disconnect();
  return { time, longest };
}
