import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf, policyOf, problemOf, signerOf } from '../helpers/signer.ts';

const get = async (path: string, signer = signerOf()): Promise<[Response, string]> => {
  const response = await signer.app.request(path);
  return [response, await response.text()];
};

test('the form is that of the AWS documentation, with all limits that a form can have', async () => {
  const [response, page] = await get(
    '/form',
    signerOf({ limits: { maxFileSize: 20_000_000, types: ['image/png', 'image/*'] } }),
  );
  assert.equal(response.status, 200);
  assert.match(response.headers.get('Content-Type')!, /^text\/html/);
  assert.match(
    page,
    /<form\s+action="http:\/\/127\.0\.0\.1:9\/uploads"\s+method="post"\s+enctype="multipart\/form-data"/,
  );
  assert.match(page, /<input type="file" name="file" accept="image\/png,image\/\*" required \/>/);
  assert.match(page, /At most 20 MB, within 15 min/);
  const fields = fieldsOf(page);
  const folder = fields.key!.replace('${filename}', '');
  assert.match(folder, /^uploads\/ann\/[0-9a-f-]{36}\/$/);
  const { conditions } = policyOf(fields);
  const ranges = conditions.filter((each) => Array.isArray(each));
  assert.deepEqual(ranges, [
    ['content-length-range', 0, 20_000_000],
    ['starts-with', '$key', folder],
  ]);
  assert.equal(fields['Content-Type'], 'application/octet-stream', 'a download, since a form cannot know the type');
  assert.equal(fields['Content-Disposition'], 'attachment');
  assert.equal(fields.success_action_redirect, 'http://localhost/form/done');
});

test('a type can be asked for, if it is on the list', async () => {
  const [, page] = await get('/form?type=image/png');
  assert.equal(fieldsOf(page)['Content-Type'], 'image/png');
  assert.match(page, /accept="image\/png"/);
  for (const type of ['text/html', 'image/svg%2Bxml', 'x', 'image/png,text/html', 'application/octet-stream']) {
    const response = await signerOf().app.request(`/form?type=${type}`);
    assert.equal(response.status, 400, type);
    assert.equal((await problemOf(response)).code, 'bad-type');
  }
});

test('a fragment is the form alone, for a page of one’s own', async () => {
  const [, page] = await get('/form?fragment');
  assert.match(page, /^<form[^]*<\/form>$/);
});

test('the pages run nothing, and can be framed by nobody', async () => {
  for (const path of ['/form', '/form/done']) {
    const [response, page] = await get(path);
    const policy = response.headers.get('Content-Security-Policy')!;
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    const [, nonce] = /style-src 'nonce-([^']+)'/.exec(policy)!;
    assert.ok(page.includes(`<style nonce="${nonce}">`));
    assert.doesNotMatch(page, /<script|style="/);
  }
  const [response] = await get('/form', signerOf({ formRedirect: 'https://site.example/thanks' }));
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
