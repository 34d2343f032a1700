import type { Labels } from './labels.ts';

/** Each a chunk of its own. English is inside of the tag. */
const LOCALES: Readonly<Record<string, () => Promise<{ default: Labels }>>> = {
  ar: () => import('./ar.ts'),
  bg: () => import('./bg.ts'),
  ca: () => import('./ca.ts'),
  cs: () => import('./cs.ts'),
  da: () => import('./da.ts'),
  de: () => import('./de.ts'),
  el: () => import('./el.ts'),
  es: () => import('./es.ts'),
  fa: () => import('./fa.ts'),
  fi: () => import('./fi.ts'),
  fr: () => import('./fr.ts'),
  he: () => import('./he.ts'),
  hi: () => import('./hi.ts'),
  hu: () => import('./hu.ts'),
  id: () => import('./id.ts'),
  it: () => import('./it.ts'),
  ja: () => import('./ja.ts'),
  ko: () => import('./ko.ts'),
  nb: () => import('./nb.ts'),
  nl: () => import('./nl.ts'),
  pl: () => import('./pl.ts'),
  pt: () => import('./pt.ts'),
  ro: () => import('./ro.ts'),
  ru: () => import('./ru.ts'),
  sk: () => import('./sk.ts'),
  sv: () => import('./sv.ts'),
  th: () => import('./th.ts'),
  tr: () => import('./tr.ts'),
  uk: () => import('./uk.ts'),
  vi: () => import('./vi.ts'),
  zh: () => import('./zh.ts'),
  'zh-TW': () => import('./zh-TW.ts'),
};

/** Tags that people write for what is here under another. */
const ALIASES: Readonly<Record<string, string>> = {
  no: 'nb',
  nn: 'nb',
  iw: 'he',
  in: 'id',
  'zh-Hant': 'zh-TW',
  'zh-HK': 'zh-TW',
  'zh-MO': 'zh-TW',
};

/** Languages there are words for, English apart. */
export const locales: readonly string[] = Object.keys(LOCALES);

/**
 * The words of a language, or of the nearest one that is here.
 *
 * @param lang a BCP 47 tag, such as `pt-BR`, or what people write for one.
 * @returns its tag as `Intl` takes it, and no labels where there are none.
 */
export async function load(lang: string): Promise<{ lang: string; labels: Labels | undefined }> {
  const whole = canonical(lang);
  for (let tag = whole; tag; tag = tag.slice(0, Math.max(tag.lastIndexOf('-'), 0))) {
    const found = LOCALES[tag] ?? LOCALES[ALIASES[tag] ?? ''];
    if (found) return { lang: whole, labels: (await found()).default };
  }
  return { lang: whole || 'en', labels: undefined };
}

/** As in the lists above: `zh_hant-hk` is `zh-Hant-HK`. */
function canonical(lang: string): string {
  try {
    return Intl.getCanonicalLocales(lang.replaceAll('_', '-'))[0] ?? '';
  } catch {
    return ''; // no language tag at all
  }
}
