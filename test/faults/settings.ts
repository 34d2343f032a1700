/** How the fault suite runs. */
export interface FaultSettings {
  /** Of the random faults and commands. `FAULTS_SEED`; default a new one each time, which the tests print. */
  seed: number;
  /** Only rows whose title matches this regular expression. `FAULTS_ROWS`; default all. */
  rows: string;
  /** Whether the results are written to REPORT.md. `FAULTS_REPORT=0` turns it off. */
  writesReport: boolean;
  /** Whether each row is printed when it ends: the runner prints the tests of a file only at its end. `FAULTS_VERBOSE=1` */
  isVerbose: boolean;
}

/** Reads the settings from environment variables. */
export function readFaultSettings(env: Readonly<Record<string, string | undefined>>): FaultSettings {
  const seed = Number(env.FAULTS_SEED ?? Math.floor(Math.random() * 2 ** 31));
  if (!Number.isInteger(seed)) throw new Error(`FAULTS_SEED must be an integer, and is ${env.FAULTS_SEED}`);
  return {
    seed,
    rows: env.FAULTS_ROWS ?? '',
    writesReport: env.FAULTS_REPORT !== '0' && !env.FAULTS_ROWS,
    isVerbose: env.FAULTS_VERBOSE === '1',
  };
}
