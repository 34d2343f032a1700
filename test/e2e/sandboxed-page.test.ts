import { expect } from '@open-wc/testing';
import { until } from '../fixtures/wait.ts';

describe('The built element in a page that cannot upload', () => {
  let frame: HTMLIFrameElement;

  afterEach(() => frame.remove());

  it('says so when its origin is null, as in a sandboxed frame', async () => {
    const shown: string[] = [];
    addEventListener('message', ({ source, data }) => {
      if (source === frame.contentWindow) shown.push(data as string);
    });
    frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.srcdoc = `<!doctype html>
      <title>A sandboxed page</title>
      <s3-uploader endpoint="${location.origin}/sign"></s3-uploader>
      <script type="module">
        import '${location.origin}/dist/cdn/s3-uploader.js';
        const element = document.querySelector('s3-uploader');
        await element.updateComplete;
        const problem = element.shadowRoot.querySelector('[role=alert]');
        const report = () => parent.postMessage(problem.textContent, '*');
        new MutationObserver(report).observe(problem, { childList: true, characterData: true, subtree: true });
        report();
      </script>`;
    document.body.append(frame);
    await until('the problem', () => shown.some((text) => text.startsWith('This page cannot upload: its origin is')));
    expect(shown.at(-1)).to.include('"null"').and.to.include('allow-same-origin');
  });
});
