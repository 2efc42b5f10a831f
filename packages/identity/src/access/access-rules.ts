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
import { type LoadOutcome, WatchedFiles } from './watched-files.ts';

export interface AccessFiles {
  /** The operator's rules, in place of defaults. */
  readonly rulesFile: string | undefined;
  readonly protections: { readonly file: string; readonly format: ProtectionFormat } | undefined;
}

export interface AccessRulesOptions extends AccessFiles {
  readonly log: Logger;
  /** Counts changes of the files. */
  readonly onLoad?: (outcome: LoadOutcome) => void;
}

const ALLOWED: Decision = { allow: true };

/** Rules and protections, whatever they are at the moment of the question. */
class Access implements AccessRules {
  readonly #loaded: () => Loaded;

  constructor(loaded: () => Loaded) {
    this.#loaded = loaded;
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
    const { rules, protections } = this.#loaded();
    if (protections === undefined) return true;
    const ruleAllows = (rule: string): boolean => rules.allows(rule, identity, undefined);
    return protections.allows(operation, property, { identity, ruleAllows });
  }

  plainReads(): boolean {
    const { readsByDefault, protections } = this.#loaded();
    return readsByDefault && protections === undefined;
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
  const loaded = { ...DEFAULT_LOADED, protections: undefined };
  return new Access(() => loaded);
}

/** An operator's rules and protections, and the way to take changes of their files. */
export interface LiveAccessRules {
  readonly access: AccessRules;
  /** Looks at the files: a change is in force at the second look after it; a broken one never is. */
  refresh(): Promise<void>;
}

interface Loaded extends LoadedRules {
  readonly protections: PropertyProtections | undefined;
}

/** `invalid_request` when a file is not good; its message says where and why. */
export async function openAccessRules(o: AccessRulesOptions): Promise<LiveAccessRules> {
  const files = [o.rulesFile, o.protections?.file].filter((file) => file !== undefined);
  const watched = await WatchedFiles.open({
    files,
    load: () => loadBoth(o),
    onLoad: (outcome, err) => {
      o.onLoad?.(outcome);
      if (outcome === 'taken') o.log.info({ files }, 'the changed access rules are in force');
      else o.log.error({ files, err }, 'changed access rules are refused; the old ones stay');
    },
  });
  return {
    access: new Access(() => watched.current),
    refresh: () => watched.look(),
  };
}

/** Together, because protections ask rules by name: both may change at once. */
function loadBoth({ rulesFile, protections: protecting, log }: AccessRulesOptions): Loaded {
  const loaded = rulesFile === undefined ? DEFAULT_LOADED : loadRules(rulesFile);
  const isRule = (name: string): boolean => loaded.rules.find(name) !== undefined;
  const protections =
    protecting && PropertyProtections.load(protecting.file, { format: protecting.format, isRule });
  const asked = protections?.rulesAsked ?? [];
  const idle = loaded.idle.filter(({ name }) => !asked.includes(name));
  for (const warning of idle.map((each) => each.warning)) log.warn({}, warning);
  for (const warning of protections?.warnings ?? []) log.warn({}, warning);
  return { ...loaded, protections };
}
