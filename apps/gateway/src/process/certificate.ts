import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls';
import type { ListenerTls } from '@parallax/runtime';

export type TlsField = 'cert_file' | 'key_file' | 'ca_file';

/** Says which field of a listener's `tls` is no good, and why. */
export class CertificateError extends Error {
  readonly field: TlsField;

  constructor(field: TlsField, message: string) {
    super(message);
    this.name = 'CertificateError';
    this.field = field;
  }
}

/** What one listener proves itself with: a pair that belongs together. */
export interface Certificate {
  readonly options: SecureContextOptions & Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'>;
  readonly subject: string;
  readonly validTo: Date;
}

/** Reads the files of a listener. `CertificateError` when they cannot be served with. */
export async function readCertificate(tls: ListenerTls): Promise<Certificate> {
  const { certFile, keyFile, caFile, minVersion } = tls;
  const [cert, key, ca] = await Promise.all([
    read('cert_file', certFile),
    read('key_file', keyFile),
    caFile === undefined ? undefined : read('ca_file', caFile),
  ]);
  const leaf = toCertificate('cert_file', cert);
  if (!leaf.checkPrivateKey(toKey(key)))
    throw new CertificateError('key_file', 'is not the key of the certificate in cert_file');
  if (ca !== undefined) toCertificate('ca_file', ca);
  const options = {
    cert,
    key,
    minVersion,
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
  };
  refuseUnusable(options);
  return {
    options,
    subject: leaf.subject.replaceAll('\n', ', '),
    validTo: new Date(leaf.validTo),
  };
}

async function read(field: TlsField, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CertificateError(field, `cannot be read: ${reasonOf(error)}`);
  }
}

function toCertificate(field: TlsField, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw new CertificateError(field, `holds no certificate in PEM: ${reasonOf(error)}`);
  }
}

function toKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new CertificateError('key_file', `holds no usable private key: ${reasonOf(error)}`);
  }
}

/** OpenSSL has rules of its own, such as the least size of keys. */
function refuseUnusable(options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new CertificateError('cert_file', `cannot be used: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
