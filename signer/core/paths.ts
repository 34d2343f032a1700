/** The calls of the contract, below the signer's mount path, each a POST. The values name the calls in events and logs. */
export const CALLS = {
  '/': 'sign',
  '/sign-again': 'sign-again',
  '/parts': 'parts',
  '/parts/list': 'list',
  '/complete': 'complete',
  '/abort': 'abort',
  '/confirm': 'confirm',
  '/delete': 'delete',
} as const;

/** The path of a call. */
export type CallPath = keyof typeof CALLS;

/** The page with the HTML form, a GET. */
export const FORM = '/form';
/** The page that S3 redirects to after an upload with the form, a GET. */
export const FORM_DONE = '/form/done';

/**
 * The path as Hono matches it, and the same with a slash at its end, which frameworks and people add. Below a mount path, `/`
 * itself is without a slash: a parameter that is always empty stands for it.
 */
export const withSlash = (path: string): string[] => [path, `${path.replace(/\/$/, '')}/:slash{.{0}}`];
