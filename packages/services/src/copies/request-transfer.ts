import { AppError, type Catalog, type NewTransfer, type Transfer } from '@parallax/core';

/** A user's request: new, or joined to the live one. `conflict` while that one is being cancelled. */
export async function requestTransfer(tx: Catalog, wanted: NewTransfer): Promise<Transfer> {
  const transfer = await tx.transfers.request(wanted);
  if (transfer.state !== 'cancelling') return transfer;
  throw new AppError(
    'conflict',
    `A copy into store ${wanted.storeId} is being cancelled; ask again in a few seconds`,
  );
}
