import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { sealReceipt, verifyReceipt, type Receipt } from '../../signer/core/receipt.ts';
import { sealToken } from '../../signer/core/sealed-token.ts';
import { sealTicket } from '../../signer/core/tickets.ts';
import { needs } from '../fixtures/requirements.ts';

const SECRET = 'the secret of the receipts 0123456789';
const OLD = 'the secret of last year 0123456789';
const WEAK = [',', 'short', 'a'.repeat(64), 'changeme'.repeat(4), SECRET.slice(0, 31)];
const WEBHOOK_SECRET = `whsec_${Buffer.from('the secret of the webhook').toString('base64')}`;
const RECEIPT: Receipt = {
  key: 'uploads/anna/1.png',
  size: 5,
  type: 'image/png',
  etag: 'e1',
  owner: 'änna \u{1f600}',
  bucket: 'uploads',
  audience: 'photos',
  issued: Math.floor(Date.now() / 1000),
};

/** Programs that read `{call, args, checks}` from the standard input, call the example, and print the result as JSON. */
const LANGUAGES: { name: string; command: Parameters<typeof needs>[0]; args: string[] }[] = [
  {
    name: 'Python',
    command: 'python3',
    args: [
      '-c',
      `import json,sys; sys.path.insert(0, sys.argv[1]); import receipt
request = json.load(sys.stdin)
if request['call'] == 'receipt': print(json.dumps(receipt.verify_receipt(*request['args'], **request['checks'])))
else: print(json.dumps(receipt.verify_webhook(request['args'][0].encode(), *request['args'][1:])))`,
    ],
  },
  {
    name: 'Ruby',
    command: 'ruby',
    args: [
      '-e',
      `require "json"; require "#{ARGV[0]}/receipt.rb"
request = JSON.parse($stdin.read)
checks = request["checks"].transform_keys(&:to_sym)
puts JSON.generate(S3Uploader.public_send("verify_#{request["call"]}", *request["args"], **checks))`,
    ],
  },
  {
    name: 'PHP',
    command: 'php',
    args: [
      '-r',
      `require $argv[1] . '/receipt.php';
$request = json_decode(file_get_contents('php://stdin'), true);
['checks' => $checks] = $request;
$more = $checks ? [$checks['bucket'] ?? null, $checks['audience'] ?? null, $checks['max_age'] ?? 604800] : [];
echo json_encode(('s3_uploader_verify_' . $request['call'])(...$request['args'], ...$more), JSON_UNESCAPED_UNICODE);`,
    ],
  },
];
/** What the application expects of a receipt. */
interface Checks {
  bucket?: string;
  audience?: string;
  max_age?: number;
}

const EXAMPLES = fileURLToPath(new URL('../../signer/examples', import.meta.url));

