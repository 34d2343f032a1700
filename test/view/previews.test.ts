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
    expect(slotOf(element)?.querySelector('.duration')?.textContent).to.equal('1:05');
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
    const previews = new Previews(thumbnail);
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
