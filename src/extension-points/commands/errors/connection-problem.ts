import { ConnectionLost } from '../../../client/lost-requests.ts';

/** The words Go has for a connection that did not come about, from Node's error codes. */

interface SystemError extends Error {
  readonly code?: string;
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
  readonly errors?: readonly unknown[];
}

/** Whether nothing listened. Several addresses may have been tried. */
export function isRefused(error: unknown): boolean {
  const { code, errors, cause } = (error ?? {}) as SystemError;
  return code === 'ECONNREFUSED' || (Array.isArray(errors) && errors.length > 0 && errors.every(isRefused)) || (cause !== undefined && isRefused(cause));
}

export function connectionProblem(error: unknown): string {
  const failure = (error ?? {}) as SystemError;
  // Which of them says most is at the bottom.
  if (failure instanceof ConnectionLost && failure.cause) return connectionProblem(failure.cause);
  if (failure.message?.startsWith(throughProxy) && failure.cause) return throughProxy + connectionProblem(failure.cause);
  const peer = failure.address === undefined ? '' : `${failure.address.includes(':') ? `[${failure.address}]` : failure.address}:${failure.port ?? ''}`;
  const code = failure.code ?? '';
  if (failure instanceof ConnectionLost) return 'EOF';
  if (code.startsWith('HPE_')) return `net/http: HTTP/1.x transport connection broken: ${failure.message.replace(/^Parse Error: /, '')}`;
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${failure.hostname ?? ''}${nameServer()}: no such host`;
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${failure.hostname ?? ''}${nameServer()}: Temporary failure in name resolution`;
  if (code === 'ETIMEDOUT') return peer === '' ? 'dial tcp: i/o timeout' : `dial tcp ${peer}: i/o timeout`;
  if (code === 'EHOSTUNREACH') return `dial tcp ${peer}: connect: no route to host`;
  if (code === 'ENETUNREACH') return `dial tcp ${peer}: connect: network is unreachable`;
  if (code in untrusted) return `tls: failed to verify certificate: x509: ${untrusted[code]}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${nameProblem(failure)}`;
  const alert = alerts[Number(/SSL alert number (\d+)/.exec(failure.message ?? '')?.[1])];
  if (alert) return `remote error: tls: ${alert}`;
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'tls: private key does not match public key';
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'http: server gave HTTP response to HTTPS client';
  if (code === 'ECONNRESET') return 'EOF';
  return failure instanceof Error ? failure.message : String(error);
}

const unknownAuthority = 'certificate signed by unknown authority';
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED: 'certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'certificate has expired or is not yet valid',
};

/** RFC 8446, section 6.2, in Go's words. */
const alerts: Readonly<Record<number, string>> = {
  40: 'handshake failure',
  42: 'bad certificate',
  43: 'unsupported certificate',
  44: 'revoked certificate',
  45: 'expired certificate',
  46: 'unknown certificate',
  48: 'unknown certificate authority',
  70: 'protocol version not supported',
  80: 'internal error',
  112: 'unrecognized name',
  116: 'certificate required',
};

const throughProxy = 'proxyconnect tcp: ';

/** Go names the server that did not know a name. */
function nameServer(): string {
  const [server] = process.getBuiltinModule('node:dns').getServers(); // every start would pay for an import
  return server === undefined ? '' : ` on ${server.includes(':') ? server : `${server}:53`}`;
}

interface NameMismatch {
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

function nameProblem(failure: SystemError): string {
  const { host = '', cert } = failure as NameMismatch;
  const names = (cert?.subjectaltname ?? '').split(', ').filter((name) => name !== '');
  const { isIP } = process.getBuiltinModule('node:net');
  const prefix = isIP(host) === 0 ? 'DNS:' : 'IP Address:';
  const fitting = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  if (fitting.length > 0) return `certificate is valid for ${fitting.join(', ')}, not ${host}`;
  if (isIP(host) !== 0) return `cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  return `certificate is not valid for any names, but wanted to match ${host}`;
}
