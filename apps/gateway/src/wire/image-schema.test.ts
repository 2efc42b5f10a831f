import { expect, it } from 'vitest';
import { IMAGE_SCHEMA, IMAGES_SCHEMA } from './image-schema.ts';

const image = JSON.parse(JSON.stringify(IMAGE_SCHEMA));

it('has Glance’s properties in Glance’s order', () => {
  expect(Object.keys(image)).toEqual(['name', 'properties', 'additionalProperties', 'links']);
  expect(Object.keys(image.properties).join(' ')).toBe(
    'id name status visibility protected os_hidden checksum os_hash_algo os_hash_value owner size virtual_size container_format disk_format created_at updated_at tags direct_url min_ram min_disk self file stores schema locations kernel_id ramdisk_id instance_uuid architecture os_distro os_version description cinder_encryption_key_id cinder_encryption_key_deletion_policy',
  );
});

it('has what clients read', () => {
  const { properties } = image;
  expect(properties.name).toMatchObject({ type: ['null', 'string'], maxLength: 255 });
  expect(properties.disk_format).toMatchObject({
    type: ['null', 'string'],
    enum: [null, 'ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop'],
  });
  expect(properties.kernel_id.is_base).toBe(false);
  const readOnly = Object.keys(properties).filter((name) => properties[name].readOnly === true);
  expect(readOnly.sort().join(' ')).toBe(
    'checksum created_at direct_url file os_hash_algo os_hash_value schema self size status stores updated_at virtual_size',
  );
  expect(properties.locations.items.required).toEqual(['url', 'metadata']);
});

it('is plain JSON all through', () => {
  expect(JSON.stringify(IMAGES_SCHEMA)).not.toContain('~');
});
