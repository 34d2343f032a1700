// What a request costs before the caller is known, and before it is known to be one of the contract.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SignerEvent } from '../../../signer/core/events.ts';
import type { FileRequest } from '../../../widget/core/protocol.ts';
import { fileOf, ORIGIN, problemOf, signerOf, type TestSigner } from '../../fixtures/signer.ts';

/** Sends a body in chunks, and counts the bytes of it that were read. */
async function sendChunks(signer: TestSigner, path: string): Promise<{ response: Response; bytes: number }> {
  let bytes = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        if (bytes >= 16_000) return controller.close();
        bytes += 1_000;
        controller.enqueue(new Uint8Array(1_000).fill(32));
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'Content-Type': 'application/json', Origin: ORIGIN };
  const init = { method: 'POST', body, duplex: 'half', headers };
  return { response: await signer.app.request(path, init), bytes };
}

const TICKET_PATHS = ['/sign-again', '/parts', '/parts/list', '/complete', '/abort', '/confirm', '/delete'];

describe('The body of a caller that authorize refuses', () => {
  for (const path of ['/', ...TICKET_PATHS]) {
    it(`is not read by ${path}`, async () => {
      const { response, bytes } = await sendChunks(signerOf({ authorize: () => null }), path);
      assert.equal(response.status, 401);
      assert.equal(bytes, 0);
    });
  }

  it('is read by / alone if authorize declares a second parameter, and gets the files', async () => {
    const seen: FileRequest[][] = [];
    const signer = signerOf({
      authorize: (_c, files) => {
        seen.push([...files]);
        return null;
      },
    });
    assert.equal((await signer.post('/', { files: [fileOf()] })).status, 401);
    assert.deepEqual(seen, [[fileOf()]]);
    assert.equal((await sendChunks(signer, '/')).response.status, 400, 'the body comes first');
    for (const path of TICKET_PATHS) assert.equal((await sendChunks(signer, path)).bytes, 0, path);
  });
});

describe('An authorize that looks at the files without declaring them', () => {
  const check = (files: readonly FileRequest[]) => (files.every(({ size }) => size < 1) ? { owner: 'ann' } : null);
  for (const [what, authorize] of [
    ['a wrapper', (...parameters: unknown[]) => check(parameters[1] as FileRequest[])],
    ['a default value', (_c: unknown, files: readonly FileRequest[] = []) => check(files)],
  ] as const) {
    it(`signs nothing, and its operator reads why: ${what}`, async () => {
      const events: SignerEvent[] = [];
      const signer = signerOf({ authorize, onEvent: (event) => events.push(event) });
      assert.equal((await signer.post('/', { files: [fileOf()] })).status, 500);
      assert.match(String(events[0]?.error), /does not declare them: write authorize\(c, files\)/);
    });
  }
});

describe('The body of a caller that authorize accepts', () => {
  it('is read in chunks up to its limit', async () => {
    const { response, bytes } = await sendChunks(signerOf(), '/confirm');
    assert.equal(response.status, 400);
    assert.equal(bytes, 16_000);
  });

  const refusedBodies: [what: string, body: string, detail: RegExp][] = [
    ['30,000 names of metadata', `{"files":[],"metadata":{${members(30_000)}}}`, /more than 8192 members/],
    [
      '8,000 wrong names of metadata',
      `{"files":[${JSON.stringify(fileOf())}],"metadata":{${members(8_000)}}}`,
      /metadata\.K0/,
    ],
    ['30,000 unknown members', `{${members(30_000)}}`, /more than 8192 members/],
    ['30,000 files', `{"files":[${Array.from({ length: 30_000 }, () => '0').join()}]}`, /more than 8192 members/],
    [
      '100 files with 70 wrong names of metadata each',
      `{"files":[${Array.from({ length: 100 }, () => `{"metadata":{${members(70)}}}`).join()}]}`,
      /files/,
    ],
    ['80,000 lists within each other', `${'['.repeat(80_000)}${']'.repeat(80_000)}`, /within each other/],
  ];
  for (const [what, body, detail] of refusedBodies) {
    it(`is refused with ${what}, for a few milliseconds of CPU time`, async () => {
      const signer = signerOf();
      const refuse = async (): Promise<void> => {
        const response = await signer.post('/', body);
        assert.equal(response.status, 400);
        assert.match((await problemOf(response)).detail!, detail);
      };
      // the first ones warm up the compiler
      for (let i = 0; i < 5; i++) await refuse();
      const times: number[] = [];
      for (let i = 0; i < 15; i++) {
        const start = process.cpuUsage();
        await refuse();
        const { user, system } = process.cpuUsage(start);
        times.push((user + system) / 1000);
      }
      const median = times.toSorted((a, b) => a - b)[7]!;
      assert.ok(median < 30, `${median} ms`);
    });
  }
});

/** Members of a JSON object, whose names are not those of metadata. */
function members(count: number): string {
  return Array.from({ length: count }, (_, i) => `"K${i}":0`).join();
}
