import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from './cloud.ts';
import { errorCases } from './error-cases.ts';
import { glanceCases } from './glance-cases.ts';
import { openstackCases } from './openstack-cases.ts';
import { peopleCases } from './people-cases.ts';
import { type Feature, findCandidates } from './service.ts';
import { storeCases } from './store-cases.ts';

for (const { name, lacks, missing, open } of await findCandidates()) {
  const title = missing === undefined ? name : `${name} (${missing})`;
  describe.skipIf(missing !== undefined)(`real clients on ${title}`, () => {
    let opened: Cloud | undefined;
    const cloud = (): Cloud => {
      if (opened === undefined) throw new Error('the service is not open');
      return opened;
    };
    const needs = (feature: Feature) => (lacks.includes(feature) ? it.fails : it);
    beforeAll(async () => {
      opened = new Cloud(await open());
    }, 90_000);
    afterAll(() => opened?.close(), 90_000);

    describe('openstack', () => openstackCases(cloud));
    describe('glance', () => glanceCases(cloud, needs));
    describe('stores', () => storeCases(cloud, needs));
    describe('refusals', () => errorCases(cloud));
    // A Glance of the lab knows the same people, but keeps tokens for five minutes and passes other scopes.
    if (name === 'Parallax with Keystone') describe('people', () => peopleCases(cloud));

    // Parallax only: Glance writes no settings, and one that runs already wrote them elsewhere.
    if (name === 'Parallax' && process.env['PARALLAX_URL'] === undefined) {
      it('work in a shell with the settings that `up` wrote, again and again', () => {
        const scripts = [
          '. "$1/openrc"; openstack image list && glance image-list && glance image-list',
          'OS_CLIENT_CONFIG_FILE="$1/clouds.yaml" openstack --os-cloud parallax image list',
        ];
        for (const script of scripts) {
          const env = { PATH: '/usr/bin:/bin', HOME: cloud().newFolder(), LC_ALL: 'C.UTF-8' };
          const args = ['-c', script, 'sh', cloud().service.state ?? ''];
          const { status, stderr } = spawnSync('sh', args, { env, encoding: 'utf8' });
          expect(status, stderr).toBe(0);
        }
      });
    }
  });
}
