import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import type { Gate } from './admission.ts';
import { storedType, UNKNOWN } from './media-types.ts';
import type { Signer } from './options.ts';
import { FORM, FORM_DONE } from './paths.ts';
import { mergeLimits, SINGLE_MAX } from './policy.ts';
import { bad } from './problem.ts';
import type { Storage } from './storage.ts';

/**
 * `GET /form`: the policy form of the AWS documentation, which uploads without a script. `?type=image/png` signs that type;
 * without it the one type there is, or a plain download where the signer takes those. `?fragment` gives the form alone, for
 * a page of your own.
 *
 * A form cannot know its file, so here the name and the size are bounded, not exact: the key is `${filename}` in a folder
 * of its own, the size from the least to the most. Until it expires, one form stores as many files as are sent by it.
 */
export function formRoutes(
  app: Hono,
  signer: Signer,
  storage: Storage,
  { admit, within }: Gate,
  most: { maxFileSize: number },
): void {
  app.get(FORM, async (c) => {
    const visitor = await admit(c, []);
    const { types, minFileSize, maxFileSize } = mergeLimits(visitor.limits, {
      maxFileSize: Math.min(visitor.limits.maxFileSize, most.maxFileSize, SINGLE_MAX),
    });
    const type = typeOf(c.req.query('type'), types);
    const here = new URL(c.req.url);
    const redirect = signer.formRedirect ?? `${here.origin}${here.pathname}/done`;
    const folder = `${visitor.folder}${crypto.randomUUID()}/`;
    const { url, fields } = await within(c, visitor, { files: 1, bytes: maxFileSize, multiparts: [] }, () =>
      storage.signForm(folder, { 'Content-Type': type, 'Content-Disposition': 'attachment' }, redirect, [
        minFileSize,
        maxFileSize,
      ]),
    );
    const { owner } = visitor;
    const key = fields.key!;
    signer.onEvent({ action: 'form', owner, key, type, size: maxFileSize, method: 'POST', expires: signer.expires }, c);

    const hidden = Object.entries(fields).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
    );
    // Any file may go up as a plain download.
    const accept = type === UNKNOWN ? '' : html` accept="${type}"`;
    const form = html`<form action="${url}" method="post" enctype="multipart/form-data">
      ${hidden}
      <p>
        <label>File <input type="file" name="file" ${accept} required /></label>
        <button>Upload</button>
      </p>
    </form>`;
    if (c.req.query('fragment') !== undefined) return c.html(form);
    const minutes = Math.max(1, Math.floor(signer.expires / 60));
    const note = html`<p>At most ${bytes(maxFileSize)}, within ${minutes} min of opening this page.</p>`;
    return page(c, 'Upload a file', html`${form}${note}`, [new URL(url).origin, new URL(redirect).origin]);
  });

  app.get(FORM_DONE, (c) => {
    // The name is only shown: S3 says it in the address, so anyone can write another one there.
    const name = (c.req.query('key') ?? '').replace(/^.*\//s, '').slice(0, 255);
    return page(c, 'Uploaded', html`<p>${name ? html`<bdi>${name}</bdi> is stored.` : 'The file is stored.'}</p>`, []);
  });
}

/** @throws {ProblemError} where it is not taken, or cannot be told without being asked for */
function typeOf(asked: string | undefined, types: readonly string[]): string {
  if (asked !== undefined) {
    const type = storedType('', asked, types);
    if (!type) throw bad('type', 'type: files of this type are not accepted.');
    return type;
  }
  const [only, ...others] = types;
  const type = storedType('', UNKNOWN, types) ?? (others.length === 0 ? storedType('', only!, types) : undefined);
  if (!type)
    throw bad('type', `type: say which, as in ?type=${types.find((each) => !each.includes('*')) ?? 'image/png'}.`);
  return type;
}

function page(c: Context, title: string, body: ReturnType<typeof html>, actions: readonly string[]) {
  const nonce = crypto.randomUUID();
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `form-action ${actions.join(' ') || "'none'"}`,
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

function bytes(size: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  return `${Math.floor((size / 1000 ** unit) * 10) / 10} ${UNITS[unit]}`;
}
