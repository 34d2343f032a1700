import { commandRows } from './rows-commands.ts';
import { networkRows } from './rows-network.ts';
import { signerRows } from './rows-signer.ts';
import { storageRows } from './rows-storage.ts';
import type { Engine, Row } from './row.ts';

/** Every fault of the suite, by the headings of the report. */
export const ROWS_BY_TOPIC: Readonly<Record<string, readonly Row[]>> = {
  'The network': networkRows,
  'The storage': storageRows,
  'The signer': signerRows,
  'Commands in bad moments': commandRows,
};

/** The rows that run in an engine, and whose titles match a regular expression. */
export function rowsFor(engine: Engine, pattern: string): readonly Row[] {
  const isMeant = new RegExp(pattern, 'i');
  return Object.values(ROWS_BY_TOPIC)
    .flat()
    .filter(
      ({ title, engines, notIn }) => (engines?.includes(engine) ?? true) && !notIn?.[engine] && isMeant.test(title),
    );
}
