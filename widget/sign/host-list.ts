/**
 * The hosts in the attribute `allowed-hosts`, in lower case as in URLs.
 *
 * @param text hosts between spaces or commas; an empty attribute, as a template may leave it, names none
 */
export const parseHostList = (text = ''): string[] =>
  text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
