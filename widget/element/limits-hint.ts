import type { Limits } from '../core/limits.ts';
import { enLimits } from '../locales/en-limits.ts';
import type { LabelKey } from '../locales/labels.ts';
import { fileKinds } from '../view/file-kinds.ts';
import type { UploaderHost } from '../view/host.ts';
import { joinLimits, limitsText } from '../view/limits-text.ts';
import type { Localizer } from '../view/localizer.ts';
import { dimensionsText } from '../view/quantities.ts';
import type { LanguageController } from './controllers/language.ts';
import { isPlainAccept } from './plain-accept.ts';

/** The members of the element's files that the hint needs. */
interface HintedFiles {
  /** Minimum number of files that the form needs. */
  readonly minFiles: number;
  /** Undefined until the files are open. */
  readonly session?: unknown;
  open(): Promise<unknown>;
}

/**
 * Creates the function that writes the hint of an element with limits that few have, in the element's language. In a chunk of its own, because of the
 * table of kinds of files.
 *
 * @returns the limits in words: `Word, PDF · Up to 10 files · At least 2 files · At least 600 × 400 pixels`
 */
export function limitsHint(
  host: UploaderHost,
  files: HintedFiles,
  language: LanguageController,
): (limits: Limits) => string {
  let localizer!: Localizer;
  language.add({
    setLanguage(pages) {
      localizer = pages.withEnglish({ comma: ', ', ...enLimits });
      host.requestUpdate();
    },
  });
  return (limits) => {
    const { accept } = limits;
    const { minFiles, session } = files;
    const { minImageSize, maxImageSize } = host;
    // the session reads an unclear `accept`, and reports it
    if (!session && !isPlainAccept(accept ?? '')) void files.open();
    const pixels = (key: LabelKey, size: string | undefined): string =>
      size ? localizer.term(key, { size: dimensionsText(size, localizer) }) : '';
    return joinLimits([
      fileKinds(accept, localizer)
        .words.join(localizer.term('comma'))
        // a Turkish `i` keeps its dot
        .replace(/./, (letter) => letter.toLocaleUpperCase(localizer.lang)),
      limitsText(limits, localizer),
      // a minimum of one needs no hint
      minFiles > 1 && localizer.term('min-files', { n: minFiles }),
      pixels('min-pixels', minImageSize),
      pixels('max-pixels', maxImageSize),
    ]);
  };
}
