import { Connections } from '../core/connections.ts';

/** Where the page keeps its connections. The number is raised when another release could not share them. */
const KEY = Symbol.for('s3-uploader: connections 1');

const lockName = (host: string): string => `s3-uploader sends to ${host}`;

/** Knows by Web Locks whether other pages of this origin send to the same host. Without them, it knows only this page. */
class PageConnections extends Connections {
  override async isBusyElsewhere(host: string): Promise<boolean> {
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    // this page has one lock for all its requests to a host
    return held.filter(({ name }) => name === lockName(host)).length > 1;
  }

  protected override onBusy(host: string): () => void {
    let release = (): void => {};
    const ended = new Promise<void>((resolve) => (release = resolve));
    // a sandboxed page has no locks; then other pages do not know of this one
    navigator.locks?.request(lockName(host), { mode: 'shared' }, () => ended).catch(() => {});
    return release;
  }
}

/** The connections that all queues of this page share, also those of another copy of this code. */
export function pageConnections(): Connections {
  const page = globalThis as { [KEY]?: Connections };
  return (page[KEY] ??= new PageConnections());
}
