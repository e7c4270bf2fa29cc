import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import type { ObservedContainer } from './observed-pod.ts';

/** Whether a container that ended should be started again: its own rules first, then its own policy, then the pod's. */
export function shouldRestart(pod: Pod, container: Container, ended: Pick<ObservedContainer, 'exitCode'>): boolean {
  for (const rule of container.restartPolicyRules ?? []) {
    const matches = rule.exitCodes?.values?.includes(ended.exitCode) ?? false;
    if (rule.exitCodes && matches === (rule.exitCodes.operator === 'In')) return rule.action === 'Restart';
  }
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  if (policy === 'Never') return false;
  return policy === 'Always' || ended.exitCode !== 0;
}

/** The same for an init container, which is done once it succeeded. */
export const shouldRestartInit = (pod: Pod, container: Container, ended: Pick<ObservedContainer, 'exitCode'>): boolean =>
  container.restartPolicy === 'Always' || (ended.exitCode !== 0 && shouldRestart(pod, container, ended));

/**
 * How long a container that keeps ending has to wait: 10 s, doubled each time, at most 300 s, forgotten once it held on for twice the maximum.
 * Counted from when it ended. The first restart is free.
 */
export class RestartBackoff {
  readonly #entries = new Map<string, { delayMs: number; updatedMs: number }>();
  readonly #initialMs: number;
  readonly #maximumMs: number;

  constructor(options: { initialMs?: number; maximumMs?: number } = {}) {
    this.#initialMs = options.initialMs ?? 10_000;
    this.#maximumMs = options.maximumMs ?? 300_000;
  }

  /** The delay in force, and what is left of it. */
  waiting(key: string, endedMs: number, nowMs: number): { delayMs: number; remainingMs: number } {
    const entry = this.#entries.get(key);
    if (!entry || this.#isOver(entry, endedMs)) return { delayMs: 0, remainingMs: 0 };
    return { delayMs: entry.delayMs, remainingMs: Math.max(0, endedMs + entry.delayMs - nowMs) };
  }

  /** Notes that the container is started again. */
  advance(key: string, endedMs: number, nowMs: number): void {
    const entry = this.#entries.get(key);
    const delayMs = !entry || this.#isOver(entry, endedMs) ? this.#initialMs : Math.min(entry.delayMs * 2, this.#maximumMs);
    this.#entries.set(key, { delayMs, updatedMs: nowMs });
  }

  /** Forgets all keys that start with a pod's uid. */
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #isOver(entry: { updatedMs: number }, endedMs: number): boolean {
    return endedMs - entry.updatedMs > this.#maximumMs * 2;
  }
}
