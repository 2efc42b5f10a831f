/** What the store's process asks its child that holds librbd. Every name is a call's; `image` is a number the child gave out. */

/** A pool, and a namespace in it. */
export interface PoolSpot {
  readonly pool: string;
  readonly namespace: string;
}
export interface ConnectArgs {
  readonly user: string;
  readonly cephConf: string;
  /** Options of Ceph, over those of the file; may hold a key. */
  readonly conf: Readonly<Record<string, string>>;
}
/** Held by who writes to an image. Taking it shuts out the process that had it, at the servers. */
export interface ImageLock {
  /** Random, of one writing. */
  readonly owner: string;
  /** It was ours before: only what we left there ourselves is taken. */
  readonly isAgain?: boolean | undefined;
}
export interface OpenArgs {
  readonly at: PoolSpot;
  readonly name: string;
  /** With it the image is opened as it was then, read only. */
  readonly snapshot?: string | undefined;
  readonly isReadOnly?: boolean | undefined;
  readonly lock?: ImageLock | undefined;
}
export interface OpenedImage {
  readonly image: number;
  readonly id: string;
  readonly size: number;
  readonly createdMs: number;
}
export interface Snapshot {
  readonly name: string;
  readonly isProtected: boolean;
}
interface OfImage {
  readonly image: number;
}
interface OfName {
  readonly at: PoolSpot;
  readonly name: string;
}
interface OfRange extends OfImage {
  readonly position: number;
  readonly length: number;
}
/** Where the bytes are in the memory that `share` made; without it they travel beside the call. */
interface InWindow {
  readonly place?: number | undefined;
}
interface OfSnapshot extends OfImage {
  readonly name: string;
}
type Nothing = Readonly<Record<string, never>>;

/** Arguments and answer of every call. Bytes travel beside them: those of `write` to the child, those of `read` back. */
export interface RbdCalls {
  readonly connect: { args: ConnectArgs; answer: { readonly fsid: string } };
  /** Memory for `read` and `write`, opened by the child's descriptor `fd`. */
  readonly share: { args: { readonly bytes: number }; answer: { readonly fd: number } };
  readonly shutdown: { args: Nothing; answer: Nothing };
  readonly free: { args: { readonly pool: string }; answer: { readonly bytes: number } };

  readonly objectRead: { args: OfName; answer: { readonly text: string } };
  readonly objectCreate: { args: OfName & { readonly text: string }; answer: Nothing };
  readonly objectRemove: { args: OfName; answer: Nothing };
  readonly namespaceExists: {
    args: { readonly at: PoolSpot };
    answer: { readonly exists: boolean };
  };
  readonly namespaceCreate: { args: { readonly at: PoolSpot }; answer: Nothing };

  readonly imageId: { args: OfName; answer: { readonly id: string } };
  readonly directoryName: {
    args: { readonly at: PoolSpot; readonly id: string };
    answer: { readonly name: string };
  };
  /** Names after `after` in the byte order of UTF-8, at most `limit`. */
  readonly directoryList: {
    args: { readonly at: PoolSpot; readonly after: string; readonly limit: number };
    answer: { readonly names: readonly string[] };
  };

  readonly create: {
    args: OfName & { readonly size: number; readonly order: number };
    answer: Nothing;
  };
  readonly rename: {
    args: { readonly at: PoolSpot; readonly from: string; readonly to: string };
    answer: Nothing;
  };
  readonly remove: { args: OfName; answer: Nothing };

  readonly open: { args: OpenArgs; answer: OpenedImage };
  /** With `keepsLock` what held the lock can still be told. */
  readonly close: {
    args: OfImage & { readonly keepsLock?: boolean | undefined };
    answer: Nothing;
  };
  /** `count` when the bytes are in the window. */
  readonly read: { args: OfRange & InWindow; answer: { readonly count?: number } };
  /** `length` when the bytes are in the window. */
  readonly write: {
    args: OfImage & InWindow & { readonly position: number; readonly length?: number };
    answer: Nothing;
  };
  /** Makes zero, and gives space back where that covers whole objects. */
  readonly zero: { args: OfRange; answer: Nothing };
  readonly flush: { args: OfImage; answer: Nothing };
  readonly resize: { args: OfImage & { readonly size: number }; answer: Nothing };
  readonly size: { args: OfImage; answer: { readonly size: number } };
  /** From one image to the same place in another; zeros are not written. */
  readonly copyRange: {
    args: {
      readonly from: number;
      readonly to: number;
      readonly position: number;
      readonly length: number;
    };
    answer: Nothing;
  };

  readonly metadataSet: {
    args: OfImage & { readonly key: string; readonly value: string };
    answer: Nothing;
  };
  readonly metadataGet: {
    args: OfImage & { readonly key: string };
    answer: { readonly value: string };
  };
  readonly snapshots: { args: OfImage; answer: { readonly snapshots: readonly Snapshot[] } };
  readonly snapshotCreate: { args: OfSnapshot; answer: Nothing };
  readonly snapshotProtect: { args: OfSnapshot; answer: Nothing };
  readonly snapshotUnprotect: { args: OfSnapshot; answer: Nothing };
  readonly snapshotRemove: { args: OfSnapshot; answer: Nothing };
  /** Of the snapshot the image is opened at, in any pool. */
  readonly hasChildren: { args: OfImage; answer: { readonly hasChildren: boolean } };
}

export type RbdCall = keyof RbdCalls;
export type ArgsOf<Call extends RbdCall> = RbdCalls[Call]['args'];
export type AnswerOf<Call extends RbdCall> = RbdCalls[Call]['answer'];

export interface RequestHead {
  readonly id: number;
  readonly call: RbdCall;
  readonly args: RbdCalls[RbdCall]['args'];
}
/** What a function of librados or librbd returned, positive; or what could not be loaded. Never a text of Ceph's: it may name secrets. */
export type Failure =
  | { readonly from: string; readonly errno: number }
  | { readonly missing: 'koffi' | 'librbd' };
export interface AnswerHead {
  readonly id: number;
  readonly answer?: unknown;
  readonly failure?: Failure;
}
