/** To a digest thread; handled in order. A stream begins with its first message. */
export type ToThread =
  | {
      readonly op: 'update';
      readonly stream: number;
      readonly ticket: number;
      readonly shared: SharedArrayBuffer;
      readonly length: number;
    }
  | { readonly op: 'finish'; readonly stream: number; readonly ticket: number }
  | { readonly op: 'drop'; readonly stream: number };

/** Every ticket is answered once; `hex` has one digest per algorithm of the thread. */
export interface FromThread {
  readonly ticket: number;
  readonly hex?: readonly string[];
}
