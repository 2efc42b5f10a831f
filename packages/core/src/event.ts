/** What happened, in words for operators and webhooks. Written in the row's transaction. */
export const EVENT_TYPES = [
  'image.create',
  'image.update',
  'image.upload',
  'image.activate',
  'image.delete',
  'image.restore',
  'image.scrub',
  'image.member.create',
  'image.member.update',
  'image.member.delete',
  'location.add',
  'location.suspect',
  'location.verified',
  'location.remove',
  'transfer.queued',
  'transfer.succeeded',
  'transfer.failed',
  'transfer.cancelled',
  'store.up',
  'store.down',
  'store.emptied',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface NewEvent {
  readonly type: EventType;
  readonly imageId?: string;
  readonly storeId?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** Numbered by one relay in commit order: whoever has read `seq` n never meets a later event with a smaller one. */
export interface Event extends NewEvent {
  readonly seq: number;
  readonly createdAt: Date;
}
