import { resourceclaims } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import type { SchedulingHandle } from '../../../extension-points/scheduling/contract.ts';
import { readiness } from './binding-conditions.ts';
import type { ClaimLedger } from './claim-ledger.ts';
import type { PodCycle } from './pod-cycle.ts';

export interface ReadinessDeps extends Pick<SchedulingHandle, 'clock' | 'informers'> {
  readonly ledger: ClaimLedger;
  readonly bindingTimeoutMs: number;
}

/** Upstream's interval; changes of claims are looked at when they come. */
const lookEveryMs = 5_000;

/** Waits until drivers have made all devices ready for the node. Rejects, in upstream's words, when one of them gives up and when it takes too long. */
export async function awaitReadiness(cycle: PodCycle, deps: ReadinessDeps, signal: AbortSignal): Promise<void> {
  const endMs = deps.clock.now() + deps.bindingTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    using change = nextChange(cycle, deps);
    if (areReady(cycle, deps)) return;
    const leftMs = endMs - deps.clock.now();
    if (leftMs <= 0) throw new Error('device binding timeout: context deadline exceeded');
    await change.within(Math.min(leftMs, lookEveryMs), signal);
  }
}

function areReady(cycle: PodCycle, { ledger, bindingTimeoutMs, clock }: ReadinessDeps): boolean {
  for (const entry of cycle.claims) {
    if (!entry.claim.status?.allocation) continue;
    const current = ledger.get(keyOf(entry.claim));
    if (!current) throw new Error(`resourceclaim.resource.k8s.io ${JSON.stringify(entry.claim.metadata.name)} not found`);
    entry.claim = current;
    const state = readiness(current, bindingTimeoutMs, clock.now());
    if (state.kind === 'failed') throw new Error(state.problem);
    if (state.kind === 'late') throw new Error(`device binding timeout: claim=${current.metadata.name}`);
    if (state.kind === 'waiting') return false;
  }
  return true;
}

interface Change extends Disposable {
  /** Resolves at the first change since this was made, after a time, or when the signal aborts. */
  within(limitMs: number, signal: AbortSignal): Promise<void>;
}

function nextChange({ claims }: PodCycle, { informers, clock }: ReadinessDeps): Change {
  const { promise, resolve } = Promise.withResolvers<void>();
  const uids = new Set(claims.map(({ claim }) => claim.metadata.uid));
  const listening = informers.informer(resourceclaims).onChange({
    updated: ({ metadata }) => (uids.has(metadata.uid) ? resolve() : undefined),
    deleted: ({ metadata }) => (uids.has(metadata.uid) ? resolve() : undefined),
  });
  return {
    async within(limitMs, signal) {
      const wake = (): void => resolve();
      using _timer = clock.after(limitMs, wake);
      signal.addEventListener('abort', wake);
      await promise;
      signal.removeEventListener('abort', wake);
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
