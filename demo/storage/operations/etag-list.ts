/** Whether a list of ETags, as in If-Match, has this one. `*` has every one. Quotes are optional. */
export const includesETag = (list: string, etag: string): boolean =>
  list.split(',').some((entry) => entry.trim() === '*' || `"${entry.trim().replaceAll('"', '')}"` === etag);
