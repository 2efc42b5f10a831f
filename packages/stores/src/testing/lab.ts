import { existsSync, readFileSync } from 'node:fs';

const ASSIGNMENT = /([A-Z0-9_]+)=(\S+)/g;

/**
 * What the lab's script of a service wrote down for its clients (`$LAB_DIR/<service>/env`, test/lab/README.md), or undefined where the
 * lab does not run: then tests that need it are skipped, and the full run counts that as a failure.
 */
export function labService(
  name: 'ceph' | 'cinder' | 'rgw' | 'swift' | 'swift-keystone',
): Readonly<Record<string, string>> | undefined {
  const file = `${process.env['LAB_DIR'] ?? '/tmp/lab'}/${name}/env`;
  if (!existsSync(file)) return undefined;
  const pairs = [...readFileSync(file, 'utf8').matchAll(ASSIGNMENT)];
  return Object.fromEntries(pairs.map(([, variable = '', value = '']) => [variable, value]));
}
