import type { ConfigFile } from './schema.ts';
import type { Fault } from './validate.ts';

/** What a schema cannot say of the public side. */
export function checkEdges({ cors }: ConfigFile): readonly Fault[] {
  if (cors === undefined) return [];
  const faults: Fault[] = cors.allowed_origins.flatMap((origin, i) =>
    origin === '*' || isOrigin(origin)
      ? []
      : [
          {
            path: ['cors', 'allowed_origins', i],
            message: `expected scheme, host and port as browsers send them, such as https://horizon.example; got ${JSON.stringify(origin)}`,
          },
        ],
  );
  if (cors.allow_credentials === true && cors.allowed_origins.includes('*'))
    faults.push({
      path: ['cors', 'allow_credentials'],
      message: 'credentials cannot be allowed to every origin: name the origins, or say false',
    });
  return faults;
}

/** Browsers send it in lower case, without the port of its scheme and without a path. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
