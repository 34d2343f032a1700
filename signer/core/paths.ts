/** The calls of the contract, beneath the signer's mount: each is a POST. What each is called in events and logs. */
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

/** Its pages: each is a GET. */
export const FORM = '/form';
export const FORM_DONE = '/form/done';
