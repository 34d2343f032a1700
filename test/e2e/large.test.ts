import { expect } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import type { S3UploaderElement } from '../../widget/index.ts';
import { nextEvent } from '../fixtures/events.ts';
import type { FileOnDisk } from '../fixtures/file-on-disk.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';
import type { Commands } from '../runner/commands.ts';

import '../../widget/define.ts';

const GIB = 2 ** 30;
/** Bytes by which the processes of pages may grow. WebKit collects garbage later, and does not report its heap size. */
const MAX_GROWTH_BYTES = (/AppleWebKit(?!.*Chrome)/.test(navigator.userAgent) ? 128 : 32) * MiB;

const command = <Answer, Name extends keyof Commands = keyof Commands>(name: Name, payload: Commands[Name]) =>
  executeServerCommand<Answer, Commands[Name]>(name, payload);

describe('A large file', function () {
  this.timeout(170_000);
  let servers: RemoteServers;
  let element: S3UploaderElement;
  before(async () => {
    servers = await startRemoteServers({ partSize: 8 * MiB });
  });
  beforeEach(async () => {
    await Promise.all([servers.storage.reset(), servers.signer.reset()]);
    element = Object.assign(document.createElement('s3-uploader'), { endpoint: servers.endpoint, id: 'large' });
    document.body.append(element);
  });
  afterEach(() => {
    element.clear();
    element.remove();
  });
  after(() => servers.close());

  const partsSent = async () =>
    (await servers.storage.readLog()).requests.filter(
      ({ method, path }) => method === 'PUT' && path.includes('partNumber='),
    );

  it('of 1 GiB is uploaded from disk unchanged, and the memory of the page hardly grows', async function () {
    this.retries(2); // on a busy machine, a browser may free memory later
    const onDisk = await command<FileOnDisk>('create-large-file', { name: 'film.mp4', size: GIB });
    await element.add([]); // loads the chunks
    const memory = () => command<number | null>('page-memory', {});
    const idle = await memory();
    let peak = idle;
    const samples: Promise<void>[] = [];
    element.addEventListener('upload-progress', ({ detail }) => {
      // one sample per sixteenth of the file
      if (detail.loaded < ((samples.length + 1) / 16) * GIB) return;
      samples.push(memory().then((now) => void (peak = Math.max(peak ?? 0, now ?? 0))));
    });
    const success = nextEvent(element, 'upload-success');
    await command('set-files', { host: '#large', inner: 'input', files: [onDisk.path] });
    const { key, size } = (await success).detail;
    await Promise.all(samples);
    expect(size).to.equal(GIB);
    expect(samples).to.have.length.above(12);
    expect(await servers.storedObject(key)).to.include({ size: GIB, sha256: onDisk.sha256 });
    if (idle === null) expect(navigator.platform).not.to.match(/linux/i);
    else expect(peak! - idle).to.be.below(MAX_GROWTH_BYTES);
  });

  it('sends only its third part again when the connection is lost in it', async () => {
    await servers.storage.setFaults({ do: 'cut', at: { share: 0.5 }, path: 'partNumber=3', times: 1 });
    const file = videoFile(32 * MiB);
    const success = nextEvent(element, 'upload-success');
    await element.add([file]);
    const { key } = (await success).detail;
    expect((await servers.storedObject(key))?.sha256).to.equal(await sha256(file));
    const numbers = (await partsSent()).map(({ path }) => /partNumber=(\d+)/.exec(path)![1]);
    expect(numbers.sort()).to.deep.equal(['1', '2', '3', '3', '4', '5', '6']);
  });

  it('leaves no multipart upload behind when it is canceled', async () => {
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.5 }, path: 'partNumber=2' });
    const aborted = nextEvent(element, 'upload-abort');
    await element.add([videoFile(32 * MiB)]);
    await servers.storage.arrived(4, { path: 'partNumber=' });
    expect(await servers.countOpenUploads()).to.equal(1);
    element.cancel();
    await aborted;
    await servers.storage.release();
    await until('no multipart upload', async () => (await servers.countOpenUploads()) === 0);
  });
});
