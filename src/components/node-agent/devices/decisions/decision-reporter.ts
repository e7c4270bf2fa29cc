import { isNotFound } from '../../../../api/status.ts';
import type { Client } from '../../../../client/client.ts';
import { type DeviceDecisionRecord, devicedecisionreports, mostReportedDecisions } from '../../../../extension-points/devices/decision.ts';
import type { Clock } from '../../../../kernel/clock.ts';
import type { Log } from '../../../../kernel/log.ts';

export interface DecisionReporterOptions {
  /** As the node's user. */
  readonly client: Pick<Client, 'create'>;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Pods come in crowds. */
const collectMs = 100;
const maximumWaiting = 1_000;
const firstRetryMs = 1_000;
const maximumRetryMs = 60_000;

/** Tells the API server what was decided on a node, some at a time. Nobody waits for it; what it has no room for while the server is away is forgotten, oldest first. */
export class DecisionReporter implements AsyncDisposable {
  readonly #options: DecisionReporterOptions;
  #waiting: DeviceDecisionRecord[] = [];
  #timer: Disposable | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(options: DecisionReporterOptions) {
    this.#options = options;
  }

  record(decision: DeviceDecisionRecord): void {
    if (this.#isClosed) return;
    this.#waiting.push(decision);
    if (this.#waiting.length > maximumWaiting) this.#waiting.shift();
    this.#plan(collectMs);
  }

  /** What has not been told by then is forgotten. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#sending;
  }

  #plan(delayMs: number): void {
    if (this.#timer || this.#sending || this.#isClosed) return;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
        if (this.#waiting.length > 0) this.#plan(this.#failures === 0 ? 0 : Math.min(firstRetryMs * 2 ** (this.#failures - 1), maximumRetryMs));
      });
    });
  }

  async #send(): Promise<void> {
    const { client, nodeName, log } = this.#options;
    const decisions = this.#waiting.slice(0, mostReportedDecisions);
    try {
      await client.create(devicedecisionreports, {
        apiVersion: `${devicedecisionreports.group}/${devicedecisionreports.version}`,
        kind: devicedecisionreports.kind,
        metadata: {},
        spec: { nodeName, decisions },
      });
      this.#failures = 0;
    } catch (error) {
      // An API server that is not wherry's does not ask for them.
      if (!isNotFound(error)) {
        this.#failures++;
        log.debug('decisions about devices not reported; trying again', { error });
        return;
      }
      this.#failures = 0;
    }
    const told = new Set(decisions);
    this.#waiting = this.#waiting.filter((decision) => !told.has(decision));
  }
}
