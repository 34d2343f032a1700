import { PutObjectCommand } from '@aws-sdk/client-s3';
import { checkedKey, finalKey } from '../core/quarantine-key.ts';
import { broken, ok, type Finding, type Target } from './finding.ts';
import { openSigner } from './open-signer.ts';
import { signerPolicyFix } from './permissions.ts';
import { failureOf, messageOf } from './s3-failure.ts';
import { newKey, TEST_TEXT } from './test-object.ts';

/** Moves an object as the signer moves an accepted file: to the checked key, then to the final key; then deletes it. */
export async function checkQuarantine(target: Target): Promise<Finding[]> {
  const check = 'quarantine';
  const { client, bucket, quarantine } = target;
  if (!quarantine) return [];
  const storage = openSigner(target);
  const key = newKey(target);
  const checked = checkedKey({ key, method: 'POST' }, quarantine);
  const final = finalKey(key, quarantine);
  let step = 'PutObject';
  try {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: TEST_TEXT, ContentType: 'text/plain' }));
    for (const [from, to] of [
      [key, checked],
      [checked, final],
    ] as const) {
      step = `CopyObject to "${to}"`;
      const head = await storage.headObject(from);
      const isCopied = head && (await storage.copyObject(from, to, head));
      if (!isCopied || (await storage.headObject(to))?.size !== TEST_TEXT.length) {
        return [broken(check, `${step}: the copy cannot be read`, signerPolicyFix(target))];
      }
    }
    step = 'DeleteObject';
    for (const each of [key, checked, final]) await storage.deleteObject(each);
    return [ok(check, 'an accepted file is moved to its final key')];
  } catch (error) {
    return [broken(check, `${step}: ${messageOf(failureOf(error))}`, signerPolicyFix(target))];
  } finally {
    for (const each of [key, checked, final]) await storage.deleteObject(each).catch(() => undefined);
  }
}
