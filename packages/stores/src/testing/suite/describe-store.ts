import { randomUUID } from 'node:crypto';
import { isAppError, type Store } from '@parallax/core';
import { afterAll, describe, expect, it } from 'vitest';
import { commitCases } from './commit-cases.ts';
import { contentCases } from './content-cases.ts';
import { copyCases } from './copy-cases.ts';
import { holeCases } from './hole-cases.ts';
import { identityCases } from './identity-cases.ts';
import { keyCases } from './key-cases.ts';
import { largeCases } from './large-cases.ts';
import { listCases } from './list-cases.ts';
import { readCases } from './read-cases.ts';
import { refusalCases } from './refusal-cases.ts';
import { entriesOf, type Subject, type SuiteOptions } from './subject.ts';
import { unfinishedCases } from './unfinished-cases.ts';

/** What every store does, whatever its kind; cases are chosen by its capabilities. Every driver, fake and layer runs it. */
export function describeStore(name: string, options: SuiteOptions): void {
  describe(`store ${name}`, async () => {
    const store = await options.create();
    const isReadOnly = options.preload !== undefined;
    if (!isReadOnly) await identify(store);
    const keyOf = options.keyOf ?? ((short: string) => `aa/${short}`);
    let keys = 0;
    const newKey = () => {
      keys += 1;
      return keyOf(`${randomUUID()}.${keys}`);
    };
    const subject: Subject = { options, store, keyOf, newKey };

    afterAll(() => store.close());
    describe('identity', () => identityCases(subject));
    describe('keys', () => keyCases(subject));
    describe('reads', () => readCases(subject));
    // A read-only store (`preload`) has no writer, no list and no place of its own to be left clean.
    if (isReadOnly) {
      describe('writes', () => refusalCases(subject));
      return;
    }
    const group = options.concurrent === true ? describe.concurrent : describe;
    group('content', () => contentCases(subject));
    group('commit', () => commitCases(subject));
    group('unfinished writes', () => unfinishedCases(subject));
    group('listing', () => listCases(subject));
    if (store.capabilities.holes) group('holes', () => holeCases(subject));
    if (store.capabilities.serverSideCopy) group('copies', () => copyCases(subject));
    describe('large blobs', () => largeCases(subject));
    describe('afterwards', () => {
      it('has nothing left behind', async () => expect(await entriesOf(store)).toEqual([]));
    });
  });
}

async function identify(store: Store): Promise<void> {
  const found = await store.readIdentity().catch((error: unknown) => {
    if (isAppError(error, 'unavailable')) return undefined;
    throw error;
  });
  if (found === undefined) await store.writeIdentity(randomUUID());
}
