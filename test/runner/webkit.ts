import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserLauncher } from '@web/test-runner';

/** WebDriver's name for a reference to an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** WebDriver's code points for keys that type nothing. */
const KEYS: Record<string, string> = {
  Tab: '\uE004',
  Enter: '\uE007',
  Escape: '\uE00C',
  Space: ' ',
  Backspace: '\uE003',
  Delete: '\uE017',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Home: '\uE011',
  End: '\uE010',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
};
const BUTTON = { left: 0, middle: 1, right: 2 };
type Button = keyof typeof BUTTON;

const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const BROWSERS = [
  `/usr/lib/${arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`,
  `/usr/lib/${arch}-linux-gnu/webkitgtk-6.0/MiniBrowser`,
  '/usr/libexec/webkit2gtk-4.1/MiniBrowser',
];

export interface WebKitPrograms {
  driver: string;
  browser: string;
}

/** Where WebKitGTK's driver and browser are, if they are. */
export function findWebKit(): WebKitPrograms | undefined {
  const found = (paths: (string | undefined)[]) => paths.find((file) => file && existsSync(file));
  const driver = found([process.env.WEBKIT_DRIVER, '/usr/bin/WebKitWebDriver']);
  const browser = found([process.env.WEBKIT_BROWSER, ...BROWSERS]);
  return driver && browser ? { driver, browser } : undefined;
}

/**
 * Runs tests in WebKitGTK: its WebDriver and MiniBrowser on a display of their own, over WebDriver's plain HTTP. Public
 * methods beyond a launcher's are those that @web/test-runner-commands, and `commands.ts`, call on a `webdriver` browser.
 */
export class WebKitLauncher implements BrowserLauncher {
  readonly name = 'WebKitGTK';
  readonly type = 'webdriver';
  readonly concurrency = 1;
  readonly #programs: WebKitPrograms;
  readonly #urls = new Map<string, string>();
  #children: ChildProcess[] = [];
  #session: Promise<string> | undefined;

  constructor(programs: WebKitPrograms) {
    this.#programs = programs;
  }

  /** Process id of the driver, which has started the browser; 0 before that. */
  get pid(): number {
    return this.#children.at(-1)?.pid ?? 0;
  }

  async startSession(id: string, url: string): Promise<void> {
    this.#urls.set(id, url);
    await this.#command('POST', '/url', { url });
  }

  isActive(id: string): boolean {
    return this.#urls.has(id);
  }

  getBrowserUrl(id: string): string {
    return this.#urls.get(id) ?? '';
  }

  async stopSession(id: string): Promise<{ testCoverage?: undefined }> {
    this.#urls.delete(id);
    await this.#command('POST', '/url', { url: 'about:blank' });
    return {};
  }

  startDebugSession(): Promise<never> {
    return Promise.reject(new Error('WebKitGTK has no debug session here: use Chromium or Firefox'));
  }

  async stop(): Promise<void> {
    if (this.#session) await this.#command('DELETE', '').catch(() => {});
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await Promise.race([once(child, 'exit'), delay(2000)]);
    }
    this.#children = [];
    this.#session = undefined;
  }

  sendKeys(_id: string, keys: string[]): Promise<unknown> {
    const actions = keys.flatMap((key) => [
      { type: 'keyDown', value: KEYS[key] ?? key },
      { type: 'keyUp', value: KEYS[key] ?? key },
    ]);
    return this.#command('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  sendMouseMove(_id: string, x: number, y: number): Promise<unknown> {
    return this.#pointer({ type: 'pointerMove', duration: 0, x, y });
  }

