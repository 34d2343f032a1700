import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DeleteBucketLifecycleCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { corsRule } from '../../signer/doctor/cors.ts';
import type { Finding } from '../../signer/doctor/finding.ts';
import { asJson, asText, summary } from '../../signer/doctor/print.ts';
import {
  ABORT_RULE,
  assertBucketIsEmpty,
  collectFindings,
  DENIED,
  makeReadable,
  openTarget,
  setCors,
  setFault,
  setLifecycle,
  unexpectedFindings,
} from './doctor-target.ts';

describe('the doctor with limited permissions', () => {
  const LIST = { ...DENIED, method: 'GET', path: 'list-type=2' } as const;
  const accessStates = (findings: Finding[]) =>
    findings.filter(({ check }) => ['credentials', 'bucket', 'region'].includes(check)).map(({ state }) => state);

  it('accepts credentials that may not list if the storage reports a wrong signature with another error', async () => {
    await using fixture = await openTarget();
    if (fixture.bucket.isGateway) return;
    setFault(fixture, { ...LIST, times: 1 });
    assert.deepEqual(accessStates(await collectFindings(fixture.target)), ['ok', 'ok', 'ok']);
    const [firstPut] = fixture.bucket.proxy.requests.filter(({ method }) => method === 'PUT');
    assert.match(
      firstPut?.path ?? '',
      /partNumber=/,
      'the access check writes nothing: the first PUT is of checkMultipart',
    );
  });

  it('proves credentials that may not list by a signed write if the storage sends the same error for both', async () => {
    await using fixture = await openTarget();
    setFault(fixture, LIST);
    assert.deepEqual(accessStates(await collectFindings(fixture.target)), ['ok', 'ok', 'ok']);
    await assertBucketIsEmpty(fixture.bucket);
  });

  it('reports credentials as broken or unproved if the signed write fails, too', async () => {
    await using fixture = await openTarget();
    fixture.bucket.proxy.faults = [LIST, { ...DENIED, method: 'PUT' }];
    const denied = await collectFindings(fixture.target);
    assert.deepEqual(accessStates(denied), ['broken']);
    assert.match(denied.map((finding) => asText(finding)).join('\n'), /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
    fixture.bucket.proxy.faults = [LIST, { do: 'answer', method: 'PUT', status: 500 }];
    const findings = await collectFindings(fixture.target);
    assert.deepEqual(accessStates(findings), ['unproved']);
    assert.doesNotMatch(summary(findings), /Everything works/);
  });

  it('accepts readable uploads if the bucket is meant to be public', async () => {
    await using fixture = await openTarget();
    await makeReadable(fixture);
    const findings = await collectFindings({ ...fixture.target, publicRead: true });
    assert.ok(findings.some(({ check, state }) => check === 'public-read' && state === 'ok'));
  });

  it('does not claim in its summary what it could not check', () => {
    const ok: Finding = { check: 'a', state: 'ok', detail: '' };
    const unproved: Finding = { check: 'b', state: 'unproved', detail: '' };
    assert.equal(summary([ok, { ...ok, state: 'fixed' }]), 'Everything works.');
    assert.equal(summary([ok, unproved]), 'No fault was found, but these could not be checked: b.');
    assert.equal(summary([{ ...ok, state: 'broken' }, unproved]), 'Broken: a.');
    const report = (findings: Finding[]) => JSON.parse(asJson(findings)) as { healthy: boolean; proved: boolean };
    assert.deepEqual(
      [report([ok, unproved]).healthy, report([ok, unproved]).proved, report([ok]).proved],
      [true, false, true],
    );
  });
});

describe('the doctor with --fix', () => {
  it('fixes CORS and lifecycle rules and keeps the existing ones', async () => {
    await using fixture = await openTarget();
    const { bucket, target } = fixture;
    const others = { ID: 'others', AllowedOrigins: ['https://else.example'], AllowedMethods: ['GET'] };
    await setCors(bucket, others);
    const expiry: LifecycleRule = {
      ID: 'logs',
      Status: 'Enabled',
      Filter: { Prefix: 'logs/' },
      Expiration: { Days: 9 },
    };
    await setLifecycle(bucket, expiry);
    const findings = await collectFindings(target, { fix: true });
    assert.deepEqual(
      findings.filter(({ state }) => state === 'fixed').map(({ check }) => check),
      ['cors-post', 'cors-put', 'cors-expose', 'lifecycle'],
    );
    assert.deepEqual(unexpectedFindings(fixture, await collectFindings(target)), []);
    const { CORSRules = [] } = await bucket.directClient.send(new GetBucketCorsCommand({ Bucket: bucket.name }));
    assert.deepEqual(
      CORSRules.map(({ ID }) => ID),
      ['s3-uploader', 'others'],
    );
    const { Rules = [] } = await bucket.directClient.send(
      new GetBucketLifecycleConfigurationCommand({ Bucket: bucket.name }),
    );
    assert.deepEqual(new Set(Rules.map(({ ID }) => ID)), new Set(['logs', 's3-uploader-orphaned-parts-uploads']));
  });

  it('fixes the lifecycle rules and keeps the minimum size of transitions', async () => {
    await using fixture = await openTarget();
    const { bucket, target } = fixture;
    await setLifecycle(bucket, { ...ABORT_RULE, Status: 'Disabled' });
    const size = 'varies_by_storage_class';
    // Neither the local storage nor Ceph has this setting, so the proxy adds AWS's header.
    const header = 'x-amz-transition-default-minimum-object-size';
    setFault(fixture, { do: 'headers', method: 'GET', path: 'lifecycle', headers: { [header]: size } });
    const findings = await collectFindings(target, { fix: true });
    const put = bucket.proxy.requests.find(({ method, path }) => method === 'PUT' && path.includes('lifecycle'));
    assert.equal(put?.headers[header], size);
    assert.ok(findings.some(({ check, state }) => check === 'lifecycle' && state === 'fixed'));
  });

  it('is the only mode that changes the bucket', async () => {
    await using fixture = await openTarget();
    const { bucket, target } = fixture;
    await bucket.directClient.send(new DeleteBucketLifecycleCommand({ Bucket: bucket.name }));
    await collectFindings(target);
    assert.deepEqual(
      unexpectedFindings(fixture, await collectFindings(target)).map(({ check }) => check),
      ['lifecycle'],
    );
  });

  it('does not overwrite CORS rules that it cannot read', async () => {
    await using fixture = await openTarget();
    const { bucket, target } = fixture;
    await setCors(bucket, corsRule(['https://else.example']));
    setFault(fixture, { ...DENIED, method: 'GET', path: '?cors' });
    const findings = await collectFindings(target, { fix: true });
    assert.ok(
      unexpectedFindings(fixture, findings).some(({ check, state }) => check === 'cors-post' && state === 'broken'),
    );
    const { CORSRules = [] } = await bucket.directClient.send(new GetBucketCorsCommand({ Bucket: bucket.name }));
    assert.deepEqual(CORSRules[0]?.AllowedOrigins, ['https://else.example']);
  });

  it('reports a fix that failed', async () => {
    await using fixture = await openTarget();
    await fixture.bucket.directClient.send(new DeleteBucketLifecycleCommand({ Bucket: fixture.bucket.name }));
    setFault(fixture, { ...DENIED, method: 'PUT', path: '?lifecycle' });
    const [finding] = unexpectedFindings(fixture, await collectFindings(fixture.target, { fix: true }));
    assert.equal(finding?.state, 'broken');
    assert.match(finding?.detail ?? '', /--fix failed: AccessDenied/);
  });
});
