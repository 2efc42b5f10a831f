import type { StoreFacts } from '@parallax/core';

export const EAST: StoreFacts = {
  id: 'east-1',
  region: 'east',
  kind: 'file',
  reach: 'region',
  description: 'near',
  weight: 2,
  position: 0,
  isDefault: true,
  readOnly: false,
  keyPrefix: '',
  identity: null,
  state: 'up',
  stateReason: null,
};

export const WEST: StoreFacts = {
  ...EAST,
  id: 'west-1',
  region: 'west',
  description: null,
  position: 1,
  readOnly: true,
};
