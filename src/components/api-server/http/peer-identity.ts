import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ApiError, unauthorized } from '../../../api/status.ts';
import {
  type AuthenticationRequest,
  type Authenticator,
  anonymous,
  type FrontProxy,
  type UserInfo,
} from '../../../extension-points/authentication/contract.ts';
import { authenticate } from '../../../extension-points/authentication/run.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import { type ClientCertificate, clientCertificateOf } from './client-certificate.ts';
import type { Exchange } from './exchange.ts';

/** What the peer of a connection showed: nothing, something that no authority vouches for, or a client's or a proxy's certificate. */
type Shown = { readonly kind: 'none' | 'invalid' } | { readonly kind: 'client' | 'proxy'; readonly certificate: ClientCertificate };

/** Short, so that a deleted service account or token ends soon. Upstream remembers for 10 seconds. */
const tokenLifeMs = 2_000;
const rememberedTokens = 10_000;

export interface PeerIdentityDeps {
  readonly authenticators: ExtensionPoint<Authenticator>;
  readonly audiences: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** PEM of the authorities of clients, and of proxies that may name users in headers. */
  readonly clientCa?: string | undefined;
  readonly requestHeaderCa?: string | undefined;
  /** Whether a request without credentials may be anonymous there. Default: everywhere. */
  readonly allowsAnonymous?: ((path: string) => boolean) | undefined;
}

/** Finds out who sends requests. Certificates are looked at once per connection, tokens once in two seconds; what a proxy says, every time. */
export class PeerIdentity {
  readonly #deps: PeerIdentityDeps;
  readonly #proxyAuthority: X509Certificate | undefined;
  readonly #connections = new WeakMap<TLSSocket, { user: UserInfo; generation: number }>();
  readonly #shown = new WeakMap<TLSSocket, Shown>();
  readonly #tokens = new Map<string, { user: UserInfo; untilMs: number; generation: number }>();

  constructor(deps: PeerIdentityDeps) {
    this.#deps = deps;
    this.#proxyAuthority = deps.requestHeaderCa === undefined ? undefined : new X509Certificate(deps.requestHeaderCa);
  }

  /** The peer of a connection that is not TLS showed this certificate, which was checked. To be told before its first request. */
  vouchFor(socket: Socket, certificate: ClientCertificate): void {
    this.#shown.set(socket as TLSSocket, { kind: 'client', certificate });
  }

  /** Synchronous when remembered. Throws, or rejects with, ApiError 401. */
  identify(exchange: Exchange): UserInfo | Promise<UserInfo> {
    const token = bearerToken(exchange);
    const generation = this.#deps.authenticators.generation;
    if (token === undefined) {
      const known = this.#connections.get(exchange.socket);
      if (known?.generation === generation) return this.#admitted(known.user, exchange);
    } else {
      const known = this.#tokens.get(token);
      // A certificate would win over the token; connections that have one are rare with tokens.
      if (known && known.generation === generation && known.untilMs > this.#deps.clock.now() && this.#shownBy(exchange.socket).kind === 'none')
        return known.user;
    }
    return this.#ask(exchange, token);
  }

  async #ask(exchange: Exchange, token: string | undefined): Promise<UserInfo> {
    const { authenticators, audiences, clock, log } = this.#deps;
    const shown = this.#shownBy(exchange.socket);
    if (shown.kind === 'invalid' && token === undefined) throw unauthorized();
    const generation = authenticators.generation;
    const request: AuthenticationRequest = {
      audiences,
      ...(token === undefined ? {} : { token }),
      ...(shown.kind === 'client' ? { certificate: shown.certificate } : {}),
      ...(shown.kind === 'proxy' ? { frontProxy: proxyOf(exchange, shown.certificate.commonName) } : {}),
    };
    const outcome = await authenticate(authenticators, request, exchange.signal, log);
    if (outcome.kind === 'refused') {
      log.info('authentication refused', { reason: outcome.reason });
      throw unauthorized();
    }
    if (shown.kind === 'proxy') {
      // Its certificate is none of a client.
      if (outcome.user === anonymous) throw unauthorized();
      return outcome.user;
    }
    if (token === undefined) this.#connections.set(exchange.socket, { user: outcome.user, generation });
    else this.#rememberToken(token, { user: outcome.user, generation, untilMs: clock.now() + tokenLifeMs });
    return this.#admitted(outcome.user, exchange);
  }

  #admitted(user: UserInfo, exchange: Exchange): UserInfo {
    if (user === anonymous && this.#deps.allowsAnonymous?.(exchange.path) === false) throw unauthorized();
    return user;
  }

  #rememberToken(token: string, entry: { user: UserInfo; untilMs: number; generation: number }): void {
    if (this.#tokens.size >= rememberedTokens) this.#tokens.clear();
    this.#tokens.set(token, entry);
  }

  #shownBy(socket: TLSSocket): Shown {
    const known = this.#shown.get(socket);
    if (known !== undefined) return known;
    const found = readCertificate(socket, this.#proxyAuthority);
    this.#shown.set(socket, found);
    return found;
  }
}

/** A certificate is a proxy's when the authority of proxies signed it: what that authority vouches for is no client. */
function readCertificate(socket: TLSSocket, proxyAuthority: X509Certificate | undefined): Shown {
  const peer = socket.getPeerCertificate?.();
  if (!peer?.subject) return { kind: 'none' };
  if (!socket.authorized) return { kind: 'invalid' };
  const certificate = clientCertificateOf(peer.subject, peer.serialNumber);
  return { kind: proxyAuthority && isSignedBy(socket, proxyAuthority) ? 'proxy' : 'client', certificate };
}

function isSignedBy(socket: TLSSocket, authority: X509Certificate): boolean {
  const leaf = socket.getPeerX509Certificate();
  return leaf !== undefined && leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

const proxyOf = (exchange: Exchange, commonName: string): FrontProxy => ({
  commonName,
  header: (name) => exchange.headerValues(name),
  headerNames: () => Object.keys(exchange.headers()),
});

const webSocketTokenPrefix = 'base64url.bearer.authorization.k8s.io.';

/** The token of an Authorization header, or of the WebSocket protocol by which browsers send one. Throws 401 for an empty one. */
function bearerToken(exchange: Exchange): string | undefined {
  const header = exchange.header('authorization');
  if (header === undefined || !/^bearer /i.test(header)) return exchange.upgrade ? webSocketToken(exchange) : undefined;
  const token = header.slice('bearer '.length).trim();
  if (token === '') throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  return token;
}

function webSocketToken(exchange: Exchange): string | undefined {
  const protocols = (exchange.header('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim());
  const encoded = protocols.find((protocol) => protocol.startsWith(webSocketTokenPrefix));
  return encoded === undefined ? undefined : Buffer.from(encoded.slice(webSocketTokenPrefix.length), 'base64url').toString() || undefined;
}
