/**
 * The group of an element's records of unfinished uploads, which are deleted together: those of all elements of this origin
 * with the same endpoint, or of all without one.
 */
export const recordGroup = ({ endpoint }: { readonly endpoint?: string }): string =>
  endpoint && URL.canParse(endpoint, document.baseURI) ? new URL(endpoint, document.baseURI).href : '';
