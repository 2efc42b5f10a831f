import {
  AppError,
  type Image,
  type ImageRepository,
  type Scope,
  type Visibility,
} from '@parallax/core';
import type { Database } from '../database.ts';
import { perView, recordSql, viewParameters } from '../image-record.ts';
import { IMAGE_COLUMNS, type ImageRow, toImage } from '../image-row.ts';
import { visibleSql } from '../image-scope.ts';
import { listStatement, markerStatement, type Statement } from '../list-statement.ts';

type ImageReads = Pick<ImageRepository, 'find' | 'get' | 'findJson' | 'listJson' | 'lock'>;

const FIND = `SELECT ${IMAGE_COLUMNS} FROM image i WHERE i.id = $1 AND i.deleted_at IS NULL`;
const FIND_VISIBLE = `${FIND} AND ${visibleSql(2)}`;
const show = perView(
  (shown) => `SELECT ${recordSql(2, shown)} AS json, i.owner, i.visibility
  FROM image i WHERE i.id = $1 AND i.deleted_at IS NULL`,
);
const showVisible = perView((shown) => `${show({ shown })} AND ${visibleSql(4)}`);
// Foreign keys of new locations lock the row with KEY SHARE, which FOR UPDATE would make wait.
const LOCK = `${FIND} FOR NO KEY UPDATE`;

/** A statement is prepared once per connection and kept there: more shapes than this are not worth keeping. */
const MAX_PREPARED_LISTS = 200;
const preparedLists = new Set<string>();

interface JsonRow {
  readonly json: string;
  readonly owner: string | null;
  readonly visibility: Visibility;
}

export function imageReads(database: Database): ImageReads {
  const find = async (id: string, scope: Scope): Promise<Image | undefined> => {
    const row =
      scope.kind === 'all'
        ? await database.first<ImageRow>(FIND, [id])
        : await database.first<ImageRow>(FIND_VISIBLE, [id, scope.projectId]);
    return row && toImage(row);
  };
  return {
    find,
    get: async (id, scope) => {
      const image = await find(id, scope);
      if (image === undefined) throw noSuchImage(id);
      return image;
    },
    findJson: (id, scope, view) => {
      const parameters = [id, ...viewParameters(view)];
      return scope.kind === 'all'
        ? database.first<JsonRow>(show(view), parameters)
        : database.first<JsonRow>(showVisible(view), [...parameters, scope.projectId]);
    },
    listJson: async (query, scope, view) => {
      const marker =
        query.marker === undefined
          ? undefined
          : await markerValues(database, markerStatement(query, scope));
      const o = marker === undefined ? { view } : { view, marker };
      const page = listStatement(query, scope, o);
      const [row] = await list<{ json: string; next: string | null }>(database, page);
      return { json: row?.json ?? '[]', next: row?.next ?? undefined };
    },
    lock: async (id) => {
      if (!database.inTransaction) {
        throw new AppError('internal', 'a row lock outside of a transaction ends at once');
      }
      const row = await database.first<ImageRow>(LOCK, [id]);
      return row && toImage(row);
    },
  };
}

async function markerValues(database: Database, marker: Statement): Promise<readonly string[]> {
  const [row] = await list<Record<string, string>>(database, marker);
  if (row === undefined) throw new AppError('invalid_request', 'Invalid marker. No such image');
  return Object.values(row);
}

function list<Row>(database: Database, statement: Statement): Promise<readonly Row[]> {
  const { text, parameters, common } = statement;
  if (common && preparedLists.size < MAX_PREPARED_LISTS) preparedLists.add(text);
  return common && preparedLists.has(text)
    ? database.rows<Row>(text, parameters)
    : database.rowsOnce<Row>(text, parameters);
}

/** The one text for an image that is foreign, deleted or was never there. */
export function noSuchImage(id: string): AppError {
  return new AppError('not_found', `No image found with ID ${id}`);
}
