import 'fine-uploader/s3.fine-uploader/fine-uploader-new.css';
import qq from 'fine-uploader/lib/s3';
import type { Mount } from '../page/uploader.ts';

/** The least template that its documentation allows, with thumbnails. */
const TEMPLATE = `
<div class="qq-uploader-selector qq-uploader">
  <div class="qq-upload-drop-area-selector qq-upload-drop-area" qq-hide-dropzone></div>
  <div class="qq-upload-button-selector qq-upload-button"><div>Upload a file</div></div>
  <ul class="qq-upload-list-selector qq-upload-list" aria-live="polite">
    <li>
      <div class="qq-progress-bar-container-selector">
        <div class="qq-progress-bar-selector qq-progress-bar"></div>
      </div>
      <span class="qq-upload-spinner-selector qq-upload-spinner"></span>
      <img class="qq-thumbnail-selector" qq-max-size="100" qq-server-scale>
      <span class="qq-upload-file-selector qq-upload-file"></span>
      <span class="qq-upload-size-selector qq-upload-size"></span>
      <button type="button" class="qq-btn qq-upload-cancel-selector qq-upload-cancel">Cancel</button>
      <button type="button" class="qq-btn qq-upload-retry-selector qq-upload-retry">Retry</button>
      <span role="status" class="qq-upload-status-text-selector qq-upload-status-text"></span>
    </li>
  </ul>
</div>`;

/** Fine Uploader 5 for S3. The signer signs the policies and the requests that the uploader itself writes. */
export const mount: Mount = ({ root, signerUrl, bucket, options, report }) => {
  const template = document.createElement('script');
  template.type = 'text/template';
  template.id = 'qq-template';
  template.textContent = TEMPLATE;
  document.body.append(template);
  const uploader = new qq.s3.FineUploader({
    element: root,
    autoUpload: false,
    maxConnections: options.parallel,
    request: { endpoint: bucket.url, accessKey: bucket.accessKeyId },
    objectProperties: {
      bucket: bucket.name,
      host: new URL(bucket.url).host,
      region: bucket.region,
      acl: 'private',
      key: (id: number) => `${bucket.prefix}${uploader.getUuid(id)}/${uploader.getName(id)}`,
    },
    signature: { endpoint: `${signerUrl}/plain/policy`, version: 4 },
    cors: { expected: true },
    chunking: { enabled: options.parts, partSize: options.partBytes, concurrent: { enabled: true } },
    retry: { enableAuto: options.retries },
    callbacks: {
      onComplete: (_id: number, name: string, { success, error }: { success?: boolean; error?: string }) =>
        success ? report.stored(name) : report.failed(name, error),
    },
  });
  const thumbnails = () => [...root.querySelectorAll<HTMLImageElement>('img.qq-thumbnail-selector')];
  return {
    add: (files) => uploader.addFiles(files),
    start: () => (options.work === 'upload' ? uploader.uploadStoredFiles() : undefined),
    listedCount: () => root.querySelectorAll('.qq-upload-list-selector > li').length,
    previewCount: () => thumbnails().filter((image) => image.src && image.complete && image.naturalWidth).length,
  };
};
