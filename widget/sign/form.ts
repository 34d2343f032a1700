import { checkUrl } from '../core/check-grant.ts';
import { UploadError } from '../core/errors.ts';
import type { FileInfo, UploadItem } from '../core/item.ts';
import type { Grant, PostGrant, Refusal, Sign } from '../core/sign.ts';
import { hostList } from './host-list.ts';
import { Clock } from './clock.ts';
import { fieldOf, type Policy, readPolicy } from './policy.ts';
import { sendRedirected, seeThrough } from './redirected.ts';

/** The tag around the form: what the form wants is set on it, where it does not say so itself. */
export interface FormHost extends HTMLElement {
  accept?: string | undefined;
  multiple: boolean;
  required: boolean;
  maxFileSize?: string | number | undefined;
  minFileSize?: string | number | undefined;
  noAuto: boolean;
  readonly allowedHosts?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly files: readonly Pick<UploadItem, 'status'>[];
  open(): void;
  upload(): void;
}

/** Milliseconds before its end that a policy is not begun with any more. */
const EARLY = 5_000;

/** The second is what the first was once called. */
const REDIRECTS = ['success_action_redirect', 'redirect'];

const VISIBLE =
  ':is(input:not([type=hidden i], [type=file i], [type=submit i], [type=button i], [type=reset i], [type=image i]), select, textarea)';

/** Forms that are taken over already: a tag that is told of its form twice keeps the names it has given. */
const adopted = new WeakMap<HTMLFormElement, Sign>();

/**
 * A policy form as in the AWS documentation, rendered by any server. Its fields are the signature: nobody is asked for one,
 * and without JavaScript it is a form that uploads. What its file input says, and its policy, count for the tag. A form with
 * something to fill in stays visible, and its own button starts what was picked.
 *
 * @throws {UploadError} `config`, naming what the form lacks
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
 */
export function adoptForm(form: HTMLFormElement, tag: FormHost): Sign {
  const known = adopted.get(form);
  if (known) return known;
  const input = form.querySelector<HTMLInputElement>('input[type=file]');
  if (!input) throw bad('it has no <input type="file" name="file">');
  if (input.name !== 'file') throw bad(`its file input is called "${input.name}", and S3 wants name="file"`);
  const fields = fieldsOf(form);
  const key = fieldOf(fields, 'key');
  if (!key) throw bad('it has no field "key" before its file input');
  checkAction(form, tag);
  const sign = signWith(form, tag);
  adopted.set(form, sign);

  const policy = readPolicy(fieldOf(fields, 'policy') ?? '');
  tag.accept ??= input.accept || undefined;
  tag.required ||= input.required;
  // a key that is the same for all holds one file
  tag.multiple = key.includes('${filename}') && (tag.multiple || input.multiple);
  if (policy && policy.most < Infinity) tag.maxFileSize ??= policy.most;
  if (policy && policy.least > 0) tag.minFileSize ??= policy.least;

  // hidden and required, it would hold every submit
  input.required = false;
  if (form.querySelector(VISIBLE)) show(form, input, tag);
  return sign;
}

/** @throws {UploadError} `config` when the form goes where no file may go */
function checkAction(form: HTMLFormElement, { allowedHosts }: FormHost): void {
  if (!URL.canParse(form.getAttribute('action') ?? '', form.baseURI)) throw bad('its action is no address');
  const action = actionOf(form);
  try {
    checkUrl(action, hostList(allowedHosts));
  } catch (cause) {
    const { protocol, host } = new URL(action);
    const where = `its action goes to ${protocol}//${host}`;
    throw bad(`${where}, and files go over https only, and to no host that allowed-hosts leaves out`, cause);
  }
}

const actionOf = (form: HTMLFormElement): string => new URL(form.getAttribute('action') ?? '', form.baseURI).href;

/** Shows a form that the visitor has to fill in, without what the tag does in its place. */
function show(form: HTMLFormElement, input: HTMLInputElement, tag: FormHost): void {
  for (const element of [input, ...(input.labels ?? [])]) element.style.setProperty('display', 'none', 'important');
  tag.noAuto = true;
  form.addEventListener('submit', (event) => {
    // the page has found something to mend in it
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (tag.files.some(({ status }) => status === 'ready')) tag.upload();
    else tag.open();
  });
  const child = [...tag.children].find((child) => child.contains(form));
  if (child) child.slot = 'form';
}

