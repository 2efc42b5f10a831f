import { type Row, row } from '../row.ts';

const namespace = 'given admin$ glance md-namespace-create $row --visibility public';
const schema = `'{"title": "Size", "type": "integer"}'`;
const object = `'{"description": "a disk", "properties": {"size": {"title": "Size", "type": "integer"}}}'`;

/** Metadata definitions, which Parallax does not serve yet. */
export const metadefs: readonly Row[] = [
  row(
    'metadef namespaces',
    `admin$ glance md-namespace-create $row --display-name Name --description text --owner $admin --visibility private --protected False
    admin$ glance md-namespace-create $row-typed --resource-type-associations '[{"name": "OS::Glance::Image"}]' --self x --schema x --updated-at x --created-at x
    admin$ glance md-namespace-show $row --max-column-width 40
    admin$ glance md-namespace-show $row --resource-type OS::Glance::Image
    admin$ glance md-namespace-list --page-size 10 --visibility private
    admin$ glance md-namespace-list --resource-types OS::Glance::Image
    admin$ glance md-namespace-update $row --namespace $row-new --display-name New --description new --owner $admin --visibility public --protected True
    admin$ glance md-namespace-update $row-new --self x --updated-at x --created-at x
    admin$ glance md-namespace-update $row-new --namespace $row-new --protected False
    glance md-namespace-show $row-new
    glance md-namespace-delete $row-new
    admin$ glance md-namespace-delete $row-new
    admin$ glance md-namespace-import --file $other`,
  ),
  row(
    'metadef properties',
    `${namespace}
    admin$ glance md-property-create $row --name size --title Size --schema ${schema}
    admin$ glance md-property-list $row
    admin$ glance md-property-show $row size --max-column-width 40
    admin$ glance md-property-update $row size --name length --title Length --schema ${schema}
    admin$ glance md-property-delete $row length
    admin$ glance md-namespace-properties-delete $row`,
  ),
  row(
    'metadef objects',
    `${namespace}
    admin$ glance md-object-create $row --name disk --schema ${object}
    admin$ glance md-object-list $row
    admin$ glance md-object-show $row disk --max-column-width 40
    admin$ glance md-object-property-show $row disk size --max-column-width 40
    admin$ glance md-object-update $row disk --name drive --schema ${object}
    admin$ glance md-object-delete $row drive
    admin$ glance md-namespace-objects-delete $row`,
  ),
  row(
    'metadef tags',
    `${namespace}
    admin$ glance md-tag-create $row --name one
    admin$ glance md-tag-create-multiple $row --names two:three --delim : --append
    admin$ glance md-tag-list $row
    admin$ glance md-tag-show $row one
    admin$ glance md-tag-update $row one --name first
    admin$ glance md-tag-delete $row first
    admin$ glance md-namespace-tags-delete $row`,
  ),
  row(
    'metadef resource types',
    `${namespace}
    admin$ glance md-resource-type-associate $row --name OS::Glance::Image --prefix hw_ --properties-target image
    admin$ glance md-resource-type-associate $row --name OS::Nova::Server --created-at x --updated-at x
    admin$ glance md-namespace-resource-type-list $row
    admin$ glance md-resource-type-list
    admin$ glance md-resource-type-deassociate $row OS::Glance::Image`,
  ),
];
