import { active, queued, type Row, row } from '../row.ts';

const three = `
    ${queued('--tags $row --tags a --property mark=x --visibility shared')}
    given openstack image create b-$row --id $second --tag $row --community --property mark=y --file $other --disk-format raw
    given glance image-create --id $third --name c-$row --tags $row --hidden True`;

export const lists: readonly Row[] = [
  row(
    'list by filters, openstack',
    `${three}
    openstack image list --tag $row --sort name:asc
    openstack image list --tag $row --sort name:desc -f json
    openstack image list --tag $row --long --sort name:asc -f json
    openstack image list --tag $row --hidden -f json
    openstack image list --tag $row --tag a -f json
    openstack image list --tag $row --name $row -f json
    openstack image list --tag $row --status active -f json
    openstack image list --tag $row --property mark=y -f json
    openstack image list --tag $row --property mark=z -f json
    openstack image list --tag $row --project demo --project-domain Default --sort name:asc -f json`,
  ),
  row(
    'list by visibility, openstack',
    `${three}
    openstack image list --tag $row --private -f json
    openstack image list --tag $row --shared -f json
    openstack image list --tag $row --community -f json
    openstack image list --tag $row --public -f json
    openstack image list --tag $row --all --sort name:asc -f json
    alt_demo$ openstack image list --tag $row -f json
    alt_demo$ openstack image list --tag $row --community -f json
    admin$ openstack image list --tag $row --sort name:asc -f json`,
  ),
  row(
    'page through a list, openstack',
    `${three}
    openstack image list --tag $row --sort name:asc --limit 1 -f json
    openstack image list --tag $row --sort name:asc --limit 1 --marker b-$row -f json
    openstack image list --tag $row --sort name:desc --marker b-$row -f json
    openstack image list --tag $row --sort name:asc --marker $second -f json
    openstack image list --tag $row --sort status,name:desc -f json
    openstack image list --tag $row --marker $absent
    openstack image list --tag $row --limit -1
    openstack image list --tag $row --sort color:asc
    openstack image list --tag $row --sort name:up
    openstack image list --tag $row --limit 0 -f json`,
  ),
  row(
    'list what cannot be asked, openstack',
    `openstack image list --status lost -f json
    openstack image list --member-status maybe -f json
    openstack image list --shared --member-status all -f json
    openstack image list --project nobody -f json`,
  ),
  row(
    'list by filters, glance',
    `${three}
    glance image-list --tag $row --sort name:asc
    glance image-list --tag $row --tag a
    glance image-list --tag $row --hidden True
    glance image-list --tag $row --visibility community
    glance image-list --tag $row --visibility private
    glance image-list --tag $row --owner $demo --sort name:asc
    glance image-list --tag $row --owner $alt_demo
    glance image-list --tag $row --property-filter mark=y
    glance image-list --tag $row --property-filter name=b-$row
    glance image-list --tag $row --property-filter 'name=in:b-$row,$row' --sort name:asc
    glance image-list --tag $row --property-filter size_min=1
    glance image-list --tag $row --property-filter size=gt:1
    glance image-list --tag $row --include-stores --sort name:asc
    glance image-list --checksum 00000000000000000000000000000000
    glance image-list --hash 00`,
  ),
  row(
    'page through a list, glance',
    `${three}
    glance image-list --tag $row --page-size 1 --sort name:desc
    glance image-list --tag $row --limit 1 --sort-key name --sort-dir asc
    glance image-list --tag $row --sort-key status --sort-key name --sort-dir desc
    glance image-list --tag $row --sort-key status --sort-dir asc --sort-key name --sort-dir desc
    glance image-list --tag $row --sort status:asc,name:desc
    glance image-list --tag $row --limit 0
    glance image-list --tag $row --limit -1
    glance image-list --tag $row --page-size 0
    glance image-list --sort-key color
    glance image-list --sort-key name --sort-dir up
    glance image-list --sort name:up
    glance image-list --sort name --sort-key name`,
  ),
  row(
    'list what cannot be asked, glance',
    `glance image-list --visibility everywhere
    glance image-list --member-status maybe
    glance image-list --property-filter size_min=many
    glance image-list --property-filter created_at=yesterday
    glance image-list --property-filter name=like:x
    glance image-list --property-filter novalue
    glance image-list --hidden maybe`,
  ),
  row(
    'show, readable and narrow',
    `${active()}
    openstack image show $image --human-readable -f json
    glance image-show $image --human-readable
    glance image-show $image --max-column-width 20
    openstack image show $image -c name -c status -f value`,
  ),
  row(
    'show what is not or not yours',
    `${queued()}
    openstack image show $absent
    openstack image show nothing-$row
    openstack image show name/with:marks
    alt_demo$ openstack image show $image
    alt_demo$ openstack image show $row
    reader$ openstack image show $image -f json
    glance image-show $absent
    glance image-show no-uuid
    alt_demo$ glance image-show $image
    reader$ glance image-show $image`,
  ),
  row(
    'show one of several of a name',
    `${queued()}
    ${queued('', '$second')}
    openstack image show $row`,
  ),
];
