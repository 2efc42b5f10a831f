export type TaskStatus = 'pending' | 'processing' | 'success' | 'failure';

/** Glance's task: here, one import. */
export interface Task {
  readonly id: string;
  readonly type: 'api_image_import';
  readonly status: TaskStatus;
  readonly owner: string | null;
  readonly imageId: string;
  readonly requestId: string;
  readonly userId: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly message: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date | null;
}
