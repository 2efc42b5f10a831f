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
  await runLab('keystone-up');
  const glance = await startGlance(GLANCE);
  const parallax = await openLabParallax(REGIONS.parallax);
  await runLab('image-endpoint', [REGIONS.glance, glance.url]);
  const [token, logins] = [await issueToken(), await logIn()];
  const projects = Object.fromEntries(
    Object.values(logins).map((login) => [login.projectName, login.projectId]),
  );
  const payloads = makePayloads();
  const open = (name: Place['name'], url: string): Side =>
    new Side({ name, url, region: REGIONS[name], authUrl: keystoneUrl, token, projects }, payloads);
  const pair = [open('glance', glance.url), open('parallax', parallax.url)] as const;
  return {
    pair,
    close: async () => {
      await Promise.all(pair.map((side) => side.close()));
      await parallax.close();
      await glance.close();
    },
  };
}
