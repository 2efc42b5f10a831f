import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import type { Logger } from '@parallax/core';
import { type Config, type ListenerTls, Problems, SourceFile } from '@parallax/runtime';
import { type Certificate, CertificateError, readCertificate } from './certificate.ts';

/** Before this the log says that it ends. */
const EXPIRY_NOTICE_MS = 14 * 24 * 3_600_000;

export interface CertificatesOptions {
  readonly config: Pick<Config, 'file' | 'listen'>;
  readonly log: Logger;
  readonly onLoad?: (outcome: 'taken' | 'refused') => void;
}

interface Served {
  readonly tls: ListenerTls;
  current: Certificate;
  server?: TlsServer;
  /** Why the newest files were refused; said once. */
  refusal?: string | undefined;
}

/** The certificates of all listeners, exchanged under their feet: connections that are there go on with what they began with. */
export class Certificates {
  readonly #o: CertificatesOptions;
  readonly #served: ReadonlyMap<number, Served>;

  private constructor(o: CertificatesOptions, served: ReadonlyMap<number, Served>) {
    this.#o = o;
    this.#served = served;
  }

  /** `invalid_request` that lists every file that is no good, with its field. */
  static async open(o: CertificatesOptions): Promise<Certificates> {
    const problems = new Problems();
    const served = new Map<number, Served>();
    for (const [index, { tls }] of o.config.listen.entries()) {
      if (tls === undefined) continue;
      try {
        const current = await readCertificate(tls);
        served.set(index, { tls, current });
        noticeExpiry(o.log, current);
      } catch (error) {
        if (!(error instanceof CertificateError)) throw error;
        const path = ['listen', index, 'tls', error.field];
        const { file } = o.config;
        problems.add({
          file,
          line: new SourceFile(file).lineOf(path),
          path,
          message: error.message,
        });
      }
    }
    problems.throwIfAny();
    return new Certificates(o, served);
  }

  /** True when nobody listens with TLS. */
  get none(): boolean {
    return this.#served.size === 0;
  }

  /** For the server of `listen[index]`; undefined for plain HTTP. */
  optionsFor(index: number): TlsOptions | undefined {
    return this.#served.get(index)?.current.options;
  }

  /** Names the server that shall get new certificates of `listen[index]`. */
  serve(index: number, server: Server): void {
    const served = this.#served.get(index);
    if (served !== undefined && server instanceof TlsServer) served.server = server;
  }

  /** Looks at the files. What is no good, or half written, is refused, and the old certificate stays in use. */
  async refresh(): Promise<void> {
    for (const [index, served] of this.#served) await this.#refreshOne(index, served);
  }

  async #refreshOne(index: number, served: Served): Promise<void> {
    const { log, onLoad } = this.#o;
    try {
      const next = await readCertificate(served.tls);
      served.refusal = undefined;
      if (isSame(next, served.current)) return;
      served.server?.setSecureContext(next.options);
      served.current = next;
      onLoad?.('taken');
      log.info({ listen: index, subject: next.subject, validTo: next.validTo }, 'new certificate');
      noticeExpiry(log, next);
    } catch (err) {
      if (!(err instanceof CertificateError)) throw err;
      const refusal = `${err.field}: ${err.message}`;
      if (refusal === served.refusal) return;
      served.refusal = refusal;
      onLoad?.('refused');
      log.error({ listen: index, reason: refusal }, 'a changed certificate is refused');
    }
  }
}

function isSame({ options: a }: Certificate, { options: b }: Certificate): boolean {
  return a.cert === b.cert && a.key === b.key && a.ca === b.ca;
}

function noticeExpiry(log: Logger, { subject, validTo }: Certificate): void {
  if (validTo.getTime() - Date.now() > EXPIRY_NOTICE_MS) return;
  log.warn({ subject, validTo }, 'the certificate ends soon');
}
