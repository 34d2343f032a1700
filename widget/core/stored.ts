import type { HttpRequest, HttpResponse } from './http.ts';
import { xmlText } from './s3-error.ts';

/**
 * Whether a response is the storage's own, and proves that it has taken the body. Captive portals and proxies answer in its
 * place, with a page of their own or a redirect to one. The storage answers at the signed address, or redirects to the address
 * that the form has signed. To an upload, it sends an ETag, `<PostResponse>`, or nothing with the status that the form has
 * signed, as in https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html. CORS may hide the ETag.
 */
export function isFromStorage({ url, body }: HttpRequest, response: HttpResponse): boolean {
  const { status, text, header, isRedirected } = response;
  const field = (name: string): unknown => body instanceof FormData && body.get(name);
  const isAt = (address: unknown): boolean =>
    !response.url || (URL.canParse(address as string) && placeOf(response.url) === placeOf(address as string));
  const redirect = field('success_action_redirect');
  if (isRedirected || (redirect && response.url && isAt(redirect))) return true;
  // an error of the storage behind a redirect has its code
  if (!isAt(url) || (status > 299 && status < 304)) return text.includes('<Code>');
  if (status > 299) return true;
  const etag = header('etag') ?? xmlText(text, 'ETag');
  if (text.trim()) return !!(etag || text.includes('<PostResponse')) && !/^\s*<(!doctype )?html/i.test(text);
  const signed = field('success_action_status');
  const known = /^20[014]$/;
  const isExpected = !known.test(signed as string) || !!redirect || signed === `${status}`;
  return !!etag || (known.test(`${status}`) && isExpected);
}

/** Browsers may have upgraded the request to https. */
const placeOf = (url: string): string => new URL(url).hostname + new URL(url).pathname;
