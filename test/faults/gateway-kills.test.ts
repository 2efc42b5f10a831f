import { KILL_POINTS, type KillPoint } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GlanceHttp } from '../support/glance-http.ts';
import { bytes, CrashingStack } from './crashing-stack.ts';

let at: CrashingStack;

beforeAll(async () => {
  at = await CrashingStack.start();
});
afterAll(() => at?.stop());

const isUpload = (point: KillPoint): boolean => /^(upload|publish|file)\./.test(point);
const points = KILL_POINTS.filter((point) => isUpload(point) || /^(delete|import)\./.test(point));

/** What passes the point; it is cut off when the gateway dies. */
function act(http: GlanceHttp, point: KillPoint, id: string): Promise<unknown> {
  if (isUpload(point)) return http.upload(id, bytes);
  if (point.startsWith('delete')) return http.delete(id);
  const method = { name: 'copy-image' };
  return http.json('POST', `/v2/images/${id}/import`, { method, stores: ['east-2'] });
}

describe('kill -9 of the gateway', () => {
  it.each(points)(
    'at %s loses nothing that was acknowledged and leaves nothing behind',
    async (point) => {
      const id = isUpload(point) ? (await at.http.create()).id : await at.uploaded();
      const doomed = await at.doomedGateway(point);
      expect(await act(doomed, point, id).catch(() => 'cut' as const)).toBe('cut');
      await at.gatewayDied();
      await at.expectSound();
      const after = await at.http.show(id);
      if (point.startsWith('delete')) {
        expect(after === undefined || after.status === 'active').toBe(true);
        if (after !== undefined) await at.discard(id);
        return;
      }
      expect(['queued', 'active']).toContain(after?.status);
      if (after?.status === 'queued') expect(await at.http.upload(id, bytes)).toBe(204);
      await at.expectCopies(id);
      await at.discard(id);
    },
  );
});
