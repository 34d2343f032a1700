/** The hosts that an attribute names, as URLs write them; none, where a template has left it empty. */
export const parseHostList = (text = ''): string[] =>
  text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
