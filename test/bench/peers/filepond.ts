import 'filepond/dist/filepond.css';
import 'filepond-plugin-image-preview/dist/filepond-plugin-image-preview.css';
import * as FilePond from 'filepond';
import ExifOrientation from 'filepond-plugin-image-exif-orientation';
import ImagePreview from 'filepond-plugin-image-preview';
import { sendFile, signFiles } from '../page/integrator.ts';
import type { Mount } from '../page/uploader.ts';

FilePond.registerPlugin(ImagePreview, ExifOrientation);

const PREVIEWS = ['bitmap', 'vector', 'clip'].map((kind) => `.filepond--image-${kind} canvas`).join();

/** FilePond 4 with a `server.process` for S3, as in its documentation. */
export const mount: Mount = ({ root, signerUrl, options, report }) => {
  const input = root.appendChild(document.createElement('input'));
  input.type = 'file';
  input.multiple = true;
  const pond = FilePond.create(input, {
    allowMultiple: true,
    instantUpload: false,
    maxParallelUploads: options.parallel,
    // without it, each upload takes at least 750 ms, so that it can be seen
    allowMinimumUploadDuration: false,
    server: {
      process(
        _name: string,
        file: File,
        _metadata: object,
        load: (key: string) => void,
        error: (message: string) => void,
        progress: (isComputable: boolean, loaded: number, total: number) => void,
        abort: () => void,
      ) {
        const request = new XMLHttpRequest();
        const send = async (): Promise<void> => {
          const [signed] = await signFiles(signerUrl, [file]);
          await sendFile(signed!, file, (loaded, total) => progress(true, loaded, total), request);
          load(signed!.key ?? '');
        };
        send().catch((reason: unknown) => error(String(reason)));
        return {
          abort() {
            request.abort();
            abort();
          },
        };
      },
      revert: null,
    },
    onprocessfile: (error: { body?: string } | null, { filename }: { filename: string }) =>
      error ? report.failed(filename, error.body ?? 'error') : report.stored(filename),
  });
  return {
    add: (files) => pond.addFiles(files),
    start: () => (options.work === 'upload' ? pond.processFiles().catch(() => {}) : undefined),
    listedCount: () => pond.getFiles().length,
    previewCount: () => root.querySelectorAll(PREVIEWS).length,
  };
};
