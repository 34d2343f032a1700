/**
 * Quotas of each owner, or of each client address if the owner has no id, and of all callers together. 0: no limit. The
 * default of an owner's quota is at most half of that of all callers together, so that no one can use up everything alone.
 */
export interface Quotas {
  /**
   * Requests a minute of one owner. A request that signs several files counts as many times. A client address may also fail
   * to authenticate as many times a minute. Default 6,000: many times what `<s3-uploader>` sends, and few enough for one
   * core.
   */
  requestsPerMinute?: number;
  /** Files a day that are signed for one owner. Default: no limit. */
  filesPerDay?: number;
  /** Bytes a day that are signed for one owner, whether or not they are uploaded. Default: no limit. */
  bytesPerDay?: number;
  /**
   * Multipart uploads of one owner that are neither completed nor aborted. Default 200: two requests with as many files as
   * the signer accepts.
   */
  openMultiparts?: number;
  /** Requests a minute of all authenticated callers together. Default: no limit. */
  totalRequestsPerMinute?: number;
  /** Files a day of all callers together. Default: no limit. */
  totalFilesPerDay?: number;
  /** Bytes a day of all callers together. Default: no limit. */
  totalBytesPerDay?: number;
  /** Open multipart uploads of all callers together. Default: no limit. */
  totalOpenMultiparts?: number;
}

/** The maximum for one owner, and for all callers together. Infinity: no limit. */
export interface Maximum {
  own: number;
  total: number;
}

/** The defaults of an owner's quotas, unless half of the quota of all callers is less. */
export const DEFAULT_QUOTAS = { requestsPerMinute: 6_000, openMultiparts: 200 };

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} for a quota that is not a number of at least 0: it would be no limit
 */
export function resolveQuotas(quotas: Quotas) {
  for (const [name, value] of Object.entries(quotas) as [string, number | undefined][]) {
    if (value !== undefined && !(value >= 0))
      throw new TypeError(`${name} must be a number of at least 0, not ${value}`);
  }
  return {
    requests: maximumOf(quotas.requestsPerMinute, quotas.totalRequestsPerMinute, DEFAULT_QUOTAS.requestsPerMinute),
    files: maximumOf(quotas.filesPerDay, quotas.totalFilesPerDay),
    bytes: maximumOf(quotas.bytesPerDay, quotas.totalBytesPerDay),
    openMultiparts: maximumOf(quotas.openMultiparts, quotas.totalOpenMultiparts, DEFAULT_QUOTAS.openMultiparts),
  };
}

function maximumOf(own: number | undefined, all: number | undefined, fallback = Infinity): Maximum {
  const total = all || Infinity;
  return { own: own === undefined ? Math.min(fallback, Math.ceil(total / 2)) : own || Infinity, total };
}
