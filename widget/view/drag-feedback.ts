import { css } from 'lit';
import type { Limits } from '../core/limits.ts';
import type { Drag } from './drag.ts';
import type { UploaderHost } from './host.ts';
import type { Localizer } from './localizer.ts';

const HAS_POPOVERS = 'popover' in HTMLElement.prototype;

const overlayCss = css`
  .drop-overlay {
    position: fixed;
    inset: auto;
    padding: 1em;
    margin: 0;
    overflow: hidden;
    color: var(--_color);
    pointer-events: none;
    background: color-mix(in srgb, var(--_color) 30%, transparent);
    border: 3px dashed;
    border-radius: var(--_radius);
    --_color: var(--_accent);
  }
  .drop-overlay:popover-open {
    display: grid;
    place-items: center;
  }
  .drop-overlay > span {
    padding: 0.5em 1em;
    font-size: 1.125em;
    font-weight: 600;
    color: var(--s3-uploader-on-accent, #fff);
    text-align: center;
    background: var(--_color);
    border-radius: var(--_radius);
  }
  .drop-overlay.refused {
    --_color: #b3261e;
    border-style: solid;
  }
  .drop-overlay.refused > span {
    color: #fff;
  }
`;

/** The dependencies of a {@link DragFeedback}. */
export interface DragFeedbackOptions {
  readonly host: UploaderHost;
  /** Returns the limits that apply at present. */
  readonly limits: () => Limits;
  readonly localizer: () => Localizer;
  /** Returns which types are accepted, in words. */
  readonly typeText: (accept: string | undefined) => string;
}

/**
 * Shows where files can be dropped while they are dragged, and how many will be uploaded or that they will be refused: covers
 * the visible part of the drop target, above everything else on the page, so that nothing moves under the pointer. Browsers
 * without popovers show the drop area alone.
 */
export class DragFeedback {
  readonly #options: DragFeedbackOptions;
  readonly #overlay = document.createElement('div');
  readonly #label = document.createElement('span');

  constructor(options: DragFeedbackOptions) {
    this.#options = options;
    const root = options.host.shadowRoot!;
    root.adoptedStyleSheets.push(overlayCss.styleSheet!);
    const overlay = this.#overlay;
    overlay.popover = 'manual';
    overlay.className = 'drop-overlay';
    overlay.part.add('drop-overlay');
    overlay.append(this.#label);
    root.append(overlay);
  }

  /**
   * @param drag the files that are dragged; undefined while none are
   * @param isEmpty whether the element has no files: its drop area then shows by itself where they can be dropped
   */
  update(drag: Drag | undefined, isEmpty: boolean): void {
    if (!HAS_POPOVERS) return;
    const { host } = this.#options;
    const { target, isRefused = false } = drag ?? {};
    const isOwn = target === host;
    const hasRoom = !isOwn || !/compact|avatar/.test(host.layout ?? '');
    const overlay = this.#overlay;
    const isOpen = overlay.matches(':popover-open');
    if (!target || !hasRoom || (isOwn && isEmpty && !isRefused)) {
      if (isOpen) overlay.hidePopover();
      return;
    }
    const { style } = overlay;
    const { left, top, right, bottom } = visibleRect(target as Element);
    style.left = `${left}px`;
    style.top = `${top}px`;
    style.width = `${right - left}px`;
    style.height = `${bottom - top}px`;
    overlay.classList.toggle('refused', isRefused);
    overlay.lang = this.#options.localizer().lang;
    this.#label.textContent = this.#text(drag!);
    this.#label.hidden = !this.#label.textContent;
    if (!isOpen && overlay.isConnected) overlay.showPopover();
  }

  #text({ count = 0, isRefused }: Drag): string {
    const { limits, localizer, typeText } = this.#options;
    const { accept, multiple } = limits();
    if (isRefused) return typeText(accept);
    const n = multiple === false ? 1 : count;
    return localizer().term(n ? 'drop-files' : 'drop-any', { n });
  }
}

/** The part of an element that is in the window. The root element counts as the whole window. */
function visibleRect(element: Element): Pick<DOMRect, 'left' | 'top' | 'right' | 'bottom'> {
  const { clientWidth, clientHeight } = document.documentElement;
  if (element === document.documentElement) return { left: 0, top: 0, right: clientWidth, bottom: clientHeight };
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    right: Math.min(right, clientWidth),
    bottom: Math.min(bottom, clientHeight),
  };
}
