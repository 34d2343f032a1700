import { S3UploaderElement } from './element/s3-uploader.ts';

declare global {
  interface HTMLElementTagNameMap {
    's3-uploader': S3UploaderElement;
  }
}

// Absent on a server; and a second script tag, of this version or another, leaves the first one's tag as it is.
if (globalThis.customElements && !customElements.get('s3-uploader')) {
  customElements.define('s3-uploader', S3UploaderElement);
}

export { S3UploaderElement };
