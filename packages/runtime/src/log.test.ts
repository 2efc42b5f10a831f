import { AppError } from '@parallax/core';
import { expect, it } from 'vitest';
import { createLogger } from './log.ts';
import { runInTrace, startTrace } from './trace-context.ts';

function capture(level: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  const log = createLogger({ level }, 'test', { write: (line) => void lines.push(line) });
  const records = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line));
  return { log, lines, records };
}

it('writes one JSON line per call, whatever the message and fields hold', () => {
  const { log, lines, records } = capture();
  log.info({ name_given: 'a\nb' }, 'first\r\n{"level":"error"}');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toContain('\n');
  expect(records()[0]).toMatchObject({
    level: 'info',
    name: 'test',
    msg: 'first\r\n{"level":"error"}',
  });
});

it.each([
  ['a field named like a secret', { token: 's3cret-value' }],
  [
    'a nested one',
    { request: { headers: { 'x-auth-token': 's3cret-value', Authorization: 's3cret-value' } } },
  ],
  ['one inside a list', { users: [{ password: 's3cret-value' }] }],
  ['a password in a URL', { url: 'postgres://me:s3cret-value@db/x' }],
  ['a signature in a URL', { url: 'http://s3/b/k?X-Amz-Signature=s3cret-value&x=1' }],
  ['an error that quotes a URL', { err: new Error('cannot reach redis://:s3cret-value@host') }],
  [
    'the cause of an error',
    { err: new AppError('unavailable', 'x', { cause: new Error('token=s3cret-value') }) },
  ],
  [
    'the context of an error',
    { err: new AppError('unavailable', 'x', { context: { secret_key: 's3cret-value' } }) },
  ],
  ['raw bytes', { tagKey: Buffer.from('s3cret-value') }],
])('masks %s', (_, fields) => {
  const { log, lines } = capture();
  log.error(fields, 'it failed');
  log.child(fields).error({}, 'it failed');
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain('s3cret-value');
});

it('masks a secret in the message itself', () => {
  const { log, lines } = capture();
  log.info({}, 'connected to postgres://me:s3cret-value@db/x');
  expect(lines.join('')).not.toContain('s3cret-value');
});

it('keeps what only looks secret: keys of objects, counts', () => {
  const { log, records } = capture();
  log.info({ key: 'ab/cd.1', token_count: 3, tokens: 2 }, 'fine');
  expect(records()[0]).toMatchObject({ key: 'ab/cd.1', token_count: 3, tokens: 2 });
});

it('writes errors as fields with code, context and cause', () => {
  const { log, records } = capture();
  const cause = new AppError('store_failed', 'no', { context: { storeId: 'east-1' } });
  log.error({ err: new AppError('unavailable', 'not now', { cause }) }, 'it failed');
  expect(records()[0]).toMatchObject({
    err: {
      code: 'unavailable',
      message: 'not now',
      cause: { code: 'store_failed', context: { storeId: 'east-1' } },
    },
  });
});

it('survives fields that contain themselves', () => {
  const { log, lines } = capture();
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  log.info({ loop }, 'fine');
  expect(lines).toHaveLength(1);
});

it('adds trace_id and request_id of the surrounding trace, also after an await', async () => {
  const { log, records } = capture();
  const trace = startTrace(undefined, 'req-1');
  await runInTrace(trace, async () => {
    await Promise.resolve();
    log.info({}, 'inside');
  });
  log.info({}, 'outside');
  expect(records()[0]).toMatchObject({ trace_id: trace.traceId, request_id: 'req-1' });
  expect(records()[1]).not.toHaveProperty('trace_id');
});

it('lets fields of the call and of the child win over the surroundings', () => {
  const { log, records } = capture();
  runInTrace(startTrace(undefined, 'req-1'), () => log.info({ request_id: 'req-2' }, 'other'));
  expect(records()[0]).toMatchObject({ request_id: 'req-2' });
});

it('writes nothing below its level', () => {
  const { log, lines } = capture();
  log.debug({}, 'no');
  expect(lines).toEqual([]);
});
