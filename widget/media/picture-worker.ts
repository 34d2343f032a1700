import type { PictureJob } from './picture-client.ts';
import { serveJobs } from '../browser/worker-server.ts';
import { transform } from './transform.ts';
import { thumbnail } from './thumbnail.ts';

serveJobs<PictureJob>(async (job) => {
  if (job.work === 'prepare') {
    const made = await transform(job.file, job.wanted);
    return { value: made === job.file ? undefined : made }; // the page has that one
  }
  const value = await thumbnail(job.file, job.side);
  return { value, transfer: value.bitmap ? [value.bitmap] : [] };
});
