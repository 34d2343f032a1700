import 'dropzone/dist/dropzone.css';
import Dropzone from 'dropzone';
import { type SignedRequest, signFiles } from '../page/integrator.ts';
import type { Mount } from '../page/uploader.ts';

Dropzone.autoDiscover = false;

/** Dropzone 6. It has no part of S3's: `accept` signs each file, `url` and `params` send it by POST policy. */
export const mount: Mount = ({ root, signerUrl, options, report }) => {
  root.classList.add('dropzone');
  const signed = new WeakMap<File, SignedRequest>();
  const uploads = options.work === 'upload';
  const dropzone = new Dropzone(root, {
    url: ([file]: File[]) => signed.get(file!)!.url,
    params: ([file]: File[]) => signed.get(file!)!.fields,
    defaultHeaders: false,
    parallelUploads: options.parallel,
    autoProcessQueue: uploads,
    maxFilesize: null,
    timeout: null,
    accept(file: File, done: (error?: string) => void) {
      if (!uploads) return done();
      signFiles(signerUrl, [file]).then(
        ([request]) => {
          signed.set(file, request!);
          done();
        },
        (error: unknown) => done(String(error)),
      );
    },
  });
  let previewCount = 0;
  dropzone.on('thumbnail', () => (previewCount += 1));
  dropzone.on('success', ({ name }) => report.stored(name));
  dropzone.on('error', ({ name }, message) => report.failed(name, message));
  return {
    // the loop of its own change handler
    add: (files) => files.forEach((file) => dropzone.addFile(file)),
    listedCount: () => root.querySelectorAll('.dz-preview').length,
    previewCount: () => previewCount,
  };
};
