import { keystoneUrl } from '../load/glance.mjs';
import type { Persona } from './row.ts';

/** A token of the lab's Keystone and what it stands for. */
export interface Login {
  readonly token: string;
  readonly projectId: string;
  readonly projectName: string;
}

interface TokenBody {
  readonly token: {
    readonly project: { readonly id: string; readonly name: string };
  };
}

/** User and project of each persona, as `keystone-up` makes them. */
const ACCOUNTS = {
  admin: ['admin', 'admin'],
  demo: ['demo', 'demo'],
  reader: ['reader', 'demo'],
  alt_demo: ['alt_demo', 'alt_demo'],
  service: ['glance', 'service'],
} as const satisfies Partial<Record<Persona, readonly [string, string]>>;

export type Account = keyof typeof ACCOUNTS;

/** Logs all personas in. */
export async function logIn(): Promise<Readonly<Record<Account, Login>>> {
  const [admin, demo, reader, altDemo, service] = await Promise.all([
    issue(...ACCOUNTS.admin),
    issue(...ACCOUNTS.demo),
    issue(...ACCOUNTS.reader),
    issue(...ACCOUNTS.alt_demo),
    issue(...ACCOUNTS.service),
  ]);
  return { admin, demo, reader, alt_demo: altDemo, service };
}

async function issue(name: string, project: string): Promise<Login> {
  const domain = { id: 'default' };
  const user = { name, domain, password: process.env['LAB_PASSWORD'] ?? 'secret' };
  const identity = { methods: ['password'], password: { user } };
  const response = await fetch(`${keystoneUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: project, domain } } } }),
  });
  const token = response.headers.get('x-subject-token');
  if (token === null) throw new Error(`Keystone gave ${name} no token: ${response.status}`);
  const { token: of } = (await response.json()) as TokenBody; // Keystone's own form.
  return {
    token,
    projectId: of.project.id,
    projectName: of.project.name,
  };
}
