import { sendFile, type SignedRequest, signFiles } from '../page/integrator.ts';
import type { Mount } from '../page/uploader.ts';

/** Milliseconds between two drawings. */
const DRAW_MS = 100;

/** What every visible uploader needs: a bare XMLHttpRequest, a bar, and a line with a percentage and megabytes. */
export const mount: Mount = ({ root, signerUrl, report }) => {
  const bar = document.createElement('progress');
  const line = document.createElement('p');
  const percent = new Intl.NumberFormat('en', { style: 'percent' });
  const megabytes = new Intl.NumberFormat('en', { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
  let drawnAt = 0;
  const draw = (loaded: number, total: number): void => {
    if (performance.now() - drawnAt < DRAW_MS) return;
    drawnAt = performance.now();
    bar.value = loaded / total;
    line.textContent = `${percent.format(loaded / total)} of ${megabytes.format(total / 1e6)}`;
  };
  let signed: SignedRequest[] = [];
  return {
    async prepare(files) {
      signed = await signFiles(signerUrl, files);
    },
    async add([file]) {
      root.append(bar, line);
      try {
        await sendFile(signed[0]!, file!, draw);
        report.stored(file!.name);
      } catch (error) {
        report.failed(file!.name, error);
      }
    },
  };
};
