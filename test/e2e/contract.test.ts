import { expect } from '@open-wc/testing';
import type { SignAnswer } from '../../widget/core/protocol.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';

describe('The signing contract, without the element,', () => {
  let servers: RemoteServers;

  before(async () => {
    servers = await startRemoteServers();
  });

  after(() => servers.close());

  it('grants a POST that stores the file on a second attempt after a 503 of the storage', async () => {
    const file = new Blob(['x'.repeat(100_000)], { type: 'text/plain' });
    const request = { files: [{ id: '1', name: 'notes.txt', type: file.type, size: file.size }] };
    const answer = await fetch(servers.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    const { files } = (await answer.json()) as SignAnswer;
    const [grant] = files;
    if (!grant || !('fields' in grant)) throw new Error(`No POST was granted: ${JSON.stringify(files)}`);

    const send = () => {
      const form = new FormData();
      for (const [name, value] of Object.entries(grant.fields)) form.append(name, value);
      form.append('file', file);
      return fetch(grant.url, { method: 'POST', body: form });
    };
    await servers.storage.setFaults({ do: 'answer', status: 503, times: 1 });
    expect((await send()).status).to.equal(503);
    expect((await send()).status).to.equal(201);

    const stored = await servers.storedObject(grant.key);
    expect(stored?.sha256).to.equal(await sha256(file));
    expect(stored?.type).to.equal('text/plain');
    expect((await servers.storage.readLog()).requests.map(({ status }) => status)).to.deep.equal([503, 201]);
    expect((await servers.signer.readLog()).requests.map(({ json }) => json)).to.deep.equal([request]);
  });
});
