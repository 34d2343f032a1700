import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format } from 'prettier';
import { SCENARIOS } from '../scenarios/index.ts';
import type { ScenarioResult } from '../scenario.ts';

/** Where and how a scenario was measured. */
export interface Circumstances {
  /** The command that measures it again. */
  command: string;
  /** Whether the work was only a part of that of a full run. */
  isReduced: boolean;
  /** Date and time, as ISO 8601. */
  date: string;
  /** Of the project; with `+` for changes that were not committed. */
  commit: string;
  /** The whole scenario. */
  seconds: number;
  chromium: string;
  node: string;
  system: string;
  storage: string;
}

/** The raw numbers of one scenario: a JSON file beside the page. */
export interface StoredResult extends ScenarioResult, Circumstances {
  scenario: string;
  title: string;
  about: string[];
}

/** Folder of the charts and the raw numbers, relative to the project. */
export const RESULT_FOLDER = path.join('docs', 'performance');

export const fileOf = (name: string, extension: string): string => path.join(RESULT_FOLDER, `${name}.${extension}`);

export async function writeResult(result: StoredResult): Promise<void> {
  await mkdir(RESULT_FOLDER, { recursive: true });
  const json = JSON.stringify(result, (_key, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(4)) : value,
  );
  await writeFile(fileOf(result.scenario, 'json'), await format(json, { parser: 'json', printWidth: 120 }));
}

/** The results of all scenarios that were measured at some time, in the order of the page. */
export async function readResults(): Promise<StoredResult[]> {
  const results: StoredResult[] = [];
  for (const { name } of SCENARIOS) {
    const text = await readFile(fileOf(name, 'json'), 'utf8').catch(() => undefined);
    if (text) results.push(JSON.parse(text) as StoredResult);
  }
  return results;
}
