import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { alertText, byRole, rowTexts } from '../fixtures/queries.ts';
import { drop, pick } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';
import { createElement } from '../fixtures/create-element.ts';

/** No test here uploads: the files wait or are rejected. */
describe('Limits', () => {
  const rejected: [what: string, content: ReturnType<typeof html>, file: File, code: string, message: string][] = [
    [
      'too large',
      html`<s3-uploader endpoint="/sign" no-auto max-file-size="1KiB"></s3-uploader>`,
      textFile('big.txt', 1025),
      'file-too-large',
      '1.1 kB is too large. The limit is 1 kB.',
    ],
    [
      'too small',
      html`<s3-uploader endpoint="/sign" no-auto min-file-size="20"></s3-uploader>`,
      textFile('small.txt', 19),
      'file-too-small',
      '19 bytes is too small. The minimum is 20 bytes.',
    ],
    [
      'of another type',
      html`<s3-uploader endpoint="/sign" no-auto accept="image/*,.pdf"></s3-uploader>`,
      textFile('notes.txt'),
      'file-type',
      'Only images and PDF are accepted.',
    ],
  ];
  for (const [what, content, file, code, message] of rejected) {
    it(`reject a file that is ${what}, with a message and with a code in the event`, async () => {
      const element = await createElement(content);
      setTimeout(() => pick(element, [file]));
      const { detail } = await nextEvent(element, 'file-reject');
      expect(detail).to.include({ code, name: file.name, size: file.size, type: 'text/plain', retryable: false });
      await until('the message', () => rowTexts(element)[0]?.includes(message));
      await expect(element).to.be.accessible();
    });
  }

  it('accept a file of exactly the maximum size', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto max-file-size="1KiB"></s3-uploader>`,
    );
    const [item] = await element.add([textFile('exact.txt', 1024)]);
    expect(item?.status).to.equal('ready');
  });

  it('accept no more than `max-files` files, and another one after a removal', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple max-files="2"></s3-uploader>`,
    );
    await element.add(['a', 'b', 'c'].map((name) => textFile(name)));
    expect(element.files.map(({ status }) => status)).to.deep.equal(['ready', 'ready', 'rejected']);
    await until('the message', () => rowTexts(element)[2]?.includes('You can add only 2 files. Remove one first.'));
    await until('the state', () => element.matches(':state(full)'));
    (await until('the button', () => byRole(element, 'button', 'Remove a'))).click();
    await until('room for a file', () => !element.matches(':state(full)'));
    const [item] = await element.add([textFile('d')]);
    expect(item?.status).to.equal('ready');
  });

  it('keep only the latest file without `multiple`', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto></s3-uploader>`);
    await element.add([textFile('first')]);
    await element.add([textFile('second')]);
    expect(element.files.map(({ name }) => name)).to.deep.equal(['second']);
  });

  it('are shown beside the button', async () => {
    const element = await createElement(
      html`<s3-uploader
        endpoint="/sign"
        multiple
        accept="image/*, application/pdf"
        max-file-size="20MB"
        max-files="10"
      ></s3-uploader>`,
    );
    const text = 'Images, PDF\u00a0· Up to 20\u00a0MB per file\u00a0· Up to 10 files';
    await until('the hint', () => element.shadowRoot?.querySelector('[part=hint]')?.textContent === text);
  });
});

const hintOf = (element: S3UploaderElement): string =>
  element.shadowRoot!.querySelector('[part=hint]')!.textContent.replaceAll('\u00a0', ' ');

describe('The hint', () => {
  const hint = async (element: S3UploaderElement, text: string): Promise<void> => {
    await until(`the hint "${text}"`, () => hintOf(element) === text);
  };
  const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
  const kinds: [accept: string, hint: string][] = [
    ['.pdf', 'PDF'],
    ['.pdf,application/pdf', 'PDF'],
    ['.PDF', 'PDF'],
    ['.jpg,.jpeg,image/jpeg,.jfif', 'JPEG'],
    [`.doc,.docx,application/msword,${word}`, 'Word'],
    ['application/vnd.ms-word.document.macroEnabled.12', 'Word'],
    ['.ppt,.pptx,application/vnd.ms-excel,.xlsx', 'PowerPoint, Excel'],
    ['.odt,application/vnd.oasis.opendocument.text,.ods', 'ODT, ODS'],
    ['.tar.gz,.tgz,application/gzip,.gz', 'TAR.GZ, GZIP'],
    ['.zip,application/zip,application/x-zip-compressed,.7z,application/x-7z-compressed', 'ZIP, 7z'],
    ['image/svg+xml,.svg,application/epub+zip,.rtf', 'SVG, EPUB, RTF'],
    ['text/*', 'Text files'],
    ['text/*,.csv,text/plain', 'Text files'],
    ['text/plain,.csv,text/csv,.md,application/json', 'TXT, CSV, Markdown, JSON'],
    ['font/*,.woff2', 'Fonts'],
    ['model/*', '3D models'],
    ['audio/mpeg,.mp3', 'MP3'],
    ['video/mp4,audio/mp4,video/quicktime', 'MP4, M4A, MOV'],
    ['.heic,image/heif', 'HEIC'],
    ['image/*,.jpg,image/png,.heic,.docx', 'Images, Word'],
    ['video/*,audio/*,.mp4,.mp3,video/ogg', 'Videos, audio'],
    ['.constructor', 'CONSTRUCTOR'],
    ['application/vnd.example.something', ''],
  ];
  for (const [accept, text] of kinds) {
    it(`is "${text}" when accept is "${accept}"`, async () => {
      await hint(await createElement(html`<s3-uploader endpoint="/sign" accept=${accept}></s3-uploader>`), text);
    });
  }

  it('names the numbers of files and pixels after kinds and size, and not the smallest size', async () => {
    const element = await createElement(
      html`<s3-uploader
        endpoint="/sign"
        multiple
        accept=".docx,image/*"
        min-file-size="1kB"
        max-file-size="20MB"
        min-files="2"
        max-files="1200"
        min-image-size="600x400"
        max-image-size="8000x6000"
      ></s3-uploader>`,
    );
    await hint(
      element,
      'Word, images · Up to 20 MB per file · Up to 1,200 files · At least 2 files · ' +
        'At least 600 × 400 pixels · At most 8,000 × 6,000 pixels',
    );
    const text = element.shadowRoot!.querySelector('[part=hint]')!.textContent;
    expect(text).to.include('At least 600\u00a0×\u00a0400\u00a0pixels\u00a0· ');
    await expect(element).to.be.accessible();
  });

  it('does not name one file that is required', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" multiple required min-files="1" accept=".doc"></s3-uploader>`,
    );
    await hint(element, 'Word');
  });

  it('follows the attributes and the language', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" multiple accept=".doc"></s3-uploader>`);
    await hint(element, 'Word');
    element.minFiles = 3;
    await hint(element, 'Word · At least 3 files');
    element.accept = 'image/*';
    element.minFiles = undefined;
    element.lang = 'de';
    await hint(element, 'Bilder');
  });

  it('begins with the capital letter of the language', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" lang="tr" accept="text/*" .labels=${{ text: 'izlemeler' }}></s3-uploader>`,
    );
    await hint(element, 'İzlemeler');
  });

  it('names the kinds of files that a policy form accepts', async () => {
    const element = await createElement(
      html`<s3-uploader
        ><form action="https://bucket.example/" method="post" enctype="multipart/form-data">
          <input type="hidden" name="key" value="a/\${filename}" />
          <input type="hidden" name="policy" value=${btoa('{"conditions":[]}')} />
          <input type="file" name="file" accept=".docx" /></form
      ></s3-uploader>`,
    );
    await hint(element, 'Word');
  });
});

describe('The attribute accept', () => {
  const { error } = console;
  afterEach(() => void (console.error = error));

  const pdf = 'report.pdf';
  const spellings: [accept: string, name: string, type: string, pickerAccept: string | null, hint: string][] = [
    ['*/*', pdf, 'application/pdf', null, ''],
    ['image/jpg', 'a.jpg', 'image/jpeg', 'image/jpeg', 'JPEG'],
    ['jpg, png', 'a.jpg', 'image/jpeg', '.jpg, .png', 'JPEG, PNG'],
    ['text/csv;charset=utf-8', 'a.csv', 'text/csv', 'text/csv', 'CSV'],
    ['image', 'a.png', 'image/png', 'image/*', 'Images'],
    ['images/*', 'a.png', 'image/png', 'image/*', 'Images'],
    ['img/png', 'a.png', 'image/png', 'image/png', 'PNG'],
    ['.jpg;.png', 'a.png', 'image/png', '.jpg, .png', 'JPEG, PNG'],
    ['*.pdf', pdf, 'application/pdf', '.pdf', 'PDF'],
  ];
  for (const [accept, name, type, pickerAccept, hint] of spellings) {
    it(`takes ${name} and has the hint "${hint}" when it is "${accept}"`, async () => {
      const element = await createElement(
        html`<s3-uploader endpoint="/sign" no-auto multiple accept=${accept}></s3-uploader>`,
      );
      const [item] = await element.add([new File(['x'], name, { type })]);
      expect(item?.status).to.equal('ready');
      const picker = element.shadowRoot!.querySelector('input')!;
      await until('the accept of the picker', () => picker.getAttribute('accept') === pickerAccept);
      await until('the hint', () => hintOf(element) === hint);
      expect(alertText(element)).to.equal('');
    });
  }

  const accepted: [accept: string, sentence: string][] = [
    ['image/png', 'Only PNG is accepted.'],
    ['.doc,.docx,application/msword', 'Only Word is accepted.'],
    ['image/*,.jpg', 'Only images are accepted.'],
    ['audio/*', 'Only audio is accepted.'],
    ['font/*', 'Only fonts are accepted.'],
    ['.pdf, .tar.gz,', 'Only PDF and TAR.GZ are accepted.'],
    ['.pdf,application/vnd.example.something', 'This type of file is not accepted. Choose another file.'],
  ];
  for (const [accept, sentence] of accepted) {
    it(`refuses another file with "${sentence}" when it is "${accept}"`, async () => {
      const element = await createElement(
        html`<s3-uploader endpoint="/sign" no-auto multiple accept=${accept}></s3-uploader>`,
      );
      await element.add([textFile('notes.txt')]);
      await until('the reason', () => rowTexts(element).join().includes(sentence));
    });
  }

  it('refuses another file, and names what it accepts, when it is "images/*"', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto multiple accept="images/*"></s3-uploader>`,
    );
    const [item] = await element.add([textFile('notes.txt')]);
    expect(item?.status).to.equal('rejected');
    await until('the reason', () => rowTexts(element).join().includes('Only images are accepted.'));
  });

  for (const [accept, unclear] of [
    ['nonsense', 'nonsense'],
    ['documents, .pdf', 'documents'],
    ['foo/bar', 'foo/bar'],
  ]) {
    it(`is named on the page and in the console, and what means nothing is ignored, when it is "${accept}"`, async () => {
      const printed: string[] = [];
      console.error = (text: string) => printed.push(text);
      const element = await createElement(
        html`<s3-uploader endpoint="/sign" no-auto multiple accept=${accept}></s3-uploader>`,
      );
      // before anybody reaches for the element
      await until('the problem', () => alertText(element).includes(`The attribute "accept" is "${accept}".`));
      const [item] = await element.add([new File(['x'], pdf, { type: 'application/pdf' })]);
      expect(item?.status).to.equal('ready');
      expect(alertText(element)).to.include(`"${unclear}" is neither a type nor an extension, and is ignored.`);
      expect(printed.filter((text) => text.includes(`The attribute "accept" is "${accept}".`))).to.have.length(1);
    });
  }
});

describe('Attributes', () => {
  const invalid: [content: ReturnType<typeof html>, message: string][] = [
    [html`<s3-uploader></s3-uploader>`, 'The attribute "endpoint" is missing.'],
    [
      html`<s3-uploader endpoint="/sign" max-file-size="much"></s3-uploader>`,
      'The attribute "max-file-size" is "much". Write bytes, or a number with a unit, as in max-file-size="20MB".',
    ],
    [
      html`<s3-uploader endpoint="/sign" max-files="few"></s3-uploader>`,
      'The attribute "max-files" is "few". Write a number above 0, as in max-files="3".',
    ],
  ];
  for (const [content, message] of invalid) {
    it(`that are missing or invalid show an error: ${message}`, async () => {
      const element = await createElement(content);
      await until('the error', () => alertText(element).includes(message));
      expect((byRole(element, 'button') as HTMLButtonElement).disabled).to.equal(true);
      await expect(element).to.be.accessible();
    });
  }

  it('that are corrected enable the button and clear the error', async () => {
    const element = await createElement(html`<s3-uploader></s3-uploader>`);
    element.endpoint = '/sign';
    await until('the enabled button', () => !(byRole(element, 'button') as HTMLButtonElement).disabled);
    expect(alertText(element)).to.equal('');
  });

  it('set their properties', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" multiple max-concurrent-uploads="7" min-file-size="3"></s3-uploader>`,
    );
    expect(element.multiple).to.equal(true);
    expect(element.maxConcurrentUploads).to.equal(7);
    expect(element.minFileSize).to.equal('3');
    expect(element.noAuto).to.equal(false);
  });
});

