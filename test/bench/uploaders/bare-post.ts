import { inParallel, sendFile, type SignedRequest, signFiles } from '../page/integrator.ts';
import type { Mount } from '../page/uploader.ts';

/** The floor: bare XMLHttpRequests for files that are signed before the clock starts. */
export const mount: Mount = ({ signerUrl, options, report }) => {
  let signed: SignedRequest[] = [];
  return {
    async prepare(files) {
      signed = await signFiles(signerUrl, files);
    },
    add: (files) =>
      inParallel(files, options.parallel, async (file, index) => {
        try {
          await sendFile(signed[index]!, file);
          report.stored(file.name);
        } catch (error) {
          report.failed(file.name, error);
        }
      }),
  };
};
