import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { callSigner, signFiles } from '../../page/integrator.ts';
import type { Mount } from '../../page/uploader.ts';

interface OpenUpload {
  key: string;
  uploadId: string;
  partNumber?: number;
  parts?: readonly { PartNumber: number; ETag: string }[];
}

/** Uppy 5 without a view: the last version whose S3 plugin sends the parts of a file in parallel. */
export const mount: Mount = ({ signerUrl, options, report }) => {
  const call = (route: string) => (_file: unknown, upload: OpenUpload) => callSigner(signerUrl, route, upload);
  const uppy = new Uppy({ autoProceed: false });
  uppy.use(AwsS3, {
    limit: options.parallel,
    shouldUseMultipart: options.parts,
    getChunkSize: () => options.partBytes,
    async getUploadParameters({ name, type }: { name: string; type: string }) {
      const [signed] = await signFiles(signerUrl, [{ name, type }]);
      return { method: 'POST', url: signed!.url, fields: signed!.fields, headers: {} };
    },
    createMultipartUpload: ({ name, type }: { name: string; type: string }) =>
      callSigner(signerUrl, 'create', { name, type }),
    signPart: (_file: unknown, { key, uploadId, partNumber }: OpenUpload) =>
      callSigner(signerUrl, 'request', { method: 'PUT', key, uploadId, partNumber }),
    listParts: call('list'),
    completeMultipartUpload: (_file: unknown, { key, uploadId, parts = [] }: OpenUpload) =>
      callSigner(signerUrl, 'complete', {
        key,
        uploadId,
        parts: parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })),
      }),
    abortMultipartUpload: call('abort'),
  });
  uppy.on('upload-success', ({ name }) => report.stored(name));
  uppy.on('upload-error', ({ name }, error) => report.failed(name, error));
  return {
    add: (files) => uppy.addFiles(files.map((data) => ({ name: data.name, type: data.type, data, source: 'bench' }))),
    start: () => uppy.upload().catch(() => {}),
  };
};
