import { active, queued, type Row, row } from '../row.ts';

const show = 'openstack image show $image -f json';

export const changes: readonly Row[] = [
  row(
    'set every field, openstack',
    `${queued()}
    openstack image set $image --name new-$row --min-disk 3 --min-ram 32 --container-format ovf --disk-format vmdk --property a=1 --property 'b=two words' --tag t --tag u --architecture arm64 --instance-id $absent --kernel-id $second --os-distro fedora --os-version 40 --ramdisk-id $third --hidden --protected --shared
    ${show}
    openstack image set $image --unhidden --unprotected --private --tag v --property a=2
    ${show}
    openstack image set $image --community
    ${show}
    openstack image set new-$row --name $row
    ${show}`,
  ),
  row(
    'set nothing, openstack',
    `${queued()}
    openstack image set $image
    ${show}`,
  ),
  row(
    'unset, openstack',
    `${queued('--tags t --tags u --property a=1 --property b=2')}
    openstack image unset $image --tag t --property a
    ${show}
    openstack image unset $image --tag none
    openstack image unset $image --property none
    openstack image unset $image --property b --property none --tag u
    ${show}
    openstack image unset $absent --tag t
    reader$ openstack image unset $image --tag u
    alt_demo$ openstack image unset $image --tag u`,
  ),
  row(
    'publish, openstack',
    `${queued()}
    openstack image set $image --public
    admin$ openstack image set $image --public
    alt_demo$ openstack image show $image -f json
    alt_demo$ openstack image set $image --name mine
    alt_demo$ openstack image delete $image`,
  ),
  row(
    'give to another project, openstack',
    `${queued()}
    openstack image set $image --project alt_demo --project-domain Default
    admin$ openstack image set $image --project alt_demo --project-domain Default
    alt_demo$ openstack image show $image -f json
    openstack image show $image`,
  ),
  row(
    'set what cannot be, openstack',
    `${active()}
    openstack image set $image --disk-format qcow2
    openstack image set $image --container-format ovf
    openstack image set $image --disk-format floppy
    openstack image set $image --min-disk -1
    openstack image set $image --property os_glance_x=1
    openstack image set $image --property status=killed
    openstack image set $image --property novalue
    openstack image set $image --location http://127.0.0.1/x
    openstack image set $absent --name x
    reader$ openstack image set $image --name x
    alt_demo$ openstack image set $image --name x
    ${show}`,
  ),
  row(
    'update every field, glance',
    `${queued('--property gone=away')}
    glance image-update $image --name new-$row --architecture x86_64 --protected True --instance-uuid $absent --min-disk 2 --min-ram 64 --visibility shared --kernel-id $second --ramdisk-id $third --os-version 12 --os-distro debian --disk-format vhd --container-format ova --hidden True --property a=1 --remove-property gone
    glance image-show $image
    glance image-update $image --protected False --hidden False --visibility community --property a=2 --property b=
    admin$ glance image-update $image --owner $alt_demo --visibility public
    glance image-show $image`,
  ),
  row(
    'a change that the client makes a move of, glance',
    `${queued('--property gone=1')}
    glance image-update $image --property a=1 --remove-property gone
    glance image-show $image`,
  ),
  row(
    'update what cannot be, glance',
    `${active()}
    glance image-update $image --disk-format qcow2
    glance image-update $image --disk-format floppy
    glance image-update $image --container-format ovf
    glance image-update $image --visibility everywhere
    glance image-update $image --visibility public
    glance image-update $image --owner $alt_demo
    glance image-update $image --min-disk -1
    glance image-update $image --remove-property none
    glance image-update $image --remove-property name
    glance image-update $image --property os_glance_x=1
    glance image-update $image --property novalue
    glance image-update $image
    glance image-update $absent --name x
    reader$ glance image-update $image --name x
    alt_demo$ glance image-update $image --name x
    glance image-show $image`,
  ),
  row(
    'tags, glance',
    `${queued()}
    glance image-tag-update $image blue
    glance image-tag-update $image 'light blue'
    glance image-tag-update $image blue
    glance image-tag-update $image größe
    glance image-show $image
    glance image-tag-delete $image blue
    glance image-tag-delete $image blue
    glance image-tag-delete $image größe
    glance image-show $image
    glance image-tag-update $absent blue
    glance image-tag-delete $absent blue
    reader$ glance image-tag-update $image red
    alt_demo$ glance image-tag-update $image red`,
  ),
  row(
    'delete, openstack',
    `${active()}
    ${queued('--protected True', '$second')}
    reader$ openstack image delete $image
    alt_demo$ openstack image delete $image
    openstack image delete $image $absent
    openstack image show $image
    openstack image delete $second
    openstack image set $second --unprotected
    openstack image delete $second
    openstack image delete $second`,
  ),
  row(
    'delete, glance',
    `${active()}
    ${queued('--protected True', '$second')}
    reader$ glance image-delete $image
    alt_demo$ glance image-delete $image
    glance image-delete $image $absent
    glance image-show $image
    glance image-delete $second
    admin$ glance image-delete $second
    glance image-update $second --protected False
    glance image-delete $second
    glance image-delete $second`,
  ),
];
