import { UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { Grant, PostGrant, Refusal, Sign } from '../../core/sign.ts';
import { fieldValue, parsePostPolicy, type PostPolicy } from '../post-policy.ts';
import { ServerClock } from '../server-clock.ts';
import { formAction, formError, readFields, withFormLineBreaks } from './fields.ts';
import { UniqueFileNames } from './file-names.ts';
import type { FormHost } from './host.ts';
import { createRedirectFallback, redirectTransport } from './redirect-transport.ts';

/** Milliseconds before its expiration from which on a policy starts no upload: the request takes time to arrive. */
const POLICY_MARGIN_MS = 5_000;

/** The fields that redirect the browser. `redirect` is the deprecated name. */
const REDIRECT_FIELDS = ['success_action_redirect', 'redirect'];

/** Signs by the fields of a form. Reads them again for each file, with what the visitor has typed by then. */
export function createFormSign(form: HTMLFormElement, host: Pick<FormHost, 'metadata'>): Sign {
  const clock = new ServerClock();
  const names = new UniqueFileNames();
  const wrapOpenRedirect = createRedirectFallback();

  /** @throws {UploadError} `expired` */
  async function checkExpiration({ expiration }: PostPolicy, signal: AbortSignal): Promise<void> {
    if (expiration - POLICY_MARGIN_MS > clock.now()) return;
    // this machine's clock may be wrong: the page's own server knows the time
    const response = await fetch(location.href, { method: 'HEAD', cache: 'no-store', signal }).catch(() => undefined);
    clock.correct(Date.parse(response?.headers.get('date') ?? ''));
    if (expiration - POLICY_MARGIN_MS <= clock.now()) throw expiredError();
  }

  function grantFile(file: FileInfo): Grant {
    const fields = readFields(form);
    const policy = parsePostPolicy(fieldValue(fields, 'policy') ?? '');
    const sizeError = policy && checkSize(file, policy);
    if (sizeError) return { id: file.id, error: sizeError };
    const setField = (name: string, value: string): void => {
      for (const field of Object.keys(fields)) if (field.toLowerCase() === name) fields[field] = value;
    };

    // S3 would insert the name itself; here, files of one name get different keys, and the key is known
    const key = (fieldValue(fields, 'key') ?? '').replaceAll('${filename}', () => names.nameFor(file));
    setField('key', key);

    const type = policy?.conditions.find(({ field }) => field === 'content-type');
    if (type?.operator === 'starts-with' && hasHiddenInput(form, 'content-type')) {
      if (!file.type.startsWith(type.value)) {
        const message = `the form's policy accepts only types that begin with "${type.value}"`;
        return { id: file.id, error: { code: 'file-type', message } };
      }
      setField('content-type', file.type);
    }

    for (const [name, text] of Object.entries({ ...host.metadata, ...file.metadata })) {
      const value = withFormLineBreaks(text);
      const field = `x-amz-meta-${name.toLowerCase()}`;
      if (policy && !isAllowed(policy, field, value)) return { id: file.id, error: metadataError(field, name) };
      fields[Object.keys(fields).find((known) => known.toLowerCase() === field) ?? field] = value;
    }

    // A page that sends by XMLHttpRequest does not navigate, so redirects are emptied unless the policy fixes one.
    const redirects = REDIRECT_FIELDS.filter((name) => fieldValue(fields, name));
    const isFixed = redirects.some((name) => policy && !isAllowed(policy, name, ''));
    if (!isFixed) for (const name of redirects) setField(name, '');
    const wrapTransport: PostGrant['wrapTransport'] = isFixed ? () => redirectTransport : wrapOpenRedirect;

    return {
      id: file.id,
      method: 'POST',
      url: formAction(form),
      fields,
      key,
      lifetime: policy && policy.expiration - clock.now(),
      wrapTransport: redirects.length ? wrapTransport : undefined,
      async renew(signal, { cause }) {
        if (cause) throw expiredError();
        if (policy) await checkExpiration(policy, signal);
        return grantFile(file);
      },
    };
  }

  return async (files, { signal, method }) => {
    if (method) throw formError('its storage does not accept forms (it answered POST with 501 or 405)');
    const policy = parsePostPolicy(fieldValue(readFields(form), 'policy') ?? '');
    if (policy) await checkExpiration(policy, signal);
    return files.map(grantFile);
  };
}

function checkSize({ size }: FileInfo, { minBytes, maxBytes }: PostPolicy): Refusal['error'] | undefined {
  if (size > maxBytes) {
    return { code: 'file-too-large', message: `the form's policy accepts at most ${maxBytes} bytes`, limit: maxBytes };
  }
  if (size < minBytes) {
    return { code: 'file-too-small', message: `the form's policy accepts at least ${minBytes} bytes`, limit: minBytes };
  }
  return undefined;
}

/**
 * Whether the policy has conditions for the field, and the value meets all of them. S3 refuses other fields, except
 * `x-ignore-*`.
 */
function isAllowed({ conditions }: PostPolicy, name: string, value: string): boolean {
  const own = conditions.filter(({ field }) => field === name);
  return (
    own.length > 0 && own.every((one) => (one.operator === 'eq' ? value === one.value : value.startsWith(one.value)))
  );
}

const metadataError = (field: string, name: string): Refusal['error'] => ({
  code: 'metadata',
  message: `the form's policy has no condition that allows "${field}", the field of the metadata "${name}"`,
});

const hasHiddenInput = (form: HTMLFormElement, name: string): boolean =>
  [...form.querySelectorAll<HTMLInputElement>('input[type=hidden]')].some((input) => input.name.toLowerCase() === name);

const expiredError = (): UploadError =>
  new UploadError('expired', 'The policy of the form in <s3-uploader> has expired: reload the page.', {
    phase: 'sign',
  });
