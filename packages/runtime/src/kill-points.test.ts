import { onKillPoint, passKillPoint } from '@parallax/core';
import { afterEach, expect, it, vi } from 'vitest';
import { killPointsFromEnv } from './kill-points.ts';

afterEach(() => onKillPoint(undefined));

it('kills at the n-th passage of the point and at no other', () => {
  const kill = vi.fn();
  killPointsFromEnv({ PARALLAX_KILL: 'publish.located:2,copy.chunk' }, kill);
  passKillPoint('publish.located');
  passKillPoint('publish.done');
  expect(kill).not.toHaveBeenCalled();
  passKillPoint('publish.located');
  expect(kill).toHaveBeenCalledTimes(1);
  passKillPoint('copy.chunk');
  expect(kill).toHaveBeenCalledTimes(2);
});

it.each(['nowhere:1', 'copy.chunk:0', 'copy.chunk:x', 'copy.chunk:1:2'])('refuses %s', (text) => {
  expect(() => killPointsFromEnv({ PARALLAX_KILL: text })).toThrow(/PARALLAX_KILL/);
});

it('installs nothing without the variable', () => {
  const kill = vi.fn();
  killPointsFromEnv({}, kill);
  passKillPoint('copy.chunk');
  expect(kill).not.toHaveBeenCalled();
});
