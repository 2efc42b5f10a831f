import type {
  AccessAction,
  AccessRules,
  AccessTarget,
  Decision,
  Identity,
  Logger,
  PropertyOperation,
} from '@parallax/core';
import { ABOUT_OWN_PROJECT } from './default-rules.ts';
import { PropertyProtections, type ProtectionFormat } from './protections.ts';
import { DEFAULT_LOADED, type LoadedRules, loadRules } from './rules-file.ts';
import { type LoadOutcome, WatchedFile } from './watched-file.ts';

export interface AccessFiles {
  /** The operator's rules, in place of defaults. */
  readonly rulesFile: string | undefined;
  readonly protections: { readonly file: string; readonly format: ProtectionFormat } | undefined;
}

export interface AccessRulesOptions extends AccessFiles {
  readonly log: Logger;
  /** Counts changes of the files. */
  readonly onLoad?: (file: 'access_rules' | 'property_protections', outcome: LoadOutcome) => void;
}

const ALLOWED: Decision = { allow: true };

/** Rules and protections, whatever they are at the moment of the question. */
class Access implements AccessRules {
  readonly #loaded: () => LoadedRules;
  readonly #protections: () => PropertyProtections | undefined;

  constructor(loaded: () => LoadedRules, protections: () => PropertyProtections | undefined) {
    this.#loaded = loaded;
    this.#protections = protections;
  }

  decide(action: AccessAction, identity: Identity, target?: AccessTarget): Decision {
    const { rules } = this.#loaded();
    if (rules.allows(action, identity, target ?? impliedTarget(action, identity))) return ALLOWED;
    return { allow: false, rule: rules.find(action)?.text ?? '' };
  }

  isAdmin(identity: Identity): boolean {
    // The rule says who is one; what was thought before does not count.
    const asking = { ...identity, isAdmin: false };
    return this.#loaded().rules.allows('context_is_admin', asking, undefined);
  }

  allowsProperty(operation: PropertyOperation, property: string, identity: Identity): boolean {
    const protections = this.#protections();
    if (protections === undefined) return true;
    const ruleAllows = (rule: string): boolean =>
      this.#loaded().rules.allows(rule, identity, undefined);
    return protections.allows(operation, property, { identity, ruleAllows });
  }

  plainReads(): boolean {
    return this.#loaded().readsByDefault && this.#protections() === undefined;
  }
}

/** What a question without a target is about. */
export function impliedTarget(action: string, identity: Identity): AccessTarget | undefined {
  // Only names of actions are in the set.
  return ABOUT_OWN_PROJECT.has(action as AccessAction)
    ? { owner: identity.projectId, visibility: 'private' }
    : undefined;
}

/** Glance's new defaults, and nothing protected. Pure: the same question gives the same answer, without I/O. */
export function defaultAccessRules(): AccessRules {
  return new Access(
    () => DEFAULT_LOADED,
    () => undefined,
  );
}

/** An operator's rules and protections, and the way to take changes of their files. */
export interface LiveAccessRules {
  readonly access: AccessRules;
  /** Looks at the files: a change is in force at the second look after it; a broken one never is. */
  refresh(): Promise<void>;
}

/** `invalid_request` when a file is not good; its message says where and why. */
export async function openAccessRules(o: AccessRulesOptions): Promise<LiveAccessRules> {
  const say = (loaded: { readonly warnings: readonly string[] }): void => {
    for (const warning of loaded.warnings) o.log.warn({}, warning);
  };
  const onLoad =
    (file: 'access_rules' | 'property_protections', path: string) =>
    (outcome: LoadOutcome, err?: unknown): void => {
      o.onLoad?.(file, outcome);
      if (outcome === 'taken') o.log.info({ file: path }, `the changed ${file} are in force`);
      else o.log.error({ file: path, err }, `the changed ${file} are refused; the old ones stay`);
    };
  const { rulesFile, protections } = o;
  let rules: WatchedFile<LoadedRules> | undefined;
  let protecting: WatchedFile<PropertyProtections> | undefined;
  const loaded = (): LoadedRules => rules?.current ?? DEFAULT_LOADED;
  if (rulesFile !== undefined) {
    rules = await WatchedFile.open({
      file: rulesFile,
      load: (file) => spoken(loadRules(file, protecting?.current.rulesAsked), say),
      onLoad: onLoad('access_rules', rulesFile),
    });
  }
  if (protections !== undefined) {
    const isRule = (name: string): boolean => loaded().rules.find(name) !== undefined;
    protecting = await WatchedFile.open({
      file: protections.file,
      load: (file) =>
        spoken(PropertyProtections.load(file, { format: protections.format, isRule }), say),
      onLoad: onLoad('property_protections', protections.file),
    });
  }
  return {
    access: new Access(loaded, () => protecting?.current),
    refresh: async () => {
      await rules?.look();
      await protecting?.look();
    },
  };
}

function spoken<T>(value: T, say: (value: T) => void): T {
  say(value);
  return value;
}
