import type { Sign } from '../../widget/core/sign.ts';
import type { S3UploaderElement } from '../../widget/s3-uploader.ts';
import { endpoint } from '../../widget/sign/endpoint.ts';
import { allByRole, byRole, picture, textFile, until } from './page.ts';
import type { RemoteStack } from './stack-client.ts';

export type Layout = NonNullable<S3UploaderElement['layout']>;

/** What a visitor may see of a file, with the words by which it is known. */
const STATES = {
  stored: 'Uploaded',
  preparing: 'Preparing',
  sending: ' of ',
  waiting: 'Waiting',
  retrying: 'Trying again',
  paused: 'Paused',
  canceled: 'Canceled',
  refused: 'The server did not accept this file.',
  rejected: 'Larger than 30 MB.',
};

/**
 * A tag with a file in every state there is, each of which stays as long as the tag does: `settle()` ends it. The storage
 * must have been told nothing else.
 *
 * @param parent what it is put into.
 */
export async function everyState(
  stack: RemoteStack,
  parent: HTMLElement,
  layout: Layout,
): Promise<{ element: S3UploaderElement; settle(): Promise<void> }> {
  await stack.storage.faults(
    { do: 'answer', status: 503, headers: { 'retry-after': '60' }, path: 'retrying' },
    { do: 'stall', at: { share: 0.3 }, method: 'PUT', times: 1 },
  );
  const real = endpoint({ url: stack.endpoint });
  const sign: Sign = async (files, options) => {
    const { name } = files[0]!;
    if (name.startsWith('preparing')) return new Promise(() => {});
    if (name.startsWith('refused')) return files.map(({ id }) => ({ id, error: { code: 'no', message: 'no' } }));
    const grants = await real(files, options);
    if (!name.startsWith('retrying')) return grants;
    // a path by which the storage's proxy knows it
    return grants.map((grant) => ('url' in grant ? { ...grant, url: `${grant.url}?retrying` } : grant));
  };
  const element = Object.assign(document.createElement('s3-uploader'), {
    sign,
    multiple: true,
    layout,
    maxFileSize: '30MB',
    maxConcurrentUploads: 1,
  });
  element.style.setProperty('--s3-uploader-list-max-block-size', 'none');
  parent.append(element);
  await element.updateComplete;

  const one = async (file: File, state: keyof typeof STATES): Promise<string> => {
    const { id } = (await element.add([file]))[0]!;
    const row = (): HTMLElement | undefined => allByRole(element, 'listitem').find((li) => li.id === id);
    const isThere = (): boolean | undefined => row()?.textContent.includes(STATES[state]);
    if (state === 'paused' || state === 'canceled') {
      element[state === 'paused' ? 'pause' : 'cancel'](id);
    }
    await until(`${file.name} to be ${state}`, isThere);
    element.maxConcurrentUploads = element.files.length + 1;
    await element.updateComplete;
    return id;
  };
  await one(await picture('stored, with a picture.png', 800, 600), 'stored');
  await one(textFile('refused.docx'), 'refused');
  await one(textFile('rejected, for it is much too large.iso', 30_000_001), 'rejected');
  await one(textFile('canceled.psd'), 'canceled');
  await one(textFile('paused.mov', 20_000_000), 'paused');
  await one(textFile('retrying.txt', 40_000), 'retrying');
  await one(
    textFile('sending, under a name that is far too long for one line of any screen.mp4', 20_000_000),
    'sending',
  );
  // last of them: whoever asks the signer after it waits for its answer
  await one(textFile('preparing.csv'), 'preparing');
  element.maxConcurrentUploads = 1;
  await element.updateComplete;
  await one(textFile('waiting.zip', 9_000), 'waiting');
  await until('the thumbnail', () => allByRole(element, 'listitem')[0]?.querySelector('canvas'));
  await until('the bar of all', () => byRole(element, 'progressbar', 'Files'));
  return {
    element,
    async settle() {
      element.clear();
      element.remove();
      await stack.storage.reset();
    },
  };
}
