import type { Task } from '@parallax/core';
import { authorizedImage } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';

/** Tasks of one image, newest first; others' projects' tasks are left out for whoever is not admin. */
export async function listImageTasks(
  ctx: ServiceContext,
  input: { readonly id: string },
): Promise<readonly Task[]> {
  const image = await authorizedImage(ctx, input.id, 'get_image');
  const tasks = await ctx.catalog.tasks.listFor(image.id);
  return ctx.identity.isAdmin
    ? tasks
    : tasks.filter((task) => task.owner === ctx.identity.projectId);
}
