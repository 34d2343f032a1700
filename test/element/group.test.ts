import { expect, fixture, html } from '@open-wc/testing';
import { executeServerCommand } from '@web/test-runner-commands';
import { computeAccessibleDescription } from 'dom-accessibility-api';
import '../../widget/define.ts';
import type { Commands } from '../runner/commands.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { textFile } from '../fixtures/files.ts';
import { byRole } from '../fixtures/queries.ts';
import { until } from '../fixtures/wait.ts';

/** Reads the browser's own accessibility tree: only it has the role and name set by `ElementInternals`. */
const isA = (role: string, name: string): Promise<boolean> =>
  executeServerCommand<boolean, Commands['accessible-as']>('accessible-as', { host: '#uploader', role, name });

describe('The element as a group', () => {
  it('takes its name from its label, and follows when the label changes', async () => {
    const page = await fixture<HTMLElement>(
      html`<div>
        <label for="uploader">Holiday photos</label>
        <s3-uploader id="uploader" endpoint="/sign"></s3-uploader>
      </div>`,
    );
    await until('the name', () => isA('group', 'Holiday photos'));
    page.querySelector('label')!.textContent = 'Other photos';
    page.querySelector('s3-uploader')!.multiple = true;
    await until('the new name', () => isA('group', 'Other photos'));
  });

  it('takes its name from the `label` slot, or has a default name', async () => {
    await fixture(html`<s3-uploader id="uploader" endpoint="/sign"><h2 slot="label">Attachments</h2></s3-uploader>`);
    await until('the name', () => isA('group', 'Attachments'));
    document.querySelector('#uploader')!.replaceChildren();
    await until('the default name', () => isA('group', 'Files'));
  });

  it('keeps a role and a name that the page sets', async () => {
    await fixture(
      html`<s3-uploader id="uploader" endpoint="/sign" role="region" aria-label="Documents"></s3-uploader>`,
    );
    await until('the role and the name', () => isA('region', 'Documents'));
    const element = document.querySelector('#uploader')!;
    await expect(element).to.be.accessible();
    expect([element.getAttribute('role'), element.getAttribute('aria-label')]).to.deep.equal(['region', 'Documents']);
  });

  it('describes its button by the limits, or by the page’s own hint', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" no-auto max-file-size="2MB"></s3-uploader>`,
    );
    const description = (): string => computeAccessibleDescription(byRole(element, 'button', 'Choose a file')!);
    expect(description()).to.equal('Up to 2\u00a0MB per file');
    await element.add([textFile('a.txt')]);
    expect(description()).to.equal('Up to 2\u00a0MB per file');
    const withHint = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign"><p slot="hint">Passport photos only</p></s3-uploader>`,
    );
    expect(computeAccessibleDescription(byRole(withHint, 'button', 'Choose a file')!)).to.equal('Passport photos only');
  });
});
