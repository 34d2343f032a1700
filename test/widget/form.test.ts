import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/s3-uploader.ts';
import { byRole, drop, next, textFile, until } from '../helpers/page.ts';
import { openStack, type RemoteStack } from '../helpers/stack-client.ts';

describe('In a form, the tag', () => {
  let stack: RemoteStack;
  before(async () => {
    stack = await openStack();
  });
  beforeEach(() => Promise.all([stack.storage.reset(), stack.signer.reset()]));
  after(() => stack.close());

  const inForm = async (
    content: ReturnType<typeof html>,
  ): Promise<{ form: HTMLFormElement; element: S3UploaderElement }> => {
    const form = await fixture<HTMLFormElement>(html`<form>${content}<button>Send</button></form>`);
    return { form, element: form.querySelector('s3-uploader')! };
  };
  const entries = (form: HTMLFormElement, name = 'files'): FormDataEntryValue[] => new FormData(form).getAll(name);

  it('submits the key of each file', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${stack.endpoint} name="files" multiple></s3-uploader>`,
    );
    expect(element.form).to.equal(form);
    const changes: string[] = [];
    for (const type of ['input', 'change']) form.addEventListener(type, () => changes.push(type));
    void element.add(['a', 'b'].map((name) => textFile(name)));
    await next(element, 'upload-complete');
    const keys = element.files.map((item) => (item.status === 'done' ? item.result.key : ''));
    await until('the value', () => entries(form).length === 2);
    expect(entries(form)).to.deep.equal(keys);
    expect(element.value).to.deep.equal(keys);
    expect(changes).to.deep.equal(['input', 'input', 'change']);
    element.remove(element.files[0]!.id);
    await until('one value', () => entries(form).length === 1);
    expect(changes.slice(3)).to.deep.equal(['input', 'change']);
  });

  it('submits receipts, or one JSON array, where that is asked for', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${stack.endpoint} name="files" value-format="json" multiple></s3-uploader>`,
    );
    void element.add([textFile('a.txt')]);
    const { detail } = await next(element, 'upload-success');
    await until('the value', () => entries(form).length);
    const [file] = JSON.parse(entries(form)[0] as string) as { key: string; name: string; size: number }[];
    expect(file).to.include({ key: detail.key, name: 'a.txt', size: 12 });
    element.valueFormat = 'receipt';
    await until('the receipt', () => entries(form)[0] === (detail.receipt ?? ''));
  });

  it('submits nothing without a name', async () => {
    const { form, element } = await inForm(html`<s3-uploader endpoint=${stack.endpoint}></s3-uploader>`);
    void element.add([textFile('a')]);
    await next(element, 'upload-complete');
    await element.updateComplete;
    expect([...new FormData(form).keys()]).to.deep.equal([]);
  });

  it('is invalid without a file that is required, and says what is missing', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${stack.endpoint} name="files" multiple required></s3-uploader>`,
    );
    await until('it to be invalid', () => !form.checkValidity());
    expect(element.validity.valueMissing).to.equal(true);
    expect(element.validationMessage).to.equal('Choose a file.');
    element.minFiles = 2;
    await until('other words', () => element.validationMessage === 'Choose at least 2 files.');
    await until('the state', () => element.matches(':state(invalid)'));
    void element.add(['a', 'b'].map((name) => textFile(name)));
    await next(element, 'upload-complete');
    expect(form.checkValidity()).to.equal(true);
    expect(element.validationMessage).to.equal('');
  });

  it('shows what is missing at its button', async () => {
    const { element } = await inForm(html`<s3-uploader endpoint=${stack.endpoint} required></s3-uploader>`);
    await until('it to be invalid', () => !element.validity.valid);
    expect(element.reportValidity()).to.equal(false);
    await until('focus', () => element.shadowRoot?.activeElement === byRole(element, 'button', 'Choose a file'));
  });

  it('is invalid while it uploads, and when a file has failed', async () => {
    const { form, element } = await inForm(html`<s3-uploader endpoint=${stack.endpoint} name="files"></s3-uploader>`);
    await stack.signer.faults({ do: 'swallow', times: 1 });
    await stack.storage.faults({
      do: 'answer',
      status: 403,
      body: '<Error><Code>AccessDenied</Code></Error>',
      times: 1,
    });
    const failed = next(element, 'upload-complete');
    void element.add([textFile('a')]);
    await stack.signer.arrived(1);
    await until('words', () => element.validationMessage === 'Wait until everything is uploaded.');
    expect(form.checkValidity()).to.equal(false);
    await stack.signer.release();
    await failed;
    expect(element.validationMessage).to.equal('Some files could not be uploaded. Try again, or remove them.');
    expect(form.checkValidity()).to.equal(false);
    const stored = next(element, 'upload-complete');
    element.retry();
    await stored;
    expect(form.checkValidity()).to.equal(true);
    expect(element.validationMessage).to.equal('');
  });

  it('holds the submit until all is stored, with `hold-submit`', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${stack.endpoint} name="files" required hold-submit no-auto></s3-uploader>`,
    );
    const submits: { files: FormDataEntryValue[]; by: HTMLElement | null }[] = [];
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submits.push({ files: entries(form), by: event.submitter });
    });
    await until('the control', () => !element.validity.valid);
    await element.add([textFile('a')]);
    await until('a form that may be submitted', () => form.checkValidity());
    const button = form.querySelector('button')!;
    const end = next(element, 'upload-complete');
    button.click();
    expect(submits).to.have.length(0);
    const { detail } = await end;
    expect(detail.done).to.have.length(1);
    await until('the submit', () => submits.length);
    expect(submits).to.deep.equal([{ files: element.value, by: button }]);
  });

  it('is emptied by a reset', async () => {
    const { form, element } = await inForm(html`<s3-uploader endpoint=${stack.endpoint} name="files"></s3-uploader>`);
    void element.add([textFile('a')]);
    await next(element, 'upload-complete');
    form.reset();
    expect(element.files).to.have.length(0);
    await until('no value', () => entries(form).length === 0);
  });

  it('takes a message of the page’s own', async () => {
    const { form, element } = await inForm(html`<s3-uploader endpoint=${stack.endpoint}></s3-uploader>`);
    element.setCustomValidity('Not on Sundays.');
    await until('the message', () => element.validationMessage === 'Not on Sundays.');
    expect(form.checkValidity()).to.equal(false);
    element.setCustomValidity('');
    await until('none', () => form.checkValidity());
  });

  it('is opened by its label', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <label for="uploader">Photos</label><s3-uploader id="uploader" endpoint=${stack.endpoint}></s3-uploader>
      </div>`,
    );
    const element = page.querySelector('s3-uploader')!;
    let opened = 0;
    element.shadowRoot!.querySelector('input')!.addEventListener('click', (event) => {
      event.preventDefault();
      opened++;
    });
    page.querySelector('label')!.click();
    expect(opened).to.equal(1);
  });

  it('takes a drop that a form beside it does not', async () => {
    const { element } = await inForm(html`<s3-uploader endpoint=${stack.endpoint} no-auto></s3-uploader>`);
    drop(element, [textFile('a')]);
    await until('the file', () => element.files.length === 1);
  });
});
