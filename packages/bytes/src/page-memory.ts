const PAGE_BYTES = 65_536;

// Its types come with the DOM's only.
declare const WebAssembly: {
  readonly Memory: new (o: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => { readonly buffer: SharedArrayBuffer };
};

/**
 * Memory that begins at a page, so that stores may move it past the kernel's page cache. Other buffers of JavaScript begin
 * 16 bytes behind one, which O_DIRECT refuses. `bytes` is a whole number of WebAssembly's 64 KiB pages. Source: WebAssembly
 * JavaScript Interface; that engines map it page by page is relied on for speed only, as drivers fall back.
 */
export function pageMemory(bytes: number): { shared: SharedArrayBuffer; bytes: Buffer } {
  const pages = bytes / PAGE_BYTES;
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return { shared: buffer, bytes: Buffer.from(buffer) };
}
