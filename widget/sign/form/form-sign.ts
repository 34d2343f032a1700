import { UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { Grant, PostGrant, Refusal, Sign } from '../../core/sign.ts';
import { ServerClock } from '../server-clock.ts';
import type { FormHost } from './host.ts';
import { formAction, formError, readFields } from './fields.ts';
import { UniqueFileNames } from './file-names.ts';
import { fieldValue, type PostPolicy, parsePostPolicy } from '../post-policy.ts';
import { createRedirectFallback, redirectTransport } from './redirect-transport.ts';

/** Milliseconds before its end that a policy is not begun with any more. */
const EARLY = 5_000;

/** The second is what the first was once called. */
const REDIRECTS = ['success_action_redirect', 'redirect'];

/** Reads the form anew for each file: what the visitor has typed by then is what is sent. */
export function createFormSign(form: HTMLFormElement, tag: Pick<FormHost, 'metadata'>): Sign {
  const clock = new ServerClock();
  const names = new UniqueFileNames();
  const sendOpen = createRedirectFallback();

  async function checkTime({ expiration }: PostPolicy, signal: AbortSignal): Promise<void> {
    if (expiration - EARLY > clock.now()) return;
    // or it is this machine's clock that is wrong: the page's own server knows better
    const answer = await fetch(location.href, { method: 'HEAD', cache: 'no-store', signal }).catch(() => undefined);
    clock.correct(Date.parse(answer?.headers.get('date') ?? ''));
    if (expiration - EARLY <= clock.now()) throw expired();
  }

  function grant(file: FileInfo): Grant {
    const fields = readFields(form);
    const policy = parsePostPolicy(fieldValue(fields, 'policy') ?? '');
    const refusal = policy && refuse(file, policy);
    if (refusal) return { id: file.id, error: refusal };
    const set = (name: string, value: string): void => {
      for (const field of Object.keys(fields)) if (field.toLowerCase() === name) fields[field] = value;
    };
    const condition = (name: string) => policy?.conditions.find(({ field }) => field === name);

    // S3 would fill in the name itself; here, twins are told apart, and the key is known
    const key = (fieldValue(fields, 'key') ?? '').replaceAll('${filename}', () => names.nameFor(file));
    set('key', key);

    const type = condition('content-type');
    if (type?.operator === 'starts-with' && isHidden(form, 'content-type')) {
      if (!file.type.startsWith(type.value)) {
        const message = `the policy wants types that begin with ${type.value}`;
        return { id: file.id, error: { code: 'file-type', message } };
      }
      set('content-type', file.type);
    }

    for (const [name, value] of Object.entries({ ...tag.metadata, ...file.metadata })) {
      const own = `x-amz-meta-${name.toLowerCase()}`;
      if (policy && !allows(policy, own, value)) return { id: file.id, error: uncovered(own, name) };
      fields[Object.keys(fields).find((known) => known.toLowerCase() === own) ?? own] = value;
    }

    // a page that is not navigated is not redirected either; only where the policy insists
    const redirects = REDIRECTS.filter((name) => fieldValue(fields, name));
    const isFixed = redirects.some((name) => policy && !allows(policy, name, ''));
    if (!isFixed) for (const name of redirects) set(name, '');
    const send: PostGrant['wrapTransport'] = isFixed
      ? () => redirectTransport
      : redirects.length
        ? sendOpen
        : undefined;

    return {
      id: file.id,
      method: 'POST',
      url: formAction(form),
      fields,
      key,
      ...(policy && { lifetime: policy.expiration - clock.now() }),
      ...(send && { wrapTransport: send }),
      async renew(signal, { cause }) {
        if (cause) throw expired();
        if (policy) await checkTime(policy, signal);
        return grant(file);
      },
    };
  }

  return async (files, { signal, method }) => {
    if (method) throw formError('its storage takes no form (it has answered POST with 501 or 405)');
    const policy = parsePostPolicy(fieldValue(readFields(form), 'policy') ?? '');
    if (policy) await checkTime(policy, signal);
    return files.map(grant);
  };
}

function refuse({ size }: FileInfo, { minBytes: least, maxBytes: most }: PostPolicy): Refusal['error'] | undefined {
  if (size > most) return { code: 'file-too-large', message: `the policy takes ${most} bytes`, limit: most };
  if (size < least) return { code: 'file-too-small', message: `the policy wants ${least} bytes`, limit: least };
  return undefined;
}

/** Whether the storage takes that value: a field that the policy does not name is refused, but for `x-ignore-…`. */
function allows({ conditions }: PostPolicy, name: string, value: string): boolean {
  const mine = conditions.filter(({ field }) => field === name);
  const holds = mine.every((one) => (one.operator === 'eq' ? value === one.value : value.startsWith(one.value)));
  return mine.length > 0 && holds;
}

const uncovered = (field: string, name: string): Refusal['error'] => ({
  code: 'metadata',
  message: `the form's policy has no condition that allows "${field}", which the metadata "${name}" is sent as`,
});

const isHidden = (form: HTMLFormElement, name: string): boolean =>
  [...form.querySelectorAll<HTMLInputElement>('input[type=hidden]')].some((input) => input.name.toLowerCase() === name);

const expired = (): UploadError =>
  new UploadError('expired', "the policy of this page's form has expired: reload the page", { phase: 'sign' });
