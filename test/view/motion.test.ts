import { expect, html } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import type { Commands } from '../runner/commands.ts';
import { createElement } from '../fixtures/create-element.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { until } from '../fixtures/wait.ts';

const prefer = (value: 'reduce' | 'no-preference'): Promise<unknown> =>
  executeServerCommand<unknown, Commands['media']>('media', {
    features: [{ name: 'prefers-reduced-motion', value }],
  });

describe('The motion of rows', () => {
  const create = async (): Promise<S3UploaderElement> => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" multiple no-auto></s3-uploader>`);
    await element.add(['a.txt', 'b.txt', 'c.txt'].map((name) => textFile(name)));
    await until('the rows', () => allByRole(element, 'listitem').length === 3);
    return element;
  };
  const animations = (element: S3UploaderElement): Animation[] =>
    [...element.shadowRoot!.querySelectorAll('li')].flatMap((li) => li.getAnimations({ subtree: true }));
  const properties = (element: S3UploaderElement): Set<string> =>
    new Set(
      animations(element).flatMap(({ effect }) =>
        (effect as KeyframeEffect)
          .getKeyframes()
          .flatMap(({ offset, computedOffset, easing, composite, ...styles }) => Object.keys(styles)),
      ),
    );

  afterEach(() => prefer('no-preference'));

  it('changes only the opacity and the transform of rows that enter, leave or slide', async () => {
    const element = await create();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      expect(animations(element)).to.deep.equal([]);
      return;
    }
    expect(properties(element)).to.deep.equal(new Set(['transform']));
    await Promise.all(animations(element).map(({ finished }) => finished));
    const [row] = allByRole(element, 'listitem');
    element.removeFile(element.files[0]!.id);
    await until('the next row', () => allByRole(element, 'listitem').length === 2);
    // the row fades, out of reach, while the others slide
    expect(row!.inert).to.equal(true);
    expect(animations(element)).to.have.length(3);
    expect(properties(element)).to.deep.equal(new Set(['opacity', 'transform']));
    await until('its end', () => !row!.isConnected);
  });

  it('is absent when reduced motion is preferred', async () => {
    await prefer('reduce');
    const element = await create();
    const isReduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const [row] = allByRole(element, 'listitem');
    element.removeFile(element.files[0]!.id);
    await until('the next row', () => allByRole(element, 'listitem').length === 2);
    expect(row!.isConnected).to.equal(!isReduced);
    expect(animations(element).length > 0).to.equal(!isReduced);
  });

  it('keeps the focus in the list when the row with the focus leaves', async () => {
    const element = await create();
    byRole(element, 'button', 'Remove a.txt')!.focus();
    element.removeFile(element.files[0]!.id);
    await until('the focus', () => element.shadowRoot!.activeElement === allByRole(element, 'listitem')[0]);
    expect(element.shadowRoot!.activeElement!.textContent).to.include('b.txt');
  });
});
