import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { resumeStore } from '../../widget/browser/resume-store.ts';
import { Previews } from '../../widget/view/preview.ts';
import type { MakeThumbnail, Thumbnail } from '../../widget/media/thumbnail.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile, withExif } from '../fixtures/pictures.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const mountElement = (content: ReturnType<typeof html>): Promise<S3UploaderElement> => fixture(content);
/** The icon or the letters of a thumbnail. */
const badgeOf = (slot: Element): HTMLElement => slot.querySelector<HTMLElement>('span:not(.duration)')!;
const WITHOUT_UPLOAD = html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`;

describe('Previews', () => {
  const slotOf = (element: S3UploaderElement, i = 0): Element | undefined =>
    allByRole(element, 'listitem')[i]?.querySelector('.thumbnail') ?? undefined;

  for (const type of ['image/png', 'image/jpeg', 'image/webp'] as const) {
    it(`show ${type} at a small size, without a blob URL`, async () => {
      const element = await mountElement(WITHOUT_UPLOAD);
      const file = await pictureFile('wide.bin', 1600, 800, type);
      if (file.type !== type) return expect(navigator.userAgent, 'writes no WebP').to.match(/WebKit/);
      await element.add([file]);
      const canvas = await until('the picture', () => slotOf(element)?.querySelector('canvas'));
      expect([canvas.width, canvas.height]).to.deep.equal([192, 96]);
      return expect(element.shadowRoot?.querySelector('[src^="blob:"]')).to.equal(null);
    });
  }

  for (const [width, height] of [
    [400, 200],
    [40, 20], // smaller than its slot
  ] as const) {
    it(`follow the EXIF orientation and keep the aspect ratio of ${width} × ${height} pixels`, async () => {
      const element = await mountElement(WITHOUT_UPLOAD);
      // red on the left, blue on the right; with orientation 6, red is at the top
      const plain = await drawJpeg(width, height, (context) => {
        context.fillStyle = '#f00';
        context.fillRect(0, 0, width / 2, height);
        context.fillStyle = '#00f';
        context.fillRect(width / 2, 0, width / 2, height);
      });
      await element.add([withExif(plain, 6)]);
      const canvas = await until('the picture', () => slotOf(element)?.querySelector('canvas'));
      expect(canvas.height / canvas.width).to.be.closeTo(2, 0.05);
      expect(colourAt(canvas, 0.5, 0.1)).to.equal('red');
      expect(colourAt(canvas, 0.5, 0.9)).to.equal('blue');
    });
  }

  it('leave the icon for a HEIC that the browser cannot decode', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    const brand = new TextEncoder().encode('\0\0\0\x18ftypheic\0\0\0\0heicmif1');
    await element.add([new File([brand], 'IMG_0001.HEIC', { type: 'image/heic' }), await pictureFile('last.png')]);
    await until('the last picture', () => slotOf(element, 1)?.querySelector('canvas'));
    expect(slotOf(element)?.textContent).to.equal('HEIC');
    expect(slotOf(element)?.querySelector('canvas, img')).to.equal(null);
    await expect(element).to.be.accessible();
  });

  it('leave the icon for a damaged picture and for an SVG', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    const broken = new File(['\x89PNG\r\n\x1a\nbroken'], 'broken.png', { type: 'image/png' });
    const svg = new File(['<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'], 'a.svg', {
      type: 'image/svg+xml',
    });
    await element.add([broken, svg, await pictureFile('last.png')]);
    // previews are made in order: once the last is shown, the others have been tried
    await until('the last picture', () => slotOf(element, 2)?.querySelector('canvas'));
    expect(slotOf(element, 0)?.querySelector('canvas')).to.equal(null);
    expect(slotOf(element, 0)?.textContent).to.equal('png');
    expect(slotOf(element, 1)?.children.length).to.equal(1);
  });

  it('are omitted with `no-previews`', async () => {
    const element = await mountElement(html`<s3-uploader endpoint="/sign" no-auto multiple no-previews></s3-uploader>`);
    const other = await mountElement(WITHOUT_UPLOAD);
    await element.add([await pictureFile('a.png')]);
    await other.add([await pictureFile('a.png')]);
    await until('the picture of the other element', () => slotOf(other)?.querySelector('canvas'));
    expect(slotOf(element)?.querySelector('canvas')).to.equal(null);
  });

  it('show the first frame of a video that is not black, and its duration', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    const answer = await fetch(new URL('../fixtures/video.webm', import.meta.url));
    await element.add([new File([await answer.blob()], 'film.webm', { type: 'video/webm' })]);
    const canvas = await until('the frame', () => slotOf(element)?.querySelector('canvas'));
    expect([canvas.width, canvas.height]).to.deep.equal([128, 96]);
    expect(colourAt(canvas, 0.5, 0.5)).to.equal('orange');
    const duration = slotOf(element)!.querySelector<HTMLElement>('.duration')!;
    expect(duration.textContent).to.equal('1:05');
    expect(duration.offsetHeight).to.be.above(0);
    expect(badgeOf(slotOf(element)!).offsetHeight).to.equal(0);
    await expect(element).to.be.accessible();
  });

  it('show a frame of a video that the browser recorded', async () => {
    const film = await record();
    if (!film)
      return expect(typeof MediaRecorder === 'undefined' || !MediaRecorder.isTypeSupported('video/webm')).to.be.true;
    const element = await mountElement(WITHOUT_UPLOAD);
    await element.add([film]);
    const canvas = await until('the frame', () => slotOf(element)?.querySelector('canvas'));
    return expect(Math.min(canvas.width, canvas.height)).to.be.at.most(96);
  });

  it('are made again when the layout has more room for them, and not before', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    await element.add([await pictureFile('a.jpg', 1600, 800, 'image/jpeg')]);
    const small = await until('the picture', () => slotOf(element)?.querySelector('canvas'));
    element.lang = 'de'; // renders all texts again
    await until('German', () => allByRole(element, 'listitem')[0]?.textContent.includes('Bereit'));
    expect(slotOf(element)?.querySelector('canvas')).to.equal(small);
    element.layout = 'grid';
    const large = await until('a larger picture', () => {
      const canvas = slotOf(element)?.querySelector('canvas');
      return canvas !== small && canvas;
    });
    expect(large.width).to.be.greaterThan(300);
    expect(slotOf(element)?.querySelectorAll('canvas').length).to.equal(1);
  });

  it('are made for a file lost on a reload once it is picked again', async () => {
    const file = await pictureFile('lost.png', 100, 50);
    const { name, size, type, lastModified } = file;
    const servers = await startRemoteServers();
    await servers.signer.setFaults({ do: 'answer', path: '/parts/list', status: 200, body: '{"parts":[]}' });
    const { endpoint } = servers;
    const store = resumeStore([location.pathname, endpoint, 'lost', undefined].join(' '));
    await store.save({
      ...{ key: 'up/lost.png', ticket: 't', partSize: 5, expires: Date.now() + 60_000 },
      ...{ name, size, type, lastModified },
    });
    const element = await mountElement(
      html`<s3-uploader endpoint=${endpoint} no-auto multiple id="lost"></s3-uploader>`,
    );
    await until('the row', () => allByRole(element, 'listitem').length === 1);
    expect(slotOf(element)?.querySelector('canvas')).to.equal(null);
    await element.add([file]);
    await until('the picture', () => slotOf(element)?.querySelector('canvas'));
    expect(element.files).to.have.length(1);
    await store.drop('up/lost.png');
    await servers.close();
  });

  it('are made only for rows in view', async () => {
    const requested: string[] = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (this: Worker, ...message: Parameters<typeof postMessage>) {
      requested.push((message[0] as { file: File }).file.name);
      postMessage.apply(this, message);
    } as typeof postMessage;
    const element = await mountElement(WITHOUT_UPLOAD);
    const one = await pictureFile('a.jpg', 400, 200, 'image/jpeg');
    await element.add(Array.from({ length: 300 }, (_, i) => new File([one], `${i}.jpg`, { type: one.type })));
    const isThere = (i: number): unknown =>
      allByRole(element, 'listitem')
        .find((row) => row.ariaPosInSet === `${i + 1}`)
        ?.querySelector('canvas');
    await until('the pictures of the first rows', () => [0, 1, 2, 3, 4].every(isThere));
    const list = byRole(element, 'list')!;
    list.scrollTop = list.scrollHeight;
    await until('the pictures of the last rows', () => [295, 296, 297, 298, 299].every(isThere));
    Worker.prototype.postMessage = postMessage;
    expect(requested).to.include('4.jpg').and.to.include('299.jpg');
    expect(requested.length).to.be.lessThan(80);
  });

  it('are made two at a time, and not for a row that was removed meanwhile', async () => {
    const slots = await Promise.all(
      [0, 1, 2, 3, 4].map(() => fixture<HTMLElement>(html`<div style="inline-size: 48px"></div>`)),
    );
    const requested: { name: string; answer(thumbnail: Thumbnail): void }[] = [];
    const thumbnail: MakeThumbnail = ({ name }) => new Promise((answer) => requested.push({ name, answer }));
    const root = document.createElement('div').attachShadow({ mode: 'open' });
    const previews = new Previews({ root, thumbnail, onMissing: () => {} });
    slots.forEach((slot, i) => previews.show(textFile(`${i}`), slot));
    await until('two requests', () => requested.length === 2);
    slots[2]!.remove();
    requested[0]!.answer({ bitmap: await createImageBitmap(await pictureFile('a.png', 40, 20)) });
    await until('the next request', () => requested.length === 3);
    expect(requested.map(({ name }) => name)).to.deep.equal(['0', '1', '3']);
    expect(slots[0]!.querySelector('canvas')?.width).to.equal(40);
    requested[1]!.answer({});
    await until('the last request', () => requested.length === 4);
    requested[2]!.answer({});
    requested[3]!.answer({});
    expect(slots.map((slot) => slot.childElementCount)).to.deep.equal([1, 0, 0, 0, 0]);
  });
});

describe('Pictures in the rows of files', () => {
  const slotOf = (element: S3UploaderElement, i = 0): HTMLElement =>
    allByRole(element, 'listitem')[i]!.querySelector<HTMLElement>('.thumbnail')!;
  const pictureOf = (element: S3UploaderElement, i = 0): Promise<HTMLElement> =>
    until('the picture', () => allByRole(element, 'listitem')[i]?.querySelector<HTMLElement>('.picture'));

  for (const scheme of ['light', 'dark']) {
    it(`are on a light ground in the colour scheme ${scheme}, and no icon shows behind a transparent one`, async () => {
      const element = await mountElement(WITHOUT_UPLOAD);
      element.style.colorScheme = scheme;
      await element.add([await drawing(300, 200), textFile('a.txt')]);
      await pictureOf(element);
      expect(getComputedStyle(badgeOf(slotOf(element))).display).to.equal('none');
      const ground = getComputedStyle(slotOf(element)).backgroundImage;
      const channels = ground.match(/rgb\(\d+, \d+, \d+\)/g)!.flatMap((colour) => colour.match(/\d+/g)!.map(Number));
      expect(ground).to.match(/^repeating-conic-gradient/);
      expect(Math.min(...channels)).to.be.above(200);
      expect(getComputedStyle(slotOf(element, 1)).backgroundImage).to.equal('none');
    });
  }

  for (const [what, file, fit] of [
    ['a photo', () => pictureFile('a.jpg', 300, 200, 'image/jpeg'), 'cover'],
    ['an opaque PNG', () => pictureFile('a.png', 300, 200), 'cover'],
    ['a transparent PNG', () => drawing(300, 200), 'contain'],
    ['a photo of 5 to 2', () => pictureFile('a.jpg', 500, 200, 'image/jpeg'), 'cover'],
    ['a wide photo', () => pictureFile('a.jpg', 1200, 300, 'image/jpeg'), 'contain'],
    ['a tall photo', () => pictureFile('a.jpg', 200, 1000, 'image/jpeg'), 'contain'],
  ] as const) {
    it(`${fit === 'cover' ? 'fill the tile' : 'are shown as a whole'}: ${what}`, async () => {
      const element = await mountElement(WITHOUT_UPLOAD);
      await element.add([await file()]);
      const picture = await pictureOf(element);
      expect(getComputedStyle(picture).objectFit).to.equal(fit);
      expect(picture.offsetHeight).to.equal(slotOf(element).offsetHeight);
    });
  }

  it('fill an avatar, whatever their shape', async () => {
    const element = await mountElement(html`<s3-uploader endpoint="/sign" no-auto layout="avatar"></s3-uploader>`);
    await element.add([await drawing(300, 200)]);
    expect(getComputedStyle(await pictureOf(element)).objectFit).to.equal('cover');
  });

  it('fit by their ratio if the page names their URL', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    const urls = [await pictureFile('a.png', 300, 200), await pictureFile('b.png', 40, 200)].map((file) =>
      URL.createObjectURL(file),
    );
    element.existing = urls.map((picture, i) => ({ key: `up/${i}.png`, size: 1000, type: 'image/png', picture }));
    const pictures = await until('the pictures', () => {
      const found = [...element.shadowRoot!.querySelectorAll('img.picture')];
      return found.length === 2 && found;
    });
    expect(pictures.map((picture) => getComputedStyle(picture).objectFit)).to.deep.equal(['cover', 'contain']);
    urls.forEach((url) => URL.revokeObjectURL(url));
  });

  it('leave the icon if the URL that the page names cannot be loaded', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    element.existing = [{ key: 'up/a.png', size: 1000, type: 'image/png', picture: 'data:image/png,broken' }];
    await until('the icon', () => element.shadowRoot!.querySelector('.thumbnail svg'));
    element.layout = 'grid'; // draws all rows again
    await until('the layout', () => slotOf(element).offsetHeight > 100);
    expect(slotOf(element).querySelector('img')).to.equal(null);
    expect(badgeOf(slotOf(element)).offsetHeight).to.be.above(0);
  });

  it('stay when the icons of other files arrive', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    await element.add([await pictureFile('a.png')]);
    const picture = await pictureOf(element);
    await element.add([textFile('b.txt')]);
    await until('the icons', () => element.shadowRoot!.querySelectorAll('.type').length === 2);
    expect(slotOf(element).contains(picture)).to.equal(true);
  });
});

describe('The icons of files without a picture', () => {
  const slots = (element: S3UploaderElement): HTMLElement[] =>
    allByRole(element, 'listitem').map((row) => row.querySelector<HTMLElement>('.thumbnail')!);
  const icon = (slot: HTMLElement | undefined): SVGElement | null | undefined => slot?.querySelector('svg');

  /** Adds files of these names and types, and returns their thumbnails once each has an icon. */
  async function addFiles(element: S3UploaderElement, ...files: (readonly [string, string?])[]) {
    element.style.setProperty('--s3-uploader-list-max-block-size', 'none');
    await element.add(files.map(([name, type = '']) => new File([name], name, { type })));
    await until('the icons', () => slots(element).length === files.length && slots(element).every(icon));
    return slots(element);
  }

  const KINDS = [
    ['document', 'Letter.docx'],
    ['pdf', 'Invoice.PDF'],
    ['sheet', 'budget.csv', 'text/csv'],
    ['slides', 'talk.pptx'],
    ['archive', 'backup.tar.gz', 'application/gzip'],
    ['code', 'main.ts', 'video/mp2t'],
    ['text', 'notes.txt', 'text/plain'],
    ['audio', 'memo.webm', 'audio/webm'],
    ['film', 'clip.mkv', 'video/x-matroska'],
    ['font', 'Inter.woff2', 'font/woff2'],
    ['model', 'part.stl'],
    ['image', 'IMG_1.heic', 'image/heic'],
    ['other', 'data.bin'],
    ['other', 'README'],
    ['other', 'zip'],
    ['other', '.env'],
    ['code', 'feed', 'application/atom+xml'],
    ['sheet', 'table', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ] as const;

  it('show the type of a file, by its extension and its media type', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    const found = await addFiles(element, ...KINDS.map(([, ...file]) => file));
    const kinds = found.map((slot) => slot.querySelector('.type')!.className.replace('type ', ''));
    expect(kinds).to.deep.equal(KINDS.map(([kind]) => kind));
    const paths = found.map((slot) => slot.querySelector('path')!.getAttribute('d'));
    expect(new Set(paths).size).to.equal(12); // a PDF is a document in red
    expect(found.map((slot) => slot.textContent).slice(-6)).to.deep.equal(['bin', '', '', '', '', '']);
    await expect(element).to.be.accessible();
  });

  for (const [page, background] of [
    ['light', '#fff'],
    ['dark', '#111'],
  ] as const) {
    it(`stand out from the tile on a ${page} page`, async () => {
      const element = await mountElement(WITHOUT_UPLOAD);
      const found = await addFiles(element, ...KINDS.map(([, ...file]) => file));
      for (const slot of found) {
        const kind = slot.querySelector('.type')!;
        const tile = [background, getComputedStyle(slot).backgroundColor];
        expect(contrastOf(tile, [getComputedStyle(icon(slot)!).stroke]), kind.className).to.be.above(3);
      }
    });
  }

  it('have the extension below them where there is room', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    const [slot] = await addFiles(element, ['a.pdf']);
    const letters = slot!.querySelector<HTMLElement>('.type > span')!;
    for (const [layout, size, hasLetters] of [
      ['list', 48, true],
      ['compact', 36, false],
      ['grid', 128, true],
    ] as const) {
      element.layout = layout;
      await until(layout, () => slot!.offsetHeight === size);
      const box = icon(slot)!.getBoundingClientRect();
      expect(letters.offsetHeight > 0, layout).to.equal(hasLetters);
      expect(box.width, layout).to.be.within(size * 0.4, size * 0.6);
      const last = hasLetters ? letters.getBoundingClientRect() : box;
      const tile = slot!.getBoundingClientRect();
      const above = box.top - tile.top;
      expect(above, layout).to.be.above(2);
      expect(tile.bottom - last.bottom, layout).to.be.closeTo(above, 2);
    }
  });

  it('are there at once when a row is scrolled back into view', async () => {
    const element = await mountElement(WITHOUT_UPLOAD);
    await element.add(Array.from({ length: 100 }, (_, i) => textFile(`${i}.txt`)));
    await until('the icons', () => icon(slots(element)[0]));
    const list = byRole(element, 'list')!;
    const entered: boolean[] = [];
    new MutationObserver((changes) => {
      for (const row of changes.flatMap(({ addedNodes }) => [...addedNodes] as Element[]))
        entered.push(!!row.querySelector('.thumbnail svg'));
    }).observe(list, { childList: true });
    for (const top of [list.scrollHeight, 0]) {
      list.scrollTop = top;
      const position = top ? '100' : '1';
      await until('the row', () => allByRole(element, 'listitem').some((row) => row.ariaPosInSet === position));
    }
    expect(entered.length).to.be.above(10);
    expect(entered).not.to.include(false);
  });
});

/** A PNG in black lines on transparent ground. */
async function drawing(width: number, height: number): Promise<File> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.lineWidth = 10;
  context.strokeRect(width / 4, height / 4, width / 2, height / 2);
  return new File([await canvas.convertToBlob()], 'drawing.png', { type: 'image/png' });
}

/** Contrast of two colours, 1 to 21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. Each is a stack of layers. */
function contrastOf(...colours: [string[], string[]]): number {
  const [lighter, darker] = colours.map(luminance).sort((a, b) => b - a) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(layers: readonly string[]): number {
  const context = new OffscreenCanvas(1, 1).getContext('2d')!;
  for (const layer of layers) {
    context.fillStyle = layer;
    context.fillRect(0, 0, 1, 1);
  }
  const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Draws a JPEG of this size. */
async function drawJpeg(
  width: number,
  height: number,
  draw: (context: OffscreenCanvasRenderingContext2D) => void,
): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height);
  draw(canvas.getContext('2d')!);
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
}

/** Names the colour at a point of a picture, with x and y from 0 to 1. */
function colourAt(canvas: HTMLCanvasElement, x: number, y: number): string {
  const context = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1);
  const COLOURS = { red: [255, 0, 0], blue: [0, 0, 255], orange: [255, 153, 0], black: [0, 0, 0] };
  const near = Object.entries(COLOURS).find(([, colour]) =>
    colour.every((value, i) => Math.abs(value - data[i]!) < 40),
  );
  return data[3] === 255 && near ? near[0] : data.join();
}

/** Records a third of a second of red; undefined if the browser cannot record. */
async function record(): Promise<File | undefined> {
  if (typeof MediaRecorder === 'undefined' || !MediaRecorder.isTypeSupported('video/webm')) return undefined;
  const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
  const context = canvas.getContext('2d')!;
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
  const chunks: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => chunks.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
  recorder.start();
  for (let i = 0; i < 20; i++) {
    context.fillStyle = i % 2 ? '#e33' : '#d22';
    context.fillRect(0, 0, 160, 120);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  recorder.stop();
  await stopped;
  return new File(chunks, 'film.webm', { type: 'video/webm' });
}
