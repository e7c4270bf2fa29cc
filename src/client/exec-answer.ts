import { createPrivateKey, X509Certificate } from 'node:crypto';
import { lateModule } from '../api/late-module.ts';
import { goKind, noHead } from './go-json.ts';
import type { Credentials } from './https-client.ts';

const yaml = lateModule<typeof import('./kubeconfig-yaml.ts')>(import.meta.url, './kubeconfig-yaml');

/** Credentials and how long they may be used, in milliseconds since 1970; `Infinity` where the program does not say. */
export interface TimedCredentials {
  readonly credentials: Credentials;
  readonly expires: number;
}

const group = 'client.authentication.k8s.io';
const execVersions: readonly string[] = [`${group}/v1`, `${group}/v1beta1`];

type Fields = Readonly<Record<string, unknown>>;

/** Reads what a credential plugin wrote (an `ExecCredential`, JSON or YAML). Throws in client-go's words for what it does not take. */
export function credentialsInAnswer(text: string, apiVersion: string): TimedCredentials {
  const { apiVersion: answered = '', kind = '', status } = objectIn(text);
  if (answered === '' && kind === '') throw wrongVersion(apiVersion, `${group}/__internal`);
  if (kind !== 'ExecCredential' || !execVersions.includes(answered as string))
    throw new Error(
      `decoding stdout: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(answered)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  const read = statusIn(status);
  if (answered !== apiVersion) throw wrongVersion(apiVersion, answered as string);
  if (!read) throw new Error("exec plugin didn't return a status field");
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = read;
  if (!token && !certificate && !key) throw new Error("exec plugin didn't return a token or cert/key pair");
  if (!certificate !== !key) throw new Error('exec plugin returned only certificate or key, not both');
  if (certificate && key) requirePair(certificate, key);
  return {
    credentials: { ...(token ? { token } : {}), ...(certificate && key ? { certificate, key } : {}) },
    expires: expirationTimestamp ? Date.parse(expirationTimestamp) : Infinity,
  };
}

const wrongVersion = (wanted: string, answered: string): Error =>
  new Error(`exec plugin is configured to use API version ${wanted}, plugin returned version ${answered}`);

/** JSON is YAML, but for what begins as JSON the words of a JSON reader are of more use. */
function objectIn(text: string): Fields {
  let value: unknown;
  try {
    value = /^\s*\{/.test(text) ? JSON.parse(text) : text.trim() === '' ? {} : yaml().load(text);
  } catch (cause) {
    throw new Error(`decoding stdout: couldn't get version/kind; json parse error: ${syntaxProblem(cause)}`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  if (value === null || value === undefined) return {};
  throw new Error(`decoding stdout: ${noHead(value)}`);
}

function syntaxProblem(error: unknown): string {
  const { message } = error as Error;
  if (/^Unexpected end|^Expected .* at position \d+$|Unterminated/.test(message)) return 'unexpected end of JSON input';
  return message;
}

interface ExecStatus {
  readonly expirationTimestamp?: string;
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
}

const textFields = ['token', 'clientCertificateData', 'clientKeyData'];
const timePattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

function statusIn(status: unknown): ExecStatus | undefined {
  if (status === undefined || status === null) return undefined;
  if (typeof status !== 'object' || Array.isArray(status)) throw wrongType(status, 'ExecCredential.status', 'ExecCredentialStatus');
  for (const field of textFields) {
    const value = (status as Fields)[field];
    if (value !== undefined && value !== null && typeof value !== 'string') throw wrongType(value, `ExecCredentialStatus.status.${field}`, 'string');
  }
  const { expirationTimestamp: time } = status as Fields;
  if (time !== undefined && time !== null) {
    if (typeof time !== 'string') throw new Error(`decoding stdout: json: cannot unmarshal ${goKind(time)} into Go value of type string`);
    if (!timePattern.test(time) || Number.isNaN(Date.parse(time)))
      throw new Error(
        `decoding stdout: parsing time ${JSON.stringify(time)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(time)} as ${JSON.stringify('2006')}`,
      );
  }
  return status as ExecStatus;
}

const wrongType = (value: unknown, field: string, type: string): Error =>
  new Error(`decoding stdout: json: cannot unmarshal ${goKind(value)} into Go struct field ${field} of type ${type}`);

/** What TLS could not use is told now. */
function requirePair(certificate: string, key: string): void {
  const problem = keyPairProblem(certificate, key);
  if (problem !== undefined) throw new Error(`failed parsing client key/certificate: ${problem}`);
}

/** What is wrong with a certificate and its key (PEM text), in Go's words; undefined: nothing. */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  const begin = /-----BEGIN ([A-Z0-9 ]+)-----/;
  const certificateBlock = begin.exec(certificate)?.[1];
  if (certificateBlock === undefined) return 'tls: failed to find any PEM data in certificate input';
  if (!certificate.includes('-----BEGIN CERTIFICATE-----'))
    return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${certificateBlock}]`;
  const keyBlock = begin.exec(key)?.[1];
  if (keyBlock === undefined) return 'tls: failed to find any PEM data in key input';
  if (keyBlock === 'CERTIFICATE') return 'tls: found a certificate rather than a key in the PEM for the private key';
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)) ? undefined : 'tls: private key does not match public key';
  } catch (error) {
    return `tls: ${(error as Error).message}`;
  }
}
