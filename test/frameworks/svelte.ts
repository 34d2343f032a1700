// A test of the element's types for Svelte: it must compile with `tsc -p test/frameworks`.
import { mount as mountComponent, unmount } from 'svelte';
import type { SvelteHTMLElements } from 'svelte/elements';
import type {} from '../../widget/frameworks/svelte.ts';
import type { Mount } from './mount.ts';
import Photos from './photos.svelte';

export const mount: Mount = (target, endpoint) => {
  const photos = mountComponent(Photos, { target, props: { endpoint } });
  return () => void unmount(photos);
};

export const right: SvelteHTMLElements['s3-uploader'] = {
  endpoint: '/sign',
  'max-file-size': '20MB',
  'onupload-success': ({ detail }) => detail.key.toUpperCase(),
};

// @ts-expect-error a listener gets an event, not a string
export const wrong: SvelteHTMLElements['s3-uploader'] = { 'onupload-success': (key: string) => key };
