import { serveJobs } from '../browser/worker-server.ts';
import type { PictureJob } from './picture-client.ts';
import { thumbnail } from './thumbnail.ts';
import { transform } from './transform.ts';

serveJobs<PictureJob>(async (job) => {
  if (job.work === 'transform') {
    const made = await transform(job.file, job.options);
    return { value: made === job.file ? undefined : made }; // the page has that file already
  }
  const value = await thumbnail(job.file, job.side);
  return { value, transfer: value.bitmap ? [value.bitmap] : [] };
});
