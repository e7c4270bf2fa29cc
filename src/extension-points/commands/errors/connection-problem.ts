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
  const { code, errors } = (error ?? {}) as SystemError;
  return code === 'ECONNREFUSED' || (Array.isArray(errors) && errors.length > 0 && errors.every(isRefused));
}

export function connectionProblem(error: unknown): string {
  const failure = (error ?? {}) as SystemError;
  const peer = failure.address === undefined ? '' : `${failure.address.includes(':') ? `[${failure.address}]` : failure.address}:${failure.port ?? ''}`;
  const code = failure.code ?? '';
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${failure.hostname ?? ''}: no such host`;
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${failure.hostname ?? ''}: Temporary failure in name resolution`;
  if (code === 'ETIMEDOUT') return peer === '' ? 'dial tcp: i/o timeout' : `dial tcp ${peer}: i/o timeout`;
  if (code === 'EHOSTUNREACH') return `dial tcp ${peer}: connect: no route to host`;
  if (code === 'ENETUNREACH') return `dial tcp ${peer}: connect: network is unreachable`;
  if (code in untrusted) return `tls: failed to verify certificate: x509: ${untrusted[code]}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${nameProblem(failure)}`;
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

interface NameMismatch {
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

function nameProblem(failure: SystemError): string {
  const { host = '', cert } = failure as NameMismatch;
  const names = (cert?.subjectaltname ?? '').split(', ').map((name) => name.replace(/^(?:DNS|IP Address):/, ''));
  return `certificate is valid for ${names.join(', ')}, not ${host}`;
}
