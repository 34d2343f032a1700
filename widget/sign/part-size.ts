import { MAX_PARTS } from '../core/parts.ts';

/** Bytes of a part, where the file is not too large for ten thousand of them. */
const PART_SIZE = 8 * 2 ** 20;
const MIB = 2 ** 20;

/** Milliseconds an upload in parts may take where the page itself signs or asks for each of them: lifecycle rules count days. */
export const MULTIPART_LIFETIME = 24 * 3_600_000;

/** Bytes of each part but the last: whole mebibytes, and as many as S3's number of parts makes needful. */
export const partSizeFor = (size: number): number => Math.max(PART_SIZE, Math.ceil(size / MAX_PARTS / MIB) * MIB);
