import type { Context } from 'hono';
import { html } from 'hono/html';

type Html = ReturnType<typeof html>;

/** The form itself: the signed fields, a file input and a button. `accept` limits the file input to one type. */
export function uploadForm(url: string, fields: Record<string, string>, accept: string | undefined): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const acceptAttribute = accept === undefined ? '' : html` accept="${accept}"`;
  return html`<form action="${url}" method="post" enctype="multipart/form-data">
    ${hidden}
    <p>
      <label>File <input type="file" name="file" ${acceptAttribute} required /></label>
      <button>Upload</button>
    </p>
  </form>`;
}

/** The page around the form. `targets` are the URLs that the form may navigate to; `expires` is in seconds. */
export function uploadPage(
  c: Context,
  form: Html,
  { maxFileSize, expires, targets }: { maxFileSize: number; expires: number; targets: readonly string[] },
) {
  const minutes = Math.max(1, Math.floor(expires / 60));
  const note = html`<p>At most ${formatBytes(maxFileSize)}, within ${minutes} min of opening this page.</p>`;
  const origins = targets.map((url) => new URL(url).origin);
  return page(c, 'Upload a file', html`${form}${note}`, origins);
}

/** The page that S3 redirects to after an upload. */
export const donePage = (c: Context) => page(c, 'Uploaded', html`<p>The file is stored.</p>`, []);

function page(c: Context, title: string, body: Html, formActions: readonly string[]) {
  const nonce = crypto.randomUUID();
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `form-action ${formActions.join(' ') || "'none'"}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  c.header('Content-Security-Policy', policy.join('; '));
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title}</title>
          <style nonce="${nonce}">
            :root {
              color-scheme: light dark;
              font:
                1rem/1.5 system-ui,
                sans-serif;
            }
            body {
              max-width: 40rem;
              margin: 3rem auto;
              padding: 0 1rem;
            }
            button {
              min-height: 2.75rem;
              font: inherit;
            }
          </style>
        </head>
        <body>
          <h1>${title}</h1>
          ${body}
        </body>
      </html>`,
  );
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** Rounded down, so that a file of the displayed size is always accepted. */
function formatBytes(size: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  return `${Math.floor((size / 1000 ** unit) * 10) / 10} ${UNITS[unit]}`;
}
