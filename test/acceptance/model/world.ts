import { expect } from 'vitest';
import type { Answer, Client } from '../../support/client.ts';
import { type ModelImage, type Persona, recordOf } from './model.ts';

/** The system under test: each persona's client at each of the gateways. */
export interface World {
  client(persona: Persona, gateway: number): Client;
  /** Counts one command. */
  step(): void;
}

/** Where and as whom a command is run. */
export interface Caller {
  readonly persona: Persona;
  readonly gateway: number;
}

/** Not the model's business: links, and what the service chooses. */
const UNMODELLED = ['virtual_size', 'created_at', 'updated_at', 'self', 'file', 'schema'];

/** The record has the fields that the model says, these values, and no other field. */
export function expectRecord(answer: Answer, image: ModelImage, run: string): void {
  const record: Record<string, unknown> = { ...answer.object };
  for (const field of UNMODELLED) delete record[field];
  const { tags } = record;
  if (Array.isArray(tags)) record['tags'] = tags.map(String).sort();
  expect(record).toEqual(recordOf(image, run));
}

/** One of these was answered; says what else the service had to tell when not. */
export function expectStatus(answer: Answer, ...expected: readonly number[]): void {
  if (expected.includes(answer.status)) return;
  expect.fail(
    `answered ${answer.status}, not ${expected.join(' or ')}: ${answer.text.slice(0, 300)}`,
  );
}
