/**
 * Checks the URL of a service that the signer requests. A URL with credentials is refused because `fetch` refuses it too.
 *
 * @returns the text, unchanged
 * @throws {TypeError} if it is not an http(s) URL, or has a user or password. The message never repeats the text, which
 *   may contain a password.
 */
export function readHttpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new TypeError('must be a URL such as https://www.example.com');
  if (url.username || url.password) throw new TypeError('must not contain a user or password');
  return text;
}
