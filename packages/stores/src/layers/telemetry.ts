import { type ErrorCode, isAppError, type StoreLayer } from '@parallax/core';
import { watchBody } from '../watched-body.ts';
import { type StoreCall, wrapStore } from './wrap-store.ts';

/** Given by the composition root. Called once per call: it must only count. */
export interface StoreTelemetry {
  call(of: {
    readonly storeId: string;
    readonly call: StoreCall;
    readonly outcome: 'ok' | ErrorCode;
    readonly seconds: number;
  }): void;
  bytes(storeId: string, direction: 'read' | 'write', bytes: number): void;
  /** The store's breaker opened: calls fail at once. Or it closed. */
  breaker?(storeId: string, isOpen: boolean): void;
}

/** Reports every call with its outcome and time, and the bytes that went each way. */
export function telemetryLayer(telemetry: StoreTelemetry): StoreLayer {
  return wrapStore((inner) => ({
    call: (call, work) => {
      const startedAt = performance.now();
      const result = work();
      const report = (outcome: 'ok' | ErrorCode) => {
        const seconds = (performance.now() - startedAt) / 1000;
        telemetry.call({ storeId: inner.id, call, outcome, seconds });
      };
      result.then(
        () => report('ok'),
        (error: unknown) => report(isAppError(error) ? error.code : 'internal'),
      );
      return result;
    },
    body: (body) =>
      watchBody(body, { passed: (bytes) => telemetry.bytes(inner.id, 'read', bytes) }),
    moved: (direction, bytes) => telemetry.bytes(inner.id, direction, bytes),
  }));
}
