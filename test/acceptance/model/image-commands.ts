import fc from 'fast-check';
import { OLD_PATCH_TYPE, PATCH_TYPE } from '../../support/client.ts';
import { type Command, caller, command, imageIndex, nameOf } from './command.ts';
import { type ModelImage, mayRead, PROJECTS, refusalToChange, VISIBILITIES } from './model.ts';
import { bodyOf, operation, patched, TAGS } from './patch.ts';
import { expectRecord, expectStatus } from './world.ts';

const MAX_IMAGES = 12;

const create = fc
  .record({
    who: caller,
    visibility: fc.constantFrom(...VISIBILITIES),
    tags: fc.subarray([...TAGS]),
    isProtected: fc.boolean(),
    // Now and then the id of an image that is or was there.
    reused: fc.option(imageIndex, { freq: 6 }),
  })
  .map(({ who, visibility, tags, isProtected, reused }) =>
    command(
      nameOf('create', who, { visibility, tags, isProtected, reused }),
      async (model, world) => {
        const taken = reused !== null && model.images.length > 0 ? model.pick(reused) : undefined;
        const answer = await world.client(who.persona, who.gateway).post('/v2/images', {
          ...(taken === undefined ? {} : { id: taken.id }),
          disk_format: 'raw',
          container_format: 'bare',
          run: model.run,
          visibility,
          tags,
          protected: isProtected,
        });
        if (visibility === 'public' && who.persona !== 'admin') return expectStatus(answer, 403);
        if (taken !== undefined) return expectStatus(answer, 409);
        expectStatus(answer, 201);
        const image: ModelImage = {
          id: String(answer.object['id']),
          deleted: false,
          owner: PROJECTS[who.persona],
          name: null,
          status: 'queued',
          visibility,
          isProtected,
          hidden: false,
          tags: new Set(tags),
          properties: new Map(),
          members: new Map(),
          bytes: undefined,
        };
        expectRecord(answer, image, model.run);
        model.images.push(image);
      },
      (model) => model.images.length < MAX_IMAGES,
    ),
  );

const patch = fc
  .record({
    who: caller,
    index: imageIndex,
    operations: fc.array(operation, { maxLength: 3 }),
    draft: fc.boolean(),
  })
  .map(({ who, index, operations, draft }) =>
    command(nameOf('patch', who, index, { draft }, operations), async (model, world) => {
      const image = model.pick(index);
      const type = draft ? OLD_PATCH_TYPE : PATCH_TYPE;
      const client = world.client(who.persona, who.gateway);
      const answer = await client.patch(image.id, bodyOf(operations, draft), type);
      const refusal = refusalToChange(who.persona, image);
      if (refusal !== undefined) return expectStatus(answer, refusal);
      const outcome = patched(who.persona, image, operations, draft);
      if ('refusals' in outcome) return expectStatus(answer, ...outcome.refusals);
      expectStatus(answer, 200);
      Object.assign(image, outcome.image);
      expectRecord(answer, image, model.run);
    }),
  );

const tag = fc
  .record({
    who: caller,
    index: imageIndex,
    name: fc.constantFrom(...TAGS),
    method: fc.constantFrom('PUT', 'DELETE'),
  })
  .map(({ who, index, name, method }) =>
    command(nameOf(`${method} tag`, who, index, name), async (model, world) => {
      const image = model.pick(index);
      const path = `/v2/images/${image.id}/tags/${encodeURIComponent(name)}`;
      const answer = await world.client(who.persona, who.gateway).ask(method, path);
      const refusal = refusalToChange(who.persona, image);
      if (refusal !== undefined) return expectStatus(answer, refusal);
      if (method === 'DELETE' && !image.tags.has(name)) return expectStatus(answer, 404);
      expectStatus(answer, 204);
      if (method === 'PUT') image.tags.add(name);
      else image.tags.delete(name);
    }),
  );

const upload = fc
  .record({ who: caller, index: imageIndex, bytes: fc.uint8Array({ maxLength: 64 }) })
  .map(({ who, index, bytes }) =>
    command(nameOf('upload', who, index, bytes.length), async (model, world) => {
      const image = model.pick(index);
      const body = Buffer.from(bytes);
      const answer = await world.client(who.persona, who.gateway).upload(image.id, body);
      const refusal = refusalToChange(who.persona, image);
      if (refusal !== undefined) return expectStatus(answer, refusal);
      if (image.status !== 'queued') return expectStatus(answer, 409);
      expectStatus(answer, 204);
      Object.assign(image, { status: 'active', bytes: body });
    }),
  );

const activity = fc
  .record({
    who: caller,
    index: imageIndex,
    action: fc.constantFrom('deactivate', 'reactivate'),
  })
  .map(({ who, index, action }) =>
    command(nameOf(action, who, index), async (model, world) => {
      const image = model.pick(index);
      const path = `/v2/images/${image.id}/actions/${action}`;
      const answer = await world.client(who.persona, who.gateway).ask('POST', path);
      const refusal = refusalToChange(who.persona, image);
      if (refusal !== undefined) return expectStatus(answer, refusal);
      if (image.status === 'queued') return expectStatus(answer, 403);
      expectStatus(answer, 204);
      image.status = action === 'deactivate' ? 'deactivated' : 'active';
    }),
  );

const remove = fc.record({ who: caller, index: imageIndex }).map(({ who, index }) =>
  command(nameOf('delete', who, index), async (model, world) => {
    const image = model.pick(index);
    const client = world.client(who.persona, who.gateway);
    const answer = await client.delete(`/v2/images/${image.id}`);
    const refusal = refusalToChange(who.persona, image);
    if (refusal !== undefined) return expectStatus(answer, refusal);
    if (image.isProtected) return expectStatus(answer, 403);
    expectStatus(answer, 204);
    image.deleted = true;
  }),
);

/** Changes that do not exclude each other, at the same time through both gateways: all are kept. */
const together = fc
  .record({ index: imageIndex, value: fc.string({ maxLength: 3 }) })
  .map(({ index, value }) =>
    command(`change together ${index} ${JSON.stringify(value)}`, async (model, world) => {
      const image = model.pick(index);
      const [one, other] = [world.client('admin', 0), world.client('admin', 1)];
      const path = `/v2/images/${image.id}/tags/`;
      const answers = await Promise.all([
        one.ask('PUT', `${path}t`),
        other.ask('PUT', `${path}u`),
        one.patch(image.id, [{ op: 'add', path: '/a', value: 'one' }]),
        other.patch(image.id, [{ op: 'add', path: '/b', value: 'other' }]),
        one.patch(image.id, [{ op: 'replace', path: '/name', value }]),
      ]);
      const exists = mayRead('admin', image);
      for (const answer of answers) expectStatus(answer, ...(exists ? [200, 204] : [404]));
      if (!exists) return;
      image.tags.add('t').add('u');
      image.properties.set('a', 'one').set('b', 'other');
      image.name = value;
      expectRecord(await one.get(`/v2/images/${image.id}`), image, model.run);
    }),
  );

/** The commands that change images; those drawn more often stand more often. */
export function imageCommands(): fc.Arbitrary<Command>[] {
  return [create, create, patch, patch, patch, tag, upload, upload, activity, remove, together];
}
