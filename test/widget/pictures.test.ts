import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/s3-uploader.ts';
import { allByRole, picture, until } from '../helpers/page.ts';
import { photo } from '../helpers/pictures.ts';

const tag = (content: ReturnType<typeof html>): Promise<S3UploaderElement> => fixture(content);
const waiting = html`<s3-uploader endpoint="/sign" no-auto multiple></s3-uploader>`;

describe('Previews', () => {
  const slotOf = (element: S3UploaderElement, i = 0): Element | undefined =>
    allByRole(element, 'listitem')[i]?.querySelector('.thumbnail') ?? undefined;

  for (const type of ['image/png', 'image/jpeg', 'image/webp'] as const) {
    it(`show ${type} small, and hold no address of it`, async () => {
      const element = await tag(waiting);
      const file = await picture('wide.bin', 1600, 800, type);
      if (file.type !== type) return expect(navigator.userAgent, 'writes no WebP').to.match(/WebKit/);
      await element.add([file]);
      const canvas = await until('the picture', () => slotOf(element)?.querySelector('canvas'));
      expect([canvas.width, canvas.height]).to.deep.equal([192, 96]);
      return expect(element.shadowRoot?.querySelector('[src^="blob:"]')).to.equal(null);
    });
  }

  it('are turned as EXIF says, and keep their shape', async () => {
    const element = await tag(waiting);
    await element.add([await photo(400, 200)]);
    const canvas = await until('the picture', () => slotOf(element)?.querySelector('canvas'));
    expect(canvas.height / canvas.width).to.be.closeTo(2, 0.05);
  });

  it('leave the icon for a HEIC that the browser cannot show', async () => {
    const element = await tag(waiting);
    const brand = new TextEncoder().encode('\0\0\0\x18ftypheic\0\0\0\0heicmif1');
    await element.add([new File([brand], 'IMG_0001.HEIC', { type: 'image/heic' }), await picture('last.png')]);
    await until('the last', () => slotOf(element, 1)?.querySelector('canvas'));
    expect(slotOf(element)?.textContent).to.equal('HEIC');
    expect(slotOf(element)?.querySelector('canvas, img')).to.equal(null);
    await expect(element).to.be.accessible();
  });

  it('leave the icon where nothing can be decoded, and for SVG and HTML', async () => {
    const element = await tag(waiting);
    const broken = new File(['\x89PNG\r\n\x1a\nbroken'], 'broken.png', { type: 'image/png' });
    const svg = new File(['<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'], 'a.svg', {
      type: 'image/svg+xml',
    });
    await element.add([broken, svg, await picture('last.png')]);
    // they are drawn in their order: when the last is there, the others have had their turn
    await until('the last', () => slotOf(element, 2)?.querySelector('canvas'));
    expect(slotOf(element, 0)?.querySelector('canvas')).to.equal(null);
    expect(slotOf(element, 0)?.textContent).to.equal('png');
    expect(slotOf(element, 1)?.children.length).to.equal(1);
  });

  it('are left out with `no-previews`', async () => {
    const element = await tag(html`<s3-uploader endpoint="/sign" no-auto multiple no-previews></s3-uploader>`);
    const other = await tag(waiting);
    await element.add([await picture('a.png')]);
    await other.add([await picture('a.png')]);
    await until('the other’s', () => slotOf(other)?.querySelector('canvas'));
    expect(slotOf(element)?.querySelector('canvas')).to.equal(null);
  });

  it('show a video’s frame and length, where the browser can make and play one', async () => {
    const film = await record();
    if (!film)
      return expect(typeof MediaRecorder === 'undefined' || !MediaRecorder.isTypeSupported('video/webm')).to.be.true;
    const element = await tag(waiting);
    await element.add([film]);
    const canvas = await until('the frame', () => slotOf(element)?.querySelector('canvas'));
    return expect(Math.min(canvas.width, canvas.height)).to.be.at.most(96);
  });
});

/** Half a second of red. */
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
