import { fileURLToPath } from 'node:url';
import { logIn } from '../../differential/keystone-logins.ts';
import { runLab, startGlance } from '../../differential/sides.ts';
import { issueToken, keystoneUrl } from '../../load/glance.mjs';
import { openLabParallax } from '../lab-parallax.ts';
import { makePayloads, type Place, Side } from './side.ts';

const GLANCE = 'clients';
const REGIONS = { glance: 'GlanceBeside', parallax: 'ParallaxBeside' } as const;

/** A real Glance and Parallax with the same people and stores and without images, each in Keystone's catalog. */
export interface Sides {
  readonly pair: readonly [glance: Side, ours: Side];
  close(): Promise<void>;
}

export async function openSides(): Promise<Sides> {
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const each of opened.splice(0).reverse()) await each.close();
  };
  try {
    await runLab('keystone-up');
    const extra = fileURLToPath(new URL('glance-extra.conf', import.meta.url));
    const glance = await startGlance(GLANCE, extra);
    opened.push(glance);
    await runLab('image-endpoint', [REGIONS.glance, glance.url]);
    const parallax = await openLabParallax(REGIONS.parallax);
    opened.push(parallax);
    const people = { authUrl: keystoneUrl, token: await issueToken(), projects: await projects() };
    const payloads = makePayloads();
    const at = (name: Place['name'], url: string): Side => {
      const side = new Side({ name, url, region: REGIONS[name], ...people }, payloads);
      opened.push(side);
      return side;
    };
    return { pair: [at('glance', glance.url), at('parallax', parallax.url)], close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Ids by names. */
async function projects(): Promise<Readonly<Record<string, string>>> {
  const logins = Object.values(await logIn());
  return Object.fromEntries(logins.map((login) => [login.projectName, login.projectId]));
}
