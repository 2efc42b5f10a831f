// librados and librbd through koffi. Every function runs on a thread of libuv's pool, which this process has to itself.

/** A negative return of Ceph's, or a library that is not there. */
export class CallFailure extends Error {
  /** @param {import('../protocol.ts').Failure} failure */
  constructor(failure) {
    super('failed');
    this.failure = failure;
  }
}

const POINTERS = ['cluster', 'io', 'image', 'op'];

// Ceph 16 is the oldest that has them all. Out parameters are arrays of one.
const RADOS = `
  int rados_create2(_Out_ cluster_p *out, const char *cluster, const char *user, uint64_t flags)
  int rados_conf_read_file(cluster_p cluster, const char *path)
  int rados_conf_set(cluster_p cluster, const char *option, const char *value)
  int rados_connect(cluster_p cluster)
  void rados_shutdown(cluster_p cluster)
  uint64_t rados_get_instance_id(cluster_p cluster)
  int rados_wait_for_latest_osdmap(cluster_p cluster)
  int rados_cluster_fsid(cluster_p cluster, uint8_t *into, size_t length)
  int rados_mon_command(cluster_p cluster, const char **command, size_t parts, const char *in, size_t in_length, _Out_ void **out, _Out_ size_t *length, _Out_ void **status, _Out_ size_t *status_length)
  void rados_buffer_free(void *buffer)
  int rados_ioctx_create(cluster_p cluster, const char *pool, _Out_ io_p *out)
  void rados_ioctx_destroy(io_p io)
  void rados_ioctx_set_namespace(io_p io, const char *namespace)
  void rados_set_pool_full_try(io_p io)
  int rados_read(io_p io, const char *object, uint8_t *into, size_t length, uint64_t offset)
  int rados_remove(io_p io, const char *object)
  int rados_exec(io_p io, const char *object, const char *class, const char *method, const uint8_t *in, size_t in_length, uint8_t *out, size_t out_length)
  op_p rados_create_write_op()
  void rados_release_write_op(op_p op)
  void rados_write_op_create(op_p op, int exclusive, const char *category)
  void rados_write_op_write_full(op_p op, const uint8_t *bytes, size_t length)
  int rados_write_op_operate(op_p op, io_p io, const char *object, void *modified, int flags)`;
const RBD = `
  int rbd_create2(io_p io, const char *name, uint64_t size, uint64_t features, _Inout_ int *order)
  int rbd_rename(io_p io, const char *from, const char *to)
  int rbd_remove(io_p io, const char *name)
  int rbd_open(io_p io, const char *name, _Out_ image_p *out, const char *snapshot)
  int rbd_open_read_only(io_p io, const char *name, _Out_ image_p *out, const char *snapshot)
  int rbd_close(image_p image)
  int rbd_get_id(image_p image, char *into, size_t length)
  int rbd_get_size(image_p image, _Out_ uint64_t *out)
  int rbd_get_create_timestamp(image_p image, uint8_t *into)
  int rbd_resize(image_p image, uint64_t size)
  int rbd_flush(image_p image)
  int64_t rbd_read(image_p image, uint64_t position, size_t length, uint8_t *into)
  int64_t rbd_write(image_p image, uint64_t position, size_t length, const uint8_t *bytes)
  int64_t rbd_write_zeroes(image_p image, uint64_t position, size_t length, int flags, int op_flags)
  int rbd_lock_exclusive(image_p image, const char *cookie)
  int rbd_unlock(image_p image, const char *cookie)
  int rbd_break_lock(image_p image, const char *client, const char *cookie)
  int64_t rbd_list_lockers(image_p image, _Out_ int *exclusive, uint8_t *tag, _Inout_ size_t *tag_length, uint8_t *clients, _Inout_ size_t *clients_length, uint8_t *cookies, _Inout_ size_t *cookies_length, uint8_t *addresses, _Inout_ size_t *addresses_length)
  int rbd_metadata_set(image_p image, const char *key, const char *value)
  int rbd_metadata_get(image_p image, const char *key, uint8_t *into, _Inout_ size_t *length)
  int rbd_snap_list(image_p image, uint8_t *into, _Inout_ int *count)
  void rbd_snap_list_end(uint8_t *list)
  int rbd_snap_create(image_p image, const char *name)
  int rbd_snap_remove(image_p image, const char *name)
  int rbd_snap_protect(image_p image, const char *name)
  int rbd_snap_unprotect(image_p image, const char *name)
  int rbd_snap_is_protected(image_p image, const char *name, _Out_ int *out)
  int rbd_list_children3(image_p image, void *into, _Inout_ size_t *count)
  int rbd_namespace_create(io_p io, const char *name)
  int rbd_namespace_exists(io_p io, const char *name, _Out_ bool *out)`;

/** Ceph's own stack frames are larger than koffi's default for such calls. */
const STACK_BYTES = 1024 * 1024;

/** By a variable: builds must succeed where the optional package is left out. */
const PACKAGE = 'koffi';

/** @typedef {(name: string, ...args: unknown[]) => Promise<number>} Call */
/** @typedef {(from: unknown, ...what: unknown[]) => unknown} Decode */
/** @typedef {{ async(...args: unknown[]): void }} Bound */
/**
 * What is used of koffi.
 * @typedef {{
 *   config(o: object): void, opaque(): unknown, pointer(name: string, to: unknown): unknown, decode: Decode,
 *   load(file: string): { func(prototype: string): Bound & ((...args: unknown[]) => unknown) },
 *   address(pointer: unknown): bigint, view(pointer: unknown, bytes: number): ArrayBuffer,
 * }} Koffi
 */

/**
 * Loads both. `call` rejects when the function returns less than 0.
 * @returns {Promise<{ call: Call, raw: (name: string, ...args: unknown[]) => Promise<unknown>, koffi: Koffi }>}
 */
export async function loadCeph() {
  /** @type {Koffi} */
  const koffi = await import(PACKAGE).then(
    (module) => module.default,
    () => {
      throw new CallFailure({ missing: 'koffi' });
    },
  );
  koffi.config({ async_stack_size: STACK_BYTES });
  for (const name of POINTERS) koffi.pointer(`${name}_p`, koffi.opaque());
  const functions = new Map([
    ...bind(koffi, 'librados.so.2', RADOS),
    ...bind(koffi, 'librbd.so.1', RBD),
  ]);
  /** What calls under way work on: a buffer that went away meanwhile would end the process. @type {Set<unknown[]>} */
  const held = new Set();
  /** @param {string} name @param {unknown[]} args */
  const raw = (name, ...args) =>
    new Promise((resolve, reject) => {
      held.add(args);
      functions
        .get(name)
        ?.async(...args, (/** @type {unknown} */ error, /** @type {unknown} */ result) => {
          held.delete(args);
          if (error) reject(error);
          else resolve(result);
        });
    });
  /** @type {Call} */
  const call = async (name, ...args) => {
    const result = Number(await raw(name, ...args));
    if (result < 0) throw new CallFailure({ from: name, errno: -result });
    return result;
  };
  return { call, raw, koffi };
}

/** @param {Koffi} koffi @param {string} file @param {string} prototypes */
function bind(koffi, file, prototypes) {
  try {
    const library = koffi.load(file);
    return prototypes
      .trim()
      .split('\n')
      .map((line) => {
        const bound = library.func(line.trim());
        return /** @type {const} */ ([/(\w+)\(/.exec(line)?.[1] ?? line, bound]);
      });
  } catch {
    // Not there, or older than what is asked of it. The loader's text says no more than that, and has paths.
    throw new CallFailure({ missing: 'librbd' });
  }
}
