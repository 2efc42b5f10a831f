import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { listTree } from '../processes.mjs';
import type { Flow, Wire } from './wire.ts';

/** A store as its traffic is counted. */
export interface CountedEnd {
  readonly kind: string;
  /** Every connection of the worker to its service goes through it. */
  readonly wire?: Wire | undefined;
}

export interface Traffic {
  readonly from: Flow;
  readonly to: Flow;
}

interface Counted {
  readonly first: Flow;
  last: Flow;
}

/** Whose bytes a child with librbd moves. */
const isCluster = ({ kind }: CountedEnd) => kind === 'rbd' || kind === 'cinder';

const NOTHING: Flow = { received: 0, sent: 0 };

/**
 * What one copy moved, over all the workers it took. A proxy counts for services of HTTP; the kernel for the sockets of the children
 * that hold librbd, which no proxy can be before (the cluster tells its own addresses), and for what a worker reads and writes in
 * folders: all of its reads and writes but those of the other end.
 */
export class TrafficMeter {
  readonly #from: CountedEnd;
  readonly #to: CountedEnd;
  readonly #wires: { readonly from: Flow; readonly to: Flow };
  readonly #workers = new Map<number, Counted>();
  readonly #children = new Set<number>();
  readonly #sockets = new Map<string, Counted>();

  constructor(from: CountedEnd, to: CountedEnd) {
    this.#from = from;
    this.#to = to;
    this.#wires = { from: from.wire?.flow ?? NOTHING, to: to.wire?.flow ?? NOTHING };
  }

  /** Counts what this worker does from now on. */
  follow(worker: number): void {
    const now = kernelCount(worker) ?? NOTHING;
    this.#workers.set(worker, { first: now, last: now });
    for (const { pid } of listTree(worker)) if (pid !== worker) this.#children.add(pid);
    if (this.#hasCluster) this.#sample(socketCounts(this.#children), (flow) => flow);
  }

  sample(): void {
    for (const [pid, counted] of this.#workers) counted.last = kernelCount(pid) ?? counted.last;
    if (!this.#hasCluster) return;
    for (const worker of this.#workers.keys()) {
      for (const { pid } of listTree(worker)) if (pid !== worker) this.#children.add(pid);
    }
    this.#sample(socketCounts(this.#children), () => NOTHING);
  }

  /** Whether a child of a worker is still at work: one whose worker was killed first ends what it has. */
  get hasChildren(): boolean {
    return this.#hasCluster && [...this.#children].some(isAlive);
  }

  read(): Traffic {
    const kernel = total(this.#workers);
    const cluster = total(this.#sockets);
    const isFolder = { from: this.#from.kind === 'file', to: this.#to.kind === 'file' };
    // Of a copy inside one cluster its children do both sides, and nothing tells them apart.
    const clusterOf = (end: CountedEnd, isOther: boolean) =>
      isCluster(end) && !isOther ? cluster : NOTHING;
    const from = this.#from.wire
      ? less(this.#from.wire.flow, this.#wires.from)
      : clusterOf(this.#from, isCluster(this.#to));
    const to = this.#to.wire
      ? less(this.#to.wire.flow, this.#wires.to)
      : clusterOf(this.#to, false);
    if (isFolder.from && isFolder.to) {
      return { from: { ...kernel, sent: 0 }, to: { ...kernel, received: 0 } };
    }
    return {
      from: isFolder.from ? less(kernel, to) : from,
      to: isFolder.to ? less(kernel, from) : to,
    };
  }

  get #hasCluster(): boolean {
    return isCluster(this.#from) || isCluster(this.#to);
  }

  #sample(now: ReadonlyMap<string, Flow>, firstOf: (flow: Flow) => Flow): void {
    for (const [socket, flow] of now) {
      const known = this.#sockets.get(socket);
      if (known === undefined) this.#sockets.set(socket, { first: firstOf(flow), last: flow });
      else known.last = flow;
    }
  }
}

function total(counted: ReadonlyMap<unknown, Counted>): Flow {
  const flows = [...counted.values()].map(({ first, last }) => less(last, first));
  return flows.reduce(
    (sum, flow) => ({ received: sum.received + flow.received, sent: sum.sent + flow.sent }),
    NOTHING,
  );
}

function less(flow: Flow, by: Flow): Flow {
  return {
    received: Math.max(0, flow.received - by.received),
    sent: Math.max(0, flow.sent - by.sent),
  };
}

/** All bytes a process has read and written, files, sockets and pipes (proc(5)); undefined when it has ended. */
function kernelCount(pid: number): Flow | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/io`, 'utf8');
  } catch {
    return undefined;
  }
  const of = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { received: of('rchar'), sent: of('wchar') };
}

/** Nobody may collect a child whose parent was killed: it stays, as a zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** TCP's own counters, by socket. */
function socketCounts(pids: ReadonlySet<number>): ReadonlyMap<string, Flow> {
  const lines = execFileSync('ss', ['-tinpHO'], { encoding: 'utf8', maxBuffer: 1 << 26 }).split(
    '\n',
  );
  const counts = new Map<string, Flow>();
  for (const line of lines) {
    const pid = Number(/pid=(\d+)/.exec(line)?.[1]);
    if (!pids.has(pid)) continue;
    const [, , , local, peer] = line.split(/\s+/);
    const of = (name: string) => Number(new RegExp(`\\b${name}:(\\d+)`).exec(line)?.[1] ?? 0);
    counts.set(`${pid} ${local} ${peer}`, {
      received: of('bytes_received'),
      sent: of('bytes_sent'),
    });
  }
  return counts;
}
