import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { createFileOnDisk } from '../../fixtures/file-on-disk.ts';
import { MiB } from '../../fixtures/files.ts';
import { within } from '../deadline.ts';
import { BARE_BITMAPS, type Lane, PEERS } from '../lanes.ts';
import { bundleUploader } from '../page-server.ts';
import { createPhotos } from '../photo.ts';
import type { Bench, Figure, Measure, Scenario } from '../scenario.ts';
import type { S3UploaderElement } from '../../../widget/index.ts';

/** What a page loads for its first upload, and the most bytes that it should be. */
interface FirstUpload {
  name: string;
  title: string;
  route: 'own-post' | 'own-parts';
  goal?: number;
  /** Absolute path of the file to upload. Without one, the visitor saves data, so that the page loads no more when it is idle. */
  file?: string;
}

/** Says that the visitor saves data. https://wicg.github.io/savedata/ */
const SAVES_DATA = `Object.defineProperty(navigator, 'connection', { value: { saveData: true } })`;
/** Checks the addresses of a storage that is not on HTTPS, as the one here. */
const NOT_COUNTED = 'check-grant';
/** Milliseconds after the upload in which the last chunk has loaded. */
const SETTLE_MS = 1000;
const LIMIT_MS = 30_000;

export const bytes: Scenario = {
  name: 'bytes',
  title: 'Bytes to load',
  hasPeers: true,
  about: () => [
    'What a page loads as Brotli (quality 11): JavaScript and styles. For s3-uploader, the files of `dist/cdn` that a page with ' +
      'the tag has requested by the time its first file is stored. It loads the entry at once, and the rest once the page is ' +
      'idle. For a visitor who saves data, the rest comes with the first file. For the others, one bundle by esbuild, minified, of what the other measurements use: ' +
      'the uploader with its list and previews, its styles, and the code that the page needs to sign for S3. Without icons. ' +
      'They are whole from the start, unless the page itself loads them late.',
    `Not counted: \`${NOT_COUNTED}\`, which a page loads for a POST only if its storage is not on HTTPS, as the one here.`,
  ],
  async run(bench) {
    const text = createFileOnDisk('note.txt', 100_000);
    const film = createFileOnDisk('film.mp4', 20 * MiB);
    await using photos = await createPhotos(bench.browser, bench.pages.pageUrl(BARE_BITMAPS.module), 1);
    const budget = await readBudgets();
    const uploads: FirstUpload[] = [
      { name: 'entry', title: 'At once, before the page is idle', route: 'own-post', goal: budget('the element') },
      { name: 'text', title: 'First upload of a text', route: 'own-post', file: text.path },
      {
        name: 'photo',
        title: 'First upload of a photo',
        route: 'own-post',
        goal: budget('photo'),
        file: photos.paths[0]!,
      },
      { name: 'parts', title: 'First upload of a film in parts', route: 'own-parts', file: film.path },
    ];
    const peers = bench.options.peers ? await Promise.all(PEERS.map(sizeOfPeer)) : [];
    const measures: Measure[] = [];
    const rows: string[][] = [];
    for (const { name, title, goal, ...upload } of uploads) {
      const files = await loadedFiles(bench, upload);
      const isCounted = (file: string): boolean => file !== NOT_COUNTED || upload.route === 'own-parts';
      const size = files.reduce((sum, [name, size]) => (isCounted(name) ? sum + size : sum), 0);
      const ours: Figure = { uploader: 's3-uploader', isOurs: true, values: [size] };
      measures.push({ name, title, unit: 'bytes', ...(goal && { goal }), isCharted: true, figures: [ours, ...peers] });
      rows.push([title, files.map(([file, size]) => `${file} ${size.toLocaleString('en')}`).join(', ')]);
    }
    const tables = [{ title: 'Files of s3-uploader, and bytes of each', head: ['', 'Files'], rows }];
    return { measures, tables };
  },
};

/** The bytes that CI allows, by a part of their name in package.json. */
async function readBudgets(): Promise<(name: string) => number> {
  const { 'size-limit': budgets } = JSON.parse(await readFile('package.json', 'utf8')) as {
    'size-limit': { name: string; limit: string }[];
  };
  return (part) => parseInt(budgets.find(({ name }) => name.includes(part))!.limit);
}

/** The files that the page has loaded, and their bytes. */
async function loadedFiles(
  { browser, pages, backend }: Bench,
  { route, file }: Omit<FirstUpload, 'name' | 'title'>,
): Promise<[name: string, size: number][]> {
  const session = await backend.startSession();
  try {
    pages.forgetLoaded();
    await using opened = await browser.openPage(
      pages.elementUrl(`${backend.signerUrl}${session.path}/${route}`),
      file ? '' : SAVES_DATA,
    );
    const { page } = opened;
    await page.waitForFunction(() => document.querySelector('s3-uploader')?.shadowRoot?.querySelector('button'));
    if (file) {
      const stored = page.evaluate(
        () =>
          new Promise<string>((resolve) => {
            const element = document.querySelector<S3UploaderElement>('s3-uploader')!;
            element.addEventListener('upload-success', () => resolve(''));
            element.addEventListener('upload-error', ({ detail }) => resolve(detail.code));
          }),
      );
      const input = await page.$('s3-uploader >>> input[type=file]');
      await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(file);
      const problem = await within(LIMIT_MS, stored);
      if (problem) throw new Error(`the first upload has failed: ${problem}`);
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const files = [...pages.loaded].map(async (file) => {
      const content = await readFile(file);
      // a chunk's name without its hash, which changes with every build
      return [path.basename(file, '.js').replace(/-[0-9a-f]{7}$/, ''), brotliCompressSync(content).length] as const;
    });
    return (await Promise.all(files)).map(([name, size]) => [name, size]);
  } finally {
    await session.close();
  }
}

async function sizeOfPeer({ label, module }: Lane): Promise<Figure> {
  const { script, style } = await bundleUploader(module, false);
  return {
    uploader: label,
    values: [brotliCompressSync(script).length + (style ? brotliCompressSync(style).length : 0)],
  };
}
