import type { BrowserLauncher } from '@web/test-runner';
import { WebKitDriver, type WebKitPrograms } from './webkit-driver.ts';

/** The member of a WebDriver response that refers to an element: https://www.w3.org/TR/webdriver2/#elements */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** WebDriver's code points of keys without a character: https://www.w3.org/TR/webdriver2/#keyboard-actions */
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

/**
 * Runs tests in WebKitGTK. The public methods beyond those of a launcher are what @web/test-runner-commands and
 * `commands.ts` call on a browser of the type `webdriver`.
 */
export class WebKitLauncher implements BrowserLauncher {
  readonly name = 'WebKitGTK';
  readonly type = 'webdriver';
  readonly concurrency = 1;
  readonly #driver: WebKitDriver;
  readonly #urls = new Map<string, string>();

  constructor(programs: WebKitPrograms) {
    this.#driver = new WebKitDriver(programs);
  }

  /** Process id of the driver, which has started the browser; 0 before that. */
  get pid(): number {
    return this.#driver.pid;
  }

  async startSession(id: string, url: string): Promise<void> {
    this.#urls.set(id, url);
    await this.#driver.command('POST', '/url', { url });
  }

  isActive(id: string): boolean {
    return this.#urls.has(id);
  }

  getBrowserUrl(id: string): string {
    return this.#urls.get(id) ?? '';
  }

  async stopSession(id: string): Promise<{ testCoverage?: undefined }> {
    this.#urls.delete(id);
    await this.#driver.command('POST', '/url', { url: 'about:blank' });
    return {};
  }

  startDebugSession(): Promise<never> {
    return Promise.reject(new Error('Debug sessions do not work in WebKitGTK: use Chromium or Firefox'));
  }

  stop(): Promise<void> {
    return this.#driver.stop();
  }

  sendKeys(_id: string, keys: string[]): Promise<unknown> {
    const actions = keys.flatMap((key) => [
      { type: 'keyDown', value: KEYS[key] ?? key },
      { type: 'keyUp', value: KEYS[key] ?? key },
    ]);
    return this.#driver.command('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
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
    return this.#driver.command('DELETE', '/actions');
  }

  /** Picks files, by their paths, in the file input that `inner` selects in the shadow root of `host`. */
  async setFiles(host: string, inner: string, files: string[]): Promise<void> {
    const script = 'return document.querySelector(arguments[0]).shadowRoot.querySelector(arguments[1])';
    const input = await this.#driver.command('POST', '/execute/sync', { script, args: [host, inner] });
    await this.#driver.command('POST', `/element/${idOf(input)}/value`, { text: files.join('\n') });
  }

  /** Runs the body of an async function in the page, and resolves with its result, which must be JSON. */
  async run(body: string): Promise<unknown> {
    const script = `const done = arguments[0]; (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const result = (await this.#driver.command('POST', '/execute/async', { script, args: [] })) as {
      value?: unknown;
      error?: string;
    };
    if (result.error) throw new Error(result.error);
    return result.value;
  }

  /** An element's role and name in the accessibility tree. */
  async accessible(selector: string): Promise<{ role: string; name: string }> {
    const element = await this.#driver.command('POST', '/element', { using: 'css selector', value: selector });
    const get = (property: string): Promise<string> =>
      this.#driver.command('GET', `/element/${idOf(element)}/${property}`) as Promise<string>;
    const [role, name] = await Promise.all([get('computedrole'), get('computedlabel')]);
    return { role, name };
  }

  /** The page as a PNG. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from((await this.#driver.command('GET', '/screenshot')) as string, 'base64');
  }

  /** @param width in pixels, as the height */
  setWindowSize(width: number, height: number): Promise<unknown> {
    return this.#driver.command('POST', '/window/rect', { width, height });
  }

  #pointer(...actions: object[]): Promise<unknown> {
    return this.#driver.command('POST', '/actions', {
      actions: [{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions }],
    });
  }
}

const idOf = (reference: unknown): string => (reference as Record<string, string>)[ELEMENT]!;
