import { active, queued, type Row, row } from '../row.ts';

export const data: readonly Row[] = [
  row(
    'upload and download, glance',
    `${queued()}
    glance image-upload $image --file $payload
    glance image-show $image
    glance image-download $image --file $folder/downloaded
    bytes $folder/downloaded
    glance image-download $image --file $folder/progress --allow-md5-fallback
    bytes $folder/progress`,
  ),
  row(
    'upload from standard input and download to the terminal, glance',
    `${queued()}
    glance image-upload $image < $other
    glance image-show $image
    glance image-download $image
    reader$ glance image-download $image`,
  ),
  row(
    'upload into a store with a size, glance',
    `${queued()}
    ${queued('', '$second')}
    glance image-upload $image --file $payload --store slow --size 400012
    glance image-show $image
    glance image-upload $second --file $payload --store nowhere
    glance image-show $second`,
  ),
  row(
    'upload where it cannot be, glance',
    `${active()}
    ${queued('--visibility community', '$second')}
    given glance image-create --id $third --name $row
    glance image-upload $image --file $payload
    glance image-upload $third --file $payload
    glance image-upload $absent --file $payload
    glance image-upload $image --file $folder/none
    reader$ glance image-upload $second --file $payload
    alt_demo$ glance image-upload $second --file $payload`,
  ),
  row(
    'download what is not there, glance',
    `${queued('--visibility community')}
    ${active('', '$second')}
    glance image-download $image --file $folder/none
    bytes $folder/none
    glance image-download $absent --file $folder/none
    alt_demo$ glance image-download $second --file $folder/none
    bytes $folder/none`,
  ),
  row(
    'save, openstack',
    `${active()}
    openstack image save $image --file $folder/saved
    bytes $folder/saved
    openstack image save $row --file $folder/named
    bytes $folder/named
    reader$ openstack image save $image --file $folder/read
    bytes $folder/read`,
  ),
  row(
    'save to the terminal, openstack',
    `given openstack image create $row --id $image --disk-format raw --file $other
    openstack image save $image`,
  ),
  row(
    'save what is not there, openstack',
    `${queued()}
    ${active('', '$second')}
    openstack image save $image --file $folder/none
    openstack image save $absent --file $folder/none
    alt_demo$ openstack image save $second --file $folder/none
    bytes $folder/none`,
  ),
  row(
    'deactivate, glance',
    `${active()}
    ${queued('', '$second')}
    glance image-deactivate $image
    admin$ glance image-deactivate $image
    glance image-show $image
    glance image-download $image --file $folder/none
    admin$ glance image-download $image --file $folder/admin
    bytes $folder/admin
    glance image-deactivate $second
    admin$ glance image-deactivate $second
    admin$ glance image-deactivate $absent
    reader$ glance image-deactivate $image
    alt_demo$ glance image-deactivate $image
    glance image-reactivate $image
    admin$ glance image-reactivate $image
    admin$ glance image-reactivate $second
    admin$ glance image-reactivate $absent
    glance image-show $image`,
  ),
  row(
    'deactivate, openstack',
    `${active()}
    ${queued('', '$second')}
    openstack image set $image --deactivate
    admin$ openstack image set $image --deactivate
    openstack image show $image -f json
    openstack image save $image --file $folder/none
    admin$ openstack image set $image --activate --property back=1
    openstack image show $image -f json
    openstack image set $image --activate
    admin$ openstack image set $second --deactivate
    admin$ openstack image set $absent --deactivate`,
  ),
];
