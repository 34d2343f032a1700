import { checksum } from '../core/checksum.ts';
import type { ChecksumJob } from './checksum-client.ts';
import { serveJobs } from './worker-server.ts';

serveJobs<ChecksumJob>(async ({ data, algorithm }, signal) => ({ value: await checksum(data, algorithm, signal) }));
