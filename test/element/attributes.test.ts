import { expect } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { textFile } from '../fixtures/files.ts';
import { alertText, byRole } from '../fixtures/queries.ts';
import { until } from '../fixtures/wait.ts';

const isDisabled = (element: S3UploaderElement): boolean => (byRole(element, 'button') as HTMLButtonElement).disabled;

describe('The check of attributes', () => {
  const invalid: [name: string, values: string[], advice: string][] = [
    [
      'max-file-size',
      ['much', '0', '-1', '20 MBytes'],
      'Write bytes, or a number with a unit, as in max-file-size="20MB".',
    ],
    ['max-total-size', ['0MB'], 'Write bytes, or a number with a unit, as in max-total-size="20MB".'],
    ['min-file-size', ['-1'], 'Write bytes, or a number with a unit, as in min-file-size="20MB".'],
    ['max-files', ['0', '-2', 'few'], 'Write a number above 0, as in max-files="3".'],
    ['max-concurrent-uploads', ['0', '-1', ''], 'Write a number above 0, as in max-concurrent-uploads="3".'],
    ['timeout', ['0', '-30', '30s'], 'Write a number above 0, as in timeout="30".'],
    ['resize', ['0', '2048px'], 'Write a number above 0, as in resize="2048".'],
    ['min-files', ['-1', 'one'], 'Write a number, as in min-files="1".'],
    ['min-image-size', ['600', '600 x 400', 'x400'], 'Write pixels across and down, as in min-image-size="600x400".'],
    ['max-image-size', ['8000', '0x0'], 'Write pixels across and down, as in max-image-size="8000x8000".'],
    ['layout', ['circle', 'Grid'], 'Write layout="list", or layout="grid", or layout="compact", or layout="avatar".'],
    ['delete', ['never'], 'Write delete="at-once", or delete="on-submit".'],
    ['duplicates', ['no'], 'Write duplicates="allow", or duplicates="skip".'],
    ['value-format', ['keys'], 'Write value-format="key", or value-format="json", or value-format="receipt".'],
    ['image-type', ['webp'], 'Write image-type="image/jpeg", or image-type="image/png", or image-type="image/webp".'],
    [
      'checksum',
      ['md5'],
      'Write checksum="crc32", or checksum="crc32c", or checksum="crc64nvme", or checksum="sha256".',
    ],
  ];
  for (const [name, values, advice] of invalid) {
    it(`rejects an invalid ${name} and shows a valid example`, async () => {
      for (const value of values) {
        const element = document.createElement('s3-uploader');
        element.setAttribute('endpoint', '/sign');
        element.setAttribute(name, value);
        document.body.append(element);
        await until('the error', () => alertText(element) === `The attribute "${name}" is "${value}". ${advice}`);
        expect(isDisabled(element)).to.equal(true);
        element.removeAttribute(name);
        await until('the enabled button', () => !isDisabled(element));
        expect(alertText(element)).to.equal('');
        element.remove();
      }
    });
  }

  const valid = {
    'max-file-size': ['', '20', '1.5GB', '512 KiB'],
    'min-file-size': ['0', ''],
    'min-files': ['0'],
    timeout: ['0.5'],
    'min-image-size': ['0x400', ''],
    'max-image-size': ['8000x8000'],
    layout: ['', 'list'],
    'value-format': [''],
    checksum: ['sha256'],
  };
  it('accepts valid values and permitted empty values', async () => {
    for (const [name, values] of Object.entries(valid)) {
      for (const value of values) {
        const element = document.createElement('s3-uploader');
        element.setAttribute('endpoint', '/sign');
        element.setAttribute(name, value);
        document.body.append(element);
        await element.updateComplete;
        expect(isDisabled(element), `${name}="${value}"`).to.equal(false);
        element.remove();
      }
    }
    const element = Object.assign(document.createElement('s3-uploader'), { endpoint: '/sign', maxFiles: Infinity });
    document.body.append(element);
    await element.updateComplete;
    expect(isDisabled(element)).to.equal(false);
    element.remove();
  });
});