for (const { name, command, args } of LANGUAGES) {
  const run = (call: 'receipt' | 'webhook', parameters: unknown[], checks: Checks = {}): unknown =>
    JSON.parse(
      execFileSync(command, [...args, ...(command === 'php' ? ['--'] : []), EXAMPLES], {
        input: JSON.stringify({ call, args: parameters, checks }),
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    );
  const verify = (receipt: string, secret: string, checks?: Checks): unknown =>
    run('receipt', [receipt, secret], checks);

  describe(`the example in ${name}`, needs(command), () => {
    it('reads a receipt like verifyReceipt', () => {
      const sealed = sealReceipt(RECEIPT, [SECRET]);
      assert.deepEqual(verifyReceipt(sealed, SECRET), RECEIPT);
      assert.deepEqual(verify(sealed, SECRET), RECEIPT);
    });

    it('accepts both secrets during a rotation', () => {
      assert.deepEqual(verify(sealReceipt(RECEIPT, [SECRET]), `${OLD},${SECRET}`), RECEIPT);
    });

    it('refuses an edited receipt, a ticket, another secret and garbage', () => {
      const sealed = sealReceipt(RECEIPT, [SECRET]);
      const [kind, , mac] = sealed.split('.');
      const payload = Buffer.from(JSON.stringify({ ...RECEIPT, key: 'uploads/bert/1.png' })).toString('base64url');
      const { bucket, audience, issued } = RECEIPT;
      const plan = { id: '1', method: 'POST', key: RECEIPT.key, size: 5, type: 'image/png', headers: {} } as const;
      const ticket = sealTicket({ ...plan, owner: '', bucket, audience, issued, expires: 2_000_000_000 }, [SECRET]);
      const renamed = ticket.replace(/^[^.]+/, 'r1');
      const otherVersion = sealToken('r2', RECEIPT, [SECRET]);
      const invalid = [
        `${kind}.${payload}.${mac}`,
        ticket,
        renamed,
        otherVersion,
        `${sealed}\n`,
        `${sealed}A`,
        '',
        'r1..',
      ];
      for (const each of invalid) assert.equal(verify(each, SECRET), null, each);
      assert.equal(verify(sealed, 'another secret of the receipts 0123456789'), null);
    });

    it('refuses a receipt whose MAC has the secret itself as its key, and not the derived one', () => {
      const [text] = /^r1\.[^.]+/.exec(sealReceipt(RECEIPT, [SECRET]))!;
      assert.equal(verify(`${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`, SECRET), null);
    });

    it('accepts one spelling of a receipt', () => {
      const sealed = sealReceipt(RECEIPT, [SECRET]);
      const spellings = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = spellings.indexOf(sealed.at(-1)!);
      for (const other of [1, 2, 3]) {
        const respelled = sealed.slice(0, -1) + spellings[last ^ other];
        assert.deepEqual(
          Buffer.from(respelled.split('.')[2]!, 'base64url'),
          Buffer.from(sealed.split('.')[2]!, 'base64url'),
        );
        assert.equal(verify(respelled, SECRET), null);
      }
      assert.equal(verify(`${sealed}=`, SECRET), null);
    });

    it('refuses a receipt of another bucket or signer', () => {
      const sealed = sealReceipt(RECEIPT, [SECRET]);
      assert.deepEqual(verify(sealed, SECRET, { bucket: 'uploads', audience: 'photos' }), RECEIPT);
      assert.equal(verify(sealed, SECRET, { bucket: 'documents' }), null);
      assert.equal(verify(sealed, SECRET, { audience: 'uploads/' }), null);
    });

    it('refuses a receipt after seven days, or after the maximum age', () => {
      const week = 7 * 86_400;
      const aged = (seconds: number): Receipt => ({ ...RECEIPT, issued: RECEIPT.issued - seconds });
      const sealed = (seconds: number): string => sealReceipt(aged(seconds), [SECRET]);
      assert.deepEqual(verify(sealed(week - 3600), SECRET), aged(week - 3600));
      assert.equal(verify(sealed(week + 60), SECRET), null);
      assert.deepEqual(verify(sealed(week + 60), SECRET, { max_age: 2 * week }), aged(week + 60));
      assert.equal(verify(sealed(120), SECRET, { max_age: 60 }), null);
    });

    it('refuses an empty secret, and one that can be guessed', () => {
      const empty = sealReceipt(RECEIPT, ['']);
      for (const secret of [`${SECRET},`, `,${SECRET}`, `${SECRET}, ,${OLD}`]) {
        assert.equal(verify(empty, secret), null, secret);
        assert.deepEqual(verify(sealReceipt(RECEIPT, [SECRET]), secret), RECEIPT, secret);
      }
      for (const secret of ['', ...WEAK, `${SECRET},short`]) {
        assert.throws(() => verify(sealReceipt(RECEIPT, [secret]), secret), /at least 32/, secret);
      }
      const timestamp = String(Math.floor(Date.now() / 1000));
      for (const [secret, key] of [
        ['', ''],
        ['short', 'short'],
        ['a'.repeat(64), 'a'.repeat(64)],
        ['whsec_', ''],
        [`whsec_${'A'.repeat(64)}`, Buffer.alloc(48)],
      ] as const) {
        const mac = createHmac('sha256', key).update(`msg_1.${timestamp}.{}`).digest('base64');
        const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
        assert.throws(() => run('webhook', ['{}', headers, secret]), /at least 32/, secret);
      }
    });

    it('reads a webhook, and refuses one that is edited, late or unsigned', () => {
      const body = JSON.stringify({ type: 'object.stored', data: { key: 'uploads/änna/1.png' } });
      const headers = (at: Date) => ({
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': `v1,AAAA ${new Webhook(WEBHOOK_SECRET).sign('msg_1', at, body)}`,
      });
      const now = new Date();
      assert.deepEqual(run('webhook', [body, headers(now), WEBHOOK_SECRET]), JSON.parse(body));
      assert.equal(run('webhook', [`${body} `, headers(now), WEBHOOK_SECRET]), null);
      assert.equal(run('webhook', [body, headers(new Date(now.getTime() - 600_000)), WEBHOOK_SECRET]), null);
      assert.equal(run('webhook', [body, { ...headers(now), 'webhook-id': 'msg_2' }, WEBHOOK_SECRET]), null);
      assert.equal(run('webhook', [body, {}, WEBHOOK_SECRET]), null);
    });
  });
}
