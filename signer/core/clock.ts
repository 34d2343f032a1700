/** Whole seconds since 1970, as tickets and receipts count time. */
export const nowInSeconds = (): number => Math.floor(Date.now() / 1000);
