import type { Target } from './finding.ts';

/** The content of the files that the doctor stores. */
export const TEST_TEXT = 'written by s3-uploader-signer doctor';

/** The key of a new file of the doctor, in the folder of the uploads. */
export const newKey = ({ prefix }: Pick<Target, 'prefix'>): string => `${prefix}doctor/${crypto.randomUUID()}.txt`;
