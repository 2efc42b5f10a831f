import { AppError, KILL_POINTS, type KillPoint, onKillPoint } from '@parallax/core';
import type { Environment } from './config/load-config.ts';

const VARIABLE = 'PARALLAX_KILL';

/**
 * For fault tests: `PARALLAX_KILL=publish.located:2` kills this process at the second passage of that point, as a crash
 * would; several are separated by commas. Without the variable nothing is installed. `invalid_request` for an unknown point.
 */
export function killPointsFromEnv(
  env: Environment,
  kill: () => void = () => process.kill(process.pid, 'SIGKILL'),
): void {
  const text = env[VARIABLE];
  if (text === undefined || text === '') return;
  const left = new Map(text.split(',').map(parseEntry));
  onKillPoint((point) => {
    const passages = left.get(point);
    if (passages === undefined) return;
    left.set(point, passages - 1);
    if (passages === 1) kill();
  });
}

function parseEntry(entry: string): readonly [KillPoint, number] {
  const [name = '', passage = '1', ...rest] = entry.trim().split(':');
  const point = KILL_POINTS.find((known) => known === name);
  if (point === undefined || !/^[1-9]\d*$/.test(passage) || rest.length > 0) {
    throw new AppError(
      'invalid_request',
      `${VARIABLE}: expected point:n with a known point; got ${JSON.stringify(entry)}`,
    );
  }
  return [point, Number(passage)];
}
