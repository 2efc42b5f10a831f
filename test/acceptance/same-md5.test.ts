import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { sha512 } from '../support/glance-http.ts';

const at = useDeployment();

/** Two blocks of one MD5, found by Wang and Yu in 2004. */
const BLOCKS = [
  `d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89
   55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b
   d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0
   e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70`,
  `d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f89
   55ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b
   d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0
   e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70`,
].map((text) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const [one = Buffer.alloc(0), other = Buffer.alloc(0)] = BLOCKS;

it('two contents of one md5 and size are two contents', async () => {
  const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
  expect([md5(one), one.equals(other)]).toEqual([md5(other), false]);
  for (const bytes of [one, other]) {
    const id = await at.member.uploaded(bytes);
    expect(await at.member.shown(id)).toMatchObject({
      checksum: md5(one),
      os_hash_value: sha512(bytes),
    });
    expect((await at.member.download(id)).bytes.equals(bytes)).toBe(true);
  }
});

it('an object that was exchanged for one of its md5 is not served', async () => {
  const id = await at.member.uploaded(one);
  const sql = postgres(at.databaseUrl, { max: 1, onnotice: () => undefined });
  const [row] = await sql<{ key: string }[]>`
    SELECT key FROM location WHERE image_id = ${id} AND store_id = 'east-1'`;
  await sql.end();
  await writeFile(join(at.stack.storePath('east-1'), row?.key ?? ''), other);
  // So little of it can be checked before anything is sent.
  const answer = await at.member.download(id);
  expect([answer.status, answer.bytes.includes(other)]).toEqual([503, false]);
});
