import { afterEach, describe, expect, it } from 'vitest';
import type { CliContext } from './context.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { createTestContext } from './testing/context.ts';
import { type Answer, startFederationServer, transferView } from './testing/federation-server.ts';

type Server = Awaited<ReturnType<typeof startFederationServer>>;
let server: Server | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(answers: Readonly<Record<string, readonly Answer[]>>): Promise<Server> {
  server = await startFederationServer(answers);
  return server;
}

async function run(ctx: CliContext, ...args: readonly string[]): Promise<ExitCode | undefined> {
  let code: ExitCode | undefined;
  const program = createProgram(ctx, (ended) => {
    code = ended;
  });
  await program.parseAsync(['node', 'parallax', ...args]);
  return code;
}

const ID = '5f1c1d7e-0000-4000-8000-000000000001';
const DONE = { state: 'succeeded', finished_at: '2026-01-02T03:04:09Z', bytes_done: 1024 * 1024 };
const FAILED = { state: 'failed', finished_at: '2026-01-02T03:04:09Z', reason: 'no_space' };

describe('parallax', () => {
  it('takes address and token from the environment, flags first', async () => {
    const { url, asked } = await serve({
      'GET /transfers?limit=50': [[200, { transfers: [], next: null }]],
    });
    const { ctx } = createTestContext({ env: { PARALLAX_URL: url, OS_TOKEN: 'from-env' } });
    await run(ctx, 'transfer', 'ls');
    await run(ctx, 'transfer', 'ls', '--token', 'from-flag');
    expect(asked.map(({ token }) => token)).toEqual(['from-env', 'from-flag']);
  });

  it('waits for copies and says partly when one of them failed', async () => {
    const { url, asked } = await serve({
      'POST /transfers': [
        [202, transferView({ id: 1 })],
        [202, transferView({ id: 2, store_id: 'north-1' })],
      ],
      'GET /transfers/1': [
        [200, transferView({ id: 1, bytes_done: 512 * 1024 })],
        [200, transferView({ id: 1, ...DONE })],
      ],
      'GET /transfers/2': [[200, transferView({ id: 2, store_id: 'north-1', ...FAILED })]],
    });
    const { ctx, text } = createTestContext({ env: { PARALLAX_URL: url, OS_TOKEN: 't' } });
    const code = await run(ctx, 'image', 'copy', ID, '--to', 'west-1', 'north-1', '--wait');
    expect(code).toBe(EXIT.partly);
    expect(asked[0]?.body).toBe(JSON.stringify({ image: ID, store: 'west-1' }));
    expect(text()).toMatch(/west-1 +\[#+-*\] +50% of 1.0 MiB {2}running\n/);
    expect(text()).toMatch(/west-1 +\[#+\] 100% of 1.0 MiB {2}succeeded\n/);
    expect(text()).toMatch(/north-1 .* failed \(no_space\)\n/);
  });

  it('says partly when one store of several refused, and not found when the image does not exist', async () => {
    const { url } = await serve({
      'POST /transfers': [
        [202, transferView()],
        [409, { message: 'store north-1 is read-only<br /><br />\n\n\n', code: '409 Conflict' }],
        [404, { message: 'no image<br /><br />\n\n\n' }],
      ],
    });
    const { ctx, complained } = createTestContext({ env: { PARALLAX_URL: url, OS_TOKEN: 't' } });
    expect(await run(ctx, 'image', 'copy', ID, '--to', 'west-1', 'north-1')).toBe(EXIT.partly);
    expect(complained).toEqual(['store north-1 is read-only\n']);
    const missing = run(ctx, 'image', 'copy', ID, '--to', 'west-1');
    await expect(missing).rejects.toMatchObject({ message: 'no image', exit: EXIT.notFound });
  });

  it('reads further pages until it has what was asked for', async () => {
    const page = (ids: readonly number[]) => ids.map((id) => transferView({ id }));
    const { url } = await serve({
      'GET /transfers?live=true&limit=200': [[200, { transfers: page([9, 8]), next: 8 }]],
      'GET /transfers?live=true&limit=200&after=8': [[200, { transfers: page([7]), next: null }]],
    });
    const { ctx, text } = createTestContext({ env: { PARALLAX_URL: url, OS_TOKEN: 't' } });
    await run(ctx, 'transfer', 'ls', '--live', '--limit', '500', '--json');
    const printed: { transfers: { id: number }[] } = JSON.parse(text());
    expect(printed.transfers.map(({ id }) => id)).toEqual([9, 8, 7]);
  });

  it('shows where an image is and what to do where it is not', async () => {
    const absent = {
      state: 'absent',
      proof: null,
      proved_at: null,
      asked_by: null,
      transfer: null,
    };
    const { url } = await serve({
      [`GET /images/${ID}/availability`]: [
        [
          200,
          {
            image: { id: ID, name: 'cirros', status: 'active', size: 2048, os_hash_value: 'ab' },
            cells: [
              {
                ...absent,
                store_id: 'east-1',
                region: 'east',
                store_state: 'up',
                state: 'active',
                proof: 'read',
                proved_at: '2026-01-02T03:04:05.678Z',
                asked_by: 'upload',
                reason: null,
                remedy: null,
              },
              {
                ...absent,
                store_id: 'west-1',
                region: 'west',
                store_state: 'down',
                reason: 'store_down',
                remedy: 'look',
              },
            ],
          },
        ],
      ],
    });
    const { ctx, text } = createTestContext({ env: { PARALLAX_URL: url, OS_TOKEN: 't' } });
    expect(await run(ctx, 'image', 'where', ID)).toBe(EXIT.ok);
    expect(text()).toContain('cirros  active  2.0 KiB');
    expect(text()).toMatch(/east {4}east-1 {2}active +read 2026-01-02T03:04:05Z {2}upload/);
    expect(text()).toMatch(/west {4}west-1 {2}absent \(store down\).*store_down: look/);
  });

  it('restores a deleted image', async () => {
    const { url } = await serve({
      [`POST /images/${ID}:restore`]: [[200, { id: ID, status: 'active' }]],
    });
    const { ctx, text } = createTestContext({ env: { PARALLAX_URL: url, OS_TOKEN: 't' } });
    expect(await run(ctx, 'image', 'restore', ID)).toBe(EXIT.ok);
    expect(text()).toContain(`image ${ID} is active again`);
  });

  it('never declares copies gone without being told so', async () => {
    const { url, asked } = await serve({});
    const { ctx } = createTestContext({ env: { PARALLAX_URL: url, OS_TOKEN: 't' } });
    const refused = run(ctx, 'store', 'accept-empty', 'east-1');
    await expect(refused).rejects.toMatchObject({ exit: EXIT.usage });
    expect(asked).toEqual([]);
  });

  it('waits until a worker has carried accept-empty out', async () => {
    const store = { id: 'east-1', region: 'east', state_reason: null };
    const { url } = await serve({
      'POST /stores/east-1:accept-empty': [[202, {}]],
      'GET /stores': [
        [200, { stores: [{ ...store, state: 'accepting' }] }],
        [200, { stores: [{ ...store, state: 'up' }] }],
      ],
    });
    const { ctx, text } = createTestContext({ env: { PARALLAX_URL: url, OS_TOKEN: 't' } });
    expect(await run(ctx, 'store', 'accept-empty', 'east-1', '--yes')).toBe(EXIT.ok);
    expect(text()).toContain('store east-1 is up and empty');
  });

  it('says how to start a deployment when there is none', async () => {
    const { ctx } = createTestContext({
      env: { PARALLAX_URL: 'http://127.0.0.1:1', OS_TOKEN: 't' },
    });
    await expect(run(ctx, 'status')).rejects.toThrow(
      /cannot reach http:\/\/127.0.0.1:1.*parallax up/,
    );
  });

  it('asks for a token before it asks anybody else', async () => {
    const { ctx } = createTestContext({ env: { PARALLAX_STATE: '/nonexistent' } });
    await expect(run(ctx, 'status')).rejects.toBeInstanceOf(CliError);
  });
});
