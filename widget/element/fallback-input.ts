/**
 * Takes over the file input of a page's fallback content, which the visitor may have used before the script arrived.
 *
 * @param add adds files as if they were picked
 */
export function adoptInput(input: HTMLInputElement, add: (files: File[]) => void): void {
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
