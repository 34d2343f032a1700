/** What a visitor does and sees, as the body of a function for {@link DrivenBrowser.run}. */
export interface Dropped {
  key: string;
  /** Hexadecimal. */
  sha256: string;
  size: number;
  /** Bytes, as they were told one after the other. */
  progress: number[];
  /** What its row says. */
  says: string;
  hasThumbnail: boolean;
}

/** Drops a photo on a tag, and looks at its row once it is stored. */
export const dropPhoto = (selector: string): string => `
  await customElements.whenDefined('s3-uploader');
  const tag = document.querySelector('${selector}');
  const canvas = Object.assign(document.createElement('canvas'), { width: 1200, height: 900 });
  const context = canvas.getContext('2d');
  const noise = context.createImageData(1200, 900);
  for (let at = 0; at < noise.data.length; at += 1) noise.data[at] = (Math.imul(at, 2654435761) >>> 24) | (at % 4 === 3 ? 255 : 0);
  context.putImageData(noise, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  const photo = new File([blob], 'photo.png', { type: 'image/png' });
  const progress = [];
  tag.addEventListener('upload-progress', ({ detail }) => progress.push(detail.loaded));
  const stored = new Promise((resolve, reject) => {
    tag.addEventListener('upload-success', ({ detail }) => resolve(detail));
    tag.addEventListener('upload-error', ({ detail }) => reject(new Error(detail.code + ': ' + detail.message)));
    tag.addEventListener('file-reject', ({ detail }) => reject(new Error(detail.code)));
  });
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(photo);
  for (const type of ['dragenter', 'dragover', 'drop']) {
    tag.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, composed: true, cancelable: true }));
  }
  const { key, size } = await stored;
  const row = () => tag.shadowRoot.querySelector('li');
  const end = performance.now() + 10000;
  while (performance.now() < end && !(row().querySelector('canvas') && row().textContent.includes('Uploaded'))) {
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
  const digest = await crypto.subtle.digest('SHA-256', await photo.arrayBuffer());
  return {
    key,
    size,
    progress,
    sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    says: row().textContent.replace(/\\s+/g, ' ').trim(),
    hasThumbnail: !!row().querySelector('canvas'),
  };
`;
