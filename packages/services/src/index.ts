export { type BytesAccessParts, createBytesAccess } from './bytes-access.ts';
export type { AnyContext, BytesAccess, ServiceContext, WorkerContext } from './context.ts';
export { describeLocation } from './copies/describe-location.ts';
export { evictCopy } from './copies/evict-copy.ts';
export { type ImageWhere, imageWhere, type WhereCell } from './copies/image-where.ts';
export { runTransfer } from './copies/run-transfer.ts';
export {
  cancelTransfer,
  getTransfer,
  listTransfers,
  requestCopy,
  retryTransfer,
} from './copies/transfers.ts';
export { verifyLocation } from './copies/verify-location.ts';
export { createImage } from './images/create-image.ts';
export { deactivateImage, reactivateImage } from './images/deactivate-image.ts';
export { deleteImage } from './images/delete-image.ts';
export {
  addMember,
  listMembers,
  removeMember,
  setMemberStatus,
  showMember,
} from './images/image-members.ts';
export { type ImportInput, importImage } from './images/import-image.ts';
export { listImageTasks } from './images/list-image-tasks.ts';
export { listImages } from './images/list-images.ts';
export {
  type ImageData,
  type OpenInput,
  openImageData,
  type RangeRequest,
} from './images/open-image-data.ts';
export { patchImage } from './images/patch-image.ts';
export { restoreImage } from './images/restore-image.ts';
export { showImage } from './images/show-image.ts';
export { addTag, removeTag } from './images/tag-image.ts';
export { uploadImage } from './images/upload-image.ts';
export type { UploadInput } from './images/upload-writers.ts';
export { reconcileImage } from './placement/reconcile-image.ts';
export { acceptEmpty } from './regions/accept-empty.ts';
export { checkStore } from './regions/check-store.ts';
export { CheckedStores } from './regions/checked-stores.ts';
export {
  type DeploymentStatus,
  deploymentStatus,
  listStores,
  type RegionStatus,
} from './regions/status.ts';
export { Topology } from './regions/topology.ts';
export { type DueRow, dueWork } from './sweep/due-work.ts';
export { sweepNow } from './sweep/sweep-now.ts';
export { sweepObjects } from './sweep/sweep-objects.ts';
