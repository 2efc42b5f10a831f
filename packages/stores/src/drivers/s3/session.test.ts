import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSession, sessionOf } from './session.ts';

const uploadIds = fc.stringMatching(/^[\w.~+=-]{1,80}$/);
const marks = fc.stringMatching(/^[0-9a-f]{32}$/);

it('finds upload, mark and parts again in the session', () => {
  fc.assert(
    fc.property(
      uploadIds,
      fc.integer({ min: 1, max: 728 }),
      fc.option(marks, { nil: undefined }),
      (uploadId, partChunks, mark) => {
        const session = { uploadId, partChunks, mark };
        expect(parseSession(sessionOf(session))).toEqual(session);
      },
    ),
  );
});

it('is what a listing tells of a write whose size is not known', () => {
  fc.assert(
    fc.property(uploadIds, marks, (uploadId, mark) => {
      expect(sessionOf({ uploadId, partChunks: undefined, mark })).toBe(uploadId);
      expect(parseSession(uploadId)).toEqual({ uploadId, partChunks: undefined, mark: undefined });
    }),
  );
});
