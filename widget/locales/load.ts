import type { Labels } from './labels.ts';

/** The languages by tag. Each is a chunk of its own; English is part of the element. */
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

/** Other language tags for the languages above. */
const ALIASES: Readonly<Record<string, string>> = {
  no: 'nb',
  nn: 'nb',
  iw: 'he',
  in: 'id',
  'zh-Hant': 'zh-TW',
  'zh-HK': 'zh-TW',
  'zh-MO': 'zh-TW',
};

/** Language tags of all translations, without English. */
export const locales: readonly string[] = Object.keys(LOCALES);

/**
 * Loads the texts of a language, or of the nearest one: `pt` for `pt-BR`.
 *
 * @param lang a BCP 47 language tag. Of any other text, the beginning that is a tag counts: `pt_BR.UTF-8` is `pt-BR`.
 * @returns the canonical tag; labels are empty for English, which the element contains, and undefined if there is no
 *   translation
 */
export async function load(lang: string): Promise<{ lang: string; labels: Partial<Labels> | undefined }> {
  const whole = canonical(lang);
  for (const tag of prefixes(whole)) {
    if (tag === 'en') return { lang: whole, labels: {} };
    const found = LOCALES[tag] ?? LOCALES[ALIASES[tag] ?? ''];
    if (found) return { lang: whole, labels: (await found()).default };
  }
  return { lang: whole || 'en', labels: undefined };
}

/** The tag as in the lists above: `zh-Hant-HK` for `zh_hant-hk`. Empty if the text does not begin with a language tag. */
function canonical(lang: string): string {
  const [tag = ''] = /^[a-z\d]+(-[a-z\d]+)*/i.exec(lang.trim().replaceAll('_', '-')) ?? [];
  for (const each of prefixes(tag)) {
    try {
      return Intl.getCanonicalLocales(each)[0] ?? '';
    } catch {
      // not a language tag
    }
  }
  return '';
}

/** A tag, and the same without its last parts: `zh-Hant-HK`, `zh-Hant`, `zh`. */
const prefixes = (tag: string): readonly string[] =>
  tag
    .split('-')
    .map((_, i, parts) => parts.slice(0, parts.length - i).join('-'))
    .filter(Boolean);
