import { html, nothing, type TemplateResult } from 'lit';
import type { Localizer } from '../view/localizer.ts';

/**
 * The place of the view. Until the first row is there, shows the names of the files that were added: the view is in a chunk
 * that may take seconds to load.
 *
 * @param isEmpty whether there are no files, listed or added
 * @param names of files that were added and are not in the list yet
 * @param isOpen whether the view is there, which has a live region of its own
 */
export function filesArea(
  isEmpty: boolean,
  names: readonly string[],
  localizer: Localizer,
  isOpen: boolean,
): TemplateResult {
  return html`
    ${isEmpty ? html`<slot name="empty"></slot>` : nothing}
    <div class=${names.length ? 'added' : nothing} role=${isOpen ? nothing : 'status'}>
      ${names.length ? html`<bdi>${firstNames(names, localizer)}</bdi>` : nothing}
    </div>
    <div class="files"></div>
  `;
}

/** Maximum number of names that are shown; the rest are counted. */
const MAX_NAMES = 3;

/** The first names, and the number of the others: `a, b, c, +4`. */
function firstNames(names: readonly string[], localizer: Localizer): string {
  const more = names.length - MAX_NAMES;
  const rest = more > 0 ? [`+${localizer.number(more)}`] : [];
  return [...names.slice(0, MAX_NAMES), ...rest].join(localizer.term('comma') || ', ');
}
