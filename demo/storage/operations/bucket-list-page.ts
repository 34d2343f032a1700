import { html } from 'hono/html';

/** The page at the storage's address, for a developer who opens it in a browser. */
export async function bucketListPage(buckets: readonly string[]): Promise<Response> {
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
          This is a small S3 server. It keeps its objects as plain files in a folder on this machine. It is for
          development: do not expose it to a network, and do not keep anything important in it.
        </p>
        <h2>Buckets</h2>
        <ul>
          ${buckets.map((bucket) => html`<li>${bucket}</li>`)}
        </ul>
      </body>
    </html>`;
  return new Response(String(page), { headers: { 'content-type': 'text/html; charset=utf-8' } });
}
