import { html, nothing, type TemplateResult } from 'lit';
import { isPending, loadedOf, type UploadItem } from '../core/item.ts';
import { icon, type Icon } from './icon.ts';
import type { Words } from './words.ts';

/** What a row's buttons ask for: methods of the tag, each of one file. */
export type Action = 'cancel' | 'pause' | 'remove' | 'resume' | 'retry';

/** Below it, in bytes, a file is through before one could reach for the button, and a pause would start it over. */
const WORTH_A_PAUSE = 16 * 1024 * 1024;

/** One file, drawn from its state alone. */
export function row(item: UploadItem, words: Words, act: (action: Action, id: string) => void): TemplateResult {
  const { id, name, size, status } = item;
  const failed = status === 'failed' || status === 'rejected';
  const busy = isPending(item) || status === 'paused';
  const dot = /\.[^.]{1,8}$/.exec(name)?.index ?? name.length;
  const button = (action: Action, picture: Icon) => {
    const label = words.say(action, { name });
    return html`<button part="item-button" title=${label} aria-label=${label} @click=${() => act(action, id)}>
      ${icon(picture)}
    </button>`;
  };
  return html`<div part="item ${status}" class="item ${status}">
    <div part="thumbnail" class="thumbnail" aria-hidden="true"><span>${name.slice(dot + 1, dot + 5)}</span></div>
    <div class="about">
      <div part="name" class="name" dir="auto" title=${name}>
        <bdi>${name.slice(0, dot)}</bdi><bdi>${name.slice(dot)}</bdi>
      </div>
      ${
        busy
          ? html`<progress part="progress" aria-label=${name} max="1" value=${measured(item) ?? nothing}></progress>`
          : nothing
      }
      <div part="status" class="status">
        ${failed ? icon('warn') : status === 'done' ? icon('done') : nothing}
        <span>${failed ? words.error(item.error) : state(item, words)}</span>
        ${failed || status === 'uploading' ? nothing : html`<span>${words.size(size)}</span>`}
      </div>
    </div>
    ${second(item, button)}${button(busy ? 'cancel' : 'remove', 'close')}
  </div>`;
}

function state(item: UploadItem, words: Words): string {
  const { status } = item;
  switch (status) {
    case 'uploading':
      return words.say('uploading', { loaded: words.size(item.loaded), size: words.size(item.size) });
    case 'waiting':
      return words.say(item.reason === 'offline' ? 'offline' : 'retrying');
    case 'paused':
      return item.error ? words.error(item.error) : words.say(status);
    case 'failed':
    case 'rejected':
      return words.error(item.error);
    default:
      return words.say(status);
  }
}

/** Share of the file that is sent; undefined while nobody can say how long it takes. */
function measured(item: UploadItem): number | undefined {
  if (item.status === 'signing' || item.status === 'finishing') return undefined;
  return item.size ? loadedOf(item) / item.size : 0;
}

function second(item: UploadItem, button: (action: Action, picture: Icon) => TemplateResult): unknown {
  switch (item.status) {
    case 'uploading':
      return item.size < WORTH_A_PAUSE ? nothing : button('pause', 'pause');
    case 'paused':
      return button('resume', 'resume');
    case 'canceled':
      return button('retry', 'retry');
    case 'failed':
      // A file that has changed under us is not what was chosen: it has to be chosen again.
      return item.error.code.startsWith('file-') ? nothing : button('retry', 'retry');
    default:
      return nothing;
  }
}
