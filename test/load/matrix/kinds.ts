import { runLab } from '../../differential/sides.ts';
import {
  cinderStore,
  glanceStore,
  type LabStore,
  rbdStore,
  s3Origin,
  s3Store,
  swiftOrigin,
  swiftStore,
} from '../../support/lab-stores.ts';
import { dropPlace, type ServicePlace } from '../../support/services.ts';
import type { StackStore } from '../../support/stack.ts';
import { freePort } from '../../support/stack.ts';
import { ServedFile, type ServedSource } from './served-file.ts';
import { Wire } from './wire.ts';

/** All in one region: nothing of a copy goes over the internal route, whose bytes would be counted twice. */
const REGION = 'lab';

/** A store of the matrix. */
export interface MatrixStore {
  readonly kind: string;
  /** As its service is reached; and so that every byte passes `wire`. */
  readonly direct: StackStore;
  readonly counted: StackStore;
  readonly wire?: Wire;
  /** Where the vendor's client finds it. */
  readonly place?: ServicePlace;
  /** Of a web server, whose images are named by URL. */
  readonly origin?: string;
  /** Removes all that it made. */
  close(): Promise<void>;
}

interface OpenedAs {
  readonly id: string;
  /** The second store of a kind is on another service, or another place of one. */
  readonly isSecond: boolean;
  /** A folder on the disk under measurement. */
  readonly dir: string;
  readonly source: ServedSource;
}

export interface MatrixKind {
  readonly kind: string;
  readonly isTarget: boolean;
  open(as: OpenedAs): Promise<MatrixStore>;
}

/** Tells apart two runs at the same time. */
const RUN = process.env['LAB_RUN'] === undefined ? '' : `-${process.env['LAB_RUN']}`;
const NAME = `parallax-bench-matrix${RUN}`;

/** Add a kind here, and it has its row and its column. */
export const MATRIX_KINDS: readonly MatrixKind[] = [
  { kind: 'file', isTarget: true, open: openFile },
  { kind: 's3', isTarget: true, open: openS3 },
  { kind: 'swift', isTarget: true, open: openSwift },
  { kind: 'rbd', isTarget: true, open: openRbd },
  { kind: 'cinder', isTarget: true, open: openCinder },
  { kind: 'glance', isTarget: true, open: openGlance },
  { kind: 'http', isTarget: false, open: openWeb },
];

async function openFile({ id, isSecond, dir }: OpenedAs): Promise<MatrixStore> {
  const more = isSecond ? {} : { default: true };
  const store = { id, region: REGION, kind: 'file', path: `${dir}/${id}`, more };
  return { kind: 'file', direct: store, counted: store, close: async () => undefined };
}

async function openS3({ id, isSecond }: OpenedAs): Promise<MatrixStore> {
  const of = isSecond ? 'WEST' : 'EAST';
  const as = { id, region: REGION, name: `${NAME}-${of.toLowerCase()}` };
  const wire = await Wire.start(s3Origin(of));
  return onWire(s3Store(of, as), s3Store(of, { ...as, origin: wire.origin }), wire);
}

/** The lab has one Swift; in the account of another user no copy is made inside it. */
async function openSwift({ id, isSecond }: OpenedAs): Promise<MatrixStore> {
  const wire = await Wire.start(swiftOrigin());
  const account = isSecond ? 'west' : 'test';
  const user = `${account}:tester`;
  const storeAt = (origin: string) =>
    swiftStore({
      id,
      region: REGION,
      name: NAME,
      more: { user, storage_url: `${origin}/v1/AUTH_${account}` },
    });
  const direct = storeAt(swiftOrigin());
  const place = { ...direct.place, at: { ...direct.place.at, user } };
  return onWire({ ...direct, place }, storeAt(wire.origin), wire);
}

async function openRbd({ id, isSecond }: OpenedAs): Promise<MatrixStore> {
  const store = rbdStore(isSecond ? 'images2' : 'images', { id, region: REGION, name: NAME });
  return onWire(store, store, undefined);
}

async function openCinder({ id }: OpenedAs): Promise<MatrixStore> {
  const store = cinderStore({ id, region: REGION });
  return onWire(store, store, undefined);
}

/** Its own: the lab's may be the store of another deployment. Wiped at its end. */
async function openGlance({ id, isSecond }: OpenedAs): Promise<MatrixStore> {
  const name = `bench-store${isSecond ? '-2' : ''}${RUN}`;
  const wipe = () => runLab('glance-down', ['--wipe', name]);
  await wipe();
  const port = await freePort();
  await runLab('glance-up', [name, String(port)]);
  const origin = `http://127.0.0.1:${port}`;
  const wire = await Wire.start(origin);
  const direct = glanceStore({ id, region: REGION, origin });
  const counted = glanceStore({ id, region: REGION, origin: wire.origin });
  const close = async () => {
    await wire.stop();
    await wipe();
  };
  return { kind: 'glance', direct, counted, wire, place: direct.place, close };
}

async function openWeb({ id, source }: OpenedAs): Promise<MatrixStore> {
  const server = await ServedFile.start(source);
  const wire = await Wire.start(server.origin);
  const more = { allow: ['127.0.0.1/32'] };
  const store = { id, region: REGION, kind: 'http', more };
  const close = async () => {
    await wire.stop();
    await server.stop();
  };
  return { kind: 'http', direct: store, counted: store, wire, origin: server.origin, close };
}

async function onWire(
  direct: LabStore,
  counted: LabStore,
  wire: Wire | undefined,
): Promise<MatrixStore> {
  const { kind = '', place } = direct;
  // What a run that was aborted left is in the way of this one.
  await dropPlace(place);
  const close = async () => {
    await wire?.stop();
    await dropPlace(place);
  };
  return { kind, direct, counted, place, close, ...(wire && { wire }) };
}
