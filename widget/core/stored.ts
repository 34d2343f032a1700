import type { HttpRequest, HttpResponse } from './http.ts';
import { xmlText } from './s3-error.ts';

/**
 * Whether a response is the storage's own, and proves that it has taken the body. Captive portals and proxies answer in its
 * place, with a page of their own or a redirect to one. The storage answers at the signed address, or redirects to the address
 * that the form has signed. To an upload, it sends an ETag, `<PostResponse>`, or nothing with the status that the form has
 * signed, as in https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html. CORS may hide the ETag.
 */
export function isFromStorage({ url, body }: HttpRequest, { status, text, header, url: from }: HttpResponse): boolean {
  if (isSignedRedirect({ url, body }, from)) return true;
  // an error of the storage behind a redirect has its code
  const isAtUrl = !from || from === url || placeOf(from, url) === placeOf(url, url);
  if (!isAtUrl || (status > 299 && status < 304)) return text.includes('<Code>');
  if (status > 299) return true;
  const etag = header('etag') ?? xmlText(text, 'ETag');
  if (text.trim()) return !!(etag || text.includes('<PostResponse')) && !/^\s*<(!doctype )?html/i.test(text);
  const known = /^20[014]$/;
  const signed = fieldOf(body, 'success_action_status');
  return !!etag || (known.test(`${status}`) && (!known.test(signed) || !!redirectOf(body) || signed === `${status}`));
}

/**
 * Whether a response comes from the address to which the form lets the storage redirect after success.
 *
 * @param from the URL of the response, if it is known
 */
export function isSignedRedirect({ url, body }: Pick<HttpRequest, 'url' | 'body'>, from: string | undefined): boolean {
  const redirect = redirectOf(body);
  return !!from && !!redirect && placeOf(from, url) === placeOf(redirect, url);
}

const redirectOf = (body: HttpRequest['body']): string =>
  fieldOf(body, 'success_action_redirect') || fieldOf(body, 'redirect');

const fieldOf = (body: HttpRequest['body'], name: string): string =>
  ((body instanceof FormData && body.get(name)) || '') as string;

/** Host and path. Browsers may have upgraded the request to https. */
const placeOf = (address: string, base: string): string => {
  const { hostname, pathname } = new URL(address, base);
  return hostname + pathname;
};
