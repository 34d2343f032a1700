import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import { enErrors } from '../../widget/locales/en-errors.ts';
import { enFiles } from '../../widget/locales/en-files.ts';
import { enForm } from '../../widget/locales/en-form.ts';
import { enLimits } from '../../widget/locales/en-limits.ts';
import { en } from '../../widget/locales/en.ts';
import type { Label } from '../../widget/locales/label.ts';
import type { LabelKey } from '../../widget/locales/labels.ts';
import { load, locales } from '../../widget/locales/load.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { textFile } from '../fixtures/files.ts';
import { byRole, rowTexts } from '../fixtures/queries.ts';
import { until } from '../fixtures/wait.ts';

const english: Record<string, Label> = { ...en, ...enFiles, ...enErrors, ...enForm, ...enLimits };
const texts = (label: Label): string[] => (typeof label === 'string' ? [label] : Object.values(label));
const placeholders = (text: string): string[] => [...new Set(text.match(/{\w+}/g))].sort();

describe('Languages', () => {
  it('number at least thirty besides English', () => {
    expect(locales.length).to.be.at.least(30);
  });

  for (const lang of locales) {
    it(`include ${lang} with every text, in the order and with the placeholders of English`, async () => {
      const { labels } = await load(lang);
      expect(Object.keys(labels!)).to.deep.equal(Object.keys(english));
      for (const [key, label] of Object.entries(labels!)) {
        const expected = placeholders(texts(english[key]!).at(-1)!);
        const plural = typeof label === 'string' ? undefined : label;
        expect(placeholders(plural ? plural.other : (label as string)), key).to.deep.equal(expected);
        for (const text of texts(label)) {
          if (key !== 'comma') expect(text, key).to.equal(text.trim());
          expect(text, key).to.not.equal('');
          for (const placeholder of placeholders(text)) expect(expected, key).to.include(placeholder);
        }
        const categories = new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
        for (const category of Object.keys(plural ?? {})) expect(categories, key).to.include(category);
      }
    });
  }
});

