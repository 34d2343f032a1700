import type { Authorize } from '../core/principal.ts';

/** Lets anyone upload, without an owner. For demos, and for sites that accept uploads from everyone. */
export const publicAccess: Authorize = () => ({ owner: '' });
