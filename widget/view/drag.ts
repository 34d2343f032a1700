/** Files that are dragged over a drop target. */
export interface Drag {
  /** Where they can be dropped; undefined until the code that describes them is loaded. */
  readonly target?: EventTarget;
  /** Number of files; 0 while it is not known, as with folders. */
  readonly count?: number;
  /** Whether `accept` allows none of them. */
  readonly isRefused?: boolean;
}
