import { checkUrl } from '../../core/check-grant.ts';
import { parseHostList } from '../host-list.ts';
import { fieldValue } from '../post-policy.ts';
import { formAction, formError, readFields } from './fields.ts';
import { type FormSign, readFormDefaults } from './form-defaults.ts';
import { createFormSign } from './form-sign.ts';
import type { FormHost } from './host.ts';

/**
 * Takes over a policy form as in the AWS documentation, rendered by any server. Its fields are the signature, so no signer is
 * requested. Without JavaScript it is a form that uploads. A form with something to fill in stays visible, and its own button
 * starts the upload. Call it once for each form: it listens to the form's `submit`.
 *
 * @throws {UploadError} `config`, naming what is wrong with the form
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
 */
export function adoptForm(form: HTMLFormElement, host: FormHost): FormSign {
  const input = form.querySelector<HTMLInputElement>('input[type=file]');
  if (!input) throw formError('it has no <input type="file" name="file">');
  if (input.name !== 'file') throw formError(`its file input is named "${input.name}", and S3 expects name="file"`);
  const fields = readFields(form);
  if (!fieldValue(fields, 'key')) throw formError('it has no field "key" before its file input');
  checkAction(form, host);
  const formDefaults = readFormDefaults(form, input, fields);
  // the input gets no file any more, and a hidden required input would block every submit
  input.required = false;
  if (formDefaults.needsInput) showForm(form, input, host);
  moveFiles(form, input, host);
  // the form's own picker may still be open
  input.addEventListener('change', () => moveFiles(form, input, host));
  return Object.assign(createFormSign(form, host), { formDefaults });
}

/** @throws {UploadError} `config` if no file may be sent to the form's action */
function checkAction(form: HTMLFormElement, { allowedHosts }: FormHost): void {
  if (!URL.canParse(form.getAttribute('action') ?? '', form.baseURI)) throw formError('its action is not a valid URL');
  const action = formAction(form);
  try {
    checkUrl(action, parseHostList(allowedHosts));
  } catch (cause) {
    const { protocol, host } = new URL(action);
    const rule = 'files are sent only over https, and only to hosts in the attribute "allowed-hosts" if it is set';
    throw formError(`its action goes to ${protocol}//${host}, and ${rule}`, cause);
  }
}

/** Shows a form that the visitor fills in, without its file input: the element has its own. */
function showForm(form: HTMLFormElement, input: HTMLInputElement, host: FormHost): void {
  for (const element of [input, ...(input.labels ?? [])]) element.style.setProperty('display', 'none', 'important');
  form.addEventListener('submit', (event) => {
    // the page's own validation has stopped the submit, or the form has moved to another element
    if (event.defaultPrevented || !slotted(form, host)) return;
    event.preventDefault();
    if (host.files.some(({ status }) => status === 'ready')) host.upload();
    else host.open();
  });
  const child = slotted(form, host);
  if (child) child.slot = 'form';
}

/** Moves files that were picked in the form, such as before the script arrived, to the element. */
function moveFiles(form: HTMLFormElement, input: HTMLInputElement, host: FormHost): void {
  const files = [...(input.files ?? [])];
  if (!files.length || !slotted(form, host)) return;
  input.value = '';
  void host.add(files);
}

/** The child of the element that is the form or contains it. */
const slotted = (form: HTMLFormElement, { children }: FormHost): Element | undefined =>
  [...children].find((child) => child.contains(form));
