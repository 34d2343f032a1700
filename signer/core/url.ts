/**
 * An address that is asked over HTTP. Credentials in it would never be sent: `fetch` takes no such URL.
 *
 * @param what it is of, for the message
 * @throws {TypeError} never repeating the text: it may have a password in it
 */
export function readUrl(text: string, what = ''): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const name = what && `${what} `;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new TypeError(`${name}must be a URL such as https://www.example.com`);
  if (url.username || url.password) throw new TypeError(`${name}must have no user and no password in it`);
  return text;
}
