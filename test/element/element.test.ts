import { expect, fixture, html } from '@open-wc/testing';
import { S3UploaderElement } from '../../widget/define.ts';
import type { Sign } from '../../widget/core/sign.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { alertText, allByRole, byRole, rowTexts, statusText } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { drop } from '../fixtures/user-input.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

describe('The element', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const createElement = (): Promise<S3UploaderElement> =>
    fixture(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);

  it('uploads files only when the visitor clicks its upload button, with `no-auto`', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} no-auto></s3-uploader>`,
    );
    await element.add([textFile('later.txt')]);
    expect(element.files[0]?.status).to.equal('ready');
    const button = await until('the button', () => byRole(element, 'button', 'Upload'));
    await expect(element).to.be.accessible();
    button.click();
    await nextEvent(element, 'upload-success');
    await until('no button', () => !byRole(element, 'button', 'Upload'));
  });

  it('applies properties set just before `add()`', async () => {
    const element = await fixture<S3UploaderElement>(html`<s3-uploader></s3-uploader>`);
    await until('the message', () => allByRole(element, 'alert')[0]?.textContent.includes('endpoint'));
    Object.assign(element, { endpoint: servers.endpoint, multiple: true, maxFileSize: 20 });
    const stored = nextEvent(element, 'upload-complete');
    const added = await element.add([textFile('small', 10), textFile('large', 30)]);
    expect(added.map(({ status }) => status === 'rejected')).to.deep.equal([false, true]);
    expect((await stored).detail.done).to.have.length(1);
    element.endpoint = '/nowhere';
    const failed = nextEvent(element, 'upload-error');
    await element.add([textFile('lost', 10)]);
    expect((await failed).detail.message).to.contain('/nowhere');
  });

  it('stores a file without an alert after the storage answered 503 twice', async () => {
    await servers.storage.setFaults({
      do: 'answer',
      status: 503,
      body: '<Error><Code>SlowDown</Code></Error>',
      times: 2,
    });
    const element = await createElement();
    const retries: number[] = [];
    element.addEventListener('upload-retry', ({ detail }) => retries.push(detail.attempt));
    void element.add([textFile('hardy.txt')]);
    const { detail } = await nextEvent(element, 'upload-complete');
    expect(detail.done).to.have.length(1);
    expect(retries).to.have.length(2);
    expect(allByRole(element, 'alert').map(({ textContent }) => textContent)).to.deep.equal(['', '']);
  });

  it('shows that the storage refused a file, and stores the file on a retry', async () => {
    await servers.storage.setFaults({
      do: 'answer',
      status: 403,
      body: '<Error><Code>AccessDenied</Code><Message>Invalid according to Policy</Message></Error>',
      times: 1,
    });
    const element = await createElement();
    void element.add([textFile('denied.txt')]);
    const { detail } = await nextEvent(element, 'upload-error');
    expect(detail).to.include({ s3Code: 'AccessDenied', status: 403, phase: 'upload' });
    await until('the message', () => alertText(element).startsWith("Uploads aren't working on this site"));
    await expect(element).to.be.accessible();
    // a visitor can do nothing about it, but the page can
    expect(allByRole(element, 'button', /^Retry/)).to.deep.equal([]);
    element.retry();
    await nextEvent(element, 'upload-success');
  });

  it('offers a retry, for one file and for all, only if retrying can help', async () => {
    const refusing: Sign = (files) =>
      Promise.resolve(files.map(({ id, name }) => ({ id, error: { code: name.slice(2), message: 'No.' } })));
    const element = await fixture<S3UploaderElement>(html`<s3-uploader multiple .sign=${refusing}></s3-uploader>`);
    const codes = ['file-type', 'file-too-large', 'closed-today'];
    void element.add(codes.map((code, i) => textFile(`${i}.${code}`)));
    await nextEvent(element, 'upload-complete');
    await until(
      'the messages',
      () => rowTexts(element).filter((line) => /accept|refused/.test(line)).length === codes.length,
    );
    expect(allByRole(element, 'button', /^Retry \d/).map(({ title }) => title)).to.deep.equal(['Retry 2.closed-today']);
    expect(byRole(element, 'button', 'Retry failed (1)')).to.not.equal(undefined);
    void element.add([textFile('3.closed-today')]);
    await until('the button for all', () => byRole(element, 'button', 'Retry failed (2)'));
  });

  it('pauses, resumes, cancels and retries a file by the buttons of its row', async () => {
    const element = await createElement();
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.1 }, method: 'PUT' });
    void element.add([textFile('film.mp4', 20_000_000)]);
    (await until('the pause button', () => byRole(element, 'button', 'Pause film.mp4'))).click();
    (await until('the resume button', () => byRole(element, 'button', 'Resume film.mp4'))).click();
    (await until('the cancel button', () => byRole(element, 'button', 'Cancel film.mp4'))).click();
    await until('the status', () => rowTexts(element)[0]?.includes('Canceled'));
    await servers.storage.release();
    (await until('the retry button', () => byRole(element, 'button', 'Retry film.mp4'))).click();
    await nextEvent(element, 'upload-success');
  });

  it('shows one progress bar for all files while several upload', async () => {
    await servers.storage.setFaults({ do: 'swallow' });
    const element = await createElement();
    void element.add([1, 2, 3].map((n) => textFile(`${n}.txt`, 1000)));
    const bar = await until('the bar', () => byRole(element, 'progressbar', 'Files') as HTMLProgressElement);
    await expect(element).to.be.accessible();
    expect(bar.max).to.equal(1);
    const complete = nextEvent(element, 'upload-complete');
    await servers.storage.release();
    await complete;
    await until('no bar', () => !byRole(element, 'progressbar', 'Files'));
  });

  it('prompts before the page unloads while files upload, until the last is canceled', async () => {
    await servers.signer.setFaults({ do: 'swallow' });
    const element = await createElement();
    const isPrompted = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    void element.add([textFile('asked.txt')]);
    await until('the prompt', isPrompted);
    element.cancel();
    expect(isPrompted()).to.equal(false);
    element.clear();
  });

  it('dispatches events that bubble, cross shadow roots, and contain nothing signed', async () => {
    const element = await createElement();
    const seen: CustomEvent[] = [];
    const types = ['file-add', 'upload-start', 'upload-progress', 'upload-success', 'upload-complete'];
    for (const type of types)
      document.addEventListener(type, (event) => seen.push(event as CustomEvent), { once: true });
    void element.add([textFile('event.txt', 100)]);
    await nextEvent(element, 'upload-complete');
    expect(seen.map(({ type }) => type)).to.deep.equal(types);
    for (const { bubbles, composed, target } of seen) {
      expect([bubbles, composed, target]).to.deep.equal([true, true, element]);
    }
    const details = JSON.stringify(seen.map(({ detail }) => detail as unknown));
    expect(details).not.to.match(/signature|credential|policy/i);
  });

  it('lets a page refuse a file by canceling `file-add`', async () => {
    const element = await createElement();
    element.addEventListener('file-add', (event) => event.preventDefault());
    expect(await element.add([textFile('veto.txt')])).to.have.length(0);
    expect(element.files).to.have.length(0);
  });

  it('keeps uploading while it is moved in the document', async () => {
    const element = await createElement();
    await servers.storage.setFaults({ do: 'swallow' });
    void element.add([textFile('moved.txt')]);
    const end = nextEvent(element, 'upload-success');
    await servers.storage.arrived(1);
    element.parentElement!.append(element);
    await until('the move', () => element.isConnected);
    expect(element.files[0]?.status).to.be.oneOf(['uploading', 'finishing']);
    await servers.storage.release();
    await end;
    expect((await servers.storage.readLog()).requests).to.have.length(1);
  });

  it('continues to send a file while it is moved, even if it is outside of the document for some frames', async () => {
    const element = await createElement();
    const parent = element.parentElement!;
    const statuses = new Set<string>();
    await servers.storage.setFaults({ do: 'stall', at: { bytes: 0 }, times: 1 });
    void element.add([textFile('moved.txt')]);
    await servers.storage.arrived(1);
    const end = nextEvent(element, 'upload-success');
    for (const frames of [0, 1, 5]) {
      element.remove();
      await nextFrames(frames);
      parent.append(element);
      await nextFrames(1);
      statuses.add(element.files[0]!.status);
    }
    await servers.storage.release();
    await end;
    expect([...statuses]).to.not.include('paused');
    expect((await servers.storage.readLog()).requests).to.have.length(1);
  });

  it('pauses while it is out of the document, and resumes when it is back', async () => {
    const element = await createElement();
    const parent = element.parentElement!;
    await servers.storage.setFaults({ do: 'swallow', stored: false, times: 1 });
    void element.add([textFile('away.txt')]);
    await servers.storage.arrived(1);
    element.remove();
    await until('a pause', () => element.files[0]?.status === 'paused');
    parent.append(element);
    await nextEvent(element, 'upload-success');
    await servers.storage.release();
  });

  it('keeps properties set before it was defined', async () => {
    const name = 'upgraded-uploader';
    const element = document.createElement(name) as S3UploaderElement;
    const sign = (): Promise<never> => Promise.reject(new Error('not asked'));
    Object.assign(element, { sign, maxFiles: 4, labels: { choose: 'Pick!' }, multiple: true });
    document.body.append(element);
    customElements.define(name, class extends S3UploaderElement {});
    await element.updateComplete;
    expect([element.sign, element.maxFiles]).to.deep.equal([sign, 4]);
    expect(byRole(element, 'button')?.textContent.trim()).to.equal('Pick!');
    element.remove();
  });

  it('is defined once, however often its script is loaded', async () => {
    const again = new URL('../../widget/define.ts?again', import.meta.url).href;
    await import(again);
    expect(customElements.get('s3-uploader')).to.equal(S3UploaderElement);
  });

  it('keeps focus in the list when a file is removed, and focuses its button after the last', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader>`,
    );
    await element.add(['a', 'b', 'c'].map((name) => textFile(name)));
    const focused = (): Element | null | undefined => element.shadowRoot?.activeElement;
    (await until('a button', () => byRole(element, 'button', 'Remove b'))).focus();
    (focused() as HTMLElement).click();
    await until('the next row', () => focused()?.textContent.includes('c'));
    for (const name of ['c', 'a']) {
      const row = focused()!;
      expect(row.textContent).to.contain(name);
      row.dispatchEvent(new KeyboardEvent('keydown', { key: 'Delete', bubbles: true }));
      await until('the row to disappear', () => !row.isConnected);
    }
    await until('the button', () => focused() === byRole(element, 'button', 'Choose files'));
  });

  it('moves focus through the list by arrow keys', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader>`,
    );
    await element.add(['a', 'b'].map((name) => textFile(name)));
    (await until('a button', () => byRole(element, 'button', 'Remove a'))).focus();
    const press = (key: string): void => {
      element.shadowRoot!.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    };
    press('ArrowDown');
    expect(element.shadowRoot?.activeElement?.textContent).to.contain('b');
    press('ArrowUp');
    expect(element.shadowRoot?.activeElement?.textContent).to.contain('a');
  });

  it('has no room for the names of added files before there are any', async () => {
    const element = await createElement();
    expect(byRole(element, 'status')!.offsetHeight).to.equal(0);
  });

  it('announces added, uploaded and removed files to screen readers', async () => {
    await servers.storage.setFaults({ do: 'swallow' });
    const element = await createElement();
    const announced: string[] = [];
    const observer = new MutationObserver(() => {
      const text = statusText(element);
      if (text && text !== announced.at(-1)) announced.push(text);
    });
    observer.observe(element.shadowRoot!, { subtree: true, characterData: true, childList: true });
    for (const name of ['a', 'b', 'c']) void element.add([textFile(name)]);
    await until('the names', () => announced.length > 0);
    await servers.storage.release();
    await until('the next announcement', () => announced.length > 1);
    for (const button of ['c', 'a'].map((name) => byRole(element, 'button', `Remove ${name}`))) button?.click();
    await until('the last announcement', () => announced.length > 2);
    observer.disconnect();
    // events within a second are announced in one sentence
    expect(announced).to.deep.equal(['a, b, c', '3 files uploaded', 'c and a removed']);
  });

  it('shows file names as text, isolated in direction, with the real extension last', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader>`,
    );
    const names = ['<img src=x onerror=alert(1)>.png', 'annexe\u202Egpj.exe', '${name}{{x}}', 'שלום.txt'];
    await element.add(names.map((name) => textFile(name)));
    const rows = await until(
      'rows',
      () => allByRole(element, 'listitem').length === 4 && allByRole(element, 'listitem'),
    );
    expect(rows.map((row) => row.querySelector('.name .unseen')?.textContent)).to.deep.equal(names);
    expect(element.shadowRoot?.querySelector('img')).to.equal(null);
    expect([...rows[1]!.querySelectorAll('.name bdi')].map(({ textContent }) => textContent)).to.deep.equal([
      'annexe\u202Egpj',
      '.exe',
    ]);
  });

  it('adds files dropped anywhere on the page, with `drop-target="page"`', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple no-auto drop-target="page"></s3-uploader>`,
    );
    drop(document.body, [textFile('page.txt')]);
    await until('the file', () => element.files.length === 1);
  });

  it('stays responsive with ten thousand files, and renders only the rows in view', async () => {
    const files = Array.from({ length: 10_000 }, (_, i) => textFile(`file-${i}.txt`, 1024));
    // WebKit and Firefox do not report long tasks: there, the longest delay of the page's own tasks is measured
    const maxMs = PerformanceObserver.supportedEntryTypes.includes('longtask') ? 50 : 250;
    let longest = Infinity;
    // a busy machine may slow down one attempt; slow code is slow in each
    for (let attempt = 0; attempt < 3 && longest > maxMs; attempt++) {
      const element = await fixture<S3UploaderElement>(
        html`<s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader>`,
      );
      await element.add([textFile('warm')]);
      await until('a row', () => rowTexts(element).length === 1);
      await new Promise((resolve) => setTimeout(resolve)); // keeps the setup out of the measured task
      const watch = watchTasks();
      await element.add(files);
      await element.updateComplete;
      const list = element.shadowRoot!.querySelector('ul')!; // a query by role would itself be a long task
      list.scrollTop = list.scrollHeight;
      await until('the last row', () => list.lastElementChild?.textContent.includes('file-9999'));
      longest = watch.longest();
      expect(allByRole(element, 'listitem').length).to.be.below(60);
      expect(allByRole(element, 'listitem').at(-1)?.ariaSetSize).to.equal('10001');
      element.remove();
    }
    expect(longest).to.be.at.most(maxMs);
  });
});

/** Starts to measure the longest task. `longest()` stops and returns it in milliseconds. */
function watchTasks(): { longest(): number } {
  let longest = 0;
  const record = (duration: number): void => void (longest = Math.max(longest, duration));
  if (PerformanceObserver.supportedEntryTypes.includes('longtask')) {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => record(duration)));
    observer.observe({ type: 'longtask' });
    return {
      longest() {
        observer.takeRecords().forEach(({ duration }) => record(duration));
        observer.disconnect();
        return longest;
      },
    };
  }
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  port1.onmessage = () => {
    record(performance.now() - last);
    last = performance.now();
    port2.postMessage(0);
  };
  port2.postMessage(0);
  return {
    longest() {
      port1.close();
      return longest;
    },
  };
}