/** Reads the form anew for each file: what the visitor has typed by then is what is sent. */
function signWith(form: HTMLFormElement, tag: FormHost): Sign {
  const clock = new Clock();
  const names = new Names();
  const sendOpen = seeThrough();

  async function checkTime({ expiration }: Policy, signal: AbortSignal): Promise<void> {
    if (expiration - EARLY > clock.now()) return;
    // or it is this machine's clock that is wrong: the page's own server knows better
    const answer = await fetch(location.href, { method: 'HEAD', cache: 'no-store', signal }).catch(() => undefined);
    clock.correct(Date.parse(answer?.headers.get('date') ?? ''));
    if (expiration - EARLY <= clock.now()) throw expired();
  }

  function grant(file: FileInfo): Grant {
    const fields = fieldsOf(form);
    const policy = readPolicy(fieldOf(fields, 'policy') ?? '');
    const refusal = policy && refuse(file, policy);
    if (refusal) return { id: file.id, error: refusal };
    const set = (name: string, value: string): void => {
      for (const field of Object.keys(fields)) if (field.toLowerCase() === name) fields[field] = value;
    };
    const condition = (name: string) => policy?.conditions.find(({ field }) => field === name);

    // S3 would fill in the name itself; here, twins are told apart, and the key is known
    const key = (fieldOf(fields, 'key') ?? '').replaceAll('${filename}', () => names.of(file));
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
    const redirects = REDIRECTS.filter((name) => fieldOf(fields, name));
    const isFixed = redirects.some((name) => policy && !allows(policy, name, ''));
    if (!isFixed) for (const name of redirects) set(name, '');
    const send: PostGrant['send'] = isFixed ? () => sendRedirected : redirects.length ? sendOpen : undefined;

    return {
      id: file.id,
      method: 'POST',
      url: actionOf(form),
      fields,
      key,
      ...(policy && { lifetime: policy.expiration - clock.now() }),
      ...(send && { send }),
      async again(signal, { because }) {
        if (because) throw expired();
        if (policy) await checkTime(policy, signal);
        return grant(file);
      },
    };
  }

  return async (files, { signal, method }) => {
    if (method) throw bad('its storage takes no form (it has answered POST with 501 or 405)');
    const policy = readPolicy(fieldOf(fieldsOf(form), 'policy') ?? '');
    if (policy) await checkTime(policy, signal);
    return files.map(grant);
  };
}

function refuse({ size }: FileInfo, { least, most }: Policy): Refusal['error'] | undefined {
  if (size > most) return { code: 'file-too-large', message: `the policy takes ${most} bytes`, limit: most };
  if (size < least) return { code: 'file-too-small', message: `the policy wants ${least} bytes`, limit: least };
  return undefined;
}

/** Whether the storage takes that value: a field that the policy does not name is refused, but for `x-ignore-…`. */
function allows({ conditions }: Policy, name: string, value: string): boolean {
  const mine = conditions.filter(({ field }) => field === name);
  const holds = mine.every((one) => (one.operator === 'eq' ? value === one.value : value.startsWith(one.value)));
  return mine.length > 0 && holds;
}

const uncovered = (field: string, name: string): Refusal['error'] => ({
  code: 'metadata',
  message: `the form's policy has no condition that allows "${field}", which the metadata "${name}" is sent as`,
});

/**
 * What the browser would send before the file: S3 ignores all that comes after it.
 *
 * @throws {UploadError} `config` when a name comes twice
 */
function fieldsOf(form: HTMLFormElement): Record<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string') break;
    if (fields.has(name)) throw bad(`it has two fields "${name}", and S3 takes one of each`);
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

const isHidden = (form: HTMLFormElement, name: string): boolean =>
  [...form.querySelectorAll<HTMLInputElement>('input[type=hidden]')].some((input) => input.name.toLowerCase() === name);

/** Names of files as parts of keys: each file has one of its own, and keeps it when it is tried again. */
class Names {
  readonly #byId = new Map<string, string>();
  readonly #taken = new Set<string>();

  of({ id, name }: FileInfo): string {
    const known = this.#byId.get(id);
    if (known) return known;
    // one look, one name; `$$` and `${` mean something to S3, and control characters nothing to anybody
    const plain = name.normalize('NFC').replace(/\$(?=[{$])|\p{Cc}/gu, '_');
    const dot = plain.lastIndexOf('.') > 0 ? plain.lastIndexOf('.') : plain.length;
    let own = plain;
    for (let count = 2; this.#taken.has(own); count += 1) own = `${plain.slice(0, dot)}-${count}${plain.slice(dot)}`;
    this.#taken.add(own);
    this.#byId.set(id, own);
    return own;
  }
}

const expired = (): UploadError =>
  new UploadError('expired', "the policy of this page's form has expired: reload the page", { phase: 'sign' });

const bad = (what: string, cause?: unknown): UploadError =>
  new UploadError('config', `The form in the tag cannot be used: ${what}.`, { phase: 'sign', cause });
