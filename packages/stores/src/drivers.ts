import type { StoreDriver } from '@parallax/core';
import { cinderDriver } from './drivers/cinder/driver.ts';
import { fileDriver } from './drivers/file/driver.ts';
import { glanceDriver } from './drivers/glance/driver.ts';
import { httpDriver } from './drivers/http/driver.ts';
import { rbdDriver } from './drivers/rbd/driver.ts';
import { s3Driver } from './drivers/s3/driver.ts';
import { swiftDriver } from './drivers/swift/driver.ts';

/** Every kind there is; a new one is its folder and a line here. */
export const STORE_DRIVERS: readonly StoreDriver<unknown>[] = [
  cinderDriver,
  fileDriver,
  glanceDriver,
  httpDriver,
  rbdDriver,
  s3Driver,
  swiftDriver,
];
