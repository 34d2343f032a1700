/** In the default slot, which is hidden. */
const FALLBACK_INPUT = ':scope > :not([slot]) input[type=file]:enabled, :scope > input[type=file]:enabled';

/**
 * Takes over the file inputs of an element's fallback content, which the visitor may have used before the script arrived. One in
 * a policy form is that form's.
 *
 * @param add adds files as if they were picked
 */
export function adoptInputs(host: HTMLElement, add: (files: File[]) => void): void {
  for (const input of host.querySelectorAll<HTMLInputElement>(FALLBACK_INPUT)) {
    if (!host.contains(input.form)) adoptInput(input, add);
  }
}

function adoptInput(input: HTMLInputElement, add: (files: File[]) => void): void {
  const move = (): void => {
    const files = [...input.files!];
    if (!files.length) return;
    input.value = '';
    add(files);
  };
  // it is hidden from now on: it must neither stop a submit of the page's form nor add an empty file to it
  input.disabled = true;
  move();
  // its picker may still be open
  input.addEventListener('change', move);
}
