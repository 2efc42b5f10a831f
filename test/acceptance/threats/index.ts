import { access } from './access.ts';
import { bytes } from './bytes.ts';
import { content } from './content.ts';
import { pitfalls } from './pitfalls.ts';
import { secrets } from './secrets.ts';
import type { Threat } from './threat.ts';
import { wire } from './wire.ts';

/** What Glance's advisories warn of, and the pitfalls beside them. THREATS.md is made from it. */
export const THREATS: Readonly<Record<string, readonly Threat[]>> = {
  'Advisories: who may what': access,
  'Advisories: what becomes of bytes': bytes,
  'Advisories: what bytes hold': content,
  'Advisories: secrets, addresses and certificates': secrets,
  'Pitfalls: identity, records and content': pitfalls,
  'Pitfalls: requests and addresses': wire,
};