  sendMouseClick(_id: string, x: number, y: number, button: Button = 'left'): Promise<unknown> {
    return this.#pointer(
      { type: 'pointerMove', duration: 0, x, y },
      { type: 'pointerDown', button: BUTTON[button] },
      { type: 'pointerUp', button: BUTTON[button] },
    );
  }

  sendMouseDown(_id: string, button: Button = 'left'): Promise<unknown> {
    return this.#pointer({ type: 'pointerDown', button: BUTTON[button] });
  }

  sendMouseUp(_id: string, button: Button = 'left'): Promise<unknown> {
    return this.#pointer({ type: 'pointerUp', button: BUTTON[button] });
  }

  resetMouse(): Promise<unknown> {
    return this.#command('DELETE', '/actions');
  }

  async setFiles(host: string, inner: string, files: string[]): Promise<void> {
    const script = 'return document.querySelector(arguments[0]).shadowRoot.querySelector(arguments[1])';
    const element = (await this.#command('POST', '/execute/sync', { script, args: [host, inner] })) as Record<
      string,
      string
    >;
    await this.#command('POST', `/element/${element[ELEMENT]}/value`, { text: files.join('\n') });
  }

  /** What a function's body returns in the page; it may await. */
  async run(body: string): Promise<unknown> {
    const script = `const done = arguments[0]; (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const answer = (await this.#command('POST', '/execute/async', { script, args: [] })) as {
      value?: unknown;
      error?: string;
    };
    if (answer.error) throw new Error(answer.error);
    return answer.value;
  }

  /** An element as it is given to screen readers. */
  async accessible(selector: string): Promise<{ role: string; name: string }> {
    const found = await this.#command('POST', '/element', { using: 'css selector', value: selector });
    const element = `/element/${(found as Record<string, string>)[ELEMENT]}`;
    const [role, name] = await Promise.all(
      ['computedrole', 'computedlabel'].map((what) => this.#command('GET', `${element}/${what}`) as Promise<string>),
    );
    return { role: role!, name: name! };
  }

  async screenshot(): Promise<Buffer> {
    return Buffer.from((await this.#command('GET', '/screenshot')) as string, 'base64');
  }

  setWindowSize(width: number, height: number): Promise<unknown> {
    return this.#command('POST', '/window/rect', { width, height });
  }

  #pointer(...actions: object[]): Promise<unknown> {
    return this.#command('POST', '/actions', {
      actions: [{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions }],
    });
  }

  async #command(method: string, path: string, body: object = {}): Promise<unknown> {
    const session = await (this.#session ??= this.#open());
    return webDriver(method, session + path, body);
  }

  async #open(): Promise<string> {
    const { driver, browser } = this.#programs;
    const env: NodeJS.ProcessEnv = { ...process.env, NO_AT_BRIDGE: '1', GDK_BACKEND: 'x11' };
    if (process.getuid?.() === 0) env.WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = '1'; // it refuses root otherwise
    env.DISPLAY ??= await this.#display();
    const port = await freePort();
    this.#spawn(driver, [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env });
    const base = `http://127.0.0.1:${port}`;
    for (let i = 0; i < 100; i++) {
      if (
        await fetch(`${base}/status`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        break;
      await delay(50);
    }
    const options = { binary: browser, args: ['--automation'] };
    const answer = await webDriver('POST', `${base}/session`, {
      capabilities: { alwaysMatch: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options } },
    });
    return `${base}/session/${(answer as { sessionId: string }).sessionId}`;
  }

  /** A display of its own, whose number the server picks and tells. */
  #display(): Promise<string> {
    const server = this.#spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    return new Promise((resolve, reject) => {
      server.stdio[3]?.once('data', (number: Buffer) => resolve(`:${number.toString().trim()}`));
      server.once('error', (cause) => reject(new Error('Xvfb did not start: apt-get install xvfb', { cause })));
      server.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    });
  }

  #spawn(program: string, args: string[], options: SpawnOptions): ChildProcess {
    const child = spawn(program, args, options);
    this.#children.push(child);
    return child;
  }
}

async function webDriver(method: string, url: string, body: object): Promise<unknown> {
  const res = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  });
  const { value } = (await res.json()) as { value: unknown };
  if (res.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`WebKitWebDriver: ${error}: ${message}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
