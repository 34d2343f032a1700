import { expect } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { textFile } from '../fixtures/files.ts';
import { rowTexts } from '../fixtures/queries.ts';
import { dataTransfer } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

/** A page whose visitor has used the file input of the fallback content before the script arrived. */
function pageWith(content: string, files: readonly File[]): { page: DocumentFragment; input: HTMLInputElement } {
  const template = document.createElement('template'); // its content is not upgraded
  template.innerHTML = content;
  const input = template.content.querySelector<HTMLInputElement>('input[type=file]')!;
  input.files = dataTransfer(files).files;
  return { page: template.content, input };
}

describe('A file input in the fallback content', () => {
  let element: S3UploaderElement;
  let form: HTMLFormElement;

  /** Puts the page into the document: its element is upgraded. */
  function open(page: DocumentFragment): void {
    form = page.querySelector('form')!;
    element = page.querySelector('s3-uploader')!;
    document.body.append(form);
  }

  afterEach(() => form.remove());

  for (const [place, content] of [
    ['a child of the element', '<input type="file" name="documents" multiple required>'],
    ['within a label', '<p><label>Documents <input type="file" name="documents" multiple required></label></p>'],
  ]) {
    it(`gives the element the files that were picked before the script arrived, as ${place}`, async () => {
      const { page, input } = pageWith(
        `<form><s3-uploader endpoint="/sign" name="documents" no-auto multiple>${content}</s3-uploader></form>`,
        [textFile('a.txt'), textFile('b.txt')],
      );
      open(page);
      await until('the rows', () => rowTexts(element).length === 2);
      expect(rowTexts(element).join()).to.include('a.txt').and.to.include('b.txt');
      expect(input.files).to.have.length(0);
    });
  }

  it('neither stops a submit of the form nor adds an empty file to it', async () => {
    const { page, input } = pageWith(
      '<form><s3-uploader endpoint="/sign" name="documents" no-auto multiple>' +
        '<input type="file" name="documents" required></s3-uploader></form>',
      [],
    );
    open(page);
    await until('the end of the fallback', () => form.checkValidity());
    expect([...new FormData(form).keys()]).to.deep.equal([]);
    // a picker that was open when the script arrived
    input.files = dataTransfer([textFile('late.txt')]).files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    await until('the row', () => rowTexts(element).join().includes('late.txt'));
  });

  it('is left alone outside of the element', async () => {
    const { page, input } = pageWith(
      '<form><s3-uploader endpoint="/sign" no-auto></s3-uploader>' + '<input type="file" name="other"></form>',
      [textFile('other.txt')],
    );
    open(page);
    await element.updateComplete;
    expect(input.files).to.have.length(1);
    expect(input.disabled).to.equal(false);
    expect(element.files).to.deep.equal([]);
  });
});
