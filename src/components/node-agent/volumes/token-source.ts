import type { TokenRequest } from '../../../api/generated/authentication-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { serviceaccounts } from '../../../api/generated/resource-types.ts';
import { nameOf } from '../../../api/object.ts';
import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { podUid } from '../directories.ts';
import { VolumeError } from './contract.ts';

export interface ServiceAccountToken {
  readonly text: string;
  readonly expiresAtMs: number;
  readonly refreshAtMs: number;
}

/** Tokens of pods' service accounts, bound to their pods and kept until 80 % of their time is over (or a day). */
export interface TokenSource {
  get(pod: Pod, want: { audience?: string | undefined; expirationSeconds: number }): Promise<ServiceAccountToken>;
  forget(uid: string): void;
}

const dayMs = 24 * 60 * 60 * 1000;

export function createTokenSource({ client, clock }: { client: Client; clock: Clock }): TokenSource {
  const tokens = new Map<string, ServiceAccountToken>();

  const request = async (pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<ServiceAccountToken> => {
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        ...(audience ? { audiences: [audience] } : {}),
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: nameOf(pod), uid: podUid(pod) },
      },
    };
    const key = { namespace: pod.metadata.namespace!, name: pod.spec.serviceAccountName || 'default' };
    const answer = await client.createSubresource<TokenRequest>(serviceaccounts, key, 'token', body);
    const { token, expirationTimestamp } = answer.status ?? {};
    if (!token) throw new VolumeError(`failed to fetch token: the API server answered without one`);
    const nowMs = clock.now();
    const expiresAtMs = Date.parse(expirationTimestamp ?? '') || nowMs + expirationSeconds * 1000;
    return { text: token, expiresAtMs, refreshAtMs: nowMs + Math.min(dayMs, (expiresAtMs - nowMs) * 0.8) };
  };

  return {
    async get(pod, { audience, expirationSeconds }) {
      const key = JSON.stringify([podUid(pod), audience ?? '', expirationSeconds]);
      const known = tokens.get(key);
      if (known && clock.now() < known.refreshAtMs) return known;
      try {
        const fresh = await request(pod, audience, expirationSeconds);
        tokens.set(key, fresh);
        return fresh;
      } catch (error) {
        // A token that still works is better than none; the next look asks again.
        if (known && clock.now() < known.expiresAtMs) return { ...known, refreshAtMs: clock.now() + 60_000 };
        throw error instanceof VolumeError ? error : new VolumeError(`failed to fetch token: ${(error as Error).message}`, { cause: error });
      }
    },
    forget(uid) {
      const prefix = `["${uid}"`;
      for (const key of tokens.keys()) if (key.startsWith(prefix)) tokens.delete(key);
    },
  };
}
