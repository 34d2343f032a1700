/** The HTTP status of an error of the storage. Undefined if the storage did not respond. */
export const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;

/** Whether a request to the storage failed, with or without a response. */
export const isStorageError = (error: unknown): boolean => error instanceof Error && '$metadata' in error;
