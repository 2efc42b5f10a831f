import { randomInt, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { imageCommands } from './model/image-commands.ts';
import { memberCommands } from './model/member-commands.ts';
import { Model } from './model/model.ts';
import { readCommands } from './model/read-commands.ts';
import type { World } from './model/world.ts';

/** Commands in all; several walks share them, so that the service is asked by several at once. */
const STEPS = 5_000;
const WALKERS = 3;
const COMMANDS_PER_RUN = 200;
const RUNS_PER_SEED = 5;
const TIMEOUT_MS = 300_000;

/** A failure names its seed; run with it in this variable, it is replayed and made as short as it gets. */
const replayed = process.env['PARALLAX_MODEL_SEED'];

const at = useDeployment();
let urls: readonly string[];

beforeAll(async () => {
  const second = await at.stack.ready(await at.stack.startGateway());
  urls = [at.gateway.url, second.url];
});

function worldOf(step: () => void): World {
  const tokens = { member: at.stack.member, admin: at.stack.admin, stranger: at.strangerToken };
  return {
    client: (persona, gateway) => at.client(tokens[persona], urls[gateway]),
    step,
  };
}

/** Runs of commands from this seed; returns how many commands they were. */
async function walk(seed: number): Promise<number> {
  let steps = 0;
  const world = worldOf(() => {
    steps += 1;
  });
  const commands = fc.commands([...imageCommands(), ...memberCommands(), ...readCommands()], {
    maxCommands: COMMANDS_PER_RUN,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(commands, (drawn) =>
      fc.asyncModelRun(() => ({ model: new Model(randomUUID()), real: world }), drawn),
    ),
    { seed, numRuns: RUNS_PER_SEED, endOnFailure: replayed === undefined },
  );
  return steps;
}

it(
  'does for three users at two gateways what a model of Glance in memory does',
  async () => {
    if (replayed !== undefined) {
      await walk(Number(replayed));
      return;
    }
    const first = randomInt(2 ** 30);
    const walks = Array.from({ length: WALKERS }, async (_, walker) => {
      let steps = 0;
      for (let seed = first + walker; steps < STEPS / WALKERS; seed += WALKERS) {
        steps += await walk(seed);
      }
      return steps;
    });
    const steps = await Promise.all(walks);
    expect(steps.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(STEPS);
  },
  TIMEOUT_MS,
);
