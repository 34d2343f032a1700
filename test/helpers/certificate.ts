import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

/** Years for which the certificate is valid. */
const YEARS = 10;

/** Makes a self-signed certificate of 127.0.0.1 for a test server, as PEM. Node has no function for it. */
export function selfSignedCertificate(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('127.0.0.1')))));
  const time = (years: number) => {
    const date = new Date(Date.now() + years * 365 * 86_400_000 - 86_400_000);
    return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
  };
  const subjectAltName = sequence(der(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = sequence(sequence(oid('551d11'), der(0x04, subjectAltName)));
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    serial,
    algorithm,
    name,
    sequence(time(0), time(YEARS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = createSign('SHA256').update(toSign).sign(privateKey);
  const certificate = sequence(toSign, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = certificate.toString('base64').match(/.{1,64}/g)!;
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}

/** One value in DER: its tag, its length and its content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const sequence = (...values: Buffer[]): Buffer => der(0x30, Buffer.concat(values));

/** An object identifier, of its encoded bytes in hexadecimal. */
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
