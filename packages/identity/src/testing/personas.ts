import type { Identity } from '@parallax/core';
import { withImplied } from '../static-tokens.ts';

const persona = (userId: string, projectId: string, ...roles: readonly string[]): Identity => ({
  userId,
  projectId,
  roles: withImplied(roles),
  isAdmin: roles.includes('admin'),
});

/** The columns of Glance's table of default rules (glance-v2-ops.md §1.2), for an image of project `owner`. */
export const PERSONAS = {
  /** In no project that matters. */
  admin: persona('root', 'operators', 'admin'),
  ownerMember: persona('olga', 'owner', 'member'),
  ownerReader: persona('oscar', 'owner', 'reader'),
  otherMember: persona('mia', 'other', 'member'),
  otherReader: persona('ray', 'other', 'reader'),
  service: persona('nova', 'services', 'service'),
  /** A role that means nothing here, in the owner's project. */
  ownerNobody: persona('nick', 'owner', 'auditor'),
} as const satisfies Readonly<Record<string, Identity>>;
export type Persona = keyof typeof PERSONAS;
