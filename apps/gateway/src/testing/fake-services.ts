import { AppError, type ImageMember, type NewImage, type Transfer } from '@parallax/core';
import type { Services } from '../services.ts';

/** Records which use case was asked for what; `answers` replaces single ones. */
export interface FakeServices {
  readonly services: Services;
  readonly calls: { readonly verb: string; readonly input: unknown }[];
}

const TRANSFER: Transfer = {
  id: 7,
  imageId: '11111111-1111-4111-8111-111111111111',
  storeId: 'west-1',
  askedBy: 'request',
  class: 'interactive',
  state: 'queued',
  reason: null,
  detail: null,
  attempts: 0,
  bytesTotal: 1,
  bytesDone: 0,
  ledger: new Uint8Array(1),
  intentId: null,
  taskId: null,
  fence: 0,
  trace: null,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  startedAt: null,
  finishedAt: null,
};

const MEMBER: ImageMember = {
  imageId: TRANSFER.imageId,
  memberId: 'p2',
  status: 'pending',
  createdAt: new Date('2026-01-01T00:00:00.500Z'),
  updatedAt: new Date('2026-01-02T00:00:00.999Z'),
};

/** Use cases that succeed and do nothing. */
const QUIET: Services = {
  acceptEmpty: async () => undefined,
  addMember: async (_ctx, { id, memberId }) => ({ ...MEMBER, imageId: id, memberId }),
  addTag: async () => undefined,
  cancelTransfer: async () => TRANSFER,
  createImage: async (_ctx, { image }) => JSON.stringify(toRecord(image)),
  deactivateImage: async () => undefined,
  deleteImage: async () => undefined,
  deploymentStatus: async () => ({
    regions: [],
    liveTransfers: [TRANSFER],
    pending: { intents: 0, removals: 0, writing: 0 },
  }),
  evictCopy: async () => undefined,
  getTransfer: async () => TRANSFER,
  imageWhere: async () => {
    throw new AppError('not_found', 'no such image');
  },
  importImage: async () => undefined,
  listImageTasks: async () => [],
  listImages: async () => ({ json: '[]', next: undefined }),
  listMembers: async () => [MEMBER],
  listStores: async (ctx) => ctx.storeFacts(),
  listTransfers: async () => [TRANSFER],
  openImageData: async () => undefined,
  patchImage: async (_ctx, { id }) => JSON.stringify({ id }),
  reactivateImage: async () => undefined,
  removeMember: async () => undefined,
  removeTag: async () => undefined,
  requestCopy: async () => TRANSFER,
  restoreImage: async (_ctx, { id }) => ({ id, status: 'active' }),
  retryTransfer: async () => TRANSFER,
  setMemberStatus: async (_ctx, { status }) => ({ ...MEMBER, status }),
  showImage: async (_ctx, { id }) => JSON.stringify({ id }),
  showMember: async () => MEMBER,
  sweepNow: async () => ({ intents: 0, removals: 0, writing: 0 }),
  uploadImage: async (_ctx, { body, onAccepted }) => {
    onAccepted();
    for await (const _chunk of body);
  },
};

export function fakeServices(answers: Partial<Services> = {}): FakeServices {
  const calls: FakeServices['calls'] = [];
  const services: Services = { ...QUIET, ...answers };
  const recorded = new Proxy(services, {
    get: (target, verb, receiver) => {
      const use: unknown = Reflect.get(target, verb, receiver);
      if (typeof use !== 'function') return use;
      return (ctx: unknown, input: unknown) => {
        calls.push({ verb: String(verb), input });
        return use(ctx, input);
      };
    },
  });
  return { services: recorded, calls };
}

function toRecord(image: NewImage): Record<string, unknown> {
  return { id: image.id, name: image.name, owner: image.owner, ...image.properties };
}
