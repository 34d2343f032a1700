import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { cognito, type CognitoOptions } from '../../widget/sign/cognito/cognito.ts';
import { operationNames, startCognitoFixture } from '../fixtures/cognito-fixture.ts';
import { errorResponses } from '../fixtures/cognito-responses.ts';
import { startFakeCognito } from '../fixtures/fake-cognito.ts';
import { MiB, textFile } from '../fixtures/files.ts';

const login = { 'idp.example': 'anna.1' };

describe('The Cognito signer', () => {
  it('requests new credentials once for all callers when less than five minutes are left', async (context) => {
    await using fake = await startFakeCognito();
    const start = Date.now();
    context.mock.timers.enable({ apis: ['Date'], now: start });
    const sign = cognito({
      identityPoolId: fake.poolId,
      identityUrl: fake.url,
      region: 'us-east-1',
      bucket: 'uploads',
    });
    const signFile = (id: string) =>
      sign([{ id, name: 'a', size: 1, type: 'a/b' }], { signal: new AbortController().signal });
    await signFile('1');
    context.mock.timers.setTime(start + 54 * 60_000);
    await signFile('2');
    assert.deepEqual(operationNames(fake), ['GetId', 'GetCredentialsForIdentity']);
    context.mock.timers.setTime(start + 56 * 60_000);
    const grants = await Promise.all([signFile('3'), signFile('4')]);
    assert.deepEqual(operationNames(fake), ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
    assert.deepEqual(fake.calls[2]!.body, fake.calls[1]!.body);
    for (const [grant] of grants) {
      assert(grant && 'fields' in grant);
      assert.equal(grant.fields['x-amz-security-token'], fake.credentials[1]!.sessionToken);
    }
  });

  for (const [failure, logins, code, message] of [
    ['noSuchPool', undefined, 'config', /The pool that the attribute identity-pool-id names does not exist/],
    ['parameter', undefined, 'config', /identity-pool-id or the property logins/],
    ['invalid', undefined, 'config', /identity-pool-id or the property logins .*Validation/],
    ['badRole', undefined, 'config', /trust policy/],
    ['noGuests', undefined, 'config', /set the property logins/],
    ['noGuests', () => undefined, 'config', /set the property logins/],
    ['badToken', login, 'auth-required', /The login has expired/],
    ['badToken', () => login, 'auth-required', /The login has expired/],
  ] as const) {
    const visitor = logins ? `a login (${typeof logins})` : 'a guest';
    it(`fails with ${code} when Cognito answers ${failure} to ${visitor}`, async () => {
      await using fixture = await startCognitoFixture({ logins });
      fixture.fake.failures.push({ failure: errorResponses[failure]() });
      const error = await fixture.fail(textFile());
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(fixture.fake.calls.length, 1);
    });
  }

  for (const [form, body] of [
    ['a namespace', '{"__type":"com.amazonaws.cognito#InvalidIdentityPoolConfigurationException"}'],
    ['a URL after it', '{"__type":"InvalidIdentityPoolConfigurationException:http://internal.amazon.com/"}'],
  ] as const) {
    it(`reads the type of an error with ${form}`, async () => {
      await using fixture = await startCognitoFixture();
      fixture.fake.failures.push({ failure: { status: 400, body } });
      assert.equal((await fixture.fail(textFile())).code, 'config');
    });
  }

  it("names Cognito's own type and message when the type is unknown", async () => {
    await using fixture = await startCognitoFixture();
    fixture.fake.failures.push({ failure: { status: 400, body: '{"__type":"constructor","message":"No."}' } });
    const error = await fixture.fail(textFile());
    assert.equal(error.code, 'signer-unreachable');
    assert.match(error.message, /Cognito refused the request \(Cognito answered 400 constructor: No\.\)/);
  });

  for (const failure of ['busy', 'failed', 'conflict', 'provider'] as const) {
    it(`retries when Cognito answers ${failure}`, async () => {
      await using fixture = await startCognitoFixture();
      fixture.fake.failures.push({ failure: errorResponses[failure]() });
      await fixture.upload(textFile());
      assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetId', 'GetCredentialsForIdentity']);
    });
  }

  it('retries when Cognito does not answer in time', async () => {
    await using fixture = await startCognitoFixture();
    fixture.fake.failures.push({ operation: 'GetCredentialsForIdentity', failure: 'hang' });
    await fixture.upload(textFile());
    const expected = ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity'];
    assert.deepEqual(operationNames(fixture.fake), expected);
  });

  it('aborts the wait of one caller, and answers the others', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const credentials = {
      accessKeyId: 'ASIA',
      secretAccessKey: 's',
      sessionToken: 't',
      expires: new Date(Date.now() + 3.6e6),
    };
    await using fake = await startFakeCognito(() => released.then(() => credentials));
    const { poolId: identityPoolId, url: identityUrl } = fake;
    const sign = cognito({ identityPoolId, identityUrl, region: 'us-east-1', bucket: 'uploads' });
    const file = { id: '1', name: 'a', size: 1, type: 'a/b' };
    const aborted = new AbortController();
    const first = sign([file], { signal: aborted.signal });
    const second = sign([file], { signal: new AbortController().signal });
    aborted.abort(new Error('aborted'));
    await assert.rejects(first, /aborted/);
    release();
    const [grant] = await second;
    assert(grant && 'fields' in grant);
    assert.equal(grant.fields['x-amz-security-token'], 't');
    const before = AbortSignal.abort(new Error('aborted before'));
    await assert.rejects(sign([file], { signal: before }), /aborted before/);
    assert.deepEqual(operationNames(fake), ['GetId', 'GetCredentialsForIdentity']);
  });

  for (const failure of ['busy', 'failed', 'conflict', 'provider', 'badRole', 'cut'] as const) {
    it(`keeps a guest's identity when a renewal fails with ${failure}`, async (context) => {
      await using renewal = await startRenewal(context);
      const { fake, signFile, first } = renewal;
      fake.failures.push({ failure: failure === 'cut' ? 'cut' : errorResponses[failure]() });
      await assert.rejects(signFile());
      assert.equal(await signFile(), first);
      assert.deepEqual(operationNames(fake), ['GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
    });
  }

  it('gets a new identity for a guest whose identity was deleted', async (context) => {
    await using renewal = await startRenewal(context);
    const { fake, signFile, first } = renewal;
    fake.identities.clear();
    const second = await signFile();
    assert.notEqual(second, first);
    assert(fake.identities.has(second));
    const expected = ['GetCredentialsForIdentity', 'GetId', 'GetCredentialsForIdentity'];
    assert.deepEqual(operationNames(fake), expected);
  });

  it('fails with config when the pool does not allow guests any more', async (context) => {
    await using renewal = await startRenewal(context);
    const { fake, signFile } = renewal;
    fake.allowsGuests = false;
    fake.identities.clear();
    await assert.rejects(signFile(), { code: 'config' });
    assert.deepEqual(operationNames(fake), ['GetCredentialsForIdentity', 'GetId']);
  });

  it('fails with auth-required for an expired token, and keeps the identity for the next one', async (context) => {
    await using renewal = await startRenewal(context, { logins: () => login });
    const { fake, signFile, first } = renewal;
    fake.failures.push({ failure: errorResponses.badToken() });
    await assert.rejects(signFile(), { code: 'auth-required' });
    assert.equal(await signFile(), first);
    const expected = ['GetCredentialsForIdentity', 'GetId', 'GetCredentialsForIdentity'];
    assert.deepEqual(operationNames(fake), expected);
  });

  it('requests the credentials again after forget(), and a new identity after forget("visitor")', async (context) => {
    await using renewal = await startRenewal(context);
    const { fake, sign, signFile, first } = renewal;
    sign.forget('credentials');
    assert.equal(await signFile(), first);
    sign.forget('visitor');
    assert.notEqual(await signFile(), first);
    const expected = ['GetCredentialsForIdentity', 'GetId', 'GetCredentialsForIdentity'];
    assert.deepEqual(operationNames(fake), expected);
  });

  it('does not use credentials that arrive after forget("visitor")', async (context) => {
    let logins = { 'idp.example': 'anna.1' };
    await using renewal = await startRenewal(context, { logins: () => logins });
    const { fake, sign, signFile, first } = renewal;
    const late = signFile();
    assert.equal(fake.identities.get(first), 'idp.example anna');
    logins = { 'idp.example': 'ben.1' };
    sign.forget('visitor');
    assert.equal(fake.identities.get(await late), 'idp.example ben');
    assert.equal(await signFile(), await late);
  });

  for (const [method, size] of [
    ['POST', 10],
    ['multipart', 17 * MiB],
  ] as const) {
    it(`starts a ${method} upload of another visitor again, under the new visitor's identity`, async () => {
      let logins = { 'idp.example': 'anna.1' };
      await using fixture = await startCognitoFixture({ logins: () => logins });
      const sign = cognito(fixture.options);
      const file = { id: '1', name: 'a', size, type: 'a/b' };
      const signal = AbortSignal.timeout(15_000);
      const [grant] = await sign([file], { signal });
      logins = { 'idp.example': 'ben.1' };
      sign.forget('visitor');
      assert(grant && 'renew' in grant && grant.renew);
      const renewed =
        'signParts' in grant ? grant.signParts([{ number: 1, size: 5 }], signal) : grant.renew(signal, {});
      await assert.rejects(renewed, { code: 'upload-lost' });
      const [own] = await sign([file], { signal });
      assert(own && 'key' in own && own.key !== grant.key);
    });
  }

  it('sends the logins with both requests', async () => {
    await using fixture = await startCognitoFixture({ logins: () => login });
    await fixture.upload(textFile());
    assert.deepEqual(
      fixture.fake.calls.map(({ body }) => body['Logins']),
      [login, login],
    );
  });

  it('signs as the visitor whose tokens a function returns now, also after a sign-out', async () => {
    let logins: Record<string, string> | undefined = { 'idp.example': 'anna.1' };
    await using fixture = await startCognitoFixture({ logins: () => logins });
    const { fake } = fixture;
    const ownerOf = async () => fake.identities.get((await fixture.upload(textFile())).key.split('/')[1]!);
    assert.equal(await ownerOf(), 'idp.example anna');
    assert.equal(await ownerOf(), 'idp.example anna');
    assert.deepEqual(operationNames(fake), ['GetId', 'GetCredentialsForIdentity']);
    logins = { 'idp.example': 'ben.1' };
    assert.equal(await ownerOf(), 'idp.example ben');
    logins = undefined;
    assert.equal(await ownerOf(), 'a guest');
    logins = { 'idp.example': 'anna.2' };
    assert.equal(await ownerOf(), 'idp.example anna');
  });

  it('uploads as a guest when the function for logins returns nothing', async () => {
    await using fixture = await startCognitoFixture({ logins: () => Promise.resolve(undefined) });
    await fixture.upload(textFile());
    assert.deepEqual([...fixture.fake.identities.values()], ['a guest']);
  });

  for (const [content, body, message] of [
    ['HTML', '<html>sign in</html>', /Cognito's GetId answered with a text that is not JSON/],
    ['JSON without IdentityId', '{"identityid":"x"}', /Cognito's GetId .*\[identityid\]; expected: IdentityId/],
    ['null', 'null', /Cognito's GetId .*\[\]; expected: IdentityId/],
  ] as const) {
    it(`fails with bad-signer-response when GetId answers with ${content}`, async () => {
      await using fixture = await startCognitoFixture();
      fixture.fake.failures.push({ failure: { status: 200, body } });
      const error = await fixture.fail(textFile());
      assert.equal(error.code, 'bad-signer-response');
      assert.match(error.message, message);
    });
  }
});

/** A visitor whose credentials expire soon; `signFile` renews them, and resolves with the identity's id. */
async function startRenewal(context: TestContext, settings: Partial<CognitoOptions> = {}) {
  const fake = await startFakeCognito();
  const start = Date.now();
  context.mock.timers.enable({ apis: ['Date'], now: start });
  const { poolId: identityPoolId, url: identityUrl } = fake;
  const sign = cognito({ identityPoolId, identityUrl, region: 'us-east-1', bucket: 'uploads', ...settings });
  const signFile = async (): Promise<string> => {
    const file = { id: '1', name: 'a', size: 1, type: 'a/b' };
    const [grant] = await sign([file], { signal: new AbortController().signal });
    assert(grant && 'key' in grant);
    return grant.key.split('/')[0]!;
  };
  const first = await signFile();
  context.mock.timers.setTime(start + 56 * 60_000);
  fake.calls.splice(0);
  return { fake, sign, signFile, first, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}
