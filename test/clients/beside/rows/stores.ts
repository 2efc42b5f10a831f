import { active, queued, type Row, row } from '../row.ts';

const copy = 'glance image-import $image --import-method copy-image';

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
    ${copy} --stores slow
    settle $image
    glance image-show $image
    ${copy} --stores slow
    settle $image
    glance image-show $image
    glance image-download $image --file $folder/copied
    bytes $folder/copied`,
  ),
  row(
    'copy to all stores, glance',
    `${active()}
    ${copy} --all-stores True --allow-failure False
    settle $image
    glance image-show $image
    openstack image show $image -f json`,
  ),
  row(
    'copy what cannot be copied, glance',
    `${active()}
    ${queued('', '$second')}
    ${copy} --stores nowhere
    ${copy} --stores slow --all-stores True
    ${copy}
    ${copy} --store slow
    glance image-import $second --import-method copy-image --stores slow
    glance image-import $absent --import-method copy-image --stores slow
    reader$ ${copy} --stores slow
    alt_demo$ ${copy} --stores slow
    glance image-import $image --import-method teleport
    glance image-show $image`,
  ),
  row(
    'delete from a store, glance',
    `${active()}
    given ${copy} --stores slow
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
