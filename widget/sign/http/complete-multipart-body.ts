/** A part that the storage has stored. */
export interface CompletedPart {
  /** Number of the part, from 1. */
  readonly number: number;
  /** ETag as the storage sent it, with or without quotes. */
  readonly etag: string;
}

/**
 * The body of CompleteMultipartUpload, with the parts in ascending order, as S3 demands.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export function completeMultipartBody(parts: readonly CompletedPart[]): string {
  const list = [...parts]
    .sort((a, b) => a.number - b.number)
    .map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`);
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join('')}</CompleteMultipartUpload>`;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
