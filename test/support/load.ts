import { type GlanceHttp, sha512, testBytes } from './glance-http.ts';

const BYTES = 3 * 1024 * 1024 + 7;

/** Clients that create, upload, download, compare and (every second one) delete, until they are stopped. */
export class Load {
  /** Whole rounds. */
  done = 0;
  /** What failed, in words. */
  readonly failures: string[] = [];
  /** Answers that were complete and wrong: there must never be one. */
  readonly wrong: string[] = [];
  /** Images that were acknowledged and not deleted. */
  readonly kept: string[] = [];
  readonly #http: GlanceHttp;
  readonly #bytes = testBytes(BYTES);
  readonly #digest = sha512(this.#bytes);
  #running = true;
  #clients: Promise<void>[] = [];

  constructor(http: GlanceHttp) {
    this.#http = http;
  }

  start(clients: number): void {
    this.#clients = Array.from({ length: clients }, () => this.#client());
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
  }

  async #client(): Promise<void> {
    for (let round = 0; this.#running; round += 1) {
      try {
        await this.#round(round % 2 === 0);
      } catch (error) {
        this.failures.push(String(error));
      }
      this.done += 1;
    }
  }

  async #round(keep: boolean): Promise<void> {
    const image = await this.#http.create();
    expectStatus('upload', await this.#http.upload(image.id, this.#bytes), 204);
    const { status, bytes } = await this.#http.download(image.id);
    expectStatus('download', status, 200);
    if (sha512(bytes) !== this.#digest) this.wrong.push(image.id);
    if (keep) this.kept.push(image.id);
    else expectStatus('delete', await this.#http.delete(image.id), 204);
  }
}

function expectStatus(what: string, status: number, expected: number): void {
  if (status !== expected) throw new Error(`${what} answered ${status}`);
}
