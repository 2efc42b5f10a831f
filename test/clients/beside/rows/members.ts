import { active, queued, type Row, row } from '../row.ts';

const share = 'given glance member-create $image $alt_demo';

export const members: readonly Row[] = [
  row(
    'share and accept, openstack',
    `${active('--visibility shared --tags $row')}
    openstack image add project $image alt_demo --project-domain Default -f json
    openstack image add project $image alt_demo
    openstack image member list $image -f json
    openstack image member list $row --project-domain Default
    alt_demo$ openstack image list --tag $row -f json
    alt_demo$ openstack image list --shared --member-status pending --tag $row -f json
    alt_demo$ openstack image list --shared --member-status all --tag $row -f json
    alt_demo$ openstack image set $image --accept
    alt_demo$ openstack image list --tag $row -f json
    alt_demo$ openstack image list --shared --member-status accepted --tag $row -f json
    alt_demo$ openstack image save $image --file $folder/shared
    bytes $folder/shared
    alt_demo$ openstack image set $image --reject
    alt_demo$ openstack image list --shared --member-status rejected --tag $row -f json
    alt_demo$ openstack image member list $image -f json
    alt_demo$ openstack image set $image --pending
    openstack image member list $image -f json
    openstack image remove project $image alt_demo --project-domain Default
    openstack image remove project $image alt_demo
    openstack image member list $image -f json
    alt_demo$ openstack image show $image`,
  ),
  row(
    'share what cannot be shared, openstack',
    `${queued('--visibility private')}
    ${queued('--visibility shared', '$second')}
    openstack image add project $image alt_demo
    openstack image add project $second nobody
    openstack image add project $absent alt_demo
    openstack image remove project $second alt_demo
    reader$ openstack image add project $second alt_demo
    alt_demo$ openstack image add project $second alt_demo
    alt_demo$ openstack image member list $second
    openstack image member list $image -f json
    openstack image member list $absent
    openstack image set $second --accept
    alt_demo$ openstack image set $second --accept`,
  ),
  row(
    'answer for a project, openstack',
    `${queued('--visibility shared')}
    ${share}
    admin$ openstack image set $image --accept --project alt_demo
    admin$ openstack image member list $image -f json
    openstack image set $image --accept --project alt_demo
    admin$ openstack image show $image -f json`,
  ),
  row(
    'share and accept, glance',
    `${active('--visibility shared --tags $row')}
    glance member-create $image $alt_demo
    glance member-create $image $alt_demo
    glance member-list --image-id $image
    glance member-get $image $alt_demo
    alt_demo$ glance member-get $image $alt_demo
    alt_demo$ glance image-list --tag $row
    alt_demo$ glance image-list --tag $row --visibility shared --member-status pending
    alt_demo$ glance member-update $image $alt_demo accepted
    alt_demo$ glance image-list --tag $row
    alt_demo$ glance image-list --tag $row --member-status accepted
    alt_demo$ glance image-show $image
    alt_demo$ glance image-download $image --file $folder/shared
    bytes $folder/shared
    alt_demo$ glance member-update $image $alt_demo rejected
    alt_demo$ glance image-list --tag $row --member-status rejected
    alt_demo$ glance image-list --tag $row --member-status all
    alt_demo$ glance member-update $image $alt_demo pending
    glance member-delete $image $alt_demo
    glance member-delete $image $alt_demo
    glance member-list --image-id $image
    alt_demo$ glance image-show $image`,
  ),
  row(
    'what members may not, glance',
    `${queued('--visibility shared')}
    ${share}
    glance member-update $image $alt_demo accepted
    alt_demo$ glance member-update $image $alt_demo perhaps
    alt_demo$ glance member-delete $image $alt_demo
    alt_demo$ glance member-create $image $admin
    alt_demo$ glance image-update $image --name mine
    alt_demo$ glance image-delete $image
    alt_demo$ glance image-tag-update $image mine
    reader$ glance member-create $image $admin
    reader$ glance member-list --image-id $image
    admin$ glance member-list --image-id $image`,
  ),
  row(
    'share what cannot be shared, glance',
    `${queued('--visibility private')}
    ${queued('--visibility shared', '$second')}
    glance member-create $image $alt_demo
    glance member-list --image-id $image
    glance member-get $second $alt_demo
    glance member-update $second $alt_demo accepted
    glance member-delete $second $alt_demo
    glance member-create $absent $alt_demo
    glance member-list --image-id $absent
    glance member-list
    alt_demo$ glance member-list --image-id $second`,
  ),
];
