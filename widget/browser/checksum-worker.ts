import { checksum } from '../core/checksum.ts';
import type { ChecksumJob } from './checksum-client.ts';
import { serve } from './worker-server.ts';

serve<ChecksumJob>(async ({ data, algorithm }, signal) => ({ value: await checksum(data, algorithm, signal) }));
