import { html, nothing, type TemplateResult } from 'lit';
import type { UploadItem } from '../core/item.ts';
import { listNames } from '../view/announcer.ts';
import type { Localizer } from '../view/localizer.ts';

/**
 * The place of the view. Until the first row is there, shows the names of the files that were added: the view is in a chunk
 * that may take seconds to load.
 *
 * @param intake has the names of files that were added and are not all in the list yet
 * @param isOpen whether the view is there, which has a live region of its own
 */
export function filesArea(
  files: readonly UploadItem[],
  intake: { readonly pendingNames: readonly string[] },
  localizer: Localizer,
  isOpen: boolean,
): TemplateResult {
  const names = files.length ? [] : intake.pendingNames;
  return html`
    ${files.length || names.length ? nothing : html`<slot name="empty"></slot>`}
    <div class=${names.length ? 'added' : nothing} role=${isOpen ? nothing : 'status'}>
      ${names.length ? html`<bdi>${listNames(names, localizer)}</bdi>` : nothing}
    </div>
    <div class="files"></div>
  `;
}
