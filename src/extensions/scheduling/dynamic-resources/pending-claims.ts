import type { ResourceClaim } from '../../../api/generated/resource-v1.ts';
import type { Client } from '../../../client/client.ts';

/** What a scheduler decided about a claim and its informer does not show yet. */
export interface PendingClaim {
  /** With the allocation. */
  readonly claim: ResourceClaim;
  /** Whether the API server has it: then it holds until the informer shows this version or a later one. Otherwise until the pod is bound, or is not after all. */
  readonly isWritten: boolean;
}

/** The decisions of all plugins of one process: profiles, and the old and the new plugins while a configuration is replaced, must not give a device twice. */
export class PendingClaims {
  readonly #byUid = new Map<string, PendingClaim>();
  readonly #listeners = new Set<(uid: string) => void>();

  get(uid: string): PendingClaim | undefined {
    return this.#byUid.get(uid);
  }

  set(uid: string, pending: PendingClaim): void {
    this.#byUid.set(uid, pending);
    this.#tell(uid);
  }

  /** Whether there was one. */
  delete(uid: string): boolean {
    const isKnown = this.#byUid.delete(uid);
    if (isKnown) this.#tell(uid);
    return isKnown;
  }

  all(): Iterable<readonly [uid: string, pending: PendingClaim]> {
    return this.#byUid;
  }

  onChange(listener: (uid: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #tell(uid: string): void {
    for (const listener of this.#listeners) listener(uid);
  }
}

const byClient = new WeakMap<Client, PendingClaims>();

/** Those of all plugins that write through one client. */
export function pendingClaimsOf(client: Client): PendingClaims {
  let pending = byClient.get(client);
  if (!pending) byClient.set(client, (pending = new PendingClaims()));
  return pending;
}
