import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BenchBrowser } from './bench-browser.ts';

/** Photos on the disk. */
export interface Photos extends AsyncDisposable {
  paths: string[];
  /** Bytes of each. */
  size: number;
}

/** Writes JPEGs of 12 megapixels, as detailed as those of a camera, into a temporary folder. All have the same content. */
export async function createPhotos(browser: BenchBrowser, blankUrl: string, count: number): Promise<Photos> {
  await using opened = await browser.openPage(blankUrl);
  const bytes = Buffer.from(await opened.page.evaluate(drawPhoto), 'base64');
  const folder = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-photos-'));
  const paths = Array.from({ length: count }, (_, index) => path.join(folder, `photo-${index}.jpg`));
  await writeFile(paths[0]!, bytes);
  for (const file of paths.slice(1)) await copyFile(paths[0]!, file);
  return { paths, size: bytes.length, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs in the page, so it uses nothing else of this module. Resolves with the file in Base64. */
async function drawPhoto(): Promise<string> {
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
  const reader = new FileReader();
  await new Promise((resolve) => {
    reader.onload = resolve;
    reader.readAsDataURL(blob);
  });
  return (reader.result as string).split(',')[1]!;
}
