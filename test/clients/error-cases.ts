import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Cloud } from './cloud.ts';
import type { Outcome } from './shells.ts';

/** A refusal that a person can read: one that names the cause, and no stack of Python. */
function expectRefusal({ code, err }: Outcome, says: RegExp): void {
  expect(code, err).not.toBe(0);
  expect(err).toMatch(says);
  expect(err).not.toMatch(/Traceback|KeyError|AttributeError|JSONDecodeError/);
}

/** What the clients show when a request is refused. */
export function errorCases(cloud: () => Cloud): void {
  it('says that there is no such image', async () => {
    const id = randomUUID();
    expectRefusal(await cloud().runOpenstack(['image', 'show', id]), /No Image found/);
    expectRefusal(await cloud().runGlance(['image-show', id]), /404.*No image found with ID/is);
    expectRefusal(await cloud().runGlance(['image-download', id]), /404.*No image found with ID/is);
  });

  it('says which value is wrong', async () => {
    const bad = ['--disk-format', 'floppy', '--container-format', 'bare'];
    expectRefusal(await cloud().runGlance(['image-create', ...bad]), /floppy/);
    const id = await cloud().createImage();
    const reserved = ['image', 'set', id, '--property', 'os_glance_stage_host=http://x'];
    expectRefusal(await cloud().runOpenstack(reserved), /403.*(os_glance|Forbidden)/);
  });

  it('says that the store is unknown', async () => {
    const id = await cloud().createImage();
    const refused = ['image-import', id, '--import-method', 'copy-image', '--stores', 'nowhere'];
    expectRefusal(await cloud().runGlance(refused), /nowhere/);
  });

  it('says that data is there already', async () => {
    const id = await cloud().createImage();
    const again = await cloud().runGlance(['image-upload', id, '--file', cloud().payload]);
    expectRefusal(again, /409|conflict/i);
  });

  it('says that the token is not valid', async () => {
    expectRefusal(await cloud().runOpenstack(['image', 'list'], 'wrong'), /401|not authorized/i);
    expectRefusal(await cloud().runGlance(['image-list'], 'wrong'), /Invalid.*credentials|401/i);
  });
}
