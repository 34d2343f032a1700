import { expect } from '@open-wc/testing';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';

import '../../widget/define.ts';

const FILES = 1000;
/** Files of one request to the signer: the most that it accepts. */
const BATCH_FILES = 100;
/** The budget of preflights is Chromium's: how other browsers keep their responses is not ours to say. */
const isChromium = /Chrome\//.test(navigator.userAgent);

describe('An upload of 1,000 files', function () {
  this.timeout(120_000);
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  after(() => servers.close());

  it('takes at most 10 requests to the signer, and in Chromium one preflight to it', async () => {
    const element = Object.assign(document.createElement('s3-uploader'), {
      endpoint: servers.endpoint,
      multiple: true,
      maxConcurrentUploads: 6,
      // on a busy machine the first request would leave before all files are added
      noAuto: true,
    });
    document.body.append(element);
    const complete = nextEvent(element, 'upload-complete');
    await element.add(Array.from({ length: FILES }, (_, index) => textFile(`${index}.txt`)));
    element.upload();
    const { done, failed } = (await complete).detail;
    element.remove();
    expect(failed).to.have.lengthOf(0);
    expect(done).to.have.lengthOf(FILES);
    const { requests, preflights } = await servers.signer.readLog();
    const batches = requests.map(({ json }) => (json as { files: unknown[] }).files.length);
    expect(batches.length, `files of each request: ${batches.join()}`).to.be.within(1, FILES / BATCH_FILES);
    if (isChromium) expect(preflights).to.have.lengthOf(1);
  });
});
