/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-member-access
   -- the parsed templates have no types */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { denyStatements } from '../../../signer/doctor/deny-unsigned.ts';
import { parseTemplate, readSignerFile, TEMPLATES } from '../templates.ts';

for (const [name, read] of Object.entries(TEMPLATES)) {
  test(`the ${name} template refuses plain HTTP`, async () => {
    const { statements } = await read();
    const plain = statements.find(({ condition }) => condition.variable === 'aws:SecureTransport');
    assert.deepEqual(
      [plain?.effect, plain?.principal, plain?.actions, plain?.condition.test, plain?.condition.value],
      ['Deny', '*', ['s3:*'], 'Bool', 'false'],
    );
    assert.equal(plain?.resources.length, 2, 'the bucket and its objects');
  });

  test(`the ${name} template refuses the headers that the doctor refuses`, async () => {
    const { statements } = await read();
    const refused = statements.filter(({ condition }) => condition.test === 'StringLike');
    for (const { effect, principal, actions, resources, condition } of refused) {
      assert.deepEqual([effect, principal, actions, condition.value], ['Deny', '*', ['s3:PutObject'], '?*']);
      assert.match(String(resources), /(Bucket\.Arn|uploads\.arn)\}\/\*("\})?$/);
    }
    const keysOfDoctor = denyStatements({ bucket: 'b', prefix: '' }).map(
      ({ Condition }) => Object.keys((Condition as { StringLike: object }).StringLike)[0],
    );
    assert.deepEqual(new Set(refused.map(({ condition }) => condition.variable)), new Set(keysOfDoctor));
    assert.ok(keysOfDoctor.includes('s3:x-amz-copy-source') && keysOfDoctor.includes('s3:x-amz-acl'));
  });

  test(`the ${name} template deletes versions that are no longer current`, async () => {
    const { noncurrentDays } = await read();
    assert.match(String(noncurrentDays), /^(NoncurrentDays|\$\{var\.noncurrent_days\})$/);
  });
}

test('the CloudFormation template reserves concurrency for the function', () => {
  const { Parameters, Resources } = parseTemplate(readSignerFile('deploy/cloudformation.yaml'));
  const [condition, value] = Resources.Signer.Properties.ReservedConcurrentExecutions as string[];
  assert.deepEqual([condition, value], ['HasReservedConcurrency', 'ReservedConcurrency']);
  assert.ok(Parameters.ReservedConcurrency.Default > 0);
});

test('no secret is a variable of the Lambda function or a parameter of its template', () => {
  const { Parameters, Resources } = parseTemplate(readSignerFile('deploy/cloudformation.yaml'));
  const { Variables } = Resources.Signer.Properties.Environment;
  const names = Object.keys(Variables as object);
  assert.deepEqual(
    names.filter((name) => /SECRET|TOKENS|REDIS/.test(name)),
    ['SIGNER_SECRETS'],
  );
  assert.deepEqual(Variables.SIGNER_SECRETS, ['HasSecrets', '${Secret},${SecretsArn}', 'Secret']);
  assert.deepEqual(
    Object.values(Parameters as Record<string, { NoEcho?: boolean }>).filter(({ NoEcho }) => NoEcho),
    [],
    'a NoEcho parameter would end up in a variable',
  );
  const { GenerateStringKey, PasswordLength } = Resources.Secret.Properties.GenerateSecretString;
  assert.deepEqual([GenerateStringKey, PasswordLength], ['SIGNER_SECRET', 64]);
  const statements = Resources.Signer.Properties.Policies[0].Statement as { Sid: string; Action: string[] }[];
  assert.deepEqual(statements.find(({ Sid }) => Sid === 'Secrets')?.Action, ['secretsmanager:GetSecretValue']);
});
