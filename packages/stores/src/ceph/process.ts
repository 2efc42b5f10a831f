import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { AppError } from '@parallax/core';
import { FrameReader, frameStart } from './child/frames.js';
import { toAppError } from './failure.ts';
import type { AnswerHead, AnswerOf, ArgsOf, RbdCall } from './protocol.ts';
import { WINDOW_BYTES, Window } from './window.ts';

const SCRIPT = fileURLToPath(new URL('./child/main.js', import.meta.url));
const CHANNEL = 3;
/** Calls at work in librbd, each of which takes a thread of the child's. */
const THREADS = 16;
const NOTHING = new Uint8Array(0);
/** Fewer bytes go through the socket. */
const WINDOW_LEAST = 64 * 1024;

export interface CallBytes {
  /** Sent with the call; not to be changed before it has ended. */
  readonly send?: readonly Uint8Array[] | undefined;
  /** Filled by the answer. */
  readonly into?: Uint8Array | undefined;
}
interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: AppError) => void;
  readonly into: Uint8Array;
  readonly timer: NodeJS.Timeout;
}
interface Reply {
  readonly answer: unknown;
  /** Bytes put into `into`. */
  readonly count: number;
}

/**
 * One child that holds librbd. When it ends, by itself or because a call took longer than `deadlineMs`, every call under way is
 * `unavailable`: only after that does nobody touch the buffers any more.
 */
export class RbdProcess {
  readonly #child: ChildProcess;
  readonly #channel: Duplex & { ref?(): unknown; unref?(): unknown };
  readonly #deadlineMs: number;
  readonly #pending = new Map<number, Pending>();
  readonly #reader: FrameReader<AnswerHead>;
  #ids = 0;
  #hasEnded = false;
  #isLate = false;
  #isShutOut = false;
  #window: Window | undefined;
  readonly ended: Promise<void>;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
    // Nothing of our environment: it may hold secrets, and options meant for another process.
    const env = {
      UV_THREADPOOL_SIZE: String(THREADS),
      // One heap for all threads of librbd: each of theirs keeps what it once needed, 64 MiB or more.
      MALLOC_ARENA_MAX: '1',
      PATH: process.env['PATH'] ?? '',
    };
    this.#child = spawn(process.execPath, [SCRIPT], {
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const channel = this.#child.stdio[CHANNEL];
    this.#reader = new FrameReader({
      place: (head, length) => this.#pending.get(head.id)?.into.subarray(0, length) ?? NOTHING,
      frame: (head, bytes) => this.#settle(head, bytes.byteLength),
    });
    this.#channel = channel as Duplex; // 'pipe' in stdio makes it one, both ways.
    this.#channel.on('data', (chunk: Uint8Array) => this.#reader.push(chunk));
    // What broke it also ends the child, or has.
    this.#channel.on('error', () => this.kill());
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#end();
        resolve();
      };
      this.#child.once('exit', end);
      // It could not be started.
      this.#child.once('error', end);
    });
    this.#rest();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Shares memory with the child, once it is connected. Where that cannot be, all bytes go through the socket. `unavailable` when it ended. */
  async share(): Promise<void> {
    try {
      const { answer } = await this.#ask('share', { bytes: WINDOW_BYTES }, {});
      this.#window = await Window.open(`/proc/${this.pid}/fd/${answer.fd}`);
    } catch {
      // No memfd, or a /proc that hides processes: only speed is lost.
    }
    if (!this.#hasEnded) return;
    // Another process may have had its number by then.
    await this.#window?.close();
    throw this.#gone();
  }

  /** Calls whose bytes the shared memory has room for now; undefined where none is shared. */
  get freePlaces(): number | undefined {
    return this.#window?.freePlaces;
  }

  /** `count` is the number of bytes put into `into`. */
  async call<Call extends RbdCall>(
    call: Call,
    args: ArgsOf<Call>,
    bytes: CallBytes = {},
  ): Promise<{ readonly answer: AnswerOf<Call>; readonly count: number }> {
    if (this.#hasEnded) throw this.#gone();
    const { send = [], into = NOTHING } = bytes;
    const length = send.reduce((sum, each) => sum + each.byteLength, into.byteLength);
    const place = length < WINDOW_LEAST ? undefined : this.#window?.take(length);
    if (this.#window === undefined || place === undefined) return this.#ask(call, args, bytes);
    const window = this.#window;
    try {
      if (send.length > 0) await window.put(place, send);
      const { answer } = await this.#ask(call, { ...args, place, length }, {});
      const count = 'count' in answer ? Number(answer.count) : 0;
      if (count > 0) await window.get(place, into.subarray(0, count));
      return { answer, count };
    } finally {
      // The call was answered, or the child and this window with it are gone.
      window.give(place);
    }
  }

  async #ask<Call extends RbdCall>(
    call: Call,
    args: ArgsOf<Call>,
    { send = [], into = NOTHING }: CallBytes,
  ): Promise<{ readonly answer: AnswerOf<Call>; readonly count: number }> {
    if (this.#hasEnded) throw this.#gone();
    this.#ids += 1;
    const id = this.#ids;
    const replied = new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#isLate = true;
        this.kill();
      }, this.#deadlineMs);
      if (this.#pending.size === 0) this.#work();
      this.#pending.set(id, { resolve, reject, into, timer });
    });
    const length = send.reduce((sum, bytes) => sum + bytes.byteLength, 0);
    this.#channel.cork();
    this.#channel.write(frameStart({ id, call, args }, length));
    for (const bytes of send) if (bytes.byteLength > 0) this.#channel.write(bytes);
    this.#channel.uncork();
    const { answer, count } = await replied;
    // The child's answers are typed by the same table.
    return { answer: answer as AnswerOf<Call>, count };
  }

  /** The cluster has shut it out: whatever it was asked for can be asked of the next one. */
  endShutOut(): Promise<void> {
    this.#isShutOut = true;
    this.kill();
    return this.ended;
  }

  kill(): void {
    // Who waits for its end must live to see it.
    if (!this.#hasEnded) this.#work();
    this.#child.kill('SIGKILL');
  }

  /** Lets it close its images, so that no watch stays; kills it when that takes too long. */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    const timer = setTimeout(() => this.kill(), this.#deadlineMs);
    this.#channel.end();
    this.#work();
    await this.ended;
    clearTimeout(timer);
  }

  #settle(head: AnswerHead, count: number): void {
    const pending = this.#pending.get(head.id);
    if (pending === undefined) return;
    this.#pending.delete(head.id);
    clearTimeout(pending.timer);
    if (this.#pending.size === 0) this.#rest();
    if (head.failure === undefined) pending.resolve({ answer: head.answer, count });
    else pending.reject(toAppError(head.failure));
  }

  #end(): void {
    this.#hasEnded = true;
    this.#channel.destroy();
    // Of a descriptor nothing is left to be told.
    this.#window?.close().catch(() => {});
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#gone());
    }
    this.#pending.clear();
  }

  #gone(): AppError {
    const { signalCode, exitCode } = this.#child;
    const message = this.#isLate
      ? 'the cluster did not answer in time'
      : 'the process that talks to the cluster has ended';
    const errno = this.#isShutOut ? { errno: 'ESHUTDOWN' } : {};
    return new AppError('unavailable', message, {
      context: { signal: signalCode, exitCode, ...errno },
    });
  }

  /** Idle, it keeps nobody from exiting; it leaves when its channel closes. */
  #rest(): void {
    this.#child.unref();
    this.#channel.unref?.();
  }

  #work(): void {
    this.#child.ref();
    this.#channel.ref?.();
  }
}
