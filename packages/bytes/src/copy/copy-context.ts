import type { BlobWriter, Content } from '@parallax/core';
import type { Flusher } from '../ingest/flusher.ts';
import type { ManifestReader } from '../manifest.ts';
import type { LeafReader } from '../read/leaf-reader.ts';
import type { Progress } from './progress.ts';

/** What the workers of one copy share. */
export interface CopyContext {
  readonly content: Content;
  readonly manifest: ManifestReader;
  readonly writer: BlobWriter;
  readonly progress: Progress;
  readonly flusher: Flusher;
  readonly workers: number;
  readonly stallMs: number;
  readonly signal: AbortSignal;
  openReader(worker: number): LeafReader;
}
