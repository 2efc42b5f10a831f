import { randomUUID } from 'node:crypto';
import type { BlobWriter } from '@parallax/core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { RbdProcess } from '../../ceph/process.ts';
import type { RbdCall } from '../../ceph/protocol.ts';
import type { RbdConfig } from './config.ts';
import { dropNamespace, openLab, rados } from './lab.fixture.ts';
import type { RbdStore } from './store.ts';

/** What RBD keeps in a pool or namespace for itself, and our marker. */
const OF_THE_PLACE = ['parallax-store', 'rbd_children', 'rbd_directory', 'rbd_info', 'rbd_trash'];

/** `before` the call was sent, `during` it, or `after` its answer came. */
export type Moment = 'before' | 'during' | 'after';
interface Trap {
  readonly call: RbdCall;
  readonly moment: Moment;
  /** Calls of that name that pass first. */
  skip: number;
}

/** Sees every call to a child, and kills that child with SIGKILL at a chosen one. */
class Children {
  readonly seen = new Set<RbdProcess>();
  #trap: Trap | undefined;

  constructor() {
    const { call: sent } = RbdProcess.prototype;
    const pass = <T>(child: RbdProcess, call: RbdCall, send: () => Promise<T>) =>
      this.#pass(child, call, send);
    vi.spyOn(RbdProcess.prototype, 'call').mockImplementation(function (this: RbdProcess, ...args) {
      return pass(this, args[0], () => Reflect.apply(sent, this, args));
    });
  }

  killAt(call: RbdCall, moment: Moment, skip = 0): void {
    this.#trap = { call, moment, skip };
  }

  release(): void {
    this.#trap = undefined;
  }

  get isSprung(): boolean {
    return this.#trap === undefined;
  }

  /** Of the child that a call was sent to last. */
  get pid(): number {
    const pid = [...this.seen].at(-1)?.pid;
    if (pid === undefined) throw new Error('no child was started');
    return pid;
  }

  async #pass<T>(child: RbdProcess, call: RbdCall, send: () => Promise<T>): Promise<T> {
    this.seen.delete(child);
    this.seen.add(child);
    const trap = this.#trap;
    if (trap?.call !== call) return send();
    trap.skip -= 1;
    if (trap.skip >= 0) return send();
    this.#trap = undefined;
    if (trap.moment === 'before') child.kill();
    const sending = send();
    if (trap.moment === 'during') setImmediate(() => child.kill());
    if (trap.moment !== 'after') return sending;
    const answer = await sending;
    child.kill();
    await child.ended;
    return answer;
  }
}

/** A namespace of its own, with several stores on it: one is the process that dies, another one that lives. */
class Place implements AsyncDisposable {
  readonly namespace = `crash-${randomUUID()}`;
  readonly #stores: RbdStore[] = [];

  static async make(): Promise<Place> {
    const place = new Place();
    const store = await place.open();
    await store.writeIdentity(randomUUID());
    return place;
  }

  async open(other: Partial<RbdConfig> = {}): Promise<RbdStore> {
    const store = await openLab(this.namespace, other);
    this.#stores.push(store);
    return store;
  }

  /** Of images and their bytes. */
  async objects(): Promise<readonly string[]> {
    const names = (await rados('-N', this.namespace, 'ls')).split('\n');
    return names.filter((name) => name !== '' && !OF_THE_PLACE.includes(name)).sort();
  }

  async expectNothing(): Promise<void> {
    expect(await this.objects()).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    await dropNamespace(this.namespace);
  }
}

/** One place for all tests of a suite; each test watches its own children. */
export function crashPlace(): { readonly place: Place; readonly children: Children } {
  let place: Place;
  let children: Children;
  beforeAll(async () => {
    place = await Place.make();
  });
  afterAll(() => place[Symbol.asyncDispose]());
  beforeEach(() => {
    children = new Children();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return {
    get place() {
      return place;
    },
    get children() {
      return children;
    },
  };
}

export async function bytesOf(store: RbdStore, key: string): Promise<Buffer> {
  const { body } = await store.open(key);
  return Buffer.concat(await body.toArray());
}

export type OffsetWriter = BlobWriter & Required<Pick<BlobWriter, 'writeAt'>>;

/** Writers of this kind take bytes at any offset. */
export function offsetsOf(writer: BlobWriter): OffsetWriter {
  if (writer.writeAt === undefined) throw new Error('no bytes at offsets');
  return writer as OffsetWriter;
}
