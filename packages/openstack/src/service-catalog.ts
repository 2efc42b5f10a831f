/** Where a service is, as the catalog of a token says it (Identity API v3, "catalog"). */
export interface ServiceEndpoint {
  readonly serviceType: string;
  readonly interface: string;
  readonly region: string;
  readonly url: string;
}

/** The endpoints in the body of `POST /v3/auth/tokens`; entries that are none are left out, as every cloud has odd ones. */
export function parseServiceCatalog(body: string): readonly ServiceEndpoint[] {
  // Whoever calls has parsed the token in the same body.
  const catalog = (JSON.parse(body) as { token?: { catalog?: unknown } }).token?.catalog;
  return listOf(catalog).flatMap((service) =>
    listOf(service['endpoints']).flatMap((endpoint) => {
      const url = endpoint['url'];
      return typeof url !== 'string'
        ? []
        : [
            {
              serviceType: String(service['type']),
              interface: String(endpoint['interface']),
              region: String(endpoint['region_id'] ?? endpoint['region']),
              url,
            },
          ];
    }),
  );
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value)
    ? value.filter((each) => typeof each === 'object' && each !== null)
    : [];
}
