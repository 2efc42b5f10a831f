import type { BlobWriter, PartReceipt } from '@parallax/core';
import type { ByteBudget } from '../byte-budget.ts';
import { GATHERED_SLOTS, type SlotPool } from '../slots.ts';
import { type IntakeOptions, receive } from './intake.ts';
import { PartSink } from './part-sink.ts';
import type { SinkContext, SlotSink } from './slot-sink.ts';
import { canWriteAt, WriteSink } from './write-sink.ts';

/** What streams of a process share. */
export interface Memory {
  readonly slots: SlotPool;
  readonly parts: ByteBudget;
}

export interface ReceiveOptions extends Omit<IntakeOptions, 'slots' | 'mostSlots' | 'sinks'> {
  readonly writers: readonly BlobWriter[];
  /** Sinks beside the writers; those of `first` get a slot before the writers, those of `last` after them. */
  readonly first?: (context: SinkContext) => SlotSink;
  readonly last?: (context: SinkContext) => SlotSink;
}

export interface Received {
  readonly size: number;
  /** Of every writer; empty for those that take bytes at any offset. */
  readonly receipts: readonly (readonly PartReceipt[])[];
}

/** Receives a body into all writers: straight from the slots where they take any offset, else by whole parts. */
export async function receiveInto(memory: Memory, options: ReceiveOptions): Promise<Received> {
  const { writers, first, last, signal } = options;
  const gathering = writers.filter((writer) => !canWriteAt(writer));
  const partBytes = gathering.reduce((sum, writer) => sum + writer.layout.partBytes(0), 0);
  if (partBytes > 0) await memory.parts.enter(partBytes, signal);
  let parts: readonly (PartSink | undefined)[] | undefined;
  const sinks = (context: SinkContext): readonly SlotSink[] => {
    const ofWriters = writers.map((writer) => writerSink(writer, memory.parts, context));
    parts = ofWriters.map((sink) => (sink instanceof PartSink ? sink : undefined));
    return [...(first ? [first(context)] : []), ...ofWriters, ...(last ? [last(context)] : [])];
  };
  const isGathered = writers.some(({ layout }) => layout.writeBytes !== undefined);
  const mostSlots = isGathered ? GATHERED_SLOTS : undefined;
  try {
    const size = await receive({ ...options, slots: memory.slots, mostSlots, sinks });
    return { size, receipts: (parts ?? []).map((part) => part?.receipts ?? []) };
  } finally {
    // Once there are sinks, they own the memory that was taken for them.
    if (parts === undefined) memory.parts.give(partBytes);
  }
}

function writerSink(writer: BlobWriter, parts: ByteBudget, context: SinkContext): SlotSink {
  if (canWriteAt(writer)) return new WriteSink(writer, context);
  return new PartSink(writer, parts, { ...context, entered: writer.layout.partBytes(0) });
}
