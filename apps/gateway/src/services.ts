import type * as services from '@parallax/services';

/** The use cases the gateway translates for, as one object so that tests can put others in their place. */
export type Services = Pick<
  typeof services,
  | 'acceptEmpty'
  | 'addTag'
  | 'cancelTransfer'
  | 'createImage'
  | 'deleteImage'
  | 'deploymentStatus'
  | 'evictCopy'
  | 'getTransfer'
  | 'imageWhere'
  | 'importImage'
  | 'listImageTasks'
  | 'listImages'
  | 'listStores'
  | 'listTransfers'
  | 'openImageData'
  | 'patchImage'
  | 'removeTag'
  | 'requestCopy'
  | 'retryTransfer'
  | 'showImage'
  | 'sweepNow'
  | 'uploadImage'
>;
