import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type ErrorCode, type StoreLayer } from '@parallax/core';
import { type StoreCall, wrapStore } from '../../layers/wrap-store.ts';
import { changeBytes } from './change-bytes.ts';

/** Every read of byte `at` gives another value. */
export function flipByte(at: number): StoreLayer {
  return changeBytes(() => ({
    read: (bytes, position) => {
      const index = at - position;
      if (index >= 0 && index < bytes.byteLength) bytes[index] = (bytes[index] ?? 0) ^ 0xff;
      return bytes.byteLength;
    },
  }));
}

/** Every read ends cleanly at `size`, though the store still claims the whole size. */
export function truncateAt(size: number): StoreLayer {
  return changeBytes(() => ({
    read: (bytes, position) => Math.max(0, Math.min(bytes.byteLength, size - position)),
  }));
}

/** No read that reaches byte `at` ever ends. */
export function stallAt(at: number): StoreLayer {
  return changeBytes(() => ({
    read: (bytes, position) =>
      position + bytes.byteLength > at ? new Promise<never>(() => {}) : bytes.byteLength,
  }));
}

/** Reads and writes take the time they would at this rate, counted from the first of each. */
export function slow(bytesPerSecond: number): StoreLayer {
  return changeBytes(() => {
    const pace = pacer(bytesPerSecond);
    const paceWrites = pacer(bytesPerSecond);
    return {
      read: async (bytes) => {
        await pace(bytes.byteLength);
        return bytes.byteLength;
      },
      write: paceWrites,
    };
  });
}

/** Takes `bytes` bytes, over all writers, and then is full. */
export function fullAfter(bytes: number): StoreLayer {
  return changeBytes(() => {
    let taken = 0;
    return {
      write: (length) => {
        taken += length;
        if (taken > bytes) throw new AppError('no_space', 'the store is full');
      },
    };
  });
}

export interface FailAtOptions {
  /** Count only these calls. */
  readonly call?: StoreCall;
  readonly code?: ErrorCode;
}

/** The `nth` call (1 = the first), and no other, fails without reaching the store. */
export function failAt(nth: number, o: FailAtOptions = {}): StoreLayer {
  return wrapStore(() => {
    let calls = 0;
    return {
      call: async (name, work) => {
        if (o.call === undefined || o.call === name) calls += 1;
        const isIt = calls === nth && (o.call ?? name) === name;
        if (isIt) throw new AppError(o.code ?? 'store_failed', 'the store failed as it was told');
        return work();
      },
    };
  });
}

/** The place is gone while `isGone()`: every call and every read of what is open already is `unavailable`. */
export function vanish(isGone: () => boolean = () => true): StoreLayer {
  const require = () => {
    if (isGone()) throw new AppError('unavailable', 'the place is gone');
  };
  const calls = wrapStore(() => ({
    call: async (name, work) => {
      if (name !== 'close' && name !== 'detach') require();
      return work();
    },
  }));
  const bodies = changeBytes(() => ({
    read: (bytes) => {
      require();
      return bytes.byteLength;
    },
  }));
  return (inner) => calls(bodies(inner));
}

function pacer(bytesPerSecond: number): (bytes: number) => Promise<void> {
  let startedAt: number | undefined;
  let passed = 0;
  return async (bytes) => {
    startedAt ??= performance.now();
    passed += bytes;
    const dueAt = startedAt + (passed / bytesPerSecond) * 1000;
    const ms = dueAt - performance.now();
    if (ms > 0) await sleep(ms);
  };
}
