import fc from 'fast-check';
import type { Model } from './model.ts';
import { PERSONAS } from './model.ts';
import type { Caller, World } from './world.ts';

export type Command = fc.AsyncCommand<Model, World, true>;

/** A command by its name: `run` asks the service, compares with the model and changes the model alike. */
export function command(
  name: string,
  run: (model: Model, world: World) => Promise<void>,
  check: (model: Model) => boolean = (model) => model.images.length > 0,
): Command {
  return {
    check: async (model) => check(model),
    run: async (model, world) => {
      world.step();
      await run(model, world);
    },
    toString: () => name,
  };
}

/** Any persona at any gateway, and the index of an image: the model wraps it around. */
export const caller: fc.Arbitrary<Caller> = fc.record({
  persona: fc.constantFrom(...PERSONAS),
  gateway: fc.nat({ max: 1 }),
});
export const imageIndex = fc.nat({ max: 63 });

export function nameOf(what: string, { persona, gateway }: Caller, ...more: unknown[]): string {
  return `${what} as ${persona} at ${gateway} ${more.map((each) => JSON.stringify(each)).join(' ')}`;
}
