import type { Lease, LeaseSpec } from '../api/generated/coordination-v1.ts';
import type { OwnerReference } from '../api/generated/meta-v1.ts';
import { leases } from '../api/generated/resource-types.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../api/status.ts';
import { type Clock, microTimeText } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Client } from './client.ts';

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Must differ between candidates: `<host>_<uuid>`. */
  readonly identity: string;
  /** How long others wait after the last renewal before they take over. Default 15 s. */
  readonly leaseDurationMs?: number;
  /** How long a leader tries to renew before it gives up. Default 10 s. */
  readonly renewDeadlineMs?: number;
  /** Time between tries. Default 2 s. */
  readonly retryPeriodMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until this candidate holds the lease, runs `lead` with a signal that aborts when the lease was lost, and resolves when `lead` returned, the lease was lost or the
 * signal aborted. The lease is released on the way out. As client-go: other candidates' clocks are never compared, only how long a lease has not changed here.
 */
export async function whileLeading(options: LeaderElectionOptions, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const candidate = new Candidate(options);
  await candidate.acquire();
  if (options.signal.aborted) return;
  options.log.info('became the leader', { lease: options.lease.name, identity: options.identity });
  const lost = new AbortController();
  const signal = AbortSignal.any([options.signal, lost.signal]);
  const renewing = candidate.renew(signal).finally(() => lost.abort(new Error('the lease was lost')));
  try {
    await lead(signal);
  } finally {
    lost.abort(new Error('finished leading'));
    await renewing;
    await candidate.release();
  }
}

class Candidate {
  readonly #options: LeaderElectionOptions;
  readonly #durationMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  #observed: Lease | undefined;
  #observedAtMs = 0;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#durationMs = options.leaseDurationMs ?? 15_000;
    this.#deadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryMs = options.retryPeriodMs ?? 2_000;
    if (this.#durationMs <= this.#deadlineMs || this.#deadlineMs <= this.#retryMs)
      throw new Error('leader election: lease duration > renew deadline > retry period must hold');
  }

  async acquire(): Promise<void> {
    while (!this.#options.signal.aborted && !(await this.#tryOnce())) await this.#wait(this.#retryMs * (1 + 1.2 * Math.random()), this.#options.signal);
  }

  /** Resolves when the lease could not be renewed in time, or the signal aborts. */
  async renew(signal: AbortSignal): Promise<void> {
    const { clock, log, lease } = this.#options;
    let renewedMs = clock.now();
    while (!signal.aborted) {
      await this.#wait(this.#retryMs, signal);
      if (signal.aborted) return;
      if (await this.#tryOnce()) renewedMs = clock.now();
      else if (clock.now() - renewedMs >= this.#deadlineMs || this.#isHeldByOther()) return log.warn('lost the lease', { lease: lease.name });
    }
  }

  async release(): Promise<void> {
    const { client, clock, identity, log } = this.#options;
    if (this.#observed?.spec.holderIdentity !== identity) return;
    const now = microTimeText(clock.now());
    const spec: LeaseSpec = {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: this.#observed.spec.leaseTransitions ?? 0,
    };
    await client.replace(leases, { ...this.#observed, spec }).catch((error: unknown) => log.debug('the lease could not be released', { error }));
  }

  /** One try to take or renew the lease. Answers whether this candidate holds it. */
  async #tryOnce(): Promise<boolean> {
    try {
      return await this.#takeOrRenew();
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) this.#options.log.debug('another candidate wrote the lease', { error });
      else this.#options.log.warn('cannot reach the lease', { lease: this.#options.lease.name, error });
      return false;
    }
  }

  async #takeOrRenew(): Promise<boolean> {
    const { client, clock, identity, lease: key } = this.#options;
    const current = await client.get(leases, key).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    const now = microTimeText(clock.now());
    const claim: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#durationMs / 1000),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    };
    if (!current) {
      this.#observe(await client.create(leases, { metadata: { ...key }, spec: claim }));
      return true;
    }
    this.#observe(current);
    const { holderIdentity = '', acquireTime = now, leaseTransitions = 0, leaseDurationSeconds } = current.spec;
    const isMine = holderIdentity === identity;
    const holdsMs = leaseDurationSeconds ? leaseDurationSeconds * 1000 : this.#durationMs;
    if (!isMine && holderIdentity !== '' && clock.now() - this.#observedAtMs < holdsMs) return false;
    const spec = isMine ? { ...claim, acquireTime, leaseTransitions } : { ...claim, leaseTransitions: leaseTransitions + 1 };
    this.#observe(await client.replace(leases, { ...current, spec: { ...current.spec, ...spec } }));
    return true;
  }

  #observe(lease: Lease): void {
    if (this.#observed?.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    this.#observed = lease;
    this.#observedAtMs = this.#options.clock.now();
  }

  #isHeldByOther(): boolean {
    const holder = this.#observed?.spec.holderIdentity ?? '';
    return holder !== '' && holder !== this.#options.identity;
  }

  async #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(delayMs, signal).catch(() => undefined); // callers look at the signal
  }
}

export interface LeaseRenewalOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly lease: { readonly namespace: string; readonly name: string };
  readonly identity: string;
  /** Default 40 s; renewed every quarter of it (kubelet). */
  readonly durationSeconds?: number;
  /** Read before a lease is created, so that it goes when its owner goes; undefined when the owner is not known yet. */
  readonly owner?: () => OwnerReference | undefined;
}

/** Keeps a heartbeat lease renewed (a node's in `kube-node-lease`). Failures are retried at once up to five times, then with the next renewal. Disposing stops it. */
export function renewLease(options: LeaseRenewalOptions): AsyncDisposable {
  const abort = new AbortController();
  const everyMs = ((options.durationSeconds ?? 40) * 1000) / 4;
  let latest: Lease | undefined;
  const run = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      latest = await renewOnce(options, latest);
      await options.clock.sleep(everyMs * (1 + 0.04 * Math.random()), abort.signal).catch(() => undefined); // the loop looks at the signal
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort(new Error('lease renewal stopped'));
      await running;
    },
  };
}

const renewalAttempts = 5;

/** Answers the lease as written, or undefined when it must be read again next time. */
async function renewOnce(options: LeaseRenewalOptions, latest: Lease | undefined): Promise<Lease | undefined> {
  const { client, clock, identity, lease: key, log, owner, durationSeconds = 40 } = options;
  let base = latest;
  for (let attempt = 1; attempt <= renewalAttempts; attempt++) {
    const renewal: LeaseSpec = { holderIdentity: identity, leaseDurationSeconds: durationSeconds, renewTime: microTimeText(clock.now()) };
    const reference = owner?.();
    try {
      base ??= await client.get(leases, key).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      if (!base) return await client.create(leases, { metadata: { ...key, ...(reference ? { ownerReferences: [reference] } : {}) }, spec: renewal });
      const metadata = reference && !base.metadata.ownerReferences?.length ? { ...base.metadata, ownerReferences: [reference] } : base.metadata;
      return await client.replace(leases, { ...base, metadata, spec: { ...base.spec, ...renewal } });
    } catch (error) {
      if (attempt === renewalAttempts) log.warn('cannot renew the lease', { lease: key.name, error });
      base = undefined;
    }
  }
  return undefined;
}
