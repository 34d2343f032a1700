import { commandRows } from './rows-commands.ts';
import { networkRows } from './rows-network.ts';
import { signerRows } from './rows-signer.ts';
import { storageRows } from './rows-storage.ts';
import type { Row } from './row.ts';

/** Every fault of the suite. */
export const ROWS: readonly Row[] = [...networkRows, ...storageRows, ...signerRows, ...commandRows];
