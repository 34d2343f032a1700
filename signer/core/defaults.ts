import { COMMON_TYPES } from './media-types.ts';
import { MAX_PART_BYTES, MIN_PART_BYTES } from './multipart.ts';
import type { SignerOptions } from './options.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from './policy.ts';

const SEVEN_DAYS_IN_SECONDS = 7 * 86_400;

/** The value of each option that the application omits. */
export const DEFAULTS = {
  limits: { types: COMMON_TYPES, maxFileSize: 1024 ** 3, minFileSize: 0 },
  prefix: 'uploads/',
  // 15 minutes: long enough for a slow connection. The bucket policies in deploy/ refuse older signatures, too.
  expires: 900,
  // `<s3-uploader>` remembers an unfinished upload for as long, and the lifecycle rules in deploy/ keep its parts for as long.
  ticketExpires: SEVEN_DAYS_IN_SECONDS,
  // A policy form is checked in full by every storage. A PUT needs one that refuses headers that were not signed.
  method: 'post',
  signAbsentHeaders: false,
  // Two parts of the default size: below that, multipart only adds requests.
  multipartFrom: 16 * 1024 ** 2,
  // As the AWS CLI: https://docs.aws.amazon.com/cli/latest/topic/s3-config.html
  partSize: 8 * 1024 ** 2,
  allowDelete: false,
  form: false,
} as const satisfies Partial<SignerOptions>;

/** The minimum and maximum of each numeric option: seconds for `expires` and `ticketExpires`, otherwise bytes. */
export const RANGES = {
  // An hour, after which a leaked signature is useless. Clients request a new signature when they need one.
  expires: [1, 3600],
  ticketExpires: [60, SEVEN_DAYS_IN_SECONDS],
  multipartFrom: [1, MAX_SINGLE_UPLOAD_BYTES],
  partSize: [MIN_PART_BYTES, MAX_PART_BYTES],
} as const satisfies Partial<Record<keyof SignerOptions, readonly [number, number]>>;
