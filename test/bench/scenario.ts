import type { Backend } from './backend.ts';
import type { BenchBrowser } from './bench-browser.ts';
import type { BenchOptions } from './bench-options.ts';
import type { PageServer } from './page-server.ts';

/** What a scenario works with. */
export interface Bench {
  options: BenchOptions;
  backend: Backend;
  pages: PageServer;
  browser: BenchBrowser;
  /** Prints a line while the scenario runs. */
  log(text: string): void;
}

export type Unit = '×' | 's' | 'ms' | 'MiB' | 'bytes' | 'requests' | 'faults' | 'a second';

/** The values of one uploader: one for each round. */
export interface Figure {
  uploader: string;
  isOurs?: boolean;
  values: number[];
  /** Why there are no values, or fewer than rounds. */
  problem?: string;
}

/** One quantity, of all uploaders. */
export interface Measure {
  /** Part of the chart's file name. */
  name: string;
  title: string;
  unit: Unit;
  /** What `s3-uploader` should reach. Default none. */
  goal?: number;
  /** The figure that the goal is for. Default: every figure of `s3-uploader`. */
  goalFor?: string;
  /** What is better. Default `less`. */
  better?: 'less' | 'more' | 'neither';
  /** Whether the page has a chart of it. Default false. */
  isCharted?: boolean;
  figures: Figure[];
}

/** A table of words, such as what happened after each fault. */
export interface TextTable {
  title: string;
  head: string[];
  rows: string[][];
}

export interface ScenarioResult {
  measures: Measure[];
  tables?: TextTable[];
}

/** One kind of work that all uploaders do. */
export interface Scenario {
  /** On the command line, and of its files. */
  name: string;
  title: string;
  /** What is measured and how: paragraphs of Markdown. */
  about: (bench: Bench) => string[];
  /** Whether it measures other uploaders, too. */
  hasPeers: boolean;
  run(bench: Bench): Promise<ScenarioResult>;
}
