import { expect, fixture, html } from '@open-wc/testing';
import { computeAccessibleDescription } from 'dom-accessibility-api';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { drop } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

describe('An element in a form', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ receipts: true });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const inForm = async (
    content: ReturnType<typeof html>,
  ): Promise<{ form: HTMLFormElement; element: S3UploaderElement }> => {
    const form = await fixture<HTMLFormElement>(html`<form>${content}<button>Send</button></form>`);
    return { form, element: form.querySelector('s3-uploader')! };
  };
  const entries = (form: HTMLFormElement, name = 'files'): FormDataEntryValue[] => new FormData(form).getAll(name);

  it('submits the key of each file', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" multiple></s3-uploader>`,
    );
    expect(element.form).to.equal(form);
    const changes: string[] = [];
    for (const type of ['input', 'change']) form.addEventListener(type, () => changes.push(type));
    void element.add(['a', 'b'].map((name) => textFile(name)));
    await nextEvent(element, 'upload-complete');
    const keys = element.files.map((item) => (item.status === 'done' ? item.result.key : ''));
    await until('the value', () => entries(form).length === 2);
    expect(entries(form)).to.deep.equal(keys);
    expect(element.value).to.deep.equal(keys);
    await until('the change', () => changes.includes('change'));
    // one `input` for each file, or one for both if they were stored in the same task
    expect(changes.splice(0).join(' ')).to.match(/^(input ){1,2}change$/);
    element.removeFile(element.files[0]!.id);
    await until('one value', () => entries(form).length === 1);
    expect(changes).to.deep.equal(['input', 'change']);
  });

  it('submits keys, receipts or one JSON array, by `value-format`', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" value-format="json" multiple></s3-uploader>`,
    );
    void element.add([textFile('a.txt')]);
    const { detail } = await nextEvent(element, 'upload-success');
    await until('the value', () => entries(form).length);
    const [file] = JSON.parse(entries(form)[0] as string) as { key: string; name: string; size: number }[];
    expect(file).to.include({ key: detail.key, name: 'a.txt', size: 12 });
    expect(detail.receipt).to.match(/^[\w.~-]{20,}$/);
    element.valueFormat = 'receipt';
    await until('the receipt', () => entries(form)[0] === detail.receipt);
    element.valueFormat = 'key';
    await until('the key', () => entries(form)[0] === detail.key);
  });

  it('submits nothing for a file without a required receipt, and reports a setup error', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" value-format="receipt"></s3-uploader>`,
    );
    element.existing = [{ key: 'earlier.txt' }];
    await until('the file', () => element.files.length);
    await until('the message', () => /tell its owner.*receipt/.test(element.validationMessage));
    expect(entries(form)).to.deep.equal([]);
    expect(form.checkValidity()).to.equal(false);
    element.valueFormat = 'key';
    await until('a form that may be submitted', () => form.checkValidity());
    expect(entries(form)).to.deep.equal(['earlier.txt']);
  });

  it('submits nothing without a `name`', async () => {
    const { form, element } = await inForm(html`<s3-uploader endpoint=${servers.endpoint}></s3-uploader>`);
    void element.add([textFile('a')]);
    await nextEvent(element, 'upload-complete');
    await element.updateComplete;
    expect([...new FormData(form).keys()]).to.deep.equal([]);
  });

  it('is invalid without a required file, and has a message that says so', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" multiple required></s3-uploader>`,
    );
    await until('the element to be invalid', () => !form.checkValidity());
    expect(element.validity.valueMissing).to.equal(true);
    await until('the message', () => element.validationMessage === 'Choose a file.');
    element.minFiles = 2;
    await until('the message', () => element.validationMessage === 'Choose at least 2 files.');
    await until('the state', () => element.matches(':state(invalid)'));
    void element.add(['a', 'b'].map((name) => textFile(name)));
    await nextEvent(element, 'upload-complete');
    expect(form.checkValidity()).to.equal(true);
    expect(element.validationMessage).to.equal('');
  });

  it('focuses its button on `reportValidity()` if a file is missing', async () => {
    const { element } = await inForm(html`<s3-uploader endpoint=${servers.endpoint} required></s3-uploader>`);
    await until('the element to be invalid', () => !element.validity.valid);
    expect(element.reportValidity()).to.equal(false);
    await until('focus', () => element.shadowRoot?.activeElement === byRole(element, 'button', 'Choose a file'));
  });

  describe('after an attempt to submit it', () => {
    const message = (element: HTMLElement): HTMLElement | null =>
      element.shadowRoot!.querySelector<HTMLElement>('[part=invalid]');
    const isMarked = (element: HTMLElement): boolean => element.matches(':state(user-invalid)');
    const descriptionOf = (element: HTMLElement): string =>
      computeAccessibleDescription(byRole(element, 'button', 'Choose a file')!);

    it('shows why it is invalid below the drop area until it is valid', async () => {
      const { form, element } = await inForm(
        html`<s3-uploader endpoint=${servers.endpoint} max-file-size="1MB" required></s3-uploader>`,
      );
      await until('the element to be invalid', () => element.validationMessage === 'Choose a file.');
      await until('the state', () => element.matches(':state(invalid)'));
      expect(isMarked(element)).to.equal(false);
      expect(message(element)).to.equal(null);
      const hint = descriptionOf(element);
      form.querySelector('button')!.click();
      await until('the state', () => isMarked(element));
      const shown = message(element)!;
      expect(shown.textContent).to.equal('Choose a file.');
      expect(shown.lang).to.equal('en');
      const drop = element.shadowRoot!.querySelector('[part=drop]')!;
      expect(shown.getBoundingClientRect().top).to.be.at.least(drop.getBoundingClientRect().bottom);
      expect(getComputedStyle(drop).borderTopColor).to.equal(getComputedStyle(shown).color);
      expect(descriptionOf(element)).to.equal(`${hint} Choose a file.`);
      element.minFiles = 2;
      await until('the new message', () => shown.textContent === 'Choose at least 2 files.');
      element.minFiles = 0;
      void element.add([textFile('a')]);
      await until('the wait', () => shown.textContent === 'Wait until everything is uploaded.');
      await nextEvent(element, 'upload-complete');
      await until('a valid element', () => !isMarked(element));
      expect(message(element)).to.equal(null);
      element.clear();
      await until('the button', () => byRole(element, 'button', 'Choose a file'));
      expect(element.validity.valid).to.equal(false);
      expect(isMarked(element)).to.equal(false);
      expect(descriptionOf(element)).to.equal(hint);
    });

    it('speaks the language of the page, and hides its message when it is disabled or reset', async () => {
      const { form, element } = await inForm(
        html`<s3-uploader lang="de" endpoint=${servers.endpoint} required></s3-uploader>`,
      );
      await until('the German message', () => element.validationMessage === 'Wählen Sie eine Datei aus.');
      element.reportValidity();
      await until('the message', () => message(element)?.textContent === 'Wählen Sie eine Datei aus.');
      element.disabled = true;
      await until('no message', () => !message(element));
      element.disabled = false;
      await until('an element that takes part', () => element.willValidate);
      expect(isMarked(element)).to.equal(false);
      element.reportValidity();
      await until('the message', () => message(element));
      form.reset();
      await until('no message', () => !message(element) && !isMarked(element));
    });

    it('shows the message of the page, outside of a form, too', async () => {
      const element = await fixture<S3UploaderElement>(html`<s3-uploader endpoint=${servers.endpoint}></s3-uploader>`);
      element.setCustomValidity('Not on Sundays.');
      expect(element.reportValidity()).to.equal(false);
      await until('the message', () => message(element)?.textContent === 'Not on Sundays.');
      expect(message(element)!.hasAttribute('lang')).to.equal(false);
      element.setCustomValidity('');
      expect(message(element)).to.equal(null);
    });
  });

  it('looks for its visible button once a draw, and not for each stored file', async () => {
    const { element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" multiple></s3-uploader>`,
    );
    let draws = 0;
    element.addController({ hostUpdated: () => void draws++ });
    let searches = 0;
    const search = element.shadowRoot!.querySelectorAll.bind(element.shadowRoot!);
    element.shadowRoot!.querySelectorAll = (selector: string) => {
      if (selector === 'button') searches += 1;
      return search(selector);
    };
    void element.add(Array.from({ length: 40 }, (_, i) => textFile(`${i}`)));
    await nextEvent(element, 'upload-complete');
    expect(searches).to.be.within(1, draws + 1);
  });

  it('is invalid while it uploads, and after a file has failed', async () => {
    const { form, element } = await inForm(html`<s3-uploader endpoint=${servers.endpoint} name="files"></s3-uploader>`);
    await servers.signer.setFaults({ do: 'swallow', times: 1 });
    await servers.storage.setFaults({
      do: 'answer',
      status: 403,
      body: '<Error><Code>AccessDenied</Code></Error>',
      times: 1,
    });
    const failed = nextEvent(element, 'upload-complete');
    void element.add([textFile('a')]);
    await servers.signer.arrived(1);
    await until('the message', () => element.validationMessage === 'Wait until everything is uploaded.');
    expect(form.checkValidity()).to.equal(false);
    await servers.signer.release();
    await failed;
    expect(element.validationMessage).to.equal('Some files could not be uploaded. Try again, or remove them.');
    expect(form.checkValidity()).to.equal(false);
    const stored = nextEvent(element, 'upload-complete');
    element.retry();
    await stored;
    expect(form.checkValidity()).to.equal(true);
    expect(element.validationMessage).to.equal('');
  });

  it('delays the submit until all files are stored, with `hold-submit`', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" required hold-submit no-auto></s3-uploader>`,
    );
    const submits: { files: FormDataEntryValue[]; by: HTMLElement | null }[] = [];
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submits.push({ files: entries(form), by: event.submitter });
    });
    await until('the element to be invalid', () => !element.validity.valid);
    await element.add([textFile('a')]);
    await until('a form that may be submitted', () => form.checkValidity());
    const button = form.querySelector('button')!;
    const end = nextEvent(element, 'upload-complete');
    button.click();
    expect(submits).to.have.length(0);
    const { detail } = await end;
    expect(detail.done).to.have.length(1);
    await until('the submit', () => submits.length);
    expect(submits).to.deep.equal([{ files: element.value, by: button }]);
  });

  describe('with `hold-submit`', () => {
    /** Collects the values of each submit, and keeps the page from navigating. */
    const recordSubmits = (form: HTMLFormElement): FormDataEntryValue[][] => {
      const submits: FormDataEntryValue[][] = [];
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        submits.push(entries(form));
      });
      return submits;
    };
    const submitDuringUpload = async (content: ReturnType<typeof html>) => {
      const form = await fixture<HTMLFormElement>(content);
      const element = form.querySelector('s3-uploader')!;
      const submits = recordSubmits(form);
      await servers.signer.setFaults({ do: 'swallow', times: 1 });
      void element.add([textFile('a')]);
      await servers.signer.arrived(1);
      await until('a form that may be submitted', () => form.checkValidity());
      form.querySelector('button')!.click();
      return { form, element, submits };
    };

    it('announces to screen readers that the submit is delayed', async () => {
      const { element, submits } = await submitDuringUpload(
        html`<form>
          <s3-uploader endpoint=${servers.endpoint} name="files" hold-submit></s3-uploader><button>Send</button>
        </form>`,
      );
      const message = 'Sending once all files are uploaded…';
      await until('the announcement', () => byRole(element, 'status')?.textContent.includes(message));
      const notice = () => element.shadowRoot!.querySelector('[part=notice]');
      expect(notice()?.textContent).to.equal(message);
      await servers.signer.release();
      await until('the submit', () => submits.length);
      expect(submits).to.deep.equal([element.value]);
      await until('no notice', () => !notice());
    });

    it('submits nothing after a reset', async () => {
      const { form, element, submits } = await submitDuringUpload(
        html`<form>
          <s3-uploader endpoint=${servers.endpoint} name="files" hold-submit></s3-uploader><button>Send</button>
        </form>`,
      );
      form.reset();
      await servers.signer.release();
      expect(element.files).to.have.length(0);
      void element.add([textFile('b')]);
      await nextEvent(element, 'upload-complete');
      await element.updateComplete;
      expect(submits).to.deep.equal([]);
    });

    it('submits nothing while a file has failed, even in a form with `novalidate`', async () => {
      await servers.storage.setFaults({
        do: 'answer',
        status: 403,
        body: '<Error><Code>AccessDenied</Code></Error>',
        times: 1,
      });
      const { form, element, submits } = await submitDuringUpload(
        html`<form novalidate>
          <s3-uploader endpoint=${servers.endpoint} name="files" hold-submit></s3-uploader><button>Send</button>
        </form>`,
      );
      const failed = nextEvent(element, 'upload-complete');
      await servers.signer.release();
      await failed;
      await element.updateComplete;
      expect(submits).to.deep.equal([]);
      form.querySelector('button')!.click();
      expect(submits).to.deep.equal([]);
      element.retry();
      await until('the submit', () => submits.length);
      expect(submits).to.deep.equal([element.value]);
      expect(element.value).to.have.length(1);
    });

    it('does not submit another form that it was moved to', async () => {
      const { element, submits } = await submitDuringUpload(
        html`<form>
          <s3-uploader endpoint=${servers.endpoint} name="files" hold-submit></s3-uploader><button>Send</button>
        </form>`,
      );
      const other = await fixture<HTMLFormElement>(html`<form></form>`);
      const otherSubmits = recordSubmits(other);
      const stored = nextEvent(element, 'upload-complete');
      other.append(element);
      await servers.signer.release();
      await stored;
      await element.updateComplete;
      expect([submits, otherSubmits]).to.deep.equal([[], []]);
    });
  });

  it('updates its validity synchronously on insertion, on `add()` and on a change of `required`', async () => {
    const form = await fixture<HTMLFormElement>(html`<form></form>`);
    const template = document.createElement('template');
    template.innerHTML = '<s3-uploader endpoint="/sign" no-auto name="files" required></s3-uploader>';
    form.append(template.content);
    const element = form.querySelector('s3-uploader')!;
    expect(form.checkValidity()).to.equal(false);
    expect(element.validationMessage).to.equal('Choose a file');
    element.toggleAttribute('required', false);
    expect(form.checkValidity()).to.equal(true);
    const added = element.add([textFile('a')]);
    expect(form.checkValidity()).to.equal(false);
    await added;
    element.clear();
    await until('a form that may be submitted', () => form.checkValidity());
    element.required = true;
    expect(form.checkValidity()).to.equal(false);
  });

  it('dispatches `change` only if its value has changed, after the form has the new value', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" multiple></s3-uploader>`,
    );
    const seen: [string, FormDataEntryValue[]][] = [];
    form.addEventListener('change', () => seen.push(['change', entries(form)]));
    await servers.storage.setFaults({ do: 'answer', status: 403, body: '<Error><Code>AccessDenied</Code></Error>' });
    void element.add([textFile('refused')]);
    expect((await nextEvent(element, 'upload-complete')).detail.done).to.deep.equal([]);
    await servers.storage.reset();
    expect(seen).to.deep.equal([]);
    element.clear();
    void element.add(['a', 'b', 'c'].map((name) => textFile(name)));
    await nextEvent(element, 'upload-complete');
    await until('the change', () => seen.length);
    const [a, b, c] = element.value as [string, string, string];
    expect(seen).to.deep.equal([['change', [a, b, c]]]);
    // during an upload, the form gets new values only at intervals, but always before `change`
    await servers.signer.reset();
    await servers.signer.setFaults({ do: 'swallow' });
    void element.add([textFile('d')]);
    await servers.signer.arrived(1);
    element.removeFile(element.files[0]!.id);
    await until('the change', () => seen.length > 1);
    expect(seen[1]).to.deep.equal(['change', [b, c]]);
    element.clear();
    await until('the change', () => seen.length > 2);
    expect(seen.slice(2)).to.deep.equal([['change', []]]);
  });

  it('is emptied by a reset', async () => {
    const { form, element } = await inForm(html`<s3-uploader endpoint=${servers.endpoint} name="files"></s3-uploader>`);
    void element.add([textFile('a')]);
    await nextEvent(element, 'upload-complete');
    form.reset();
    expect(element.files).to.have.length(0);
    await until('no value', () => entries(form).length === 0);
  });

  it('dispatches every event when a listener changes the value again', async () => {
    const { element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" multiple></s3-uploader>`,
    );
    element.existing = [1, 2, 3].map((n) => ({ key: `${n}.txt` }));
    await until('the files', () => element.files.length === 3);
    const events: string[] = [];
    for (const type of ['input', 'change']) {
      element.addEventListener(type, () => events.push(`${type} ${element.value.join(' ')}`));
    }
    const first = (): string => element.files[0]!.id;
    element.addEventListener('input', () => element.removeFile(first()), { once: true });
    element.removeFile(first());
    await until('both changes', () => events.filter((event) => event.startsWith('change')).length === 2);
    element.removeFile(first());
    await until('the last change', () => events.at(-1) === 'change ');
    expect(events.filter((event) => event.startsWith('input'))).to.have.length(3);
  });

  it('delays the submit while a file is validated, with `hold-submit`', async () => {
    const { form, element } = await inForm(
      html`<s3-uploader endpoint=${servers.endpoint} name="files" hold-submit></s3-uploader>`,
    );
    let finish = (): void => {};
    const validated = new Promise<void>((resolve) => (finish = resolve));
    element.validate = () => validated;
    let submits = 0;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      submits++;
    });
    void element.add([textFile('a')]);
    await until('the file', () => element.files[0]?.status === 'preparing');
    await until('the row', () => rowTexts(element)[0]?.includes('Preparing'));
    await until('a form that may be submitted', () => form.checkValidity());
    form.querySelector('button')!.click();
    element.holdSubmit = false;
    await until('the message', () => element.validationMessage === 'Wait until everything is uploaded.');
    expect(submits).to.equal(0);
    finish();
    await until('the submit', () => submits);
    expect(entries(form)).to.deep.equal(element.value);
    expect(element.value).to.have.length(1);
  });

  it('reports a message set by `setCustomValidity()`', async () => {
    const { form, element } = await inForm(html`<s3-uploader endpoint=${servers.endpoint}></s3-uploader>`);
    element.setCustomValidity('Not on Sundays.');
    expect(form.checkValidity()).to.equal(false);
    expect(element.validationMessage).to.equal('Not on Sundays.');
    element.setCustomValidity('');
    expect(form.checkValidity()).to.equal(true);
  });

  it('opens its file picker on a click on its label', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <label for="uploader">Photos</label><s3-uploader id="uploader" endpoint=${servers.endpoint}></s3-uploader>
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

  it('adds dropped files', async () => {
    const { element } = await inForm(html`<s3-uploader endpoint=${servers.endpoint} no-auto></s3-uploader>`);
    drop(element, [textFile('a')]);
    await until('the file', () => element.files.length === 1);
  });
});
