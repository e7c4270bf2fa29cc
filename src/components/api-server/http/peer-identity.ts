import type { TLSSocket } from 'node:tls';
import { ApiError, unauthorized } from '../../../api/status.ts';
import type { AuthenticationRequest, Authenticator, UserInfo } from '../../../extension-points/authentication/contract.ts';
import { authenticate } from '../../../extension-points/authentication/run.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Exchange } from './exchange.ts';

type Certificate = NonNullable<AuthenticationRequest['certificate']>;

/** Short, so that a deleted service account or token ends soon. Upstream remembers for 10 seconds. */
const tokenLifeMs = 2_000;
const rememberedTokens = 10_000;

export interface PeerIdentityDeps {
  readonly authenticators: ExtensionPoint<Authenticator>;
  readonly audiences: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Finds out who sends requests. Certificates are looked at once per connection, tokens once in two seconds. */
export class PeerIdentity {
  readonly #deps: PeerIdentityDeps;
  readonly #connections = new WeakMap<TLSSocket, { user: UserInfo; generation: number }>();
  readonly #certificates = new WeakMap<TLSSocket, Certificate | 'none' | 'invalid'>();
  readonly #tokens = new Map<string, { user: UserInfo; untilMs: number; generation: number }>();

  constructor(deps: PeerIdentityDeps) {
    this.#deps = deps;
  }

  /** Synchronous when remembered. Throws, or rejects with, ApiError 401. */
  identify(exchange: Exchange): UserInfo | Promise<UserInfo> {
    const token = bearerToken(exchange.header('authorization'));
    const generation = this.#deps.authenticators.generation;
    if (token === undefined) {
      const known = this.#connections.get(exchange.socket);
      if (known?.generation === generation) return known.user;
    } else {
      const known = this.#tokens.get(token);
      // A certificate would win over the token; connections that have one are rare with tokens.
      if (known && known.generation === generation && known.untilMs > this.#deps.clock.now() && this.#certificate(exchange.socket) === 'none')
        return known.user;
    }
    return this.#ask(exchange, token);
  }

  async #ask(exchange: Exchange, token: string | undefined): Promise<UserInfo> {
    const { authenticators, audiences, clock, log } = this.#deps;
    const certificate = this.#certificate(exchange.socket);
    if (certificate === 'invalid' && token === undefined) throw unauthorized();
    const generation = authenticators.generation;
    const request: AuthenticationRequest = {
      audiences,
      ...(token === undefined ? {} : { token }),
      ...(typeof certificate === 'string' ? {} : { certificate }),
    };
    const outcome = await authenticate(authenticators, request, exchange.signal, log);
    if (outcome.kind === 'refused') {
      log.info('authentication refused', { reason: outcome.reason });
      throw unauthorized();
    }
    if (token === undefined) this.#connections.set(exchange.socket, { user: outcome.user, generation });
    else this.#rememberToken(token, { user: outcome.user, generation, untilMs: clock.now() + tokenLifeMs });
    return outcome.user;
  }

  #rememberToken(token: string, entry: { user: UserInfo; untilMs: number; generation: number }): void {
    if (this.#tokens.size >= rememberedTokens) this.#tokens.clear();
    this.#tokens.set(token, entry);
  }

  #certificate(socket: TLSSocket): Certificate | 'none' | 'invalid' {
    const known = this.#certificates.get(socket);
    if (known !== undefined) return known;
    const found = readCertificate(socket);
    this.#certificates.set(socket, found);
    return found;
  }
}

function readCertificate(socket: TLSSocket): Certificate | 'none' | 'invalid' {
  const peer = socket.getPeerCertificate?.();
  if (!peer?.subject) return 'none';
  if (!socket.authorized) return 'invalid';
  const { CN, O } = peer.subject as { CN?: string | string[]; O?: string | string[] };
  return { commonName: [CN ?? ''].flat()[0] ?? '', organizations: [O ?? []].flat(), serialNumber: peer.serialNumber };
}

/** The token of an Authorization header. Throws 401 for an empty one. */
function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || !/^bearer /i.test(header)) return undefined;
  const token = header.slice('bearer '.length).trim();
  if (token === '') throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  return token;
}
