import type { Store } from '@parallax/core';
import { labService } from '../../testing/index.ts';
import { addressOf, parseS3Config, readCredentials, regionOf, type S3Config } from './config.ts';
import { s3Driver } from './driver.ts';
import { deleteObject } from './objects.ts';
import { decodedBy } from './page.ts';
import { Signer } from './sign.ts';
import { abortUpload, listUploads } from './uploads.ts';
import { S3Wire } from './wire.ts';

export type LabName = 'east' | 'west' | 'swift';

const PREFIXES = { east: 'RGW_EAST', west: 'RGW_WEST', swift: 'SWIFT_S3' } as const;

/** One of the lab's three servers of S3, or undefined where it does not run. */
export function labConfig(
  name: LabName,
  bucket: string,
  other: Partial<S3Config> = {},
): S3Config | undefined {
  const lab = labService(name === 'swift' ? 'swift' : 'rgw');
  const of = (field: string) => lab?.[`${PREFIXES[name]}_${field}`];
  if (of('ENDPOINT') === undefined) return undefined;
  return parseS3Config({
    endpoint: of('ENDPOINT'),
    region_name: of('REGION'),
    access_key: of('ACCESS_KEY'),
    secret_key: of('SECRET_KEY'),
    bucket,
    create_bucket: true,
    ...other,
  });
}

export function openLab(config: S3Config | undefined): Promise<Store> {
  if (config === undefined) throw new Error('the lab does not run');
  return s3Driver.create('s3', config);
}

export async function wireOf(config: S3Config): Promise<S3Wire> {
  const signer = new Signer(await readCredentials(config), regionOf(config));
  return new S3Wire({ address: addressOf(config), signer, trust: {} });
}

/** Takes a bucket away with all that is in it, when it is there. */
export async function dropBucket(config: S3Config | undefined): Promise<void> {
  if (config === undefined) return;
  const wire = await wireOf(config);
  try {
    for await (const upload of listUploads(wire, '')) await abortUpload(wire, upload);
    for (const key of await keysIn(wire)) await deleteObject(wire, key);
    await wire.done({ method: 'DELETE' });
  } catch (error) {
    if (!String(error).includes('the bucket is missing')) throw error;
  } finally {
    await wire.close();
  }
}

/** All keys of a bucket of a test, the marker's too. */
export async function keysIn(wire: S3Wire): Promise<readonly string[]> {
  const query = { 'list-type': '2', 'encoding-type': 'url' };
  const xml = await wire.xml({ method: 'GET', query });
  return xml.all('Contents').map((object) => decodedBy(xml)(object.text('Key') ?? ''));
}