describe('The element', () => {
  it('disables its button and ignores drops, with `disabled`', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" no-auto disabled></s3-uploader>`);
    expect((byRole(element, 'button', 'Choose a file') as HTMLButtonElement).disabled).to.equal(true);
    drop(element, [textFile('dropped')]);
    await element.add([textFile('added')]); // files are added in order: the drop would come first
    expect(element.files.map(({ name }) => name)).to.deep.equal(['added']);
  });

  it('disables its button and ignores drops while its fieldset is disabled', async () => {
    const fieldset = await fixture<HTMLFieldSetElement>(
      html`<fieldset disabled><s3-uploader endpoint="/sign" no-auto></s3-uploader></fieldset>`,
    );
    const element = fieldset.querySelector('s3-uploader')!;
    const button = (): HTMLButtonElement => byRole(element, 'button', /^(Choose a file|Replace)$/) as HTMLButtonElement;
    expect(button().disabled).to.equal(true);
    expect(element.disabled).to.equal(false);
    drop(element, [textFile('dropped')]);
    await element.add([textFile('added')]);
    expect(element.files.map(({ name }) => name)).to.deep.equal(['added']);
    fieldset.disabled = false;
    await until('an enabled button', () => !button().disabled);
    drop(element, [textFile('dropped')]);
    await until('the file', () => element.files[0]?.name === 'dropped');
    fieldset.disabled = true;
    await until('a disabled button', () => button().disabled);
  });
});
