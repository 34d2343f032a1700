import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Credential } from '../../demo/storage/index.ts';
import { type CognitoAnswer, credentialsAnswer, identityAnswer, refusals } from './cognito-answers.ts';

/** What it does in place of an answer of its own: another one, none for good, or none and the line is cut. */
export type Failure = Pick<CognitoAnswer, 'status' | 'body'> | 'hang' | 'cut';

export interface FakeCognito extends AsyncDisposable {
  readonly url: string;
  readonly poolId: string;
  /** What the storage has to know: grows as credentials are given. */
  readonly credentials: Required<Credential>[];
  /** Operations asked for, and what they were asked with. */
  readonly calls: { operation: string; body: Record<string, unknown> }[];
  /** Once each, before all else; for one operation alone where it says so. */
  readonly failures: { operation?: string; failure: Failure }[];
  /** Identities that there are, and whose: of a login, or of a guest. They can be deleted. */
  readonly identities: Map<string, string>;
  takesGuests: boolean;
  /** Seconds that credentials last. */
  life: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Whether answers tell the time. */
  showsDate: boolean;
}

/**
 * Cognito's two unsigned operations of the enhanced flow. A guest is given a new identity each time, and a login its own: its
 * tokens are `{name}.{anything}`. The credentials are real for a storage that is handed the same list: temporary, with a
 * token that has to come along, and an end.
 *
 * @param temporary gives the credentials of a storage that keeps a list of its own, for one identity
 */
export async function startFakeCognito(
  temporary?: (seconds: number, identityId: string) => Promise<Required<Credential>>,
): Promise<FakeCognito> {
  const poolId = `us-east-1:${randomUUID()}`;

  const answer = async (operation: string, body: Record<string, unknown>): Promise<CognitoAnswer> => {
    const tokens = Object.entries((body['Logins'] ?? {}) as Record<string, string>);
    const [login] = tokens.map(([provider, token]) => `${provider} ${token.split('.')[0]}`);
    if (operation === 'GetId') {
      if (body['IdentityPoolId'] !== poolId) return refusals.noSuchPool(String(body['IdentityPoolId']));
      if (!login && !cognito.takesGuests) return refusals.noGuests();
      const known = [...cognito.identities].find(([, whose]) => login && whose === login)?.[0];
      const id = known ?? `us-east-1:${randomUUID()}`;
      cognito.identities.set(id, login ?? 'a guest');
      return identityAnswer(id);
    }
    const id = String(body['IdentityId']);
    const whose = cognito.identities.get(id);
    if (!whose) return refusals.noSuchIdentity(id);
    if (whose !== (login ?? 'a guest')) return refusals.otherLogin();
    const credential = await (temporary?.(cognito.life, id) ?? invented());
    cognito.credentials.push(credential);
    return credentialsAnswer(id, credential);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { headers, socket } = request;
    response.sendDate = false;
    const send = ({ status, headers, body }: Partial<CognitoAnswer> & Pick<CognitoAnswer, 'status' | 'body'>): void => {
      response.writeHead(status, {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': '*',
        'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
        ...(cognito.showsDate && { date: new Date(cognito.now()).toUTCString() }),
        ...headers,
      });
      response.end(body);
    };
    if (request.method === 'OPTIONS') return send({ status: 200, body: '' });
    const operation = String(headers['x-amz-target']).replace('AWSCognitoIdentityService.', '');
    const body = (await json(request)) as Record<string, unknown>;
    cognito.calls.push({ operation, body });
    const struck = cognito.failures.findIndex((one) => !one.operation || one.operation === operation);
    const [strike] = struck < 0 ? [] : cognito.failures.splice(struck, 1);
    if (strike?.failure === 'hang') return;
    if (strike?.failure === 'cut') return void socket.destroy();
    if (strike) return send(strike.failure);
    if (headers['content-type'] !== 'application/x-amz-json-1.1' || headers.authorization) {
      return send({ status: 400, body: '{"__type":"SerializationException"}' });
    }
    send(await answer(operation, body));
  };

  const invented = (): Required<Credential> => ({
    accessKeyId: `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`,
    secretAccessKey: randomUUID(),
    // as long as the real ones are
    sessionToken: `${randomUUID()}/+=`.repeat(30),
    expires: new Date(Math.floor(cognito.now() / 1000 + cognito.life) * 1000),
  });
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cognito: FakeCognito = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    poolId,
    credentials: [],
    calls: [],
    failures: [],
    identities: new Map(),
    takesGuests: true,
    life: 3600,
    now: () => Date.now(),
    showsDate: true,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return cognito;
}
