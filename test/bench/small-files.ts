import type { FilesToMake } from './page/driver.ts';
import type { Bench } from './scenario.ts';

/** The many small files of a scenario: 1,000 of 10 KiB. */
export const smallFiles = ({ options }: Bench): FilesToMake => ({
  count: options.isQuick ? 60 : 1000,
  size: 10 * 2 ** 10,
  type: 'application/octet-stream',
  extension: 'bin',
});

/** The same in words. */
export const smallFilesText = (bench: Bench): string =>
  `${smallFiles(bench).count.toLocaleString('en')} files of 10 KiB`;
