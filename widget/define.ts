import { S3UploaderElement } from './element/s3-uploader.ts';

declare global {
  interface HTMLElementTagNameMap {
    's3-uploader': S3UploaderElement;
  }
}

// A server has no `customElements`. If the element is already defined, by this version or another, that definition stays.
if (globalThis.customElements && !customElements.get('s3-uploader')) {
  customElements.define('s3-uploader', S3UploaderElement);
}

export { S3UploaderElement };
