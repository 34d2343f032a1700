import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../fixtures/free-port.mjs';

const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const BROWSERS = [
  `/usr/lib/${arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`,
  `/usr/lib/${arch}-linux-gnu/webkitgtk-6.0/MiniBrowser`,
  '/usr/libexec/webkit2gtk-4.1/MiniBrowser',
];

/** Attempts to reach the driver while it starts, and the milliseconds between them. */
const START_ATTEMPTS = 100;
const START_INTERVAL_MS = 50;
/** Milliseconds that a process may take to end. */
const STOP_TIMEOUT_MS = 2000;

/** Paths of WebKitGTK's WebDriver and of its browser. */
export interface WebKitPrograms {
  driver: string;
  browser: string;
}

/** The installed WebKitGTK; undefined when it is missing. */
export function findWebKit(): WebKitPrograms | undefined {
  const firstExisting = (paths: (string | undefined)[]) => paths.find((file) => file && existsSync(file));
  const driver = firstExisting([process.env.WEBKIT_DRIVER, '/usr/bin/WebKitWebDriver']);
  const browser = firstExisting([process.env.WEBKIT_BROWSER, ...BROWSERS]);
  return driver && browser ? { driver, browser } : undefined;
}

/**
 * A WebDriver session with WebKitGTK's MiniBrowser, over plain HTTP. It starts with the first command, on a virtual
 * display where there is no other.
 */
export class WebKitDriver {
  readonly #programs: WebKitPrograms;
  #children: ChildProcess[] = [];
  #session: Promise<string> | undefined;

  constructor(programs: WebKitPrograms) {
    this.#programs = programs;
  }

  /** Process id of the driver, which has started the browser; 0 before the first command. */
  get pid(): number {
    return this.#children.at(-1)?.pid ?? 0;
  }

  /**
   * Sends a WebDriver command.
   *
   * @param path below the session's own, such as `/url`
   * @returns the `value` of the response
   * @throws {Error} with WebDriver's error code and message. After a crash of the browser, the next command starts a new
   *   session.
   */
  async command(method: string, path: string, body: object = {}): Promise<unknown> {
    const session = await (this.#session ??= this.#start());
    try {
      return await request(method, session + path, body);
    } catch (error) {
      if (isCrash(error)) await this.#endProcesses();
      throw error;
    }
  }

  /** Ends the session and its processes; the next command starts them again. */
  async stop(): Promise<void> {
    if (this.#session) await this.command('DELETE', '').catch(() => {});
    await this.#endProcesses();
  }

  async #endProcesses(): Promise<void> {
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await Promise.race([once(child, 'exit'), delay(STOP_TIMEOUT_MS)]);
    }
    this.#children = [];
    this.#session = undefined;
  }

  /** @returns the session's URL */
  async #start(): Promise<string> {
    const { driver, browser } = this.#programs;
    const env: NodeJS.ProcessEnv = { ...process.env, NO_AT_BRIDGE: '1', GDK_BACKEND: 'x11' };
    if (process.getuid?.() === 0) env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = '1'; // its sandbox does not run as root
    env.DISPLAY ??= await this.#startDisplay();
    const port = await freePort();
    this.#spawn(driver, [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env });
    const base = `http://127.0.0.1:${port}`;
    for (let attempt = 0; attempt < START_ATTEMPTS && !(await isReady(base)); attempt++) {
      await delay(START_INTERVAL_MS);
    }
    const options = { binary: browser, args: ['--automation'] };
    const session = await request('POST', `${base}/session`, {
      capabilities: {
        alwaysMatch: {
          browserName: 'MiniBrowser',
          acceptInsecureCerts: true, // tests of HTTP/2 have a certificate of their own
          'webkitgtk:browserOptions': options,
        },
      },
    });
    return `${base}/session/${(session as { sessionId: string }).sessionId}`;
  }

  /** Starts a virtual display, whose number Xvfb chooses and writes to its file descriptor 3. */
  #startDisplay(): Promise<string> {
    const server = this.#spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    return new Promise((resolve, reject) => {
      server.stdio[3]?.once('data', (number: Buffer) => resolve(`:${number.toString().trim()}`));
      server.once('error', (cause) => reject(new Error('Xvfb did not start: apt-get install xvfb', { cause })));
      server.once('exit', (code) => reject(new Error(`Xvfb exited with ${code}`)));
    });
  }

  #spawn(program: string, args: string[], options: SpawnOptions): ChildProcess {
    const child = spawn(program, args, options);
    this.#children.push(child);
    return child;
  }
}

/** Whether WebDriver ended its session because the browser or its page crashed. */
export const isCrash = (error: unknown): boolean =>
  String((error as Partial<Error> | null)?.message).startsWith('WebKitWebDriver: invalid session id');

const isReady = (base: string): Promise<boolean> =>
  fetch(`${base}/status`).then(
    ({ ok }) => ok,
    () => false,
  );

async function request(method: string, url: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  });
  const { value } = (await response.json()) as { value: unknown };
  if (response.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`WebKitWebDriver: ${error}: ${message}`);
}
