import { html, nothing, type TemplateResult } from 'lit';
import type { Localizer } from '../view/localizer.ts';
import type { FilesController } from './controllers/files.ts';
import type { IntakeController } from './controllers/intake.ts';

interface DropAreaHost {
  readonly capture?: string;
  readonly directory: boolean;
  readonly noDrop: boolean;
  open(): void;
}

interface DropAreaOptions {
  readonly intake: IntakeController;
  readonly files: FilesController;
  readonly localizer: Localizer;
  readonly isDisabled: boolean;
  /** Whether there are no files, so that the area has room for more than one line. */
  readonly isEmpty: boolean;
}

/** For the `input` of the hidden input: it would cross the shadow root, as if the value had changed. */
const stopPropagation = (event: Event): void => event.stopPropagation();

/** The area where files can be dropped, with the button, the limits, and the hidden input that opens the browser's picker. */
export function dropArea(host: DropAreaHost, options: DropAreaOptions): TemplateResult {
  const { intake, files, localizer, isDisabled, isEmpty } = options;
  const { limits } = files;
  return html`<div
    part="drop"
    class="drop ${intake.drag ? 'dragover' : ''} ${isEmpty ? '' : 'small'}"
    lang=${localizer.lang}
  >
    <svg part="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 16V4m-5 5 5-5 5 5M4 16v4h16v-4" /></svg>
    <div>
      <button part="button" class="primary" aria-describedby="hint" ?disabled=${isDisabled} @click=${() => host.open()}>
        <slot name="button">${files.buttonText}</slot>
      </button>
      ${host.noDrop || !isEmpty ? nothing : html`<span part="drop-label" class="secondary">${localizer.term(limits.multiple ? 'drop' : 'drop-one')}</span>`}
    </div>
    <slot name="hint" id="hint"><span part="hint" class="secondary">${files.hint(limits)}</span></slot>
    <input
      type="file"
      hidden
      accept=${limits.accept || nothing}
      capture=${host.capture ?? nothing}
      ?multiple=${limits.multiple}
      ?webkitdirectory=${host.directory}
      ?disabled=${isDisabled}
      @input=${stopPropagation}
      @change=${intake.onPick}
    />
  </div>`;
}
