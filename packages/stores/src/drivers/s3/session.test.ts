import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSession, sessionOf } from './session.ts';

it('finds upload, mark and parts again in the session', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[\w.~+=-]{1,80}$/),
      fc.option(fc.integer({ min: 1, max: 728 }), { nil: undefined }),
      fc.stringMatching(/^[0-9a-f]{32}$/),
      (uploadId, partChunks, mark) => {
        const session = { uploadId, partChunks, mark };
        expect(parseSession(sessionOf(session))).toEqual(session);
      },
    ),
  );
});

it('takes what a listing tells for an upload without a mark', () => {
  const bare = { uploadId: '2~abc.def', partChunks: undefined, mark: undefined };
  expect(parseSession('2~abc.def')).toEqual(bare);
  expect(sessionOf(bare)).toBe('2~abc.def');
});
