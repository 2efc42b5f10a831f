import {
  AppError,
  DEFAULT_IMAGE_LIMITS,
  type Image,
  type ImageLimits,
  type ImagePatch,
} from '@parallax/core';
import { expect, it } from 'vitest';
import { requirePatchWithinLimits, requireWithin } from './image-limits.ts';

const names = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, 'x']));

function refusal(
  patch: ImagePatch,
  image: Partial<Image> = {},
  limits: Partial<ImageLimits> = {},
): string {
  const ctx = { limits: { ...DEFAULT_IMAGE_LIMITS, ...limits } };
  try {
    requirePatchWithinLimits(ctx, { properties: {}, ...image }, patch);
    return 'ok';
  } catch (error) {
    return error instanceof AppError ? `${error.code}: ${error.message}` : 'not an AppError';
  }
}

it('counts what the image has in the end, in Glance’s words', () => {
  expect(refusal({ properties: names(128) })).toBe('ok');
  expect(refusal({ properties: names(129) })).toBe(
    'too_large: The limit has been exceeded on the number of allowed image properties. Attempted: 129, Maximum: 128',
  );
  expect(refusal({ tags: Object.keys(names(128)) })).toBe('ok');
  expect(refusal({ tags: Object.keys(names(129)) })).toBe(
    'too_large: The limit has been exceeded on the number of allowed image tags. Attempted: 129, Maximum: 128',
  );
});

it('does not count Glance’s own bookkeeping', () => {
  expect(refusal({ properties: { ...names(128), os_glance_import_task: 't' } })).toBe('ok');
});

it('lets what is there be changed when the limit was lowered since', () => {
  const image = { properties: names(5) };
  const limits = { properties: 3 };
  expect(refusal({ properties: { ...names(5), p0: 'y' } }, image, limits)).toBe('ok');
  expect(refusal({ properties: names(4) }, image, limits)).toBe('ok');
  expect(refusal({ properties: names(6) }, image, limits)).toContain('Attempted: 6, Maximum: 3');
});

it('knows no limit but the ones that are set', () => {
  const limits = { ...DEFAULT_IMAGE_LIMITS, tags: Number.POSITIVE_INFINITY, locations: 0 };
  expect(() => requireWithin({ limits }, 'tags', 1e9)).not.toThrow();
  expect(() => requireWithin({ limits }, 'locations', 1)).toThrow('image locations');
});
