import type { EventType, NewEvent, ReasonCode, Transfer } from '@parallax/core';

/** What is told of a transfer's end. */
export function transferEvent(
  type: EventType & `transfer.${string}`,
  { id, imageId, storeId, askedBy }: Transfer,
  reason?: ReasonCode,
): NewEvent {
  return {
    type,
    imageId,
    storeId,
    payload: { transfer: id, asked_by: askedBy, ...(reason && { reason }) },
  };
}
