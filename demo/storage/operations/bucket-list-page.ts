import { html } from 'hono/html';

/** What a person sees who opens the storage's address. */
export async function firstPage(buckets: readonly string[]): Promise<Response> {
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Local storage, for development only</title>
      </head>
      <body>
        <h1>Local storage, for development only</h1>
        <p>
          This is a small S3 that keeps its objects as plain files in a folder of this machine. Its credentials are no
          secret and it has never met an attacker: do not put it on a network, and do not keep anything in it.
        </p>
        <h2>Buckets</h2>
        <ul>
          ${buckets.map((bucket) => html`<li>${bucket}</li>`)}
        </ul>
      </body>
    </html>`;
  return new Response(`${page}`, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}
