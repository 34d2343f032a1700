/**
 * The headers by which web frameworks recognise a page of their own, for a signer of the page's own origin. Rails, Laravel and
 * Phoenix write the token into a `<meta>`, Laravel and Angular also into the cookie `XSRF-TOKEN`, Django into `csrftoken`.
 * Read for each request, because a framework may change the token at any time.
 *
 * @param url of the request. For another origin there are no headers
 */
export function csrfHeaders(url: URL): Record<string, string> {
  const { document, location } = globalThis;
  // a worker has no document, and Node no location
  if (!document || url.origin !== location.origin) return {};
  const tokens = {
    'X-CSRF-Token': document.querySelector<HTMLMetaElement>('meta[name=csrf-token]')?.content,
    'X-XSRF-TOKEN': cookie('XSRF-TOKEN'),
    'X-CSRFToken': cookie('csrftoken'),
  };
  return Object.fromEntries(Object.entries(tokens).filter((pair): pair is [string, string] => !!pair[1]));
}

function cookie(name: string): string {
  const [, value = ''] = new RegExp(`(?:^|; )${name}=([^;]*)`).exec(document.cookie) ?? [];
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // it contains a % that is not an escape
  }
}
