import type { Identity } from '@parallax/core';

/**
 * What rules may ask about a caller, by the names of oslo.context. Those that no identity has never match; they are known so
 * that rules written for other services are read, and a misspelt name is still found.
 */
const NAMES = [
  'user_id',
  'user',
  'user_name',
  'user_domain_id',
  'project_id',
  'tenant',
  'tenant_id',
  'project_name',
  'project_domain_id',
  'roles',
  'service_roles',
  'is_admin',
  'is_admin_project',
  'domain_id',
  'system_scope',
  'system',
  'service_user_id',
  'service_user_domain_id',
  'service_project_id',
  'service_project_domain_id',
  'token',
] as const;
type Name = (typeof NAMES)[number];
export const CREDENTIAL_NAMES: readonly string[] = NAMES;

export function isCredential(name: string): name is Name {
  return CREDENTIAL_NAMES.includes(name);
}

/** Texts at the path; more than one where it leads through a list, none where there is nothing. */
export function credentialsAt(identity: Identity, path: readonly string[]): readonly string[] {
  const [name = '', ...rest] = path;
  if (!isCredential(name)) return [];
  return textsAt(credentialNamed(identity, name), rest);
}

function credentialNamed(identity: Identity, name: Name): unknown {
  switch (name) {
    case 'user_id':
    case 'user':
      return identity.userId;
    case 'user_name':
      return identity.userName;
    case 'user_domain_id':
      return identity.userDomainId;
    case 'project_id':
    case 'tenant':
    case 'tenant_id':
      return identity.projectId;
    case 'project_name':
      return identity.projectName;
    case 'project_domain_id':
      return identity.projectDomainId;
    case 'roles':
      return identity.roles;
    case 'service_roles':
      return identity.serviceRoles;
    case 'is_admin':
      return identity.isAdmin;
    case 'token':
      return tokenOf(identity);
    default:
      // Tokens here are scoped to a project, and a service's token proves its roles alone.
      return undefined;
  }
}

/** As Keystone's own rules see a token: `token.project.domain.id`. */
function tokenOf(identity: Identity): object {
  return {
    user: {
      id: identity.userId,
      name: identity.userName,
      domain: { id: identity.userDomainId },
    },
    project: {
      id: identity.projectId,
      name: identity.projectName,
      domain: { id: identity.projectDomainId },
    },
    roles: identity.roles.map((name) => ({ name })),
  };
}

function textsAt(value: unknown, path: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textsAt(item, path));
  const [step, ...rest] = path;
  if (step !== undefined) {
    const isMapping = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    // Just seen to be a mapping with this key.
    return isMapping ? textsAt((value as Record<string, unknown>)[step], rest) : [];
  }
  // Nobody's project is no project: an empty id matches nothing.
  if (value === undefined || value === null || value === '') return [];
  return typeof value === 'object' ? [] : [pythonText(value)];
}

/** As Python's `str` writes it: rules compare texts. */
export function pythonText(value: unknown): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null) return 'None';
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, 'Z');
  if (Array.isArray(value)) return `[${value.map((item) => `'${String(item)}'`).join(', ')}]`;
  return String(value);
}
