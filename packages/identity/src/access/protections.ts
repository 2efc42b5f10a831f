import type { Identity, PropertyOperation } from '@parallax/core';
import { Problems } from '@parallax/runtime';
import { RE2JS, RE2JSException } from 're2js';
import { type IniSection, readIni } from './ini.ts';

export type ProtectionFormat = 'roles' | 'policies';

const OPERATIONS = ['create', 'read', 'update', 'delete'] as const;

/** `all`, nobody (an empty list of roles), some roles, or what a rule says. */
type Permission =
  | { readonly by: 'all' }
  | { readonly by: 'roles'; readonly roles: readonly string[] }
  | { readonly by: 'rule'; readonly rule: string };

interface Protection {
  readonly matches: (property: string) => boolean;
  readonly permissions: Readonly<Record<PropertyOperation, Permission>>;
}

const EVERYBODY: Permission = { by: 'all' };
const NOBODY: Permission = { by: 'roles', roles: [] };

/** Ours: kept by the service and set by nobody else, they show how an import fares. */
const BOOKKEEPING: Protection = {
  matches: (property) => property.startsWith('os_glance'),
  permissions: { create: EVERYBODY, read: EVERYBODY, update: EVERYBODY, delete: EVERYBODY },
};

/** Names come from clients: without a limit they would fill the memory. */
const MAX_KNOWN = 10_000;

/** Glance's property protections (glance-v2-ops.md §1.5): the first section whose pattern is found in the name decides; without one nobody may. */
export class PropertyProtections {
  readonly #protections: readonly Protection[];
  readonly #known = new Map<string, Protection | undefined>();
  readonly warnings: readonly string[];

  private constructor(protections: readonly Protection[], warnings: readonly string[]) {
    this.#protections = [BOOKKEEPING, ...protections];
    this.warnings = warnings;
  }

  /** `invalid_request` whose message lists every fault as `file:line: [section]: reason`. */
  static load(
    file: string,
    o: { readonly format: ProtectionFormat; readonly isRule: (name: string) => boolean },
  ): PropertyProtections {
    const problems = new Problems();
    const warnings: string[] = [];
    const sections = readIni(file, problems);
    const protections = sections.flatMap((section) => {
      const reading = new SectionReading({ ...o, file, section, problems, warnings });
      return reading.protection() ?? [];
    });
    problems.throwIfAny();
    return new PropertyProtections(protections, warnings);
  }

  /** Rules that sections in the form `policies` ask. */
  get rulesAsked(): readonly string[] {
    return this.#protections.flatMap(({ permissions }) =>
      Object.values(permissions).flatMap((each) => (each.by === 'rule' ? each.rule : [])),
    );
  }

  allows(
    operation: PropertyOperation,
    property: string,
    asking: { readonly identity: Identity; readonly ruleAllows: (rule: string) => boolean },
  ): boolean {
    const permission = this.#protectionOf(property)?.permissions[operation] ?? NOBODY;
    switch (permission.by) {
      case 'all':
        return true;
      case 'rule':
        return asking.ruleAllows(permission.rule);
      case 'roles': {
        const { roles, serviceRoles = [] } = asking.identity;
        return permission.roles.some((role) => roles.includes(role) || serviceRoles.includes(role));
      }
    }
  }

  #protectionOf(property: string): Protection | undefined {
    if (this.#known.has(property)) return this.#known.get(property);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const found = this.#protections.find(({ matches }) => matches(property));
    this.#known.set(property, found);
    return found;
  }
}

interface ReadingOptions {
  readonly file: string;
  readonly section: IniSection;
  readonly format: ProtectionFormat;
  readonly isRule: (name: string) => boolean;
  readonly problems: Problems;
  readonly warnings: string[];
}

class SectionReading {
  readonly #o: ReadingOptions;

  constructor(o: ReadingOptions) {
    this.#o = o;
  }

  /** Undefined when something is wrong, which is then among the problems. */
  protection(): Protection | undefined {
    const { section } = this.#o;
    const pattern = this.#pattern();
    const [create, read, update, remove] = OPERATIONS.map((operation) =>
      this.#permission(operation),
    );
    for (const [name, { line }] of section.options) {
      if (!OPERATIONS.some((operation) => operation === name)) {
        this.#warn(line, `${name} is none of ${OPERATIONS.join(', ')}`);
      }
    }
    if (!pattern || !create || !read || !update || !remove) return undefined;
    return {
      matches: (property) => pattern.matcher(property).find(),
      permissions: { create, read, update, delete: remove },
    };
  }

  /** RE2's automata: no pattern and no name can make it slow. */
  #pattern(): RE2JS | undefined {
    const { name, line } = this.#o.section;
    try {
      return RE2JS.compile(name);
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      this.#fail(line, `not a regular expression that can be used here: ${error.message}`);
      return undefined;
    }
  }

  #permission(operation: PropertyOperation): Permission | undefined {
    const { section, format } = this.#o;
    const option = section.options.get(operation);
    if (option === undefined) {
      this.#fail(
        section.line,
        `${operation} is missing; all of ${OPERATIONS.join(', ')} are needed`,
      );
      return undefined;
    }
    const { value, line } = option;
    if (value === '') {
      this.#warn(line, `${operation} names nobody: it is not allowed to anybody`);
      return NOBODY;
    }
    return format === 'roles'
      ? this.#roles(value, line, operation)
      : this.#rule(value, line, operation);
  }

  #roles(value: string, line: number, operation: string): Permission | undefined {
    const roles = value.split(',').map((role) => role.trim().toLowerCase());
    const [all, nobody] = [roles.includes('@'), roles.includes('!')];
    if (all && nobody) {
      this.#fail(line, `${operation}: "@" (everybody) and "!" (nobody) exclude each other`);
      return undefined;
    }
    if (nobody) return NOBODY;
    return all ? EVERYBODY : { by: 'roles', roles: roles.filter((role) => role !== '') };
  }

  #rule(value: string, line: number, operation: string): Permission | undefined {
    if (value === '@') return EVERYBODY;
    if (value === '!') return NOBODY;
    if (value.includes(',')) {
      this.#fail(line, `${operation}: one rule only; rules are combined in the access rules`);
      return undefined;
    }
    if (!this.#o.isRule(value)) {
      this.#fail(line, `${operation}: there is no rule ${value} among the access rules`);
      return undefined;
    }
    return { by: 'rule', rule: value };
  }

  #fail(line: number, message: string): void {
    const { file, section, problems } = this.#o;
    problems.add({ file, line, message: `[${section.name}]: ${message}` });
  }

  #warn(line: number, message: string): void {
    const { file, section, warnings } = this.#o;
    warnings.push(`${file}:${line}: [${section.name}]: ${message}`);
  }
}
