/** Tag of the orientation: EXIF 2.32, 4.6.4. */
const ORIENTATION_TAG = 0x0112;

/**
 * Reads the orientation of a picture: 1 to 8. From 5 on, the picture is stored on its side. EXIF 2.32, 4.6.4: tag 0x0112 of
 * the first directory.
 *
 * @param tiffOffset offset of the TIFF header, in bytes
 * @returns undefined if there is no orientation, or the data are damaged
 */
export function readOrientation(data: DataView, tiffOffset: number): number | undefined {
  try {
    const isLittleEndian = data.getUint16(tiffOffset) === 0x4949; // "II"
    const directory = tiffOffset + data.getUint32(tiffOffset + 4, isLittleEndian);
    const count = data.getUint16(directory, isLittleEndian);
    for (let i = 0, entry = directory + 2; i < count; i++, entry += 12) {
      if (data.getUint16(entry, isLittleEndian) !== ORIENTATION_TAG) continue;
      const orientation = data.getUint16(entry + 8, isLittleEndian);
      return orientation >= 1 && orientation <= 8 ? orientation : undefined;
    }
  } catch {
    // the data end too early: a RangeError of the DataView
  }
  return undefined;
}

/** A TIFF header, and a directory with only the orientation. */
export const orientationTiff = (orientation: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    [
      [0x4d, 0x4d, 0, 42, 0, 0, 0, 8], // big-endian, the directory at 8
      [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0], // one entry: the orientation, a SHORT
      [0, 0, 0, 0], // no further directory
    ].flat(),
  );
