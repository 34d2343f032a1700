/** What a request that completes a multipart upload knows of it. */
export interface Completion {
  /** The ETag of the completed object: empty if the storage sent none, undefined if the upload was completed before. */
  etag: string | undefined;
  /** How many uploads of the request follow each other, and share the time to wait for their verdicts. */
  rounds: number;
}
