/**
 * Which way up a picture is, 1 to 8; from 5 on it lies on its side. EXIF 2.32, 4.6.4: tag 0x0112 of the first directory.
 *
 * @param at where the TIFF header stands.
 * @returns undefined where nothing, or nothing that makes sense, is said of it.
 */
export function readOrientation(data: DataView, at: number): number | undefined {
  try {
    const isLittle = data.getUint16(at) === 0x4949; // "II"
    const directory = at + data.getUint32(at + 4, isLittle);
    const count = data.getUint16(directory, isLittle);
    for (let i = 0, entry = directory + 2; i < count; i++, entry += 12) {
      if (data.getUint16(entry, isLittle) !== 0x0112) continue;
      const orientation = data.getUint16(entry + 8, isLittle);
      return orientation >= 1 && orientation <= 8 ? orientation : undefined;
    }
  } catch {
    // it is cut short: a RangeError of the DataView
  }
  return undefined;
}

/** A TIFF header and a directory with nothing but the orientation. */
export const orientationTiff = (orientation: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    [
      [0x4d, 0x4d, 0, 42, 0, 0, 0, 8], // big-endian, the directory at 8
      [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0], // one entry: orientation, a short
      [0, 0, 0, 0], // no next directory
    ].flat(),
  );
