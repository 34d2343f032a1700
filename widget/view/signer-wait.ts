import type { WaitingItem } from './summary.ts';

/** Whether the file waits for the signer. All files wait for it together, so that their rows do not say so. */
export const waitsForSigner = ({ reason, error }: WaitingItem): boolean => reason === 'retry' && error.phase === 'sign';
