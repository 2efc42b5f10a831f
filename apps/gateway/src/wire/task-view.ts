import type { Task } from '@parallax/core';

/** One entry of `GET /v2/images/{id}/tasks`: Glance shows its database row, times without a zone included. */
export function taskView(task: Task): Readonly<Record<string, unknown>> {
  return {
    id: task.id,
    type: task.type,
    status: task.status,
    owner: task.owner,
    expires_at: task.expiresAt === null ? null : rawTime(task.expiresAt),
    created_at: rawTime(task.createdAt),
    updated_at: rawTime(task.updatedAt),
    deleted_at: null,
    deleted: false,
    image_id: task.imageId,
    request_id: task.requestId,
    user_id: task.userId,
    input: task.input,
    result: task.result,
    message: task.message,
  };
}

function rawTime(at: Date): string {
  return at.toISOString().replace('Z', '000');
}
