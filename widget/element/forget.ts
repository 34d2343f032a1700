import type { Load } from '../core/lazy.ts';
import type { Uploader } from '../core/uploader.ts';
import type { AttributeSign } from '../sign/from-attributes.ts';
import { recordGroup } from './record-group.ts';

/**
 * Deletes what the browser keeps of unfinished uploads, of this element and of all others of this origin with its endpoint, and
 * drops the Cognito identity.
 *
 * @param backend has no signer before the first render
 * @param files the element's queue, which may be opened meanwhile
 */
export async function forget(
  host: { readonly endpoint?: string },
  backend: { readonly sign?: AttributeSign },
  files: { readonly queue: Uploader | undefined },
  { load }: { readonly load: Load },
): Promise<void> {
  // the queue first: it drops records that it is still writing; then the group's records, also those of other elements
  const forgotten = files.queue?.forget();
  backend.sign?.forget?.('visitor');
  await forgotten;
  const { resumeStore } = await load(() => import('../browser/resume-store.ts'));
  await resumeStore('', undefined, recordGroup(host)).clear();
  // files may have been added meanwhile
  await files.queue?.forget();
}
