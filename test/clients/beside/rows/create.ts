import { active, queued, type Row, row } from '../row.ts';

export const create: readonly Row[] = [
  row(
    'create with every field, openstack',
    `openstack image create $row --id $image --container-format bare --disk-format qcow2 --min-disk 2 --min-ram 64 --property os_distro=debian --property 'note=two words' --tag gold --tag linux --private -f json
    openstack image show $image -f json
    openstack image show $row
    glance image-show $image`,
  ),
  row(
    'create protected, which this client sends as a property, openstack',
    `openstack image create $row --id $image --protected`,
  ),
  row('create with defaults, openstack', `openstack image create $row --id $image -f json`),
  row('create without an id, openstack', `openstack image create $row -f json`),
  row(
    'create from a file, openstack',
    `openstack image create $row --id $image --disk-format raw --file $payload --unprotected -f json
    openstack image create $row --id $image --disk-format raw --file $folder/none`,
  ),
  row(
    'create from standard input, openstack',
    `openstack image create $row --id $image --disk-format raw -f json < $other`,
  ),
  row(
    'create twice under one name, openstack',
    `openstack image create $row --id $image --disk-format raw --file $payload -f json
    openstack image create $row --id $second --disk-format raw --file $payload -f json
    openstack image show $row`,
  ),
  row(
    'visibilities, openstack',
    `openstack image create $row --id $image --community -f json
    openstack image create $row --id $second --shared -f json
    openstack image create $row --id $third --public -f json
    admin$ openstack image create $row --id $third --public -f json`,
  ),
  row(
    'create for another project, openstack',
    `admin$ openstack image create $row --id $image --project demo --project-domain Default -f json
    openstack image show $image -f json
    glance image-show $image
    openstack image create $row --id $second --project $alt_demo -f json
    glance image-show $second
    admin$ openstack image create $row --id $third --project nobody -f json`,
  ),
  row(
    'create with options of v1, openstack',
    `openstack image create $row --location http://127.0.0.1/x
    openstack image create $row --store slow`,
  ),
  row(
    'create what is there or cannot be, openstack',
    `${queued()}
    openstack image create $row --id $image
    openstack image create $row --id no-uuid
    openstack image create $row --id $second --disk-format floppy
    openstack image create $row --id $second --property os_glance_x=1
    openstack image create $row --id $second --property id=$third
    reader$ openstack image create $row --id $second`,
  ),
  row(
    'create with every field, glance',
    `glance image-create --id $image --name $row --architecture x86_64 --protected True --instance-uuid $absent --min-disk 2 --min-ram 64 --visibility shared --kernel-id $second --ramdisk-id $third --os-version 12 --os-distro debian --disk-format ami --container-format ami --owner $demo --hidden True --property a=1 --property 'b=two words' --tags gold --tags linux
    glance image-show $image`,
  ),
  row('create with nothing, glance', 'glance image-create'),
  row(
    'create from a file into a store, glance',
    `glance image-create --id $image --name $row --disk-format raw --container-format bare --file $payload --store slow
    glance image-create --id $second --name $row --disk-format raw --container-format bare --file $payload --store nowhere
    glance image-create --id $second --name $row --disk-format raw --container-format bare --store slow
    glance image-create --id $second --name $row --file $payload`,
  ),
  row(
    'create from standard input, glance',
    'glance image-create --id $image --name $row --disk-format raw --container-format bare < $other',
  ),
  row(
    'create what is there or cannot be, glance',
    `${active()}
    glance image-create --id $image
    glance image-create --id no-uuid
    glance image-create --disk-format floppy
    glance image-create --visibility everywhere
    glance image-create --min-disk -1
    glance image-create --min-ram many
    glance image-create --property os_glance_x=1
    glance image-create --property owner_specified
    glance image-create --owner $alt_demo
    glance image-create --visibility public
    glance image-create --file $folder/none --disk-format raw --container-format bare
    reader$ glance image-create --name $row`,
  ),
  row(
    'create as admin for others, glance',
    `admin$ glance image-create --id $image --name $row --owner $demo --visibility public
    glance image-show $image`,
  ),
];
