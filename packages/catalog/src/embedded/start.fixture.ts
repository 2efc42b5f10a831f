import { startEmbeddedPostgres } from './start.ts';

// The other process of start.itest.ts: starts the server of a directory and waits to be killed.
const settings = { fsync: 'off', shared_buffers: '16MB' };
const { url, pid } = await startEmbeddedPostgres({ dir: process.argv[2] ?? '', settings });
process.send?.({ url, pid });
process.on('disconnect', () => process.exit(1));
