import { expect } from '@open-wc/testing';
import { executeServerCommand as run } from '@web/test-runner-commands';
import type { Commands } from '../runner/commands.ts';

const command = <Name extends keyof Commands>(name: Name, payload: Commands[Name]) =>
  run<unknown, Commands[Name]>(name, payload);

describe('Commands of the test runner', () => {
  let host: HTMLElement;
  let input: HTMLInputElement;

  beforeEach(() => {
    host = document.createElement('div');
    host.id = 'host';
    input = document.createElement('input');
    input.type = 'file';
    host.attachShadow({ mode: 'open' }).append(input);
    document.body.append(host);
  });

  afterEach(() => host.remove());

  it('pick a real file in a shadow root', async () => {
    await command('set-files', { host: '#host', inner: 'input', files: ['package.json'] });
    expect(await input.files?.[0]?.text()).to.contain('"s3-uploader"');
  });

  it('drop a real file, or return false if the browser cannot', async () => {
    const dropped = new Promise<string>((resolve) => {
      document.addEventListener('dragover', (event) => event.preventDefault());
      document.addEventListener('drop', (event) => {
        event.preventDefault();
        resolve(event.dataTransfer?.files[0]?.name ?? 'nothing');
      });
    });
    const canDrop = await command('real-drop', { x: 5, y: 5, files: ['package.json'] });
    expect(canDrop).to.equal(navigator.userAgent.includes('Chrome'));
    if (canDrop) expect(await dropped).to.equal('package.json');
  });

  it('take a screenshot', async () => {
    host.style.cssText = 'width: 40px; height: 40px; background: teal';
    const { bytes } = (await command('screenshot', { host: '#host', name: 'commands' })) as { bytes: number };
    expect(bytes).to.be.above(60);
  });
});
