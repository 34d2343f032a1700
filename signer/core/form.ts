import type { Hono } from 'hono';
import type { Admission } from './admission.ts';
import { mergeFileLimits } from './file-limits.ts';
import { donePage, uploadForm, uploadPage } from './form-page.ts';
import { keyExtension, OCTET_STREAM, storedType } from './media-types.ts';
import { FORM, FORM_DONE } from './paths.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from './policy.ts';
import { badRequest } from './problem.ts';
import { uploadKey } from './quarantine-key.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { ObjectStorage } from './storage.ts';

/**
 * `GET /form`: an HTML form that uploads without a script, as AWS documents it. `?type=image/png` selects the type to sign;
 * it is optional if the signer accepts only one type, or `application/octet-stream`. `?fragment` returns the form without
 * the page around it.
 *
 * Such a form cannot know its file, so its policy bounds the size instead of fixing it. The key is the signer's, a UUID and the
 * extension of the type: S3 would replace `${filename}` by any name, such as `page.html` or `../x`. So one form stores one
 * object, and the file's own name is not kept.
 */
export function addFormRoutes(
  app: Hono,
  options: ResolvedOptions,
  storage: ObjectStorage,
  { admit, withQuota }: Admission,
  form: { maxFileSize: number },
): void {
  app.get(FORM, async (c) => {
    const caller = await admit(c, []);
    if (c.req.method === 'HEAD') return c.body(null);
    const { types, minFileSize, maxFileSize } = mergeFileLimits(caller.limits, {
      maxFileSize: Math.min(caller.limits.maxFileSize, form.maxFileSize, MAX_SINGLE_UPLOAD_BYTES),
    });
    const type = selectType(c.req.query('type'), types);
    const here = new URL(c.req.url);
    const redirect = options.formRedirect ?? `${here.origin}${here.pathname}/done`;
    const name = crypto.randomUUID() + keyExtension('', type);
    // Nothing confirms the file of a form, so with a quarantine it stays in it.
    const key = uploadKey(caller.folder + name, options.quarantine);
    const headers = { 'Content-Type': type, 'Content-Disposition': 'attachment' };
    const { url, fields } = await withQuota(c, caller, { files: 1, bytes: maxFileSize, multiparts: [] }, () =>
      storage.signForm(key, headers, redirect, [minFileSize, maxFileSize]),
    );
    const { expires } = options;
    const { owner } = caller;
    options.onEvent({ action: 'form', owner, key, type, size: maxFileSize, method: 'POST', expires }, c);

    // As a plain download, a file of any type may be uploaded.
    const uploadFormHtml = uploadForm(url, fields, type === OCTET_STREAM ? undefined : type);
    if (c.req.query('fragment') !== undefined) return c.html(uploadFormHtml);
    return uploadPage(c, uploadFormHtml, { maxFileSize, expires, targets: [url, redirect] });
  });

  // S3 appends bucket, key and ETag to the URL, but anyone could link to it with other texts, so the page shows none.
  app.get(FORM_DONE, donePage);
}

/** @throws {ProblemError} 400 if the type is not accepted, or if it is missing and there are several to choose from */
function selectType(requested: string | undefined, types: readonly string[]): string {
  if (requested !== undefined) {
    const type = storedType('', requested, types);
    if (!type) throw badRequest('type', 'type: files of this type are not accepted.');
    return type;
  }
  const [only, ...others] = types;
  const type = storedType('', OCTET_STREAM, types) ?? (others.length === 0 ? storedType('', only!, types) : undefined);
  if (!type) {
    const example = types.find((each) => !each.includes('*')) ?? 'image/png';
    throw badRequest('type', `type: required because this signer accepts several types; add ?type=${example}.`);
  }
  return type;
}
