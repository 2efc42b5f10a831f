import { AppError } from '@parallax/core';
import { MAX_TRANSFER_BYTES } from './child/buffers.js';
import type { RbdConnection } from './connection.ts';
import { isErrno } from './failure.ts';
import type { RbdProcess } from './process.ts';
import type { AnswerOf, ArgsOf, OpenArgs, OpenedImage, RbdCall } from './protocol.ts';

type ImageCall = {
  [Call in RbdCall]: ArgsOf<Call> extends { readonly image: number } ? Call : never;
}[RbdCall];
type ArgsBeside<Call extends ImageCall> = Omit<ArgsOf<Call>, 'image'>;
interface Opened extends OpenedImage {
  readonly process: RbdProcess;
}

/** An image that stays open: when the child that had it dies, the next call opens it in the next child. */
export class OpenImage {
  readonly #connection: RbdConnection;
  readonly #args: OpenArgs;
  readonly #calls = new Set<Promise<unknown>>();
  #opened: Promise<Opened>;
  #isClosed = false;
  readonly id: string;
  readonly size: number;
  readonly createdAt: Date;

  private constructor(connection: RbdConnection, args: OpenArgs, opened: Opened) {
    this.#connection = connection;
    this.#args = args;
    this.#opened = Promise.resolve(opened);
    this.id = opened.id;
    this.size = opened.size;
    this.createdAt = new Date(opened.createdMs);
  }

  /** `not_found` when there is no such image, or none with that snapshot. */
  static async open(connection: RbdConnection, args: OpenArgs): Promise<OpenImage> {
    return new OpenImage(connection, args, await opened(connection, args));
  }

  /** `store_failed` when the image is no longer the one that was opened. */
  async call<Call extends ImageCall>(
    call: Call,
    args: ArgsBeside<Call>,
    bytes?: Parameters<RbdProcess['call']>[2],
  ): Promise<{ readonly answer: AnswerOf<Call>; readonly count: number }> {
    const calling = this.#call(call, args, bytes);
    this.#calls.add(calling);
    try {
      return await calling;
    } finally {
      this.#calls.delete(calling);
    }
  }

  /** A call of another kind, in the child that has this image open: refused once another process has taken the image's lock. */
  async callBeside<Call extends RbdCall>(call: Call, args: ArgsOf<Call>): Promise<AnswerOf<Call>> {
    const { process } = await this.#current();
    return (await this.#connection.callOn(process, call, args)).answer;
  }

  /** Fills `into` from `position`, in pieces; fewer bytes only at the end of the image. */
  async read(into: Uint8Array, position: number): Promise<number> {
    let total = 0;
    while (total < into.byteLength) {
      const piece = into.subarray(total, total + MAX_TRANSFER_BYTES);
      const args = { position: position + total, length: piece.byteLength };
      const { count } = await this.call('read', args, { into: piece });
      total += count;
      if (count < piece.byteLength) break;
    }
    return total;
  }

  /** Both images must be open here. Short at the end of this one. */
  async copyTo(target: OpenImage, position: number, length: number): Promise<void> {
    const [from, to] = await Promise.all([this.#current(), target.#current()]);
    if (from.process !== to.process) throw new AppError('unavailable', 'the cluster was lost');
    const args = { from: from.image, to: to.image, position, length };
    await this.#connection.callOn(to.process, 'copyRange', args);
  }

  /** After the calls under way. Idempotent. `keepsLock` where the image is about to go, so that the lock goes with it. */
  async close(o: { readonly keepsLock?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#calls);
    const last = await this.#opened.catch(() => undefined);
    // What died with the child is closed.
    if (last === undefined || last.process.hasEnded) return;
    const args = { image: last.image, ...o };
    await this.#connection.callOn(last.process, 'close', args).catch((error: unknown) => {
      if (!last.process.hasEnded) throw error;
    });
  }

  async #call<Call extends ImageCall>(
    call: Call,
    args: ArgsBeside<Call>,
    bytes: Parameters<RbdProcess['call']>[2],
  ) {
    return this.#connection.again(async () => {
      const { process, image } = await this.#current();
      // Omit and the image together are the call's arguments again, which TypeScript does not see.
      const whole = { ...args, image } as unknown as ArgsOf<Call>;
      return this.#connection.callOn(process, call, whole, bytes);
    });
  }

  async #current(): Promise<Opened> {
    if (this.#isClosed) throw new AppError('store_failed', 'the image is closed');
    const current = this.#opened;
    const known = await current.catch(() => undefined);
    if (known !== undefined && !known.process.hasEnded) return known;
    if (this.#opened === current) this.#opened = this.#reopened();
    return this.#opened;
  }

  async #reopened(): Promise<Opened> {
    const lock = this.#args.lock && { ...this.#args.lock, isAgain: true };
    const again = await opened(this.#connection, { ...this.#args, lock }).catch(
      (error: unknown) => {
        if (isErrno(error, 'ESTALE')) {
          throw new AppError('store_failed', 'another process goes on with this write', {
            cause: error,
          });
        }
        if (!isErrno(error, 'ENOENT')) throw error;
        throw new AppError('store_failed', 'the image is gone', { cause: error });
      },
    );
    if (again.id === this.id) return again;
    await this.#connection.callOn(again.process, 'close', { image: again.image });
    throw new AppError('store_failed', 'the image was replaced');
  }
}

async function opened(connection: RbdConnection, args: OpenArgs): Promise<Opened> {
  return connection.again(async () => {
    const process = await connection.process();
    const { answer } = await connection.callOn(process, 'open', args);
    return { ...answer, process };
  });
}
