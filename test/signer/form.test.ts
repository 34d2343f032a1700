import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf, ORIGIN, policyOf, problemOf, signerOf } from '../fixtures/signer.ts';
import { createTestService, type TestService } from './service.ts';

/** A signer with the HTML form. */
const formSigner = (options: Parameters<typeof signerOf>[0] = {}) => signerOf({ form: true, ...options });

const get = async (path: string, signer = formSigner()): Promise<[Response, string]> => {
  const response = await signer.app.request(path);
  return [response, await response.text()];
};

test('the form is off by default', async () => {
  for (const path of ['/form', '/form/done', '/form?type=image/png']) {
    assert.equal((await signerOf().app.request(path)).status, 404);
  }
});

test('the form has the policy that AWS documents, with every limit that a form can have', async () => {
  const [response, page] = await get(
    '/form?type=image/png',
    formSigner({ limits: { maxFileSize: 20_000_000, types: ['image/png', 'image/*'] } }),
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
  assert.match(fields.key!, /^uploads\/ann\/[0-9a-f-]{36}\.png$/);
  const { conditions } = policyOf(fields);
  const ranges = conditions.filter((each) => Array.isArray(each));
  assert.deepEqual(ranges, [
    ['content-length-range', 0, 20_000_000],
    ['starts-with', '$success_action_redirect', ''],
  ]);
  const exact = Object.assign({}, ...conditions.filter((each) => !Array.isArray(each))) as object;
  const { Policy: _policy, 'X-Amz-Signature': _signature, success_action_redirect: _redirect, ...rest } = fields;
  assert.deepEqual(exact, rest);
  assert.equal(fields['Content-Type'], 'image/png');
  assert.equal(fields['Content-Disposition'], 'attachment');
  assert.equal(fields.success_action_redirect, 'http://localhost/form/done');
});

test('the form accepts a requested type that is allowed', async () => {
  const [, page] = await get('/form?type=image/png');
  assert.equal(fieldsOf(page)['Content-Type'], 'image/png');
  assert.match(page, /accept="image\/png"/);
  for (const type of ['text/html', 'image/svg%2Bxml', 'x', 'image/png,text/html', 'application/octet-stream']) {
    const response = await formSigner().app.request(`/form?type=${type}`);
    assert.equal(response.status, 400, type);
    assert.equal((await problemOf(response)).code, 'bad-type');
  }
});

test('without a requested type, the form uses the only allowed one, or a plain download if that is allowed', async () => {
  const typeOf = async (types: string[]) =>
    fieldsOf((await get('/form', formSigner({ limits: { types } })))[1])['Content-Type'];
  assert.equal(await typeOf(['application/pdf']), 'application/pdf');
  assert.equal(await typeOf(['*/*']), 'application/octet-stream');
  assert.equal(await typeOf(['image/png', 'application/octet-stream']), 'application/octet-stream');
  const [, page] = await get('/form', formSigner({ limits: { types: ['*/*'] } }));
  assert.doesNotMatch(page, /accept=/, 'a plain download may have any type');
  for (const types of [undefined, ['image/*'], ['image/*', 'image/png']]) {
    const response = await formSigner(types && { limits: { types } }).app.request('/form');
    assert.equal(response.status, 400);
    assert.match((await problemOf(response)).detail!, /\?type=[a-z]+\/[a-z]+\.$/);
  }
});

test('another site cannot request forms in a visitor’s name by images, frames or scripts', async () => {
  let acquired = 0;
  const limiter = { reserve: async () => (acquired++, { release: async () => undefined }) };
  const signer = formSigner({ limiter });
  const statusOf = async (headers: Record<string, string>) =>
    (await signer.app.request('/form?type=image/png', { headers })).status;
  const cross = { 'Sec-Fetch-Site': 'cross-site' };
  const refused: Record<string, string>[] = [
    { ...cross, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' },
    { ...cross, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
    { ...cross, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'empty' },
    { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' },
    { ...cross, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Origin: 'https://evil.example' },
    { Origin: 'https://evil.example' },
  ];
  for (const headers of refused) assert.equal(await statusOf(headers), 403, JSON.stringify(headers));
  assert.equal((await signer.app.request('/form?type=image/png', { method: 'HEAD' })).status, 200);
  assert.equal(acquired, 0);
  const allowed: Record<string, string>[] = [
    {},
    { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' },
    { ...cross, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
    { ...cross, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Origin: ORIGIN },
  ];
  for (const headers of allowed) assert.equal(await statusOf(headers), 200, JSON.stringify(headers));
});

test('a form counts as one file of its largest size, which is at most the quota of a day', async () => {
  const env = { SIGNER_FORM: '1', SIGNER_MAX_FILE_SIZE: '1GB', SIGNER_FILES_PER_DAY: '10' };
  const getForm = async (service: TestService) => service.get('/sign/form?type=image/png');
  const small = await createTestService({ ...env, SIGNER_BYTES_PER_DAY: '10MB' });
  const first = await getForm(small);
  assert.equal(first.status, 200);
  const [range] = policyOf(fieldsOf(await first.text())).conditions;
  assert.deepEqual(range, ['content-length-range', 0, 10_000_000]);
  const second = await getForm(small);
  assert.deepEqual([second.status, (await problemOf(second)).code], [429, 'quota-exceeded']);
  const large = await createTestService({ ...env, SIGNER_TOTAL_BYTES_PER_DAY: '2GB', SIGNER_BYTES_PER_DAY: '0' });
  assert.deepEqual(
    [(await getForm(large)).status, (await getForm(large)).status, (await getForm(large)).status],
    [200, 200, 429],
  );
  const shared = await createTestService({ ...env, SIGNER_TOTAL_BYTES_PER_DAY: '200MB' });
  const half = await getForm(shared);
  const [rangeOfHalf] = policyOf(fieldsOf(await half.text())).conditions;
  assert.deepEqual(rangeOfHalf, ['content-length-range', 0, 100_000_000], 'half of the total, the share of one owner');
});

test('?fragment returns the form without the page around it', async () => {
  const [, page] = await get('/form?type=image/png&fragment');
  assert.match(page, /^<form[^]*<\/form>$/);
});

test('the pages of the form allow no script and cannot be framed', async () => {
  for (const path of ['/form?type=image/png', '/form/done']) {
    const [response, page] = await get(path);
    const policy = response.headers.get('Content-Security-Policy')!;
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    const [, nonce] = /style-src 'nonce-([^']+)'/.exec(policy)!;
    assert.ok(page.includes(`<style nonce="${nonce}">`));
    assert.doesNotMatch(page, /<script|style="/);
  }
  const [response] = await get('/form?type=image/png', formSigner({ formRedirect: 'https://site.example/thanks' }));
  assert.match(
    response.headers.get('Content-Security-Policy')!,
    /form-action http:\/\/127\.0\.0\.1:9 https:\/\/site\.example;/,
  );
});

test('the page after an upload shows no text from the URL, neither as markup nor as words', async () => {
  const bodyOf = (page: string): string => /<body>[^]*<\/body>/.exec(page)![0];
  const [, plain] = await get('/form/done');
  assert.match(bodyOf(plain), /<p>The file is stored\.<\/p>/);
  for (const key of ['a/<img src=x onerror=alert(1)>"&\'', 'a/Your account is locked. Call 1234.', 'x'.repeat(5000)]) {
    const [response, page] = await get(`/form/done?bucket=b&key=${encodeURIComponent(key)}&etag=e`);
    assert.equal(response.status, 200);
    assert.equal(bodyOf(page), bodyOf(plain));
  }
});
