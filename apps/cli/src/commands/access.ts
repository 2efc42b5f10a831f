import { existsSync } from 'node:fs';
import { type AccessTarget, accessTargetOf, type Identity, isAppError } from '@parallax/core';
import {
  DEFAULT_LOADED,
  type Explanation,
  explain,
  impliedTarget,
  type LoadedRules,
  loadRules,
  type Step,
  withImplied,
} from '@parallax/identity';
import { didYouMean, loadConfig } from '@parallax/runtime';
import { type CliContext, type CommonOptions, say, sayJson } from '../context.ts';
import { CliError, EXIT, type ExitCode } from '../exit-codes.ts';
import { connect, stateRoot } from '../federation/connect.ts';
import { stateFolder } from '../up/state-folder.ts';

export interface AccessCheckOptions extends CommonOptions {
  readonly userRoles: string;
  readonly serviceRoles: string;
  readonly project: string;
  readonly user: string;
  readonly target?: readonly string[];
  readonly image?: string;
  readonly config?: string;
  readonly rules?: string;
}

type Attributes = Readonly<Record<string, unknown>>;

/** May somebody do something, and which checks decided? Asks the files, not a running node; `failed` says no. */
export async function accessCheck(
  ctx: CliContext,
  name: string,
  o: AccessCheckOptions,
): Promise<ExitCode> {
  const { rules } = rulesOf(ctx, o);
  const asking = identityOf(o);
  const isAdmin = rules.allows('context_is_admin', asking, undefined);
  const identity = { ...asking, isAdmin };
  const attributes = await attributesOf(ctx, o);
  const target =
    attributes === undefined ? impliedTarget(name, identity) : accessTargetOf(attributes);
  const found = explain(name, { rules, identity, target });
  if (found === undefined) throw unknownRule(name, rules.names);
  const line = rules.find(name)?.line;
  if (o.json === true) {
    const { rule, text, allow, decidedBy } = found;
    sayJson(ctx, { allow, rule, text, line: line ?? null, decided_by: toJson(decidedBy) });
  } else {
    say(ctx, describe(found, { identity, line, note: noteOn(identity, target) }));
  }
  return found.allow ? EXIT.ok : EXIT.failed;
}

/** Rules that are no good end the command with where and why. */
function rulesOf(ctx: CliContext, o: AccessCheckOptions): LoadedRules {
  const ofUp = stateFolder(stateRoot(ctx)).gatewayConfig;
  const config = o.config ?? (existsSync(ofUp) ? ofUp : undefined);
  try {
    if (o.rules !== undefined) return loadRules(o.rules);
    if (config === undefined) return DEFAULT_LOADED;
    const { accessRules } = loadConfig(config, { env: ctx.env });
    return accessRules === undefined ? DEFAULT_LOADED : loadRules(accessRules.file);
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new CliError(error.message, EXIT.failed, { cause: error });
  }
}

function identityOf(o: AccessCheckOptions): Identity {
  return {
    userId: o.user,
    projectId: o.project,
    roles: withImplied(listOf(o.userRoles)),
    isAdmin: false,
    serviceRoles: listOf(o.serviceRoles),
  };
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim().toLowerCase())
    .filter((item) => item !== '');
}

/** Other names that rules know the same attributes by. */
const ALIASES: Readonly<Record<string, string>> = {
  project_id: 'owner',
  image_id: 'id',
  member: 'member_id',
};

/** Those of the image, and the ones given instead of them; undefined when neither was given. */
async function attributesOf(
  ctx: CliContext,
  o: AccessCheckOptions,
): Promise<Attributes | undefined> {
  if (o.image === undefined && o.target === undefined) return undefined;
  const given = (o.target ?? []).flatMap((list) =>
    list.split(',').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      if (at <= 0) {
        throw new CliError(`--target ${pair}: expected name=value, such as owner=P`, EXIT.usage);
      }
      const name = pair.slice(0, at).trim();
      return [ALIASES[name] ?? name, pair.slice(at + 1)];
    }),
  );
  const image = o.image === undefined ? {} : await (await connect(ctx, o)).image(o.image);
  return { ...image, ...Object.fromEntries(given) };
}

function unknownRule(name: string, names: readonly string[]): CliError {
  const guess = didYouMean(name, names);
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  return new CliError(`there is no rule ${name}${hint}`, EXIT.notFound);
}

/** The rules alone do not say it. */
function noteOn({ projectId }: Identity, target: AccessTarget | undefined): string | undefined {
  return target?.visibility === 'shared' && target.owner !== projectId
    ? 'Of shared images a project sees only those that it is a member of, whatever the rules say.'
    : undefined;
}

function describe(
  { rule, text, allow, decidedBy }: Explanation,
  o: {
    readonly identity: Identity;
    readonly line: number | undefined;
    readonly note: string | undefined;
  },
): string {
  const { userId, projectId, roles } = o.identity;
  const who = `user ${userId} of project ${projectId} with ${roles.length === 0 ? 'no role' : `roles ${roles.join(', ')}`}`;
  const from = o.line === undefined ? 'default' : `line ${o.line}`;
  return [
    `${allow ? 'yes' : 'no'}: ${who} ${allow ? 'may' : 'may not'} ${rule}`,
    `rule (${from}): ${text === '' ? '@' : text}`,
    ...describeStep(decidedBy, 1),
    ...(o.note === undefined ? [] : [o.note]),
  ].join('\n');
}

function describeStep({ check, allow, because, steps }: Step, depth: number): readonly string[] {
  const why = because === undefined || because === '' ? '' : `  (${because})`;
  return [
    `${'  '.repeat(depth)}${allow ? 'yes' : 'no '}  ${check}${why}`,
    ...steps.flatMap((step) => describeStep(step, depth + 1)),
  ];
}

function toJson({ check, allow, because, steps }: Step): object {
  return { check, allow, because: because ?? null, steps: steps.map(toJson) };
}
