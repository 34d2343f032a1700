import { expect, fixture } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { html, type TemplateResult } from 'lit';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const CAPTION = html`<template slot="file"
  ><label>Caption <input name="caption" required size="8" /></label
></template>`;

describe('Fields of the file template', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ metadata: ['caption', 'album', 'tone', 'tag', 'place'] });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const mountElement = (template: TemplateResult, layout = 'list'): Promise<S3UploaderElement> =>
    fixture(
      html`<s3-uploader endpoint=${servers.endpoint} .metadata=${{ album: 'all' }} multiple layout=${layout}
        >${template}</s3-uploader
      >`,
    );
  const copies = (element: Element): HTMLFormElement[] => [
    ...element.querySelectorAll<HTMLFormElement>('form[data-file]'),
  ];
  const control = <T extends Element = HTMLInputElement>(element: Element, index: number, name = 'caption'): T =>
    copies(element)[index]!.querySelector<T>(`[name=${name}]`)!;
  const type = async (input: HTMLInputElement, text: string): Promise<void> => {
    input.focus();
    await sendKeys({ type: text });
  };
  const metadata = async (element: S3UploaderElement, index: number): Promise<Record<string, string>> => {
    const item = element.files[index]!;
    const stored = item.status === 'done' ? await servers.storedObject(item.result.key) : undefined;
    return stored?.metadata ?? {};
  };
  const uploadButton = (element: HTMLElement): Promise<HTMLElement> =>
    until('the button', () => byRole(element, 'button', /^Upload( \d+ files)?$/));
  const untilCopies = (element: Element, count: number): Promise<unknown> =>
    until(`${count} copies`, () => copies(element).filter(({ assignedSlot }) => assignedSlot).length === count);

  it('are filled in for each file, stored with it, and locked afterwards', async () => {
    const element = await mountElement(
      html`<template slot="file">
        <label>Caption <input name="caption" /></label>
        <select name="album" aria-label="Album">
          <option value="">as all</option>
          <option>sea</option>
        </select>
      </template>`,
    );
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await untilCopies(element, 2);
    expect(element.files.map(({ status }) => status)).to.deep.equal(['ready', 'ready']);
    await type(control(element, 0), 'Möwe ');
    control<HTMLSelectElement>(element, 1, 'album').value = 'sea';
    (await uploadButton(element)).click();
    await nextEvent(element, 'upload-complete');
    expect(await metadata(element, 0)).to.deep.include({ caption: 'M%C3%B6we', album: 'all' });
    expect(await metadata(element, 1)).to.deep.include({ album: 'sea' });
    expect(await metadata(element, 1)).not.to.have.property('caption');
    await until('the lock', () => control(element, 0).disabled && control(element, 1, 'album').disabled);
    expect(control(element, 0).value).to.equal('Möwe ');
    expect(element.files[0]!.metadata).to.deep.equal({ caption: 'Möwe' });
    await until('both uploads', () => copies(element).every(({ dataset }) => dataset['status'] === 'done'));
    expect((await servers.signer.readLog()).requests.filter(({ path }) => path === '/sign')).to.have.length(1);
  });

  it('keep clear of each other and of the buttons in a narrow row', async () => {
    const element = await mountElement(
      html`<template slot="file">
        <label>Title <input name="caption" /></label>
        <label
          >Place where it was taken
          <select name="album">
            <option>by the sea, or in the mountains</option>
          </select></label
        >
        <button type="button">Look it up on the map</button>
      </template>`,
    );
    element.style.inlineSize = '300px';
    await element.add([textFile('a name that is too long for such a narrow row.txt')]);
    await untilCopies(element, 1);
    const row = byRole(element, 'listitem')!.querySelector('.item')!;
    await until('the narrow row', () => row.clientWidth < 300);
    const boxes = [
      ...row.querySelectorAll('.thumbnail, .details, button'),
      ...copies(element)[0]!.querySelectorAll('input, select, button'),
    ].map((part) => part.getBoundingClientRect());
    const edge = row.getBoundingClientRect();
    for (const [i, box] of boxes.entries()) {
      expect(box.left).to.be.at.least(edge.left);
      expect(box.right).to.be.at.most(edge.right);
      expect(box.bottom).to.be.at.most(edge.bottom);
      for (const other of boxes.slice(i + 1)) {
        const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        expect(Math.min(across, down)).to.be.at.most(1);
      }
    }
  });

  it('hold back a file with an invalid field, show the reason, and let the other files upload', async () => {
    const page = await fixture<HTMLFormElement>(
      html`<form>
        <s3-uploader endpoint=${servers.endpoint} name="files" multiple hold-submit>${CAPTION}</s3-uploader>
      </form>`,
    );
    const element = page.querySelector('s3-uploader')!;
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await untilCopies(element, 2);
    expect(rowTexts(element)[0]).to.contain('Ready');
    expect(control(element, 0).validationMessage).not.to.equal('');
    await until('the validation message', () => element.validationMessage === control(element, 0).validationMessage);
    expect(page.checkValidity()).to.equal(false);
    await type(control(element, 1), 'Gull');
    const stored = nextEvent(element, 'upload-success');
    (await uploadButton(element)).click();
    expect((await stored).detail.name).to.equal('b.txt');
    expect(element.files[0]!.status).to.equal('ready');
    await until('the reason', () => rowTexts(element)[0]?.includes(control(element, 0).validationMessage));
    await until('focus', () => document.activeElement === control(element, 0));
    await expect(element).to.be.accessible();
    await type(control(element, 0), 'Tern');
    await until('a row without the reason', () => rowTexts(element)[0]?.includes('Ready'));
    const complete = nextEvent(element, 'upload-complete');
    (await uploadButton(element)).click();
    await complete;
    await until('a valid form', () => page.checkValidity());
    expect(await metadata(element, 0)).to.deep.include({ caption: 'Tern' });
  });

  it('keep their values out of view, exist only for rows that were seen, and are removed with their file', async () => {
    const element = await mountElement(CAPTION);
    await element.add(Array.from({ length: 300 }, (_, i) => textFile(`${i}.txt`)));
    await until('copies', () => copies(element)[0]?.assignedSlot);
    await until('all files', () => allByRole(element, 'listitem')[0]?.ariaSetSize === '300');
    const many = copies(element).length;
    expect(many).to.be.lessThan(60);
    const [first] = copies(element);
    control(element, 0).value = 'typed by a script';
    const list = byRole(element, 'list')!;
    list.scrollTop = list.scrollHeight;
    await until('the last row', () => rowTexts(element).some((line) => line.includes('299')));
    await until('the first row out of view', () => !first!.assignedSlot);
    expect(control(element, 0).value).to.equal('typed by a script');
    list.scrollTop = 0;
    await until('the first row', () => first!.assignedSlot);
    expect(control(element, 0).value).to.equal('typed by a script');
    element.removeFile(element.files[0]!.id);
    await until('its removal', () => !first!.isConnected);
    list.scrollTop = list.scrollHeight;
    element.upload();
    await until('focus on the first invalid field', () => document.activeElement === control(element, 0));
    expect(element.files.every(({ status }) => status === 'ready')).to.equal(true);
    element.clear();
    await until('no copies', () => !copies(element).length);
  });

  it('keep their row rendered while they have focus', async () => {
    const element = await mountElement(CAPTION);
    await element.add(Array.from({ length: 100 }, (_, i) => textFile(`${i}.txt`)));
    await until('copies', () => copies(element)[0]?.assignedSlot);
    await until('all files', () => allByRole(element, 'listitem')[0]?.ariaSetSize === '100');
    // Firefox scrolls to the focused element some time later
    control(element, 0).focus({ preventScroll: true });
    const list = byRole(element, 'list')!;
    list.scrollTop = list.scrollHeight;
    await until('the last row', () => rowTexts(element).some((line) => line.includes('99')));
    expect(document.activeElement).to.equal(control(element, 0));
    await sendKeys({ type: 'Gull' });
    expect(control(element, 0).value).to.equal('Gull');
  });

  it('belong neither to the form around the element nor to another row', async () => {
    const page = await fixture<HTMLFormElement>(
      html`<form>
        <input name="caption" value="of the page" aria-label="Caption" />
        <s3-uploader endpoint=${servers.endpoint} name="files" multiple hold-submit
          ><template slot="file">
            <label for="caption">Caption</label><input id="caption" name="caption" />
            <label><input type="radio" name="tone" value="warm" /> warm</label>
            <label><input type="radio" name="tone" value="cold" checked /> cold</label>
          </template></s3-uploader
        >
      </form>`,
    );
    const submitted: Event[] = [];
    page.addEventListener('submit', (event) => {
      event.preventDefault();
      submitted.push(event);
    });
    const element = page.querySelector('s3-uploader')!;
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await untilCopies(element, 2);
    copies(element)[0]!.querySelector<HTMLInputElement>('[value=warm]')!.click();
    expect(
      [...copies(element)[1]!.querySelectorAll<HTMLInputElement>(':checked')].map(({ value }) => value),
    ).to.deep.equal(['cold']);
    copies(element)[1]!.querySelector('label')!.click();
    expect(document.activeElement).to.equal(control(element, 1));
    await sendKeys({ type: 'Gull' });
    await sendKeys({ press: 'Enter' });
    expect(new FormData(page).getAll('caption')).to.deep.equal(['of the page']);
    expect(submitted).to.deep.equal([]);
    expect(element.files.map(({ status }) => status)).to.deep.equal(['ready', 'ready']);
    const complete = nextEvent(element, 'upload-complete');
    (await uploadButton(element)).click();
    await complete;
    expect(await metadata(element, 0)).to.deep.include({ tone: 'warm' });
    expect(await metadata(element, 1)).to.deep.include({ tone: 'cold', caption: 'Gull' });
  });

  it('can include a submit button that uploads one file and leaves the focus in its row', async () => {
    const element = await mountElement(
      html`<template slot="file"
        ><input name="caption" aria-label="Caption" /><button>Send this one</button></template
      >`,
    );
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await untilCopies(element, 2);
    const button = copies(element)[1]!.querySelector('button')!;
    button.focus();
    const stored = nextEvent(element, 'upload-success');
    button.click();
    expect((await stored).detail.name).to.equal('b.txt');
    expect(element.files[0]!.status).to.equal('ready');
    await until('the lock', () => button.disabled);
    const [, second] = allByRole(element, 'listitem');
    await until('focus on the row', () => element.shadowRoot!.activeElement === second);
  });

  it('keep the keys that otherwise act on rows', async () => {
    const element = await mountElement(CAPTION);
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await untilCopies(element, 2);
    control(element, 0).focus();
    for (const press of ['Delete', 'ArrowDown', 'ArrowUp']) await sendKeys({ press });
    expect(document.activeElement).to.equal(control(element, 0));
    expect(element.files).to.have.length(2);
  });

  it('show the metadata that a script sets for a file', async () => {
    const element = await mountElement(CAPTION);
    element.addEventListener('file-add', ({ detail }) => element.setMetadata(detail.id, { caption: detail.name }));
    await element.add([textFile('a.txt')]);
    await untilCopies(element, 1);
    expect(control(element, 0).value).to.equal('a.txt');
    const { id } = element.files[0]!;
    element.setMetadata(id, { caption: 'Gull', tag: 'bird' });
    await until('the caption', () => control(element, 0).value === 'Gull');
    const complete = nextEvent(element, 'upload-complete');
    element.upload();
    await complete;
    expect(await metadata(element, 0)).to.deep.include({ caption: 'Gull', tag: 'bird' });
    expect(() => element.setMetadata(id, { caption: 'Tern' })).to.throw('"a.txt" cannot change any more');
  });

  describe('that are radio buttons, checkboxes or selects', () => {
    const KINDS = html`<template slot="file">
      <label><input type="radio" name="tone" value="warm" /> warm</label>
      <label><input type="radio" name="tone" value="cold, and grey" /> cold</label>
      <label><input type="checkbox" name="tag" value="bird" /> bird</label>
      <label><input type="checkbox" name="tag" value="sea, or lake" /> water</label>
      <label><input type="checkbox" name="tag" value="lake" /> lake</label>
      <select name="album" aria-label="Album">
        <option value="">as all</option>
        <option>summer</option>
      </select>
      <select name="place" aria-label="Places" multiple>
        <option>north</option>
        <option>south</option>
        <option>west</option>
      </select>
    </template>`;
    const values = (element: Element): [string, string][] =>
      [...new FormData(copies(element)[0])].map(([name, value]) => [name, value as string]);
    const ALL: [string, string][] = [
      ['tone', 'warm'],
      ['tag', 'bird'],
      ['tag', 'sea, or lake'],
      ['album', 'summer'],
      ['place', 'north'],
      ['place', 'west'],
    ];
    const metadataOfAll = { tone: 'warm', tag: 'bird, sea, or lake', album: 'summer', place: 'north, west' };

    it('show the metadata that a script sets, and are cleared when it sets empty values', async () => {
      const element = await mountElement(KINDS);
      element.addEventListener('file-add', ({ detail }) => element.setMetadata(detail.id, metadataOfAll), {
        once: true,
      });
      await element.add([textFile('a.txt')]);
      await untilCopies(element, 1);
      expect(values(element)).to.deep.equal(ALL);
      const { id } = element.files[0]!;
      element.setMetadata(id, { tone: 'cold, and grey', tag: 'lake', place: 'south' });
      await until(
        'the new metadata',
        () => control(element, 0, 'tone').form!.querySelector<HTMLInputElement>('[value=lake]')!.checked,
      );
      expect(values(element)).to.deep.equal([
        ['tone', 'cold, and grey'],
        ['tag', 'lake'],
        ['album', 'summer'],
        ['place', 'south'],
      ]);
      element.setMetadata(id, { tone: '', tag: '', album: '', place: '' });
      await until(
        'cleared fields',
        () => !control(element, 0, 'tone').form!.querySelector<HTMLInputElement>('[value=lake]')!.checked,
      );
      expect(values(element)).to.deep.equal([['album', '']]);
      expect(element.files[0]!.metadata).to.equal(undefined);
    });

    it('do not send a typed value that a script has cleared', async () => {
      const element = await mountElement(CAPTION);
      await element.add([textFile('a.txt')]);
      await untilCopies(element, 1);
      await type(control(element, 0), 'Gull');
      await until('the metadata', () => element.files[0]!.metadata?.['caption'] === 'Gull');
      element.setMetadata(element.files[0]!.id, { caption: '' });
      await until('an empty field', () => !control(element, 0).value);
      await type(control(element, 0), 'Tern');
      const complete = nextEvent(element, 'upload-complete');
      element.upload();
      await complete;
      expect((await metadata(element, 0))['caption']).to.equal('Tern');
    });

    it('send the chosen values', async () => {
      const element = await mountElement(KINDS);
      await element.add([textFile('a.txt')]);
      await untilCopies(element, 1);
      const form = copies(element)[0]!;
      for (const value of ['warm', 'bird']) form.querySelector<HTMLInputElement>(`[value=${value}]`)!.click();
      control<HTMLSelectElement>(element, 0, 'album').value = 'summer';
      for (const option of control<HTMLSelectElement>(element, 0, 'place').options)
        option.selected = option.text !== 'west';
      const complete = nextEvent(element, 'upload-complete');
      element.upload();
      await complete;
      expect(await metadata(element, 0)).to.deep.include({
        tone: 'warm',
        tag: 'bird',
        album: 'summer',
        place: 'north%2C%20south',
      });
    });
  });

  it('can be corrected after the signer refused the file for its metadata', async () => {
    const element = await mountElement(
      html`<template slot="file"><textarea name="caption" aria-label="Caption"></textarea></template>`,
    );
    await element.add([textFile('a.txt')]);
    await untilCopies(element, 1);
    control<HTMLTextAreaElement>(element, 0).value = 'x'.repeat(2100);
    element.upload();
    await nextEvent(element, 'upload-error');
    await until('the refusal', () =>
      rowTexts(element)[0]?.includes("The server refused this file. Try another file, or contact the site's owner."),
    );
    await until('no lock', () => !control(element, 0).disabled);
    control<HTMLTextAreaElement>(element, 0).value = 'short';
    const stored = nextEvent(element, 'upload-success');
    (await until('the button', () => byRole(element, 'button', 'Retry a.txt'))).click();
    await stored;
    expect(await metadata(element, 0)).to.deep.include({ caption: 'short' });
  });

  it('let uploads start at once when none is visible', async () => {
    const element = await mountElement(
      html`<template slot="file"
        ><input type="hidden" name="tag" value="bird" />
        <p>Kept for a year</p></template
      >`,
    );
    await element.add([textFile('a.txt')]);
    await nextEvent(element, 'upload-success');
    await until('the copy', () => copies(element)[0]?.textContent.includes('Kept for a year'));
  });

  it('are reported by name to the developer when they cannot be metadata', async () => {
    for (const name of ['Caption', 'größe', 'name']) {
      const element = await mountElement(html`<template slot="file"></template>`);
      element.querySelector('template')!.content.append(Object.assign(document.createElement('input'), { name }));
      byRole(element, 'button', 'Choose files')!.focus();
      await until(name, () => allByRole(element, 'alert')[0]?.textContent.includes(`The control "${name}"`));
      expect((byRole(element, 'button', 'Choose files') as HTMLButtonElement).disabled).to.equal(true);
    }
  });

  it('work beside a policy form whose fields are for all files', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader multiple
        ><template slot="file"><input name="tag" aria-label="Tag" /></template
      ></s3-uploader>`,
    );
    const holder = document.createElement('div');
    const range = document.createRange();
    range.selectNode(element);
    holder.append(range.createContextualFragment(await servers.awsForm()));
    element.prepend(holder);
    await until(
      'the form to be taken over',
      () => !(byRole(element, 'button', 'Choose files') as HTMLButtonElement | undefined)?.disabled,
    );
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await untilCopies(element, 2);
    control(element, 1, 'tag').value = 'bird';
    const complete = nextEvent(element, 'upload-complete');
    element.upload();
    await complete;
    expect((await metadata(element, 1))['tag']).to.equal('bird');
    expect((await metadata(element, 0))['tag']).not.to.equal('bird');
  });

  for (const layout of ['list', 'grid', 'compact', 'avatar']) {
    it(`fit into the layout ${layout} and are accessible, left to right and right to left`, async () => {
      const element = await mountElement(CAPTION, layout);
      element.multiple = layout !== 'avatar';
      await element.add([textFile('a.txt')]);
      await untilCopies(element, 1);
      element.upload();
      await until('the reason', () => rowTexts(element)[0]?.includes(control(element, 0).validationMessage));
      for (const dir of ['ltr', 'rtl']) {
        element.dir = dir;
        await expect(element).to.be.accessible();
        const row = allByRole(element, 'listitem')[0]!.getBoundingClientRect();
        const field = control(element, 0).getBoundingClientRect();
        expect(field.left, 'left').to.be.at.least(row.left);
        expect(field.right, 'right').to.be.at.most(row.right + 1);
        if (layout !== 'avatar') expect(field.bottom, 'bottom').to.be.at.most(row.bottom);
      }
    });
  }

  it('move the rows below when they grow', async () => {
    const element = await mountElement(html`<template slot="file"><div class="more"></div></template>`);
    element.noAuto = true;
    await element.updateComplete;
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await untilCopies(element, 2);
    const top = (): number => allByRole(element, 'listitem')[1]!.getBoundingClientRect().top;
    const before = top();
    copies(element)[0]!.querySelector<HTMLElement>('.more')!.style.height = '100px';
    await until('the next row below', () => top() > before + 90);
  });

  it('add no markup when there is no template', async () => {
    performance.clearResourceTimings();
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} .metadata=${{ album: 'all' }} id="plain"></s3-uploader>`,
    );
    await element.add([textFile('a.txt')]);
    await nextEvent(element, 'upload-success');
    expect(element.children).to.have.length(0);
    expect(element.shadowRoot!.querySelector('li slot')).to.equal(null);
  });
});
