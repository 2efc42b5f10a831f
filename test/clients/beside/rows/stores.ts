import { active, queued, type Row, row } from '../row.ts';

const copy = 'glance image-import $image --import-method copy-image';

/** What an import prints before it ends is a matter of moments: only the end is compared. */
export const stores: readonly Row[] = [
  row(
    'stores and ways to import',
    `glance stores-info
    glance stores-info --detail
    admin$ glance stores-info --detail
    reader$ glance stores-info
    glance import-info`,
  ),
  row(
    'copy to a store, glance',
    `${active()}
    given admin$ ${copy} --stores slow
    settle $image
    glance image-show $image
    glance image-download $image --file $folder/copied
    bytes $folder/copied`,
  ),
  row(
    'copy to all stores, glance',
    `${active()}
    given admin$ ${copy} --all-stores True --allow-failure False
    settle $image
    glance image-show $image
    openstack image show $image -f json`,
  ),
  row(
    'copy what cannot be copied, glance',
    `${active()}
    ${queued('', '$second')}
    ${copy} --stores slow
    admin$ ${copy} --stores nowhere
    admin$ ${copy} --stores slow --all-stores True
    admin$ ${copy}
    admin$ ${copy} --store slow
    admin$ glance image-import $second --import-method copy-image --stores slow
    admin$ glance image-import $absent --import-method copy-image --stores slow
    reader$ ${copy} --stores slow
    alt_demo$ ${copy} --stores slow
    admin$ glance image-import $image --import-method teleport
    glance image-show $image`,
  ),
  row(
    'delete from a store, glance',
    `${active()}
    given admin$ ${copy} --stores slow
    settle $image
    glance stores-delete $image --store fast
    admin$ glance stores-delete $image --store fast
    glance image-show $image
    admin$ glance stores-delete $image --store fast
    admin$ glance stores-delete $image --store nowhere
    admin$ glance stores-delete $image --store slow
    admin$ glance stores-delete $absent --store fast
    alt_demo$ glance stores-delete $image --store slow
    glance image-download $image --file $folder/left
    bytes $folder/left`,
  ),
];
