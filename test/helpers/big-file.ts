import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const MIB = 2 ** 20;

export interface BigFile {
  path: string;
  /** Hexadecimal. */
  sha256: string;
}

/** A file on the disk, for as long as the tests run, no two MiB of which are alike. */
export function bigFile(name: string, size: number): BigFile {
  const folder = mkdtempSync(path.join(os.tmpdir(), 's3-uploader-big-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, name);
  const hash = createHash('sha256');
  const piece = Buffer.alloc(MIB, 'some bytes of it');
  const out = openSync(file, 'w');
  for (let at = 0; at < size; at += MIB) {
    piece.writeUInt32LE(at / MIB);
    const rest = piece.subarray(0, Math.min(MIB, size - at));
    hash.update(rest);
    writeSync(out, rest);
  }
  closeSync(out);
  return { path: file, sha256: hash.digest('hex') };
}
