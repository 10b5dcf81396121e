// Certificates for a test, made by openssl: nothing secret lies in the repository, and nothing in it expires.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Texts in PEM, and the files that hold them. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateOptions {
  /** Without it the certificate is its own authority. */
  readonly authority?: Certificate;
  /** As openssl writes it: DNS:localhost, IP:127.0.0.1 */
  readonly alternativeNames?: string;
  readonly usage?: 'serverAuth' | 'clientAuth';
  readonly algorithm?: readonly string[];
}

const P256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** A folder with certificates; remove it afterwards. */
export const createCertificateFolder = (openssl: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-web-'));
  const path = (file: string): string => join(folder, file);

  const make = (name: string, options: CertificateOptions = {}): Certificate => {
    const { authority, alternativeNames, usage, algorithm = P256 } = options;
    const extensions = [
      `basicConstraints=critical,CA:${authority === undefined ? 'TRUE' : 'FALSE'}`,
      ...(alternativeNames === undefined ? [] : [`subjectAltName=${alternativeNames}`]),
      ...(usage === undefined ? [] : [`extendedKeyUsage=${usage}`]),
    ];
    const config = `[req]\ndistinguished_name=name\nx509_extensions=ext\nprompt=no\n[name]\nCN=${name}\n[ext]\n${extensions.join('\n')}\n`;
    writeFileSync(path(`${name}.cnf`), config);
    const [certFile, keyFile] = [path(`${name}.crt`), path(`${name}.key`)];
    const signing = authority === undefined ? [] : ['-CA', authority.certFile, '-CAkey', authority.keyFile];
    const files = ['-config', path(`${name}.cnf`), '-keyout', keyFile, '-out', certFile];
    execFileSync(openssl, ['req', '-x509', '-newkey', ...algorithm, '-nodes', '-days', '2', ...files, ...signing], {
      stdio: 'pipe',
    });
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  };

  return { folder, path, make, remove: () => rmSync(folder, { recursive: true }) };
};
