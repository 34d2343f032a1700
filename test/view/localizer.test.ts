import { expect } from '@open-wc/testing';
import { enFiles } from '../../widget/locales/en-files.ts';
import { en } from '../../widget/locales/en.ts';
import { Localizer } from '../../widget/view/localizer.ts';

/** The names of the formatters that `run` makes. */
function formattersMadeBy(run: () => void): string[] {
  const made: string[] = [];
  const { NumberFormat, PluralRules } = Intl;
  const counting = <Class extends object>(Original: Class, name: string): Class =>
    new Proxy(Original, {
      construct(target, parameters) {
        made.push(name);
        return Reflect.construct(target as new () => object, parameters) as object;
      },
    });
  Object.assign(Intl, {
    NumberFormat: counting(NumberFormat, 'NumberFormat'),
    PluralRules: counting(PluralRules, 'PluralRules'),
  });
  try {
    run();
  } finally {
    Object.assign(Intl, { NumberFormat, PluralRules });
  }
  return made.sort();
}

describe('The texts of a language', () => {
  it('make a formatter once for each kind of number, and the plural rules once', () => {
    const localizer = new Localizer('en', { ...en, ...enFiles });
    const texts: string[] = [];
    const made = formattersMadeBy(() => {
      for (const n of [1, 2, 1000]) {
        texts.push(localizer.number(n), localizer.size(n * 1e6), localizer.term('files-added', { n }));
      }
    });
    expect(made).to.deep.equal(['NumberFormat', 'NumberFormat', 'NumberFormat', 'PluralRules']);
    expect(texts).to.deep.equal([
      ...['1', '1\u00a0MB', 'One file added'],
      ...['2', '2\u00a0MB', '2 files added'],
      ...['1,000', '1\u00a0GB', '1,000 files added'],
    ]);
  });
});
