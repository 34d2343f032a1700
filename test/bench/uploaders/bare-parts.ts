import { callSigner, inParallel, sendFile, type SignedRequest } from '../page/integrator.ts';
import type { Mount } from '../page/uploader.ts';

interface SignedParts {
  key: string;
  uploadId: string;
  parts: SignedRequest[];
}

/** The floor of one file in parts: bare XMLHttpRequests, signed before the clock starts. The clock includes the completion. */
export const mount: Mount = ({ signerUrl, options, report }) => {
  let signed: SignedParts;
  return {
    async prepare([file]) {
      const { name, type, size } = file!;
      const opened = await callSigner<{ key: string; uploadId: string }>(signerUrl, 'create', { name, type });
      const count = Math.ceil(size / options.partBytes);
      const parts: SignedRequest[] = [];
      for (let partNumber = 1; partNumber <= count; partNumber += 1) {
        const { url } = await callSigner<{ url: string }>(signerUrl, 'request', {
          method: 'PUT',
          ...opened,
          partNumber,
        });
        parts.push({ method: 'PUT', url });
      }
      signed = { ...opened, parts };
    },
    async add([file]) {
      const { key, uploadId, parts } = signed;
      const stored: { PartNumber: number; ETag: string | null }[] = [];
      await inParallel(parts, options.parallel, async (part, index) => {
        const { partBytes } = options;
        const request = await sendFile(part, file!.slice(index * partBytes, (index + 1) * partBytes));
        stored[index] = { PartNumber: index + 1, ETag: request.getResponseHeader('etag') };
      });
      await callSigner(signerUrl, 'complete', { key, uploadId, parts: stored });
      report.stored(file!.name);
    },
  };
};
