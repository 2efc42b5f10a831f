export { Collector } from './collector.ts';
export { contentOf, noise } from './content.ts';
export { MemorySource, type SourceFaults } from './memory-source.ts';
export { MemoryPartWriter, MemoryWriter, type MemoryWriterOptions } from './memory-writer.ts';
