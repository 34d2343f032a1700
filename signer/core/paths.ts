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

export type CallPath = keyof typeof CALLS;

/** The signer's HTML pages, each a GET. */
export const FORM = '/form';
export const FORM_DONE = '/form/done';
