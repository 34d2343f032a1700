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

describe('What a page adds to each row', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ metadata: ['caption', 'album', 'tone', 'tag', 'place'] });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const tag = (template: TemplateResult, layout = 'list'): Promise<S3UploaderElement> =>
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
  const upload = (element: HTMLElement): Promise<HTMLElement> =>
    until('the button', () => byRole(element, 'button', 'Upload'));
  const drawn = (element: Element, count: number): Promise<unknown> =>
    until(`${count} copies`, () => copies(element).filter(({ assignedSlot }) => assignedSlot).length === count);

  it('is filled in file by file, is stored with each, and is locked from then on', async () => {
    const element = await tag(
      html`<template slot="file">
        <label>Caption <input name="caption" /></label>
        <select name="album" aria-label="Album">
          <option value="">as all</option>
          <option>sea</option>
        </select>
      </template>`,
    );
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await drawn(element, 2);
    expect(element.files.map(({ status }) => status)).to.deep.equal(['ready', 'ready']);
    await type(control(element, 0), 'Möwe ');
    control<HTMLSelectElement>(element, 1, 'album').value = 'sea';
    (await upload(element)).click();
    await nextEvent(element, 'upload-complete');
    expect(await metadata(element, 0)).to.deep.include({ caption: 'M%C3%B6we', album: 'all' });
    expect(await metadata(element, 1)).to.deep.include({ album: 'sea' });
    expect(await metadata(element, 1)).not.to.have.property('caption');
    await until('the lock', () => control(element, 0).disabled && control(element, 1, 'album').disabled);
    expect(control(element, 0).value).to.equal('Möwe ');
    expect(element.files[0]!.metadata).to.deep.equal({ caption: 'Möwe' });
    await until('both to be done', () => copies(element).every(({ dataset }) => dataset['status'] === 'done'));
    expect((await servers.signer.readLog()).requests.filter(({ path }) => path === '/sign')).to.have.length(1);
  });

  it('holds back the file that lacks something, says so, and lets the others go', async () => {
    const page = await fixture<HTMLFormElement>(
      html`<form>
        <s3-uploader endpoint=${servers.endpoint} name="files" multiple hold-submit>${CAPTION}</s3-uploader>
      </form>`,
    );
    const element = page.querySelector('s3-uploader')!;
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await drawn(element, 2);
    expect(rowTexts(element)[0]).to.contain('Ready');
    expect(control(element, 0).validationMessage).not.to.equal('');
    await until('its words', () => element.validationMessage === control(element, 0).validationMessage);
    expect(page.checkValidity()).to.equal(false);
    await type(control(element, 1), 'Gull');
    const stored = nextEvent(element, 'upload-success');
    (await upload(element)).click();
    expect((await stored).detail.name).to.equal('b.txt');
    expect(element.files[0]!.status).to.equal('ready');
    await until('the reason', () => rowTexts(element)[0]?.includes(control(element, 0).validationMessage));
    await until('focus', () => document.activeElement === control(element, 0));
    await expect(element).to.be.accessible();
    await type(control(element, 0), 'Tern');
    await until('a row as before', () => rowTexts(element)[0]?.includes('Ready'));
    const complete = nextEvent(element, 'upload-complete');
    (await upload(element)).click();
    await complete;
    await until('a valid form', () => page.checkValidity());
    expect(await metadata(element, 0)).to.deep.include({ caption: 'Tern' });
  });

  it('is kept while its row is out of view, made only for rows that were seen, and goes with its file', async () => {
    const element = await tag(CAPTION);
    await element.add(Array.from({ length: 300 }, (_, i) => textFile(`${i}.txt`)));
    await until('copies', () => copies(element)[0]?.assignedSlot);
    const many = copies(element).length;
    expect(many).to.be.lessThan(60);
    const [first] = copies(element);
    control(element, 0).value = 'typed by a script';
    const list = byRole(element, 'list')!;
    list.scrollTop = list.scrollHeight;
    await until('the last', () => rowTexts(element).some((line) => line.includes('299')));
    await until('the first out of view', () => !first!.assignedSlot);
    expect(control(element, 0).value).to.equal('typed by a script');
    list.scrollTop = 0;
    await until('the first', () => first!.assignedSlot);
    expect(control(element, 0).value).to.equal('typed by a script');
    element.remove(element.files[0]!.id);
    await until('it to go', () => !first!.isConnected);
    list.scrollTop = list.scrollHeight;
    element.upload();
    await until('the first that lacks something', () => document.activeElement === control(element, 0));
    expect(element.files.every(({ status }) => status === 'ready')).to.equal(true);
    element.clear();
    await until('all to go', () => !copies(element).length);
  });

  it('keeps its row drawn while it has focus', async () => {
    const element = await tag(CAPTION);
    await element.add(Array.from({ length: 100 }, (_, i) => textFile(`${i}.txt`)));
    await until('copies', () => copies(element)[0]?.assignedSlot);
    // Firefox scrolls to what has got focus a while after
    control(element, 0).focus({ preventScroll: true });
    const list = byRole(element, 'list')!;
    list.scrollTop = list.scrollHeight;
    await until('the last', () => rowTexts(element).some((line) => line.includes('99')));
    expect(document.activeElement).to.equal(control(element, 0));
    await sendKeys({ type: 'Gull' });
    expect(control(element, 0).value).to.equal('Gull');
  });

  it('belongs to no form around, and to no other row', async () => {
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
    await drawn(element, 2);
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
    (await upload(element)).click();
    await complete;
    expect(await metadata(element, 0)).to.deep.include({ tone: 'warm' });
    expect(await metadata(element, 1)).to.deep.include({ tone: 'cold', caption: 'Gull' });
  });

  it('uploads one file by a submit button of its own, and focus stays in the row', async () => {
    const element = await tag(
      html`<template slot="file"
        ><input name="caption" aria-label="Caption" /><button>Send this one</button></template
      >`,
    );
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await drawn(element, 2);
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

  it('leaves keys to its fields', async () => {
    const element = await tag(CAPTION);
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await drawn(element, 2);
    control(element, 0).focus();
    for (const press of ['Delete', 'ArrowDown', 'ArrowUp']) await sendKeys({ press });
    expect(document.activeElement).to.equal(control(element, 0));
    expect(element.files).to.have.length(2);
  });

  it('takes what a script says of a file, and shows it', async () => {
    const element = await tag(CAPTION);
    element.addEventListener('file-add', ({ detail }) => element.setMetadata(detail.id, { caption: detail.name }));
    await element.add([textFile('a.txt')]);
    await drawn(element, 1);
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

  describe('with controls of other kinds', () => {
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
    const said = { tone: 'warm', tag: 'bird, sea, or lake', album: 'summer', place: 'north, west' };

    it('shows in each what a script says, and empties those of which it takes it back', async () => {
      const element = await tag(KINDS);
      element.addEventListener('file-add', ({ detail }) => element.setMetadata(detail.id, said), { once: true });
      await element.add([textFile('a.txt')]);
      await drawn(element, 1);
      expect(values(element)).to.deep.equal(ALL);
      const { id } = element.files[0]!;
      element.setMetadata(id, { tone: 'cold, and grey', tag: 'lake', place: 'south' });
      await until(
        'others',
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
        'none',
        () => !control(element, 0, 'tone').form!.querySelector<HTMLInputElement>('[value=lake]')!.checked,
      );
      expect(values(element)).to.deep.equal([['album', '']]);
      expect(element.files[0]!.metadata).to.equal(undefined);
    });

    it('does not send what was typed, and then taken back by a script', async () => {
      const element = await tag(CAPTION);
      await element.add([textFile('a.txt')]);
      await drawn(element, 1);
      await type(control(element, 0), 'Gull');
      await until('it to be known', () => element.files[0]!.metadata?.['caption'] === 'Gull');
      element.setMetadata(element.files[0]!.id, { caption: '' });
      await until('an empty field', () => !control(element, 0).value);
      await type(control(element, 0), 'Tern');
      const complete = nextEvent(element, 'upload-complete');
      element.upload();
      await complete;
      expect((await metadata(element, 0))['caption']).to.equal('Tern');
    });

    it('sends what is chosen in each', async () => {
      const element = await tag(KINDS);
      await element.add([textFile('a.txt')]);
      await drawn(element, 1);
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

  it('can be mended when the signer has refused the file for it', async () => {
    const element = await tag(
      html`<template slot="file"><textarea name="caption" aria-label="Caption"></textarea></template>`,
    );
    await element.add([textFile('a.txt')]);
    await drawn(element, 1);
    control<HTMLTextAreaElement>(element, 0).value = 'x'.repeat(2100);
    element.upload();
    await nextEvent(element, 'upload-error');
    await until('words', () => rowTexts(element)[0]?.includes('The server did not accept this file.'));
    await until('no lock', () => !control(element, 0).disabled);
    control<HTMLTextAreaElement>(element, 0).value = 'short';
    const stored = nextEvent(element, 'upload-success');
    (await until('the button', () => byRole(element, 'button', 'Try a.txt again'))).click();
    await stored;
    expect(await metadata(element, 0)).to.deep.include({ caption: 'short' });
  });

  it('lets files start at once where there is nothing to fill in', async () => {
    const element = await tag(
      html`<template slot="file"
        ><input type="hidden" name="tag" value="bird" />
        <p>Kept for a year</p></template
      >`,
    );
    await element.add([textFile('a.txt')]);
    await nextEvent(element, 'upload-success');
    expect(copies(element)[0]!.textContent).to.contain('Kept for a year');
  });

  it('that cannot be metadata is told to the page’s author by its name', async () => {
    for (const name of ['Caption', 'größe', 'name']) {
      const element = await tag(html`<template slot="file"></template>`);
      element.querySelector('template')!.content.append(Object.assign(document.createElement('input'), { name }));
      byRole(element, 'button', 'Choose files')!.focus();
      await until(name, () => allByRole(element, 'alert')[0]?.textContent.includes(`The control "${name}"`));
      expect((byRole(element, 'button', 'Choose files') as HTMLButtonElement).disabled).to.equal(true);
    }
  });

  it('stands beside a policy form whose fields are for all files', async () => {
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
      'the form to be taken',
      () => !(byRole(element, 'button', 'Choose files') as HTMLButtonElement | undefined)?.disabled,
    );
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await drawn(element, 2);
    control(element, 1, 'tag').value = 'bird';
    const complete = nextEvent(element, 'upload-complete');
    element.upload();
    await complete;
    expect((await metadata(element, 1))['tag']).to.equal('bird');
    expect((await metadata(element, 0))['tag']).not.to.equal('bird');
  });

  for (const layout of ['list', 'grid', 'compact', 'avatar']) {
    it(`has room and is accessible in ${layout}, from both sides`, async () => {
      const element = await tag(CAPTION, layout);
      element.multiple = layout !== 'avatar';
      await element.add([textFile('a.txt')]);
      await drawn(element, 1);
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

  it('moves the rows below when it grows', async () => {
    const element = await tag(html`<template slot="file"><div class="more"></div></template>`);
    element.noAuto = true;
    await element.updateComplete;
    await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
    await drawn(element, 2);
    const top = (): number => allByRole(element, 'listitem')[1]!.getBoundingClientRect().top;
    const before = top();
    copies(element)[0]!.querySelector<HTMLElement>('.more')!.style.height = '100px';
    await until('the next row below', () => top() > before + 90);
  });

  it('costs nothing where a page adds nothing', async () => {
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
