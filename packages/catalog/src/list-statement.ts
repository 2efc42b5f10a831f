import type { ImageQuery, ImageView, Scope } from '@parallax/core';
import type { Parameter } from './database.ts';
import { recordSql, viewParameters } from './image-record.ts';
import { visibleSql } from './image-scope.ts';
import { filtersSql, Parameters } from './list-filters.ts';
import {
  afterMarkerSql,
  markerColumns,
  markerParameters,
  orderOf,
  type SortColumn,
  sortExpression,
} from './list-order.ts';

export interface Statement {
  readonly text: string;
  readonly parameters: readonly Parameter[];
  /** Comes again and has one good plan. Others are planned for their values: a rare tag wants another index than a common one. */
  readonly common: boolean;
}

/** A disjoint part of what the scope sees, which an index can walk in the list's order. */
interface Branch {
  readonly conditions: readonly string[];
  /** All of one owner. */
  readonly owned?: true;
  /** Starts from these memberships `m`. */
  readonly member?: readonly string[];
}

/** The values of the marker in the list's order; no row when the scope does not see it. A deleted image still marks its place. */
export function markerStatement(query: ImageQuery, scope: Scope): Statement {
  const columns = markerColumns(orderOf(query));
  const text = `SELECT ${columns} FROM image i WHERE i.id = $1`;
  const marker = query.marker ?? '';
  const common = isCommonOrder(query);
  if (scope.kind === 'all') return { text, parameters: [marker], common };
  return { text: `${text} AND ${visibleSql(2)}`, parameters: [marker, scope.projectId], common };
}

/** One page: a keyset branch per kind of visibility, each stopping at the limit, merged and built into JSON for the page only. */
export function listStatement(
  query: ImageQuery,
  scope: Scope,
  o: { readonly view: ImageView; readonly marker?: readonly string[] },
): Statement {
  const parameters = new Parameters();
  for (const value of viewParameters(o.view)) parameters.add(value);
  const limit = `${parameters.add(query.limit)}::int`;
  const order = orderOf(query);
  const own = isOwn(query, scope);
  const filters = filtersSql(own ? withoutOwner(query) : query, parameters);
  const marker = o.marker === undefined ? undefined : markerParameters(order, o.marker, parameters);
  const orderBy = order.map(({ direction }, at) => `k${at} ${direction}`).join(', ');
  const branches = branchesOf(query, scope, parameters).map((branch) => {
    const after = marker && afterMarkerSql(order, marker, branch.member !== undefined);
    const conditions = [...filters, ...branch.conditions];
    return `(SELECT i.*, ${keys(order, branch.member !== undefined)}
      FROM ${from(branch, conditions, { order, after })}
      ORDER BY ${orderBy} LIMIT ${limit})`;
  });
  const text = `SELECT coalesce('[' || string_agg(${recordSql(1, o.view.shown)}, ',') || ']', '[]') AS json,
    (array_agg(i.id))[${limit}] AS next
  FROM (SELECT * FROM (${branches.join('\n    UNION ALL ')}) u ORDER BY ${orderBy} LIMIT ${limit}) i`;
  // Of two owners at once, planned for any, the planner expects hardly a row, and reads all of a great one's.
  const common = isCommon(query) && (scope.kind === 'all' || own || query.owner === undefined);
  return { text, parameters: parameters.values, common };
}

/** A project that asks for its own images: the branch that has them says it already. */
function isOwn({ owner, visibility }: ImageQuery, scope: Scope): boolean {
  const isAnyones = visibility === 'public' || visibility === 'community';
  return scope.kind === 'project' && owner === scope.projectId && !isAnyones;
}

function withoutOwner({ owner: _, ...query }: ImageQuery): ImageQuery {
  return query;
}

function isCommon(query: ImageQuery): boolean {
  const { limit, marker, sort, visibility, owner, memberStatus, osHidden, ...filters } = query;
  const { in: lists, ...rest } = filters;
  const { name, ...others } = lists ?? {};
  const given = [...Object.values(rest), ...Object.values(others)];
  return (
    given.every((value) => value === undefined) && (name?.length ?? 0) <= 1 && isCommonOrder(query)
  );
}

/** By at most one key beside the time and the id that every order ends with. */
function isCommonOrder(query: ImageQuery): boolean {
  return orderOf(query).length <= 3;
}

function from(
  branch: Branch,
  conditions: readonly string[],
  o: { readonly order: readonly SortColumn[]; readonly after: string | undefined },
): string {
  const after = o.after === undefined ? [] : [o.after];
  if (branch.member !== undefined) {
    // OFFSET 0 keeps the planner from starting at the images: a project has few memberships, and there are many images.
    return `image_member m, LATERAL (SELECT * FROM image i WHERE i.id = m.image_id AND ${conditions.join(' AND ')} OFFSET 0) i
      WHERE ${[...branch.member, ...after].join(' AND ')}`;
  }
  const all = [...conditions, ...after].join(' AND ');
  if (branch.owned === undefined || isOwnersOrder(o.order)) return `image i WHERE ${all}`;
  // And here from walking everybody's images in this order: what a project has is sorted, and costs as much as it is.
  return `(SELECT * FROM image i WHERE ${all} OFFSET 0) i`;
}

/** An index has it for each owner. */
function isOwnersOrder([first]: readonly SortColumn[]): boolean {
  return first?.key === 'created_at' || first?.key === 'name';
}

function keys(order: readonly SortColumn[], member: boolean): string {
  return order.map(({ key }, at) => `${sortExpression(key, member)} AS k${at}`).join(', ');
}

function branchesOf(query: ImageQuery, scope: Scope, parameters: Parameters): readonly Branch[] {
  const { visibility } = query;
  const only = `i.visibility = '${visibility}'`;
  if (scope.kind === 'all') {
    if (visibility === 'all') return [{ conditions: [] }];
    if (visibility !== undefined) return [{ conditions: [only] }];
    const others = `i.visibility <> 'community'`;
    if (scope.projectId === undefined) return [{ conditions: [others] }];
    return [{ conditions: [`(${others} OR i.owner = ${parameters.add(scope.projectId)})`] }];
  }
  if (visibility === 'public' || visibility === 'community') return [{ conditions: [only] }];
  const project = parameters.add(scope.projectId);
  const own = `i.owner = ${project}`;
  if (isOwn(query, scope)) {
    const isAny = visibility === undefined || visibility === 'all';
    return [{ conditions: isAny ? [own] : [only, own], owned: true }];
  }
  const foreign = `i.owner IS DISTINCT FROM ${project}`;
  const open = (kind: string): Branch => ({ conditions: [`i.visibility = '${kind}'`, foreign] });
  const shared = sharedBranch(query, project, foreign, parameters);
  switch (visibility) {
    case 'private':
      return [{ conditions: [only, own], owned: true }];
    case 'shared':
      return [{ conditions: [only, own], owned: true }, shared()];
    case 'all':
      return [{ conditions: [own], owned: true }, open('public'), open('community'), shared()];
    default:
      return [{ conditions: [own], owned: true }, open('public'), shared()];
  }
}

/** Shared with the project by others, and answered as asked for. */
function sharedBranch(
  query: ImageQuery,
  project: string,
  foreign: string,
  parameters: Parameters,
): () => Branch {
  return () => {
    const status = query.memberStatus ?? 'accepted';
    return {
      member: [
        `m.member = ${project}`,
        ...(status === 'all' ? [] : [`m.status = ${parameters.add(status)}`]),
      ],
      conditions: [`i.visibility = 'shared'`, foreign],
    };
  };
}
