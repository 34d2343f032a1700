import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { cognito, type CognitoOptions } from '../../widget/sign/cognito/cognito.ts';
import { operationNames, startCognitoFixture } from '../fixtures/cognito-fixture.ts';
import { errorResponses } from '../fixtures/cognito-responses.ts';
import { startFakeCognito } from '../fixtures/fake-cognito.ts';
import { MiB, textFile } from '../fixtures/files.ts';

test('credentials are kept until five minutes are left, and then renewed once for all who ask', async (context) => {
  await using fake = await startFakeCognito();
  const start = Date.now();
  context.mock.timers.enable({ apis: ['Date'], now: start });
  const sign = cognito({ identityPoolId: fake.poolId, identityUrl: fake.url, region: 'us-east-1', bucket: 'uploads' });
  const ask = (id: string) => sign([{ id, name: 'a', size: 1, type: 'a/b' }], { signal: new AbortController().signal });
  await ask('1');
  context.mock.timers.setTime(start + 54 * 60_000);
  await ask('2');
  assert.deepEqual(operationNames(fake), ['GetId', 'GetCredentialsForIdentity']);
  context.mock.timers.setTime(start + 56 * 60_000);
  const grants = await Promise.all([ask('3'), ask('4')]);
  assert.deepEqual(operationNames(fake), ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
  assert.deepEqual(fake.calls[2]!.body, fake.calls[1]!.body);
  for (const [grant] of grants) {
    assert(grant && 'fields' in grant);
    assert.equal(grant.fields['x-amz-security-token'], fake.credentials[1]!.sessionToken);
  }
});

const login = { 'idp.example': 'anna.1' };

for (const [refusal, logins, code, words] of [
  ['noSuchPool', undefined, 'config', /attribute identity-pool-id names no pool/],
  ['parameter', undefined, 'config', /identity-pool-id or the property logins/],
  ['invalid', undefined, 'config', /identity-pool-id or the property logins .*ValidationException|Validation/],
  ['badRole', undefined, 'config', /trust policy/],
  ['noGuests', undefined, 'config', /set the property logins/],
  ['noGuests', () => undefined, 'config', /set the property logins/],
  ['badToken', login, 'auth-required', /the login is over/],
  ['badToken', () => login, 'auth-required', /the login is over/],
] as const) {
  test(`${refusal} ${logins ? `of a login (${typeof logins})` : 'of a guest'} is told as ${code}`, async () => {
    await using fixture = await startCognitoFixture({ logins });
    fixture.fake.failures.push({ failure: errorResponses[refusal]() });
    const error = await fixture.fail(textFile());
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.equal(fixture.fake.calls.length, 1);
  });
}

for (const [what, body] of [
  ['a type in full', '{"__type":"com.amazonaws.cognito#InvalidIdentityPoolConfigurationException"}'],
  ['a type with an address', '{"__type":"InvalidIdentityPoolConfigurationException:http://internal.amazon.com/"}'],
] as const) {
  test(`${what} is understood`, async () => {
    await using fixture = await startCognitoFixture();
    fixture.fake.failures.push({ failure: { status: 400, body } });
    assert.equal((await fixture.fail(textFile())).code, 'config');
  });
}

test('a type that nobody knows is told as Cognito says it', async () => {
  await using fixture = await startCognitoFixture();
  fixture.fake.failures.push({ failure: { status: 400, body: '{"__type":"constructor","message":"No."}' } });
  const error = await fixture.fail(textFile());
  assert.equal(error.code, 'signer-unreachable');
  assert.match(error.message, /Cognito refused \(Cognito answered 400 constructor: No\.\)/);
});

for (const refusal of ['busy', 'failed', 'conflict', 'provider'] as const) {
  test(`${refusal} is waited out`, async () => {
    await using fixture = await startCognitoFixture();
    fixture.fake.failures.push({ failure: errorResponses[refusal]() });
    await fixture.upload(textFile());
    assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetId', 'GetCredentialsForIdentity']);
  });
}

test('Cognito that does not answer is asked again', async () => {
  await using fixture = await startCognitoFixture();
  fixture.fake.failures.push({ operation: 'GetCredentialsForIdentity', failure: 'hang' });
  await fixture.upload(textFile());
  const asked = ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity'];
  assert.deepEqual(operationNames(fixture.fake), asked);
});

test('who has waited long enough for Cognito may leave; who stays has an answer', async () => {
  let give = (): void => {};
  const held = new Promise<void>((resolve) => (give = resolve));
  const given = { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't', expires: new Date(Date.now() + 3.6e6) };
  await using fake = await startFakeCognito(() => held.then(() => given));
  const { poolId: identityPoolId, url: identityUrl } = fake;
  const sign = cognito({ identityPoolId, identityUrl, region: 'us-east-1', bucket: 'uploads' });
  const file = { id: '1', name: 'a', size: 1, type: 'a/b' };
  const [leaving, staying] = [new AbortController(), new AbortController()];
  const left = sign([file], { signal: leaving.signal });
  const stayed = sign([file], { signal: staying.signal });
  leaving.abort(new Error('enough'));
  await assert.rejects(left, /enough/);
  give();
  const [grant] = await stayed;
  assert(grant && 'fields' in grant);
  assert.equal(grant.fields['x-amz-security-token'], 't');
  const never = AbortSignal.abort(new Error('before it began'));
  await assert.rejects(sign([file], { signal: never }), /before it began/);
  assert.deepEqual(operationNames(fake), ['GetId', 'GetCredentialsForIdentity']);
});

/** A visitor whose credentials want to be renewed, and what each renewal comes to. */
async function startRenewal(context: TestContext, settings: Partial<CognitoOptions> = {}) {
  const fake = await startFakeCognito();
  const start = Date.now();
  context.mock.timers.enable({ apis: ['Date'], now: start });
  const { poolId: identityPoolId, url: identityUrl } = fake;
  const sign = cognito({ identityPoolId, identityUrl, region: 'us-east-1', bucket: 'uploads', ...settings });
  const ask = async (): Promise<string> => {
    const file = { id: '1', name: 'a', size: 1, type: 'a/b' };
    const [grant] = await sign([file], { signal: new AbortController().signal });
    assert(grant && 'key' in grant);
    return grant.key.split('/')[0]!;
  };
  const first = await ask();
  context.mock.timers.setTime(start + 56 * 60_000);
  fake.calls.splice(0);
  return { fake, sign, ask, first, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}

for (const failure of ['busy', 'failed', 'conflict', 'provider', 'badRole', 'cut'] as const) {
  test(`${failure} at a renewal leaves a guest who they are`, async (context) => {
    await using renewal = await startRenewal(context);
    const { fake, ask, first } = renewal;
    fake.failures.push({ failure: failure === 'cut' ? 'cut' : errorResponses[failure]() });
    await assert.rejects(ask());
    assert.equal(await ask(), first);
    assert.deepEqual(operationNames(fake), ['GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
  });
}

test('a guest whose identity was deleted is given another one', async (context) => {
  await using renewal = await startRenewal(context);
  const { fake, ask, first } = renewal;
  fake.identities.clear();
  const second = await ask();
  assert.notEqual(second, first);
  assert(fake.identities.has(second));
  const asked = ['GetCredentialsForIdentity', 'GetId', 'GetCredentialsForIdentity'];
  assert.deepEqual(operationNames(fake), asked);
});

test('a guest whom a pool does not take any more is told so', async (context) => {
  await using renewal = await startRenewal(context);
  const { fake, ask } = renewal;
  fake.allowsGuests = false;
  fake.identities.clear();
  await assert.rejects(ask(), { code: 'config' });
  assert.deepEqual(operationNames(fake), ['GetCredentialsForIdentity', 'GetId']);
});

test('a login whose token has expired is told so at once, and is the same one afterwards', async (context) => {
  await using renewal = await startRenewal(context, { logins: () => login });
  const { fake, ask, first } = renewal;
  fake.failures.push({ failure: errorResponses.badToken() });
  await assert.rejects(ask(), { code: 'auth-required' });
  assert.equal(await ask(), first);
  const asked = ['GetCredentialsForIdentity', 'GetId', 'GetCredentialsForIdentity'];
  assert.deepEqual(operationNames(fake), asked);
});

test('what is forgotten is fetched anew: the credentials, or the visitor', async (context) => {
  await using renewal = await startRenewal(context);
  const { fake, sign, ask, first } = renewal;
  sign.forget('credentials');
  assert.equal(await ask(), first);
  sign.forget('visitor');
  assert.notEqual(await ask(), first);
  const asked = ['GetCredentialsForIdentity', 'GetId', 'GetCredentialsForIdentity'];
  assert.deepEqual(operationNames(fake), asked);
});

test('credentials that arrive after another visitor has come are not used', async (context) => {
  let logins = { 'idp.example': 'anna.1' };
  await using renewal = await startRenewal(context, { logins: () => logins });
  const { fake, sign, ask, first } = renewal;
  const late = ask();
  assert.equal(fake.identities.get(first), 'idp.example anna');
  logins = { 'idp.example': 'ben.1' };
  sign.forget('visitor');
  assert.equal(fake.identities.get(await late), 'idp.example ben');
  assert.equal(await ask(), await late);
});

for (const [how, size] of [
  ['a form', 10],
  ['parts', 17 * MiB],
] as const) {
  test(`an upload in ${how} that another visitor has begun is begun anew, below one's own identity`, async () => {
    let logins = { 'idp.example': 'anna.1' };
    await using fixture = await startCognitoFixture({ logins: () => logins });
    const sign = cognito(fixture.options);
    const file = { id: '1', name: 'a', size, type: 'a/b' };
    const signal = AbortSignal.timeout(15_000);
    const [grant] = await sign([file], { signal });
    logins = { 'idp.example': 'ben.1' };
    sign.forget('visitor');
    assert(grant && 'renew' in grant && grant.renew);
    const again = 'signParts' in grant ? grant.signParts([{ number: 1, size: 5 }], signal) : grant.renew(signal, {});
    await assert.rejects(again, { code: 'upload-lost' });
    const [own] = await sign([file], { signal });
    assert(own && 'key' in own && own.key !== grant.key);
  });
}

test('logins go with both questions, and a function is asked for them each time', async () => {
  let asked = 0;
  const logins = () => ({ 'idp.example': `anna.${++asked}` });
  await using fixture = await startCognitoFixture({ logins });
  await fixture.upload(textFile());
  assert.deepEqual(
    fixture.fake.calls.map(({ body }) => body['Logins']),
    [{ 'idp.example': 'anna.1' }, { 'idp.example': 'anna.1' }],
  );
});

test('a function that has no tokens to give lets a guest upload', async () => {
  await using fixture = await startCognitoFixture({ logins: () => Promise.resolve(undefined) });
  await fixture.upload(textFile());
  assert.deepEqual([...fixture.fake.identities.values()], ['a guest']);
});

for (const [what, body] of [
  ['HTML', '<html>sign in</html>'],
  ['an answer without IdentityId', '{"identityid":"x"}'],
  ['null', 'null'],
]) {
  test(`${what} in place of an identity is told as bad-signer-response`, async () => {
    await using fixture = await startCognitoFixture();
    fixture.fake.failures.push({ failure: { status: 200, body: body! } });
    const error = await fixture.fail(textFile());
    assert.equal(error.code, 'bad-signer-response');
    assert.match(error.message, /wanted are IdentityId/);
  });
}
