import type { Scenario } from '../scenario.ts';
import { bytes } from './bytes.ts';
import { faults } from './faults.ts';
import { largeFile } from './large-file.ts';
import { longList } from './long-list.ts';
import { manyFiles } from './many-files.ts';
import { previews } from './previews.ts';
import { signer } from './signer.ts';
import { severalAddresses } from './several-addresses.ts';
import { slowLink } from './slow-link.ts';

/** All, in the order of the page. */
export const SCENARIOS: readonly Scenario[] = [
  manyFiles,
  severalAddresses,
  largeFile,
  slowLink,
  longList,
  previews,
  faults,
  bytes,
  signer,
];
