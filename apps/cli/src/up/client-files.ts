/** Text of the files that let OpenStack's own clients use a deployment without Keystone. */
export function clientFiles(o: {
  readonly url: string;
  readonly admin: string;
  readonly member: string;
  /** Absolute path of the clouds file itself. */
  readonly clouds: string;
}): { readonly clouds: string; readonly openrc: string } {
  const header = '# Written by `parallax up` at every start.\n';
  // The override spares the client a walk through a service catalog that nobody serves.
  const cloud = (name: string, token: string) => `  ${name}:
    auth_type: admin_token
    auth: { token: ${JSON.stringify(token)}, endpoint: ${JSON.stringify(o.url)} }
    region_name: east
    image_api_version: "2"
    image_endpoint_override: ${JSON.stringify(o.url)}
`;
  const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const openrc = `${header}# openstack reads OS_CLOUD; glance reads OS_AUTH_TOKEN and OS_IMAGE_URL; parallax reads OS_TOKEN and PARALLAX_URL.
export OS_CLIENT_CONFIG_FILE=${quote(o.clouds)} OS_CLOUD=parallax
export OS_TOKEN=${quote(o.admin)} OS_AUTH_TOKEN=${quote(o.admin)}
export OS_IMAGE_URL=${quote(o.url)} OS_IMAGE_API_VERSION=2
export PARALLAX_URL=${quote(o.url)}
`;
  return {
    clouds: `${header}clouds:\n${cloud('parallax', o.admin)}${cloud('parallax-member', o.member)}`,
    openrc,
  };
}
