/** Finds out who sent a request. The first authenticator that answers `authenticated` or `refused` wins; all `no-opinion` means anonymous. */
export interface Authenticator {
  authenticate(request: AuthenticationRequest, signal: AbortSignal): AuthenticationOutcome | Promise<AuthenticationOutcome>;
}

export interface AuthenticationRequest {
  /** The bearer token, without the `Bearer ` prefix. */
  readonly token?: string;
  /** The peer certificate; present only when TLS verified it against the cluster's client CA and it is valid now. DER bytes. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[]; readonly serialNumber: string };
  /** There when the peer is a proxy, known by a certificate of the authority for such, that may name the user in headers. */
  readonly frontProxy?: FrontProxy;
  /** Audiences the caller must be meant for, one of them at least; the API server's own by default. */
  readonly audiences: readonly string[];
  /** The API server's own audiences, for which credentials that name none are meant. Absent: `audiences` are those. */
  readonly apiAudiences?: readonly string[];
}

/** A server in front of this one, and the headers it sent. Names are lower case. */
export interface FrontProxy {
  readonly commonName: string;
  /** Every occurrence of a header. */
  header(name: string): readonly string[];
  headerNames(): Iterable<string>;
}

/**
 * `audiences` are those of the request's that the credentials are meant for. An authenticator that knows nothing of audiences leaves them out: what it knows is
 * meant for the API server alone.
 */
export type AuthenticationOutcome =
  | { readonly kind: 'authenticated'; readonly user: UserInfo; readonly audiences?: readonly string[] }
  | { readonly kind: 'no-opinion' }
  /** The credentials are for this authenticator and are bad: answered 401. The reason goes to the log, not to the client. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
