import type { Probe } from '../../../api/generated/core-v1.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Checker } from './check.ts';
import type { CheckResult, CheckTarget } from './contract.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';
export type Verdict = 'success' | 'failure' | 'unknown';

export interface ProbeWorkerDeps {
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly check: Checker;
  /** The newest version of what is looked at. */
  readonly target: () => CheckTarget;
  readonly startedAtMs: number;
  readonly fieldPath: string;
  /** Liveness and readiness wait until the container has started. */
  readonly mayRun: () => boolean;
  readonly onVerdict: (verdict: Verdict) => void;
}

const kindNames: Readonly<Record<ProbeKind, string>> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };
const tries = 3;

/** Checks one container again and again; changes its verdict when enough results in a row agree. */
export class ProbeWorker implements Disposable {
  readonly #kind: ProbeKind;
  readonly #probe: Probe;
  readonly #deps: ProbeWorkerDeps;
  #timer: Disposable | undefined;
  #verdict: Verdict;
  #last: 'success' | 'failure' | undefined;
  #inRow = 0;
  #isStopped = false;
  #isChecking = false;

  constructor(kind: ProbeKind, probe: Probe, initial: Verdict, deps: ProbeWorkerDeps) {
    this.#kind = kind;
    this.#probe = probe;
    this.#verdict = initial;
    this.#deps = deps;
    const dueMs = deps.startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000;
    this.#plan(Math.max(0, dueMs - deps.clock.now()));
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Checks as soon as allowed, instead of at the next turn. */
  wake(): void {
    const dueMs = this.#deps.startedAtMs + (this.#probe.initialDelaySeconds ?? 0) * 1000;
    if (!this.#isChecking && this.#verdict !== 'success') this.#plan(Math.max(0, dueMs - this.#deps.clock.now()));
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
  }

  #plan(delayMs: number): void {
    this.#timer?.[Symbol.dispose]();
    if (!this.#isStopped) this.#timer = this.#deps.clock.after(delayMs, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    const isDone = this.#kind === 'startup' && this.#verdict === 'success';
    if (this.#isStopped || isDone) return;
    if (this.#deps.mayRun()) {
      this.#isChecking = true;
      const result = await this.#checkWithRetries();
      this.#isChecking = false;
      if (!this.#isStopped) this.#count(result);
    }
    this.#plan((this.#probe.periodSeconds ?? 10) * 1000);
  }

  async #checkWithRetries(): Promise<CheckResult> {
    let result: CheckResult = { outcome: 'unknown', output: '' };
    for (let attempt = 0; attempt < tries && result.outcome === 'unknown'; attempt++) result = await this.#deps.check(this.#deps.target(), this.#probe);
    return result;
  }

  #count(result: CheckResult): void {
    this.#tell(result);
    if (result.outcome === 'unknown') return;
    const isSuccess = result.outcome !== 'failure';
    const now = isSuccess ? 'success' : 'failure';
    this.#inRow = this.#last === now ? this.#inRow + 1 : 1;
    this.#last = now;
    const threshold = isSuccess ? (this.#probe.successThreshold ?? 1) : (this.#probe.failureThreshold ?? 3);
    if (this.#inRow < threshold || this.#verdict === now) return;
    this.#verdict = now;
    // The container is about to be killed for it: more checks would only repeat what is known.
    if (now === 'failure' && this.#kind !== 'readiness') this[Symbol.dispose]();
    this.#deps.onVerdict(now);
  }

  #tell({ outcome, output }: CheckResult): void {
    if (outcome === 'success') return;
    const { events, target, fieldPath } = this.#deps;
    const name = `${kindNames[this.#kind]} probe`;
    if (outcome === 'warning') events.record(target().pod, 'Warning', 'ProbeWarning', `${name} warning: ${output}`, fieldPath);
    else
      events.record(
        target().pod,
        'Warning',
        'Unhealthy',
        outcome === 'unknown' ? `${name} errored and resulted in unknown state: ${output}` : `${name} failed: ${output}`,
        fieldPath,
      );
  }
}
