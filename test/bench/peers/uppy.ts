import '@uppy/core/css/style.min.css';
import '@uppy/dashboard/css/style.min.css';
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import Dashboard from '@uppy/dashboard';
import { callSigner, signFiles } from '../page/integrator.ts';
import type { Mount } from '../page/uploader.ts';

/** The request that Uppy 6 wants signed. */
interface RequestToSign {
  method: string;
  key: string;
  uploadId?: string;
  contentType?: string;
}

/** Uppy 6 with its Dashboard and its S3 plugin. Whole files go by POST policy, parts by presigned URLs. */
export const mount: Mount = ({ root, signerUrl, options, report }) => {
  const uppy = new Uppy({ autoProceed: false });
  uppy.use(AwsS3, {
    limit: options.parallel,
    shouldUseMultipart: options.parts,
    getChunkSize: () => options.partBytes,
    async signRequest(request: RequestToSign) {
      if (request.method !== 'PUT' || request.uploadId) return callSigner(signerUrl, 'request', request);
      const [signed] = await signFiles(signerUrl, [{ name: request.key, type: request.contentType ?? '' }]);
      return { url: signed!.url, fields: signed!.fields };
    },
  });
  uppy.use(Dashboard, { target: root, inline: true, width: 750, height: 550 });
  let previewCount = 0;
  uppy.on('thumbnail:generated', () => (previewCount += 1));
  uppy.on('upload-success', ({ name }) => report.stored(name));
  uppy.on('upload-error', ({ name }, error) => report.failed(name, error));
  return {
    add: (files) => uppy.addFiles(files.map((data) => ({ name: data.name, type: data.type, data, source: 'bench' }))),
    start: () => (options.work === 'upload' ? uppy.upload().catch(() => {}) : undefined),
    listedCount: () => uppy.getFiles().length,
    previewCount: () => previewCount,
  };
};
