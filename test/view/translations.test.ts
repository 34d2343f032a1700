import { expect } from '@open-wc/testing';
import { enErrors } from '../../widget/locales/en-errors.ts';
import { enFiles } from '../../widget/locales/en-files.ts';
import { enForm } from '../../widget/locales/en-form.ts';
import { enLimits } from '../../widget/locales/en-limits.ts';
import { en } from '../../widget/locales/en.ts';
import type { Label } from '../../widget/locales/label.ts';
import type { LabelKey, Labels } from '../../widget/locales/labels.ts';
import { load, locales } from '../../widget/locales/load.ts';
import { Localizer } from '../../widget/view/localizer.ts';
import { speedText, timeLeftText } from '../../widget/view/quantities.ts';

const english: Labels = { ...en, ...enFiles, ...enErrors, ...enForm, ...enLimits };

/** The numbers of files that the plural forms are checked with. */
const COUNTS = [...Array(201).keys(), 1000, 1_000_000];
const SIZES = [1, 2, 12, 999, 1000, 1_500_000, 2e9, 3.7e12];
const SPEEDS = [1, 500, 690_000, 1.2e6];
const SECONDS_LEFT = [5, 12, 60, 61, 660, 3600, 7200, 9000];

/** White space at which a line may break. */
const BREAKING_SPACE = String.raw`[^\S\u00a0\u202f]`;

/**
 * The separator of the kinds of files in a hint, where it is not the one that Intl puts between the first of three items in
 * a sentence.
 */
const OWN_COMMA: Readonly<Partial<Record<string, string>>> = {
  // Intl puts “and” between all items, but the hint names no last item. The mark sets Latin names such as PDF in the
  // order of the list, as it does in Intl's Persian lists.
  ar: '،\u200f ',
  // Intl puts only a space, but names of kinds contain spaces. Lists in Thai may have commas.
  th: ', ',
};

/** Marks that a language writes in its own way: quotation marks, apostrophes and ellipses everywhere. */
const FOREIGN_MARKS = /["']|\.{3}/;
const FOREIGN_MARKS_OF: Readonly<Partial<Record<string, RegExp>>> = {
  // the source texts: straight apostrophes
  en: /"|\.{3}/,
  // ، ؛ ؟
  ar: /[,;?"']|\.{3}/,
  fa: /[,;?"']|\.{3}/,
};

/** Languages without full stops. */
const WITHOUT_FULL_STOP = ['th'];
/** Sentences in English that are none in the language. */
const NO_SENTENCE: Readonly<Partial<Record<string, readonly LabelKey[]>>> = { de: ['offline'] };

const labelsOf = async (lang: string): Promise<Labels> =>
  lang === 'en' ? english : ((await load(lang)).labels as Labels);
const formsOf = (label: Label): readonly string[] => (typeof label === 'string' ? [label] : Object.values(label));

/** The texts with plural forms that have a number of files, with the forms by category. */
const pluralsOf = (labels: Labels): readonly (readonly [string, Readonly<Record<string, string>>])[] =>
  Object.entries(labels).flatMap(([key, label]: [string, Label]) =>
    typeof label === 'string' || !label.other.includes('{n}') ? [] : [[key, label] as const],
  );

const endOf = (text: string): 'ellipsis' | 'full stop' | 'none' => {
  if (text.endsWith('…')) return 'ellipsis';
  return /[.。।]$/.test(text) ? 'full stop' : 'none';
};

for (const lang of ['en', ...locales]) {
  describe(`The texts in ${lang}`, () => {
    const rules = new Intl.PluralRules(lang);

    it('have exactly the plural forms that whole numbers select, and `other`', async () => {
      const categories = new Set([...COUNTS.map((n) => rules.select(n)), 'other']);
      for (const [key, forms] of pluralsOf(await labelsOf(lang))) {
        expect(Object.keys(forms), key).to.have.members([...categories]);
      }
    });

    it('name the number, unless it is the only one of its plural form', async () => {
      for (const [key, forms] of pluralsOf(await labelsOf(lang))) {
        for (const [category, form] of Object.entries(forms)) {
          // no text speaks of 0 files, which some languages count as singular
          const counts = COUNTS.filter((n) => n && rules.select(n) === category);
          if (counts.length > 1) expect(form, `${key}, ${category}`).to.include('{n}');
        }
      }
    });

    it('keep a number and its unit on one line', async () => {
      const labels = await labelsOf(lang);
      const localizer = new Localizer(lang, labels);
      const quantities = [
        ...SIZES.map((bytes) => localizer.size(bytes)),
        ...SPEEDS.map((speed) => speedText(speed, localizer)),
      ];
      for (const text of quantities) expect(text).to.not.match(new RegExp(BREAKING_SPACE));
      for (const text of SECONDS_LEFT.map((seconds) => timeLeftText(seconds, localizer))) {
        expect(text).to.equal(text.trim());
        expect(text).to.not.match(new RegExp(String.raw`\p{Nd}${BREAKING_SPACE}`, 'u'));
      }
      for (const [key, label] of Object.entries(english) as [LabelKey, Label][]) {
        const [placeholder] = /{\w+}(?=\u00a0)/.exec(formsOf(label).at(-1)!) ?? [];
        if (!placeholder) continue;
        const breaking = new RegExp(placeholder + BREAKING_SPACE);
        for (const form of formsOf(labels[key])) expect(form, key).to.not.match(breaking);
      }
    });

    it('separate the kinds of files as lists do in the language', async () => {
      const { comma } = await labelsOf(lang);
      const [, separator] = new Intl.ListFormat(lang, { type: 'conjunction' }).formatToParts(['a', 'b', 'c']);
      expect(comma).to.equal(OWN_COMMA[lang] ?? separator!.value);
    });

    it('have no punctuation of other languages', async () => {
      for (const [key, label] of Object.entries(await labelsOf(lang)) as [LabelKey, Label][]) {
        if (key === 'comma') continue;
        for (const form of formsOf(label)) expect(form, key).to.not.match(FOREIGN_MARKS_OF[lang] ?? FOREIGN_MARKS);
      }
    });

    it('end with a full stop or an ellipsis where English does', async () => {
      for (const [key, label] of Object.entries(await labelsOf(lang)) as [LabelKey, Label][]) {
        const end = endOf(formsOf(english[key]).at(-1)!);
        const hasNoStop = WITHOUT_FULL_STOP.includes(lang) || NO_SENTENCE[lang]?.includes(key);
        const expected = end === 'full stop' && hasNoStop ? 'none' : end;
        for (const form of formsOf(label)) expect(endOf(form), key).to.equal(expected);
      }
    });
  });
}
