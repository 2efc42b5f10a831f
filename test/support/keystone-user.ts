import { randomBytes } from 'node:crypto';
import { issueToken, keystoneUrl } from '../load/glance.mjs';

/** A user of the lab's Keystone with a password of its own. */
export interface KeystoneUser {
  readonly name: string;
  readonly password: string;
  readonly project: string;
  remove(): Promise<void>;
}

interface Named {
  readonly id: string;
}

/** With this role in this project, as long as the test lasts. */
export async function makeUser(project: string, role: string): Promise<KeystoneUser> {
  const token = await issueToken();
  async function ask(method: string, path: string, json?: unknown): Promise<unknown> {
    const response = await fetch(`${keystoneUrl}${path}`, {
      method,
      headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.status === 204 ? undefined : response.json();
  }
  async function idOf(what: 'projects' | 'roles', name: string): Promise<string> {
    const found = (await ask('GET', `/${what}?name=${name}`)) as Record<typeof what, Named[]>; // Keystone's own form.
    const [first] = found[what];
    if (first === undefined) throw new Error(`no ${name} among the ${what}`);
    return first.id;
  }
  const password = `canary-${randomBytes(12).toString('hex')}`;
  const name = `parallax-${randomBytes(6).toString('hex')}`;
  const user = { name, password, domain_id: 'default' };
  const made = (await ask('POST', '/users', { user })) as { readonly user: Named }; // As above.
  const [projectId, roleId] = [await idOf('projects', project), await idOf('roles', role)];
  await ask('PUT', `/projects/${projectId}/users/${made.user.id}/roles/${roleId}`);
  return {
    name,
    password,
    project,
    remove: async () => {
      await ask('DELETE', `/users/${made.user.id}`);
    },
  };
}
