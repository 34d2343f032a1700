/**
 * MD5 (RFC 1321), which browsers do not have and Active Storage asks for. It guards against damage, not against anybody.
 * A library would be this very loop.
 */

const SHIFTS = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
const SINES = Int32Array.from({ length: 64 }, (_, index) => Math.abs(Math.sin(index + 1)) * 2 ** 32);
/** Bytes read at a time: a few milliseconds of work. */
const SLICE = 2 ** 20;

/** Base64, as in `Content-MD5`. */
export async function md5(blob: Blob): Promise<string> {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const whole = blob.size - (blob.size % 64);
  for (let start = 0; start < whole; start += SLICE) {
    digest(state, await blob.slice(start, Math.min(start + SLICE, whole)).arrayBuffer());
  }
  const rest = blob.size - whole;
  const last = new Uint8Array(rest < 56 ? 64 : 128);
  last.set(new Uint8Array(await blob.slice(whole).arrayBuffer()));
  last[rest] = 0x80;
  new DataView(last.buffer).setBigUint64(last.length - 8, BigInt(blob.size) * 8n, true);
  digest(state, last.buffer);
  const bytes = new DataView(new ArrayBuffer(16));
  state.forEach((word, index) => bytes.setInt32(index * 4, word, true));
  return btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
}

/** Four rounds of sixteen steps: which bits are mixed, and which word comes next, is all that differs. */
function digest(state: Int32Array, buffer: ArrayBuffer): void {
  // every machine that browsers run on is little-endian, as MD5 is
  const words = new Int32Array(buffer);
  for (let block = 0; block < words.length; block += 16) {
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    for (let step = 0; step < 64; step += 1) {
      let mixed: number;
      let index: number;
      if (step < 16) {
        mixed = d ^ (b & (c ^ d));
        index = step;
      } else if (step < 32) {
        mixed = c ^ (d & (b ^ c));
        index = 5 * step + 1;
      } else if (step < 48) {
        mixed = b ^ c ^ d;
        index = 3 * step + 5;
      } else {
        mixed = c ^ (b | ~d);
        index = 7 * step;
      }
      const sum = (a + mixed + SINES[step]! + words[block + (index & 15)]!) | 0;
      const shift = SHIFTS[((step >> 4) << 2) | (step & 3)]!;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
  }
}
