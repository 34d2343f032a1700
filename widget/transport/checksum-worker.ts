import { checksum } from '../core/checksum.ts';
import type { ChecksumJob } from './digest.ts';
import { serve } from './serve.ts';

serve<ChecksumJob>(async ({ data, algorithm }, signal) => ({ value: await checksum(data, algorithm, signal) }));
