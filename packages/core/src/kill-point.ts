/**
 * Named places in durable sequences where a test may end the process, as a crash would.
 * The composition root installs the hook; without one, passing a point costs a call.
 */
export const KILL_POINTS = [
  'upload.taken',
  'upload.intent',
  'upload.begun',
  'upload.first-byte',
  'upload.half',
  'upload.received',
  'upload.committed',
  'publish.locked',
  'publish.located',
  'publish.done',
  'copy.claimed',
  'copy.intent',
  'copy.begun',
  'copy.inside',
  'copy.chunk',
  'copy.ledger',
  'copy.half',
  'copy.written',
  'copy.read-back',
  'copy.committed',
  'copy.settled',
  'file.synced',
  'file.linked',
  'file.unhidden',
  'delete.locked',
  'delete.done',
  'remove.claimed',
  'remove.object',
  'remove.forgotten',
  'sweep.claimed',
  'sweep.object',
  'sweep.forgotten',
  'verify.claimed',
  'verify.read',
  'describe.claimed',
  'describe.told',
  'import.requested',
  'accept.marker',
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

let hook: ((point: KillPoint) => void) | undefined;

export function onKillPoint(handler: ((point: KillPoint) => void) | undefined): void {
  hook = handler;
}

export function passKillPoint(point: KillPoint): void {
  hook?.(point);
}
