import type { PictureJob } from './pictures.ts';
import { serve } from './transport/serve.ts';
import { prepare } from './view/prepare.ts';
import { thumbnail } from './view/thumbnail.ts';

serve<PictureJob>(async (job) => {
  if (job.work === 'prepare') {
    const made = await prepare(job.file, job.wanted);
    return { value: made === job.file ? undefined : made }; // the page has that one
  }
  const value = await thumbnail(job.file, job.side);
  return { value, transfer: value.bitmap ? [value.bitmap] : [] };
});
