/** A photo that was dropped and uploaded. */
export interface DroppedPhoto {
  key: string;
  /** Hex. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** `loaded` of each upload-progress event, in bytes. */
  progress: number[];
  /** Text of the photo's row in the list. */
  rowText: string;
  hasThumbnail: boolean;
}

/**
 * Code that drops a photo on an element, waits until it is uploaded, and returns a {@link DroppedPhoto}. It is the body of
 * an async function that runs in the page.
 *
 * @param selector of the `<s3-uploader>`
 */
export const dropPhoto = (selector: string): string => `
  await customElements.whenDefined('s3-uploader');
  const uploader = document.querySelector('${selector}');
  const canvas = Object.assign(document.createElement('canvas'), { width: 1200, height: 900 });
  const context = canvas.getContext('2d');
  const noise = context.createImageData(1200, 900);
  for (let at = 0; at < noise.data.length; at += 1) noise.data[at] = (Math.imul(at, 2654435761) >>> 24) | (at % 4 === 3 ? 255 : 0);
  context.putImageData(noise, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  const photo = new File([blob], 'photo.png', { type: 'image/png' });
  const progress = [];
  uploader.addEventListener('upload-progress', ({ detail }) => progress.push(detail.loaded));
  const stored = new Promise((resolve, reject) => {
    uploader.addEventListener('upload-success', ({ detail }) => resolve(detail));
    uploader.addEventListener('upload-error', ({ detail }) => reject(new Error(detail.code + ': ' + detail.message)));
    uploader.addEventListener('file-reject', ({ detail }) => reject(new Error(detail.code)));
  });
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(photo);
  for (const type of ['dragenter', 'dragover', 'drop']) {
    uploader.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, composed: true, cancelable: true }));
  }
  const { key, size } = await stored;
  const row = () => uploader.shadowRoot.querySelector('li');
  const deadline = performance.now() + 10000;
  while (performance.now() < deadline && !(row().querySelector('canvas') && row().textContent.includes('Uploaded'))) {
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
  const digest = await crypto.subtle.digest('SHA-256', await photo.arrayBuffer());
  return {
    key,
    size,
    progress,
    sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    rowText: row().textContent.replace(/\\s+/g, ' ').trim(),
    hasThumbnail: !!row().querySelector('canvas'),
  };
`;
