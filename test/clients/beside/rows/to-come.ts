import { active, queued, type Row, row } from '../row.ts';

const fill = '--disk-format raw --container-format bare --name $row';

/** What Parallax does not serve yet: ../intended.ts says when. Each row turns red once it agrees. */
export const toCome: readonly Row[] = [
  row(
    'stage and import, glance',
    `${queued()}
    glance image-stage $image --file $payload --size 400012
    glance image-show $image
    glance image-import $image --import-method glance-direct
    settle $image
    glance image-show $image`,
  ),
  row(
    'create by import, glance',
    `glance image-create-via-import --id $image ${fill} --file $payload --import-method glance-direct --stores slow
    settle $image
    glance image-show $image`,
  ),
  row(
    'create by import with every field, glance',
    `glance image-create-via-import --id $image ${fill} --architecture x86_64 --protected False --instance-uuid $absent --min-disk 2 --min-ram 64 --visibility shared --kernel-id $second --ramdisk-id $third --os-version 12 --os-distro debian --owner $demo --hidden False --property a=1 --tags gold --file $payload --import-method glance-direct --all-stores True --allow-failure False
    settle $image
    glance image-show $image
    glance image-create-via-import --id $second ${fill} --file $payload --store slow
    glance image-create-via-import --id $third ${fill} --import-method web-download --uri http://127.0.0.1:1/x
    glance image-create-via-import --id $third ${fill} --import-method glance-download --remote-region RegionOne --remote-image-id $absent --remote-service-interface public`,
  ),
  row(
    'import from elsewhere, glance',
    `${queued()}
    glance image-import $image --import-method web-download --uri http://127.0.0.1:1/x
    glance image-import $image --import-method glance-download --remote-region RegionOne --remote-image-id $absent --remote-service-interface public`,
  ),
  row(
    'create by import, openstack',
    `openstack image create $row --id $image --disk-format raw --file $payload --import -f json`,
  ),
  row(
    'tasks',
    `admin$ glance task-list
    admin$ glance task-list --sort-key status --sort-dir asc --page-size 5 --type import --status success
    admin$ glance task-show $absent
    admin$ glance task-create --type import --input '{"import_from": "http://127.0.0.1/x", "import_from_format": "raw", "image_properties": {}}'`,
  ),
  row(
    'locations, glance',
    `${active()}
    glance location-add $image --url http://127.0.0.1/x --metadata '{"a": "1"}' --checksum 00 --hash-algo sha512 --hash-value 00
    glance location-update $image --url http://127.0.0.1/x --metadata '{"a": "2"}'
    glance location-delete $image --url http://127.0.0.1/x`,
  ),
];
