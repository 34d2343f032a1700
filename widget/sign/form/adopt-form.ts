import { checkUrl } from '../../core/check-grant.ts';
import type { Sign } from '../../core/sign.ts';
import { parseHostList } from '../host-list.ts';
import { formAction, formError, readFields } from './fields.ts';
import { createFormSign } from './form-sign.ts';
import type { FormHost } from './host.ts';
import { fieldValue, parsePostPolicy } from '../post-policy.ts';

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
  if (!input) throw formError('it has no <input type="file" name="file">');
  if (input.name !== 'file') throw formError(`its file input is called "${input.name}", and S3 wants name="file"`);
  const fields = readFields(form);
  const key = fieldValue(fields, 'key');
  if (!key) throw formError('it has no field "key" before its file input');
  checkAction(form, tag);
  const sign = createFormSign(form, tag);
  adopted.set(form, sign);

  const policy = parsePostPolicy(fieldValue(fields, 'policy') ?? '');
  tag.accept ??= input.accept || undefined;
  tag.required ||= input.required;
  // a key that is the same for all holds one file
  tag.multiple = key.includes('${filename}') && (tag.multiple || input.multiple);
  if (policy && policy.maxBytes < Infinity) tag.maxFileSize ??= policy.maxBytes;
  if (policy && policy.minBytes > 0) tag.minFileSize ??= policy.minBytes;

  // hidden and required, it would hold every submit
  input.required = false;
  if (form.querySelector(VISIBLE)) show(form, input, tag);
  return sign;
}

/** @throws {UploadError} `config` when the form goes where no file may go */
function checkAction(form: HTMLFormElement, { allowedHosts }: FormHost): void {
  if (!URL.canParse(form.getAttribute('action') ?? '', form.baseURI)) throw formError('its action is no address');
  const action = formAction(form);
  try {
    checkUrl(action, parseHostList(allowedHosts));
  } catch (cause) {
    const { protocol, host } = new URL(action);
    const where = `its action goes to ${protocol}//${host}`;
    throw formError(`${where}, and files go over https only, and to no host that allowed-hosts leaves out`, cause);
  }
}

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
