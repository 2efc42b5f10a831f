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
  const filters = filtersSql(query, parameters);
  const marker = o.marker === undefined ? undefined : markerParameters(order, o.marker, parameters);
  const orderBy = order.map(({ direction }, at) => `k${at} ${direction}`).join(', ');
  const branches = branchesOf(query, scope, parameters).map((branch) => {
    const after = marker && afterMarkerSql(order, marker, branch.member !== undefined);
    const conditions = [...filters, ...branch.conditions];
    return `(SELECT i.*, ${keys(order, branch.member !== undefined)}
      FROM ${from(branch, conditions)}${after ? ` AND ${after}` : ''}
      ORDER BY ${orderBy} LIMIT ${limit})`;
  });
  const text = `SELECT coalesce('[' || string_agg(${recordSql(1, o.view.shown)}, ',') || ']', '[]') AS json,
    (array_agg(i.id))[${limit}] AS next
  FROM (SELECT * FROM (${branches.join('\n    UNION ALL ')}) u ORDER BY ${orderBy} LIMIT ${limit}) i`;
  return { text, parameters: parameters.values, common: isCommon(query) };
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

function from(branch: Branch, conditions: readonly string[]): string {
  const all = conditions.join(' AND ');
  if (branch.member === undefined) return `image i WHERE ${all}`;
  // OFFSET 0 keeps the planner from starting at the images: a project has few memberships, and there are many images.
  return `image_member m, LATERAL (SELECT * FROM image i WHERE i.id = m.image_id AND ${all} OFFSET 0) i
      WHERE ${branch.member.join(' AND ')}`;
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
  const foreign = `i.owner IS DISTINCT FROM ${project}`;
  const open = (kind: string): Branch => ({ conditions: [`i.visibility = '${kind}'`, foreign] });
  const shared = sharedBranch(query, project, foreign, parameters);
  switch (visibility) {
    case 'private':
      return [{ conditions: [only, own] }];
    case 'shared':
      return [{ conditions: [only, own] }, shared()];
    case 'all':
      return [{ conditions: [own] }, open('public'), open('community'), shared()];
    default:
      return [{ conditions: [own] }, open('public'), shared()];
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
