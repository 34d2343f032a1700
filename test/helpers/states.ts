import type { Sign } from '../../widget/core/sign.ts';
import type { S3UploaderElement } from '../../widget/s3-uploader.ts';
import { endpoint } from '../../widget/sign/endpoint.ts';
import { allByRole, byRole, picture, textFile, until } from './page.ts';
import type { RemoteStack } from './stack-client.ts';

export type Layout = NonNullable<S3UploaderElement['layout']>;

interface State {
  file(): File | Promise<File>;
  /** By which the row is known to be in it. */
  words: string;
}

/** What a visitor may see of a file, in an order in which each stays as it is while the next comes. */
const STATES = {
  stored: { file: () => picture('stored, with a picture.png', 800, 600), words: 'Uploaded' },
  refused: { file: () => textFile('refused.docx'), words: 'The server did not accept this file.' },
  rejected: {
    file: () => textFile('rejected, for it is much too large.iso', 30_000_001),
    words: 'Larger than 30 MB.',
  },
  canceled: { file: () => textFile('canceled.psd'), words: 'Canceled' },
  paused: { file: () => textFile('paused.mov', 20_000_000), words: 'Paused' },
  finishing: { file: () => textFile('finishing.txt', 50_000), words: 'Finishing' },
  sending: {
    file: () => textFile('sending, under a name that is far too long for one line of any screen.mp4', 20_000_000),
    words: ' MB of ', // not before some of it has moved
  },
  offline: { file: () => textFile('offline.pdf', 60_000), words: 'Offline' },
  ready: { file: () => textFile('ready.key', 70_000), words: 'Ready' },
  preparing: { file: () => textFile('preparing.tiff', 80_000), words: 'Preparing' },
  // a storage that is busy is sent less from then on
  retrying: { file: () => textFile('retrying.txt', 40_000), words: 'Trying again' },
  // whoever asks the signer after it waits for its answer
  signing: { file: () => textFile('signing.csv'), words: 'Preparing' },
  queued: { file: () => textFile('waiting.zip', 9_000), words: 'Waiting' },
} satisfies Record<string, State>;

const NEVER = new Promise<never>(() => {});

/**
 * Tags in every state there is, each of which stays as long as the tags do: `settle()` ends it. One tag has a file in each
 * state of a file, or, as an avatar has one file only, a tag has one each; the others are without files, with files held
 * over them, disabled, and set up wrong. The storage must have been told nothing else.
 *
 * @param parent what they are put into.
 */
export async function everyState(
  stack: RemoteStack,
  parent: HTMLElement,
  layout: Layout,
): Promise<{ tags: readonly S3UploaderElement[]; settle(): Promise<void> }> {
  await stack.storage.faults(
    { do: 'answer', status: 503, headers: { 'retry-after': '60' }, path: 'retrying' },
    { do: 'reset', stored: false, path: 'offline' },
    { do: 'swallow', path: 'finishing' },
    { do: 'stall', at: { share: 0.3 }, method: 'PUT' },
  );
  const isAvatar = layout === 'avatar';
  const tags: S3UploaderElement[] = [];
  const make = async (more: Partial<S3UploaderElement> = {}): Promise<S3UploaderElement> => {
    const tag = Object.assign(document.createElement('s3-uploader'), { layout, sign: signerOf(stack), ...more });
    tag.style.setProperty('--s3-uploader-list-max-block-size', 'none');
    parent.append(tag);
    tags.push(tag);
    await tag.updateComplete;
    return tag;
  };
  const forFiles = (): Promise<S3UploaderElement> =>
    make({
      multiple: !isAvatar,
      maxFileSize: '30MB',
      maxConcurrentUploads: 1,
      validate: (file) => (file.name.startsWith('preparing') ? NEVER : undefined),
    });

  let tag = isAvatar ? undefined : await forFiles();
  for (const [state, { file, words }] of Object.entries(STATES)) {
    if (isAvatar && state === 'queued') continue; // it has the only slot to itself
    if (isAvatar || !tag) tag = await forFiles();
    const given = await file();
    tag.noAuto = state === 'ready';
    tag.maxConcurrentUploads = state === 'queued' ? 1 : tag.files.length + 1;
    if (state === 'offline') Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false });
    await tag.updateComplete;
    const added = tag.add([given]);
    if (state === 'paused' || state === 'canceled') {
      const [item] = await added;
      tag[state === 'paused' ? 'pause' : 'cancel'](item!.id);
    }
    const row = tag;
    await until(`${given.name} to be ${state}`, () => allByRole(row, 'listitem').at(-1)?.textContent.includes(words));
  }
  const first = tags[0]!;
  await until('the thumbnail', () => first.shadowRoot!.querySelector('canvas'));
  if (!isAvatar) await until('the bar of all', () => byRole(first, 'progressbar', 'Files'));

  await make({ accept: 'image/*,.pdf', multiple: true, maxFileSize: '20MB', maxFiles: 10 });
  const over = await make({ multiple: true });
  over.dispatchEvent(dragOver());
  await until('the files above it', () => over.matches(':state(dragover)'));
  const disabled = await make({ multiple: true, existing: [{ key: 'kept.txt', size: 12_000 }] });
  await until('the stored file', () => byRole(disabled, 'listitem'));
  disabled.disabled = true;
  const wrong = await make({ maxFileSize: '2 dozen' });
  await until('the problem', () => allByRole(wrong, 'alert')[0]?.textContent);
  return {
    tags,
    async settle() {
      Reflect.deleteProperty(navigator, 'onLine');
      for (const each of tags) {
        each.clear();
        each.remove();
      }
      await stack.storage.reset();
    },
  };
}

/** Grants what each file's name asks for. */
function signerOf(stack: RemoteStack): Sign {
  const real = endpoint({ url: stack.endpoint });
  return async (files, options) => {
    const { name } = files[0]!;
    if (name.startsWith('signing')) return NEVER;
    if (name.startsWith('refused')) return files.map(({ id }) => ({ id, error: { code: 'no', message: 'no' } }));
    const grants = await real(files, options);
    // a path by which the storage's proxy knows it
    return grants.map((grant) => ('url' in grant ? { ...grant, url: `${grant.url}?${name.split('.')[0]}` } : grant));
  };
}

function dragOver(): DragEvent {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(textFile('held above it.txt'));
  return new DragEvent('dragover', { dataTransfer, bubbles: true, composed: true, cancelable: true });
}
