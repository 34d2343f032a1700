import type { Authorize } from '../core/options.ts';

/** Lets anyone upload. For demos, and for sites that mean it. */
export const publicAccess: Authorize = () => ({ owner: '' });
