import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf, ORIGIN, policyOf, problemOf, signerOf } from '../fixtures/signer.ts';
import { serviceOf, type TestService } from './service.ts';

const formOf = (options: Parameters<typeof signerOf>[0] = {}) => signerOf({ form: true, ...options });

const get = async (path: string, signer = formOf()): Promise<[Response, string]> => {
  const response = await signer.app.request(path);
  return [response, await response.text()];
};

test('there is no form where the host does not want one', async () => {
  for (const path of ['/form', '/form/done', '/form?type=image/png']) {
    assert.equal((await signerOf().app.request(path)).status, 404);
  }
});

test('the form is that of the AWS documentation, with all limits that a form can have', async () => {
  const [response, page] = await get(
    '/form?type=image/png',
    formOf({ limits: { maxFileSize: 20_000_000, types: ['image/png', 'image/*'] } }),
  );
  assert.equal(response.status, 200);
  assert.match(response.headers.get('Content-Type')!, /^text\/html/);
  assert.match(
    page,
    /<form\s+action="http:\/\/127\.0\.0\.1:9\/uploads"\s+method="post"\s+enctype="multipart\/form-data"/,
  );
  assert.match(page, /<input type="file" name="file"\s+accept="image\/png"\s+required \/>/);
  assert.match(page, /At most 20 MB, within 15 min/);
  const fields = fieldsOf(page);
  const folder = fields.key!.replace('${filename}', '');
  assert.match(folder, /^uploads\/ann\/[0-9a-f-]{36}\/$/);
  const { conditions } = policyOf(fields);
  const ranges = conditions.filter((each) => Array.isArray(each));
  assert.deepEqual(ranges, [
    ['content-length-range', 0, 20_000_000],
    ['starts-with', '$success_action_redirect', ''],
    ['starts-with', '$key', folder],
  ]);
  const exact = Object.assign({}, ...conditions.filter((each) => !Array.isArray(each))) as object;
  const { Policy: _policy, 'X-Amz-Signature': _signature, key: _key, success_action_redirect: _page, ...rest } = fields;
  assert.deepEqual(exact, rest);
  assert.equal(fields['Content-Type'], 'image/png');
  assert.equal(fields['Content-Disposition'], 'attachment');
  assert.equal(fields.success_action_redirect, 'http://localhost/form/done');
});

test('a type can be asked for, if it is on the list', async () => {
  const [, page] = await get('/form?type=image/png');
  assert.equal(fieldsOf(page)['Content-Type'], 'image/png');
  assert.match(page, /accept="image\/png"/);
  for (const type of ['text/html', 'image/svg%2Bxml', 'x', 'image/png,text/html', 'application/octet-stream']) {
    const response = await formOf().app.request(`/form?type=${type}`);
    assert.equal(response.status, 400, type);
    assert.equal((await problemOf(response)).code, 'bad-type');
  }
});

test('without one asked for, the type is the only one there is, or a plain download where those are taken', async () => {
  const typeOf = async (types: string[]) =>
    fieldsOf((await get('/form', formOf({ limits: { types } })))[1])['Content-Type'];
  assert.equal(await typeOf(['application/pdf']), 'application/pdf');
  assert.equal(await typeOf(['*/*']), 'application/octet-stream');
  assert.equal(await typeOf(['image/png', 'application/octet-stream']), 'application/octet-stream');
  const [, page] = await get('/form', formOf({ limits: { types: ['*/*'] } }));
  assert.doesNotMatch(page, /accept=/, 'any file can be one');
  for (const types of [undefined, ['image/*'], ['image/*', 'image/png']]) {
    const response = await formOf(types && { limits: { types } }).app.request('/form');
    assert.equal(response.status, 400);
    assert.match((await problemOf(response)).detail!, /\?type=[a-z]+\/[a-z]+\.$/);
  }
});

test('another site cannot use up a visitor’s forms by images, frames or scripts', async () => {
  let taken = 0;
  const limiter = { take: async () => (taken++, undefined) };
  const signer = formOf({ limiter });
  const ask = async (headers: Record<string, string>) =>
    (await signer.app.request('/form?type=image/png', { headers })).status;
  const cross = { 'Sec-Fetch-Site': 'cross-site' };
  const refused: Record<string, string>[] = [
    { ...cross, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' },
    { ...cross, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
    { ...cross, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'empty' },
    { ...cross, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Origin: 'https://evil.example' },
    { Origin: 'https://evil.example' },
  ];
  for (const headers of refused) assert.equal(await ask(headers), 403, JSON.stringify(headers));
  assert.equal(taken, 0);
  const welcome: Record<string, string>[] = [
    {},
    { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' },
    { ...cross, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
    { ...cross, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Origin: ORIGIN },
  ];
  for (const headers of welcome) assert.equal(await ask(headers), 200, JSON.stringify(headers));
});

test('a form counts as one file of the most it may take, and that is no more than may be had in a day', async () => {
  const env = { SIGNER_FORM: '1', SIGNER_MAX_FILE_SIZE: '1GB', SIGNER_FILES_PER_DAY: '10' };
  const ask = async (service: TestService) => service.get('/sign/form?type=image/png');
  const all = await serviceOf({ ...env, SIGNER_BYTES_PER_DAY: '10MB' });
  const first = await ask(all);
  assert.equal(first.status, 200);
  const [range] = policyOf(fieldsOf(await first.text())).conditions;
  assert.deepEqual(range, ['content-length-range', 0, 10_000_000]);
  const second = await ask(all);
  assert.deepEqual([second.status, (await problemOf(second)).code], [429, 'quota-exceeded']);
  const two = await serviceOf({ ...env, SIGNER_TOTAL_BYTES_PER_DAY: '2GB' });
  assert.deepEqual([(await ask(two)).status, (await ask(two)).status, (await ask(two)).status], [200, 200, 429]);
});

test('a fragment is the form alone, for a page of one’s own', async () => {
  const [, page] = await get('/form?type=image/png&fragment');
  assert.match(page, /^<form[^]*<\/form>$/);
});

test('the pages run nothing, and can be framed by nobody', async () => {
  for (const path of ['/form?type=image/png', '/form/done']) {
    const [response, page] = await get(path);
    const policy = response.headers.get('Content-Security-Policy')!;
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    const [, nonce] = /style-src 'nonce-([^']+)'/.exec(policy)!;
    assert.ok(page.includes(`<style nonce="${nonce}">`));
    assert.doesNotMatch(page, /<script|style="/);
  }
  const [response] = await get('/form?type=image/png', formOf({ formRedirect: 'https://site.example/thanks' }));
  assert.match(
    response.headers.get('Content-Security-Policy')!,
    /form-action http:\/\/127\.0\.0\.1:9 https:\/\/site\.example;/,
  );
});

test('what stands in an address is text on the page, never markup', async () => {
  const evil = '<img src=x onerror=alert(1)>"&\'';
  const [, page] = await get(`/form/done?key=${encodeURIComponent(`a/${evil}`)}`);
  assert.ok(page.includes('<bdi>&lt;img src=x onerror=alert(1)&gt;&quot;&amp;&#39;</bdi>'), page);
  const [, plain] = await get('/form/done');
  assert.match(plain, /The file is stored/);
});
