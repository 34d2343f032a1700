import type {} from '../../../widget/index.ts';
import type { Mount } from '../page/uploader.ts';

/** The element from its built files, as a page loads it, with its own signer. */
export const mount: Mount = async ({ root, signerUrl, options, report }) => {
  const entry = '/dist/cdn/s3-uploader.js';
  await import(entry);
  const element = document.createElement('s3-uploader');
  element.setAttribute('endpoint', `${signerUrl}/${options.parts ? 'own-parts' : 'own-post'}`);
  element.setAttribute('multiple', '');
  element.setAttribute('max-concurrent-uploads', String(options.parallel));
  if (options.work !== 'upload') element.setAttribute('no-auto', '');
  if (options.work === 'preview') element.style.setProperty('--s3-uploader-list-max-block-size', 'none');
  element.addEventListener('upload-success', ({ detail }) => report.stored(detail.name));
  element.addEventListener('upload-error', ({ detail }) => report.failed(detail.name, detail.code));
  root.append(element);
  // loads the chunks, as the pointer of a visitor does before they pick a file
  element.dispatchEvent(new Event('pointerenter'));
  await element.add([]);
  const all = (selector: string) => element.shadowRoot!.querySelectorAll(selector);
  return {
    add: (files) => element.add(files),
    // the list is virtual: each row says how many there are
    listedCount: () => Number(all('li')[0]?.getAttribute('aria-setsize') ?? 0),
    previewCount: () => all('.thumbnail canvas').length,
  };
};
