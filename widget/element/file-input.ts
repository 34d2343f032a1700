import { html, nothing, type TemplateResult } from 'lit';
import type { ElementLimits } from './limits.ts';

interface FileInputHost {
  readonly capture?: string;
  readonly directory: boolean;
}

/**
 * The hidden input that opens the browser's picker.
 *
 * @param onPick called when files were picked
 */
export const fileInput = (
  { capture, directory }: FileInputHost,
  { accept, multiple }: ElementLimits,
  isDisabled: boolean,
  onPick: (event: Event) => void,
): TemplateResult =>
  // its `input` would cross the shadow root, as if the value had changed
  html`<input
    type="file"
    hidden
    accept=${accept || nothing}
    capture=${capture ?? nothing}
    ?multiple=${multiple}
    ?webkitdirectory=${directory}
    ?disabled=${isDisabled}
    @input=${(event: Event) => event.stopPropagation()}
    @change=${onPick}
  />`;
