import type { Authorize } from '../options.ts';

/** Lets anyone upload. For demos, and for sites that mean it. */
export const publicAccess: Authorize = () => ({ owner: '' });
