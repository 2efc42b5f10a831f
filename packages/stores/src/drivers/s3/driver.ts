import type { StoreDriver } from '@parallax/core';
import {
  addressOf,
  locationConstraintOf,
  parseS3Config,
  readCredentials,
  readTrust,
  redactS3Config,
  regionOf,
  type S3Config,
  s3Cautions,
} from './config.ts';
import { Signer } from './sign.ts';
import { S3Store } from './store.ts';
import { S3Wire } from './wire.ts';

/** Opens without asking the service: a node starts while it is away, and its calls say so. */
export const s3Driver: StoreDriver<S3Config> = {
  kind: 's3',
  parseConfig: parseS3Config,
  redact: redactS3Config,
  cautions: s3Cautions,
  create: async (id, config) => {
    const signer = new Signer(await readCredentials(config), regionOf(config));
    const wire = new S3Wire({ address: addressOf(config), signer, trust: await readTrust(config) });
    return new S3Store(id, wire, {
      createBucket: config.create_bucket === true,
      locationConstraint: locationConstraintOf(config),
      presign: config.presign === true,
      partSize: config.part_size,
      maxParts: config.max_parts,
    });
  },
};