describe('The check of the names of attributes', () => {
  let element: S3UploaderElement;
  let printed: string[];
  const { error } = console;

  beforeEach(() => {
    printed = [];
    console.error = (text: string) => printed.push(text);
  });
  afterEach(() => {
    console.error = error;
    element.remove();
  });

  /** Nobody reaches for the element: its author must be told when the page is loaded. */
  function create(attributes: string): void {
    const page = document.createElement('div');
    page.innerHTML = `<s3-uploader ${attributes}></s3-uploader>`;
    element = page.querySelector('s3-uploader')!;
    document.body.append(element);
  }

  const misspelled: [attributes: string, name: string, meant: string][] = [
    ['endpoint="/sign" singer="companion"', 'singer', 'signer'],
    ['endpoint="/sign" max-size="20MB"', 'max-size', 'max-file-size'],
    ['endpoint="/sign" maxfiles="3"', 'maxfiles', 'max-files'],
    ['endpoint="/sign" max_files="3"', 'max_files', 'max-files'],
    ['endpoint="/sign" accpet="image/*"', 'accpet', 'accept'],
    ['endpoint="/sign" acept="image/*"', 'acept', 'accept'],
    ['endpoint="/sign" multipel', 'multipel', 'multiple'],
    ['endpoint="/sign" no-resumes', 'no-resumes', 'no-resume'],
    ['endpoint="/sign" no-pastes', 'no-pastes', 'no-paste'],
    ['endpoint="/sign" nodrop', 'nodrop', 'no-drop'],
  ];
  for (const [attributes, name, meant] of misspelled) {
    it(`shows and prints which attribute was meant by ${name}, and stays usable`, async () => {
      create(attributes);
      const problem = `The attribute "${name}" is unknown. Did you mean "${meant}"?`;
      await until('the problem', () => alertText(element) === problem);
      expect(printed).to.deep.equal([`<s3-uploader>: ${problem}`]);
      expect(isDisabled(element)).to.equal(false);
    });
  }

  it('says that the endpoint is missing, and by which attribute it was meant', async () => {
    create('end-point="/sign"');
    const problem =
      'The attribute "endpoint" is missing. Set it to the address of your signer, as in endpoint="/sign". ' +
      'The attribute "end-point" is unknown. Did you mean "endpoint"?';
    await until('the problem', () => alertText(element) === problem);
    expect(isDisabled(element)).to.equal(true);
  });

  for (const name of ['multiple', 'no-auto', 'sniff', 'directory', 'required', 'disabled']) {
    it(`says that ${name}="false" turns ${name} on`, async () => {
      create(`endpoint="/sign" ${name}="false"`);
      await until('the problem', () =>
        alertText(element).startsWith(`The attribute "${name}" is "false", and a boolean attribute is on`),
      );
    });
  }

  it('accepts the attributes of HTML, of frameworks and of the page itself', async () => {
    const others = [
      ...['class="a"', 'id="a"', 'style=""', 'slot="a"', 'part="a"', 'exportparts="list"', 'is="a"', 'nonce="a"'],
      ...['tabindex="0"', 'accesskey="u"', 'autofocus', 'draggable="false"', 'spellcheck="false"', 'translate="no"'],
      ...['data-name="a"', 'data-max-size="1"', 'data-accept="false"', 'aria-label="a"', 'aria-busy="false"'],
      ...['role="group"', 'onclick=""', 'onupload-success=""', 'onsigner=""', 'on-sign="a"', 'itemprop="name"'],
      ...['hx-target="#a"', 'hx-name="a"', 'x-name="a"', 'x-on:click=""', '@click=""', ':name="a"', ':endpoint="a"'],
      ...['v-name="a"', 'v-if="false"', 'v-cloak', 'ng-name="a"', '_ngcontent-a-1', 'wire:model="a"', 'up-accept="a"'],
      ...['value-format="json"', 'name="false"', 'key-prefix="false"', 'title="false"', 'lang="en"', 'dir="ltr"'],
    ];
    create(`endpoint="/sign" ${others.join(' ')}`);
    const { attributeError } = await import('../../widget/element/attribute-errors.ts');
    const state = { isUsable: true, problem: '' };
    expect(attributeError(element, state, undefined, undefined)).to.equal('');
    await element.updateComplete;
    expect(alertText(element)).to.equal('');
    expect(printed).to.deep.equal([]);
  });
});

describe('A removed attribute', () => {
  it('has no effect and leaves its property undefined', async () => {
    const page = document.createElement('div');
    page.innerHTML =
      '<s3-uploader endpoint="/sign" no-auto multiple accept="image/*" max-files="1" max-file-size="1" timeout="1" ' +
      'max-concurrent-uploads="1" min-files="9" max-total-size="1" name="files" layout="grid"></s3-uploader>';
    document.body.append(page);
    const element = page.querySelector('s3-uploader')!;
    await element.updateComplete;
    for (const name of element.getAttributeNames()) {
      if (!['endpoint', 'no-auto', 'multiple'].includes(name)) element.removeAttribute(name);
    }
    const added = await element.add([textFile('a.txt'), textFile('b.txt')]);
    expect(added.map(({ status }) => status)).to.deep.equal(['ready', 'ready']);
    const { accept, maxFiles, maxFileSize, timeout, name, layout } = element;
    expect([accept, maxFiles, maxFileSize, timeout, name, layout]).to.deep.equal(Array(6).fill(undefined));
    page.remove();
  });
});
