import type { Runtime, RuntimeStatus } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';

export interface RuntimeHealthDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly isSimulated: boolean;
  readonly onChange: () => void;
}

const checkEveryMs = 5_000;
/** Until the runtime is ready the node waits for it, so look often. */
const checkEagerlyMs = 100;

/** Watches whether the runtime can run pods and has their network. */
export class RuntimeHealth implements Disposable {
  readonly #deps: RuntimeHealthDeps;
  #status: RuntimeStatus | undefined;
  #failure: string | undefined = 'container runtime status check may not have completed yet';
  #timer: Disposable | undefined;
  #isStopped = false;

  constructor(deps: RuntimeHealthDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    await this.#check();
    this.#plan();
  }

  /** Why the node cannot run pods at all. */
  get runtimeProblem(): string | undefined {
    if (this.#failure) return this.#failure;
    const condition = this.#status?.conditions.find(({ type }) => type === 'RuntimeReady');
    return condition?.status
      ? undefined
      : `container runtime not ready: RuntimeReady=false reason:${condition?.reason ?? ''} message:${condition?.message ?? ''}`;
  }

  /** Why pods cannot have a network of their own. */
  get networkProblem(): string | undefined {
    if (this.#failure) return this.#failure;
    const condition = this.#status?.conditions.find(({ type }) => type === 'NetworkReady');
    return condition?.status
      ? undefined
      : `container runtime network not ready: NetworkReady=false reason:${condition?.reason ?? ''} message:${condition?.message ?? ''}`;
  }

  get problems(): string[] {
    return [...new Set([this.runtimeProblem, this.networkProblem].filter((problem) => problem !== undefined))];
  }

  /** RuntimeClass handlers. */
  get handlers(): readonly string[] {
    return this.#status?.handlers ?? [];
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
  }

  #plan(): void {
    if (this.#isStopped || (this.#deps.isSimulated && this.problems.length === 0)) return;
    this.#timer = this.#deps.clock.after(this.problems.length > 0 ? checkEagerlyMs : checkEveryMs, () => void this.#check().then(() => this.#plan()));
  }

  async #check(): Promise<void> {
    const before = this.problems.join();
    try {
      this.#status = await this.#deps.runtime.status();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = `container runtime is down: ${(error as Error).message}`;
    }
    if (this.problems.join() !== before && !this.#isStopped) this.#deps.onChange();
  }
}
