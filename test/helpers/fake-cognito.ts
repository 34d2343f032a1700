import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Credential } from '../../demo/storage/index.ts';

export interface FakeCognito extends AsyncDisposable {
  readonly url: string;
  readonly poolId: string;
  /** What the storage has to know: grows as credentials are given. */
  readonly credentials: Credential[];
  /** Operations asked for, and what they were asked with. */
  readonly calls: { operation: string; body: Record<string, unknown> }[];
  /** Answers with this, once each, before all else. */
  readonly failures: { status: number; body: string }[];
  /** Seconds that credentials last. */
  life: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Whether answers tell the time. */
  showsDate: boolean;
}

/**
 * Cognito's two unsigned operations, by their documented shapes. The credentials it gives are real for a storage that is
 * handed the same list: temporary, with a token that has to come along, and an end.
 *
 * @param temporary gives the credentials of a storage that keeps a list of its own
 */
export async function startFakeCognito(
  temporary?: (seconds: number) => Promise<Required<Credential>>,
): Promise<FakeCognito> {
  const poolId = `us-east-1:${randomUUID()}`;
  const server = createServer((request, response) => {
    const cors = {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': '*',
      'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,Date',
      ...(cognito.showsDate && { date: new Date(cognito.now()).toUTCString() }),
    };
    response.sendDate = false;
    const answer = (status: number, body: object | string): void => {
      response.writeHead(status, { ...cors, 'content-type': 'application/x-amz-json-1.1' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (request.method === 'OPTIONS') return answer(200, '');
    void (async () => {
      const operation = String(request.headers['x-amz-target']).replace('AWSCognitoIdentityService.', '');
      const body = (await json(request)) as Record<string, unknown>;
      cognito.calls.push({ operation, body });
      const failure = cognito.failures.shift();
      if (failure) return answer(failure.status, failure.body);
      if (request.headers['content-type'] !== 'application/x-amz-json-1.1' || request.headers.authorization) {
        return answer(400, { __type: 'SerializationException' });
      }
      if (operation === 'GetId' && body['IdentityPoolId'] === poolId) {
        return answer(200, { IdentityId: `us-east-1:${randomUUID()}` });
      }
      if (operation === 'GetCredentialsForIdentity' && typeof body['IdentityId'] === 'string') {
        const credential = await (temporary?.(cognito.life) ?? invented());
        cognito.credentials.push(credential);
        return answer(200, {
          IdentityId: body['IdentityId'],
          Credentials: {
            AccessKeyId: credential.accessKeyId,
            SecretKey: credential.secretAccessKey,
            SessionToken: credential.sessionToken,
            Expiration: credential.expires.getTime() / 1000,
          },
        });
      }
      answer(400, { __type: 'ResourceNotFoundException', message: 'IdentityPool not found.' });
    })();
  });
  const invented = (): Required<Credential> => ({
    accessKeyId: `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`,
    secretAccessKey: randomUUID(),
    // as long as the real ones are
    sessionToken: `${randomUUID()}/+=`.repeat(30),
    expires: new Date(Math.floor(cognito.now() / 1000 + cognito.life) * 1000),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cognito: FakeCognito = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    poolId,
    credentials: [],
    calls: [],
    failures: [],
    life: 3600,
    now: Date.now,
    showsDate: true,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return cognito;
}
