// Ceph's gateway for a run of tests. Node's own modules only.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../../demo/setup.mjs';
import { freePort } from '../fixtures/free-port.mjs';

/**
 * Starts a gateway in a folder and on ports of its own, so that it disturbs no other.
 *
 * @param {string} folder for its data; created if missing
 * @returns the environment by which tests find it, and a function that stops it
 * @throws {Error} when it does not start
 */
export async function startGateway(folder) {
  const keys = { S3RIG_ACCESS_KEY: 'GATEWAYTESTKEY000001', S3RIG_SECRET_KEY: 'gateway-test-secret' };
  const runScript = (name, env) =>
    spawnSync('bash', [path.join(root, 'test', 'rig', name)], {
      stdio: 'inherit',
      env: { ...process.env, ...keys, S3RIG_DIR: folder, ...env },
    }).status === 0;
  const stop = () => runScript('rgw-stop.sh');
  const port = await freePort();
  if (!runScript('rgw-start.sh', { S3RIG_PORT: `${port}`, S3RIG_MON_PORT: `${await freePort()}` })) {
    stop();
    throw new Error("Ceph's gateway did not start; its output above says why.");
  }
  const env = {
    TEST_S3_ENDPOINT: `http://127.0.0.1:${port}`,
    TEST_S3_BUCKET: 'uploads',
    TEST_S3_REGION: 'us-east-1',
    TEST_S3_ACCESS_KEY_ID: keys.S3RIG_ACCESS_KEY,
    TEST_S3_SECRET_ACCESS_KEY: keys.S3RIG_SECRET_KEY,
  };
  return { env, stop };
}
