/** Maximum number of parts of one upload: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;
/** Maximum bytes of one file, 48.8 TiB: S3's maximum number of parts, each of S3's maximum size of 5 GiB. */
export const MAX_FILE_BYTES = MAX_PARTS * 5 * 2 ** 30;