describe('The language of the element', () => {
  it('is that of the nearest `lang`, also across a shadow root', async () => {
    const outer = await fixture<HTMLElement>(html`<div lang="de"></div>`);
    const inner = document.createElement('div');
    inner
      .attachShadow({ mode: 'open' })
      .append(Object.assign(document.createElement('s3-uploader'), { endpoint: '/sign', noAuto: true }));
    outer.append(inner);
    const element = inner.shadowRoot!.querySelector('s3-uploader')!;
    await until('German', () => byRole(element, 'button', 'Datei auswählen'));
    await element.add([textFile('brief.txt', 1_500_000)]);
    await until('a German number', () => rowTexts(element)[0]?.includes('Bereit · 1,5 MB'));
    await expect(element).to.be.accessible();
  });

  it('is the closest one available for its `lang`', async () => {
    for (const [lang, label] of [
      ['pt-BR', 'Escolher um arquivo'],
      ['zh-Hant-HK', '選擇檔案'],
      ['zh_CN', '选择文件'],
      ['no', 'Velg en fil'],
      ['fr-CH', 'Choisir un fichier'],
      ['xx', 'Choose a file'],
      ['not a language', 'Choose a file'],
      ['de-', 'Datei auswählen'],
      ['de_DE.UTF-8', 'Datei auswählen'],
      ['de-DE@euro', 'Datei auswählen'],
      ['de,en', 'Datei auswählen'],
      ['pt-br ', 'Escolher um arquivo'],
    ] as const) {
      const element = await fixture<S3UploaderElement>(html`<s3-uploader endpoint="/sign" lang=${lang}></s3-uploader>`);
      await until(`the label for ${lang}`, () => byRole(element, 'button', label));
    }
  });

  it('changes when `lang` changes', async () => {
    const element = await fixture<S3UploaderElement>(html`<s3-uploader endpoint="/sign" lang="fr"></s3-uploader>`);
    await until('French', () => byRole(element, 'button', 'Choisir un fichier'));
    element.lang = 'ja';
    await until('Japanese', () => byRole(element, 'button', 'ファイルを選択'));
    element.lang = 'en';
    await until('English', () => byRole(element, 'button', 'Choose a file'));
  });

  it('follows the page, any ancestor, and a move in the document', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <div class="de" lang="de"></div>
        <div class="ja" lang="ja"></div>
      </div>`,
    );
    const inner = document.createElement('div');
    const element = Object.assign(document.createElement('s3-uploader'), {
      endpoint: '/sign',
      noAuto: true,
      multiple: true,
    });
    inner.attachShadow({ mode: 'open' }).append(element);
    page.append(inner);
    await until('English', () => byRole(element, 'button', 'Choose files'));
    await element.add([textFile('brief.txt', 1_500_000)]);
    document.documentElement.lang = 'fr';
    try {
      await until('French', () => byRole(element, 'button', 'Choisir des fichiers'));
      await until('a French row', () => rowTexts(element)[0]?.includes('Prêt · 1,5 Mo'));
      page.lang = 'es';
      await until('Spanish', () => byRole(element, 'button', 'Elegir archivos'));
      page.querySelector('.de')!.append(inner);
      await until('German', () => byRole(element, 'button', 'Dateien auswählen'));
      page.querySelector('.ja')!.append(inner);
      await until('Japanese', () => byRole(element, 'button', 'ファイルを選択'));
      inner.lang = 'nl';
      await until('Dutch', () => byRole(element, 'button', 'Bestanden kiezen'));
      inner.removeAttribute('lang');
      page.querySelector('.ja')!.removeAttribute('lang');
      await until('Spanish', () => byRole(element, 'button', 'Elegir archivos'));
    } finally {
      document.documentElement.lang = '';
    }
  });

  it('falls back to English, and marks the text as English, if `lang` is not available', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" no-auto multiple lang="xx"></s3-uploader>`,
    );
    await element.add([textFile('a.txt')]);
    const langOf = (found: Element): string | undefined => found.closest<HTMLElement>('[lang]')?.lang;
    const row = await until('the row', () => byRole(element, 'listitem'));
    expect(langOf(row)).to.equal('en');
    expect(langOf(byRole(element, 'button', 'Choose files')!)).to.equal('en');
    element.lang = 'de';
    await until('German', () => byRole(element, 'button', 'Dateien auswählen'));
    await until('the `lang` of the row', () => langOf(byRole(element, 'listitem')!) === 'de');
    expect(langOf(byRole(element, 'button', 'Dateien auswählen')!)).to.equal('de');
  });

  it('may be one that only the page’s `labels` have, with its own plural forms', async () => {
    const labels = {
      'choose-one': 'Dewis ffeil',
      ready: 'Barod',
      'at-most': { two: 'Dwy ffeil', other: '{n} o ffeiliau' },
    };
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" no-auto lang="cy" max-files="2" .labels=${labels}></s3-uploader>`,
    );
    await until('Welsh', () => byRole(element, 'button', 'Dewis ffeil'));
    expect(byRole(element, 'button')!.closest<HTMLElement>('[lang]')?.lang).to.equal('cy');
    expect(element.shadowRoot!.querySelector('[part=hint]')!.textContent).to.equal('Dwy ffeil');
  });

  it('may be a `lang` that Intl rejects', async () => {
    for (const [lang, size] of [
      ['zh_CN', '1.5 MB'],
      ['not a language', '1.5 MB'],
      ...[
        'en-',
        'en-US@posix',
        'en-US;q=0.9',
        'en US',
        'en-us,en',
        'en_US.UTF-8',
        'en-x',
        'i-klingon',
        'x-default',
        'C',
        '🙂',
      ].map((each) => [each, '1.5 MB'] as const),
    ] as const) {
      const element = await fixture<S3UploaderElement>(
        html`<s3-uploader endpoint="/sign" no-auto lang=${lang} .labels=${{ ready: 'OK' }}></s3-uploader>`,
      );
      await element.add([textFile('a.txt', 1_500_000)]);
      await until(`the row for ${lang}`, () => rowTexts(element)[0]?.includes(`OK · ${size}`));
    }
  });

  it('is overridden text by text by the page’s `labels`', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" lang="fr" .labels=${{ 'choose-one': 'Ajouter ma photo' }}></s3-uploader>`,
    );
    await until('the page’s label', () => byRole(element, 'button', 'Ajouter ma photo'));
    expect(element.shadowRoot?.querySelector('[part=drop-label]')?.textContent).to.equal('ou déposez-le ici');
  });

  it('selects a plural form by the number', async () => {
    const key: LabelKey = 'files-added';
    const ru = (await load('ru')).labels![key] as Record<string, string>;
    const form = (n: number): string => ru[new Intl.PluralRules('ru').select(n)] ?? ru['other']!;
    expect([1, 3, 5, 21].map(form)).to.deep.equal([ru['one'], ru['few'], ru['other'], ru['one']]);
  });
});
