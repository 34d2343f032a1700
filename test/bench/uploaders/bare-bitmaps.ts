import { inParallel } from '../page/integrator.ts';
import type { Mount } from '../page/uploader.ts';

/** Pictures that are decoded at a time. */
const PARALLEL = 2;

/** The floor of previews: bare calls of createImageBitmap, without showing anything. */
export const mount: Mount = () => {
  let count = 0;
  return {
    add: (files) =>
      inParallel(files, PARALLEL, async (file) => {
        (await createImageBitmap(file, { resizeWidth: 128, resizeQuality: 'medium' })).close();
        count += 1;
      }),
    previewCount: () => count,
  };
};
