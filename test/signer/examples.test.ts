import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { sealReceipt, verifyReceipt, type Receipt } from '../../signer/core/receipt.ts';
import { sealTicket } from '../../signer/core/tickets.ts';
import { needs } from '../fixtures/requirements.ts';

const SECRET = 'the secret of the receipts';
const OLD = 'the secret of last year';
const WEBHOOK_SECRET = `whsec_${Buffer.from('the secret of the webhook').toString('base64')}`;
const RECEIPT: Receipt = {
  key: 'uploads/anna/1.png',
  size: 5,
  type: 'image/png',
  etag: 'e1',
  owner: 'änna \u{1f600}',
  issued: 1_795_000_000,
};

/** Programs that read `{call, args}` from the standard input, call the example, and print the result as JSON. */
const LANGUAGES: { name: string; command: Parameters<typeof needs>[0]; args: string[] }[] = [
  {
    name: 'Python',
    command: 'python3',
    args: [
      '-c',
      `import json,sys; sys.path.insert(0, sys.argv[1]); import receipt
request = json.load(sys.stdin)
if request['call'] == 'receipt': print(json.dumps(receipt.verify_receipt(*request['args'])))
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
puts JSON.generate(S3Uploader.public_send("verify_#{request["call"]}", *request["args"]))`,
    ],
  },
  {
    name: 'PHP',
    command: 'php',
    args: [
      '-r',
      `require $argv[1] . '/receipt.php';
$request = json_decode(file_get_contents('php://stdin'), true);
echo json_encode(('s3_uploader_verify_' . $request['call'])(...$request['args']), JSON_UNESCAPED_UNICODE);`,
    ],
  },
];
const EXAMPLES = fileURLToPath(new URL('../../signer/examples', import.meta.url));

for (const { name, command, args } of LANGUAGES) {
  const run = (call: 'receipt' | 'webhook', ...parameters: unknown[]): unknown =>
    JSON.parse(
      execFileSync(command, [...args, ...(command === 'php' ? ['--'] : []), EXAMPLES], {
        input: JSON.stringify({ call, args: parameters }),
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    );

  describe(`the example in ${name}`, needs(command), () => {
    it('reads a receipt like verifyReceipt', () => {
      const sealed = sealReceipt(RECEIPT, [SECRET]);
      assert.deepEqual(verifyReceipt(sealed, SECRET), RECEIPT);
      assert.deepEqual(run('receipt', sealed, SECRET), RECEIPT);
    });

    it('accepts both secrets during a rotation', () => {
      assert.deepEqual(run('receipt', sealReceipt(RECEIPT, [SECRET]), `${OLD},${SECRET}`), RECEIPT);
    });

    it('refuses an edited receipt, a ticket, another secret and garbage', () => {
      const sealed = sealReceipt(RECEIPT, [SECRET]);
      const [kind, , mac] = sealed.split('.');
      const payload = Buffer.from(JSON.stringify({ ...RECEIPT, key: 'uploads/bert/1.png' })).toString('base64url');
      const plan = { id: '1', method: 'POST', key: RECEIPT.key, size: 5, type: 'image/png', headers: {} } as const;
      const ticket = sealTicket({ ...plan, owner: '', expires: 2_000_000_000 }, [SECRET]);
      const renamed = ticket.replace(/^[^.]+/, 'r1');
      for (const invalid of [`${kind}.${payload}.${mac}`, ticket, renamed, `${sealed}\n`, `${sealed}A`, '', 'r1..']) {
        assert.equal(run('receipt', invalid, SECRET), null, invalid);
      }
      assert.equal(run('receipt', sealed, 'another secret of the receipts'), null);
    });

    it('refuses an empty or short secret', () => {
      const empty = sealReceipt(RECEIPT, ['']);
      for (const secret of [`${SECRET},`, `,${SECRET}`, `${SECRET}, ,${OLD}`]) {
        assert.equal(run('receipt', empty, secret), null, secret);
        assert.deepEqual(run('receipt', sealReceipt(RECEIPT, [SECRET]), secret), RECEIPT, secret);
      }
      for (const secret of ['', ',', 'short', `${SECRET},short`]) {
        assert.throws(() => run('receipt', sealReceipt(RECEIPT, [secret]), secret), /at least 16/, secret);
      }
      const at = new Date();
      for (const [secret, key] of [
        ['', ''],
        ['short', 'short'],
        ['whsec_', ''],
      ] as const) {
        const timestamp = String(Math.floor(at.getTime() / 1000));
        const mac = createHmac('sha256', key).update(`msg_1.${timestamp}.{}`).digest('base64');
        const headers = {
          'webhook-id': 'msg_1',
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${mac}`,
        };
        assert.throws(() => run('webhook', '{}', headers, secret), /at least 16/, secret);
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
      assert.deepEqual(run('webhook', body, headers(now), WEBHOOK_SECRET), JSON.parse(body));
      assert.equal(run('webhook', `${body} `, headers(now), WEBHOOK_SECRET), null);
      assert.equal(run('webhook', body, headers(new Date(now.getTime() - 600_000)), WEBHOOK_SECRET), null);
      assert.equal(run('webhook', body, { ...headers(now), 'webhook-id': 'msg_2' }, WEBHOOK_SECRET), null);
      assert.equal(run('webhook', body, {}, WEBHOOK_SECRET), null);
    });
  });
}
