import { Worker } from 'node:worker_threads';
import type { SchemaWithRules } from './compiled-rules.ts';
import type { RuleVerdict } from './rule-verdict.ts';

/** A rule that takes long, and the value it is about. */
export interface LongRule {
  readonly schema: SchemaWithRules;
  /** Whether values of the schema are whole resources. */
  readonly isResource: boolean;
  /** Which of the schema's rules it is. */
  readonly index: number;
  readonly self: unknown;
  readonly oldSelf: unknown;
  /** What all rules of the object may still cost together. */
  readonly left: number;
}

/** Where rules are evaluated that would hold the event loop. */
export interface LongRules {
  /** Answers in the order of the calls. Rejects when the thread cannot be started. */
  judge(rule: LongRule): Promise<TimedVerdict>;
}

/** `milliseconds`: how long the evaluation itself took. */
export type TimedVerdict = RuleVerdict & { readonly milliseconds: number };

/** What the thread is asked. The schema comes with the first rule of it. */
export type RuleQuestion = Omit<LongRule, 'schema'> & { readonly schemaNumber: number; readonly schema?: SchemaWithRules };

interface Waiting {
  readonly rule: LongRule;
  readonly resolve: (verdict: TimedVerdict) => void;
  readonly reject: (error: unknown) => void;
}

/** An idle thread is ended: it holds some 20 MiB. */
const idleMs = 10_000;
/** A thread that knows as many schemas is ended when it is idle, and another one starts without them. */
const maximumSchemas = 500;
const maximumHeapMiB = 256;
/** A thread that takes longer over one rule hangs: a rule is interrupted long before. */
const longestAnswerMs = 30_000;

/**
 * One thread for the long rules of all requests, one after the other; started by the first of them. A rule that takes all the memory that the thread may have ends the thread, and is
 * answered as one that was interrupted; so is one that the thread never comes back from.
 */
export class RuleThread implements LongRules {
  readonly #url: URL;
  readonly #longestAnswerMs: number;
  #worker: Worker | undefined;
  #schemas = new WeakMap<SchemaWithRules, number>();
  #schemaCount = 0;
  readonly #waiting: Waiting[] = [];
  #idle: NodeJS.Timeout | undefined;
  /** Runs while a rule is waited for. */
  #patience: NodeJS.Timeout | undefined;
  #hangs = false;

  /** `url`: of the thread's code. */
  constructor(url = workerUrl(), longestMs = longestAnswerMs) {
    this.#url = url;
    this.#longestAnswerMs = longestMs;
  }

  judge(rule: LongRule): Promise<TimedVerdict> {
    const { schema, ...rest } = rule;
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    const known = this.#schemas.get(schema);
    const schemaNumber = known ?? this.#schemaCount++;
    const question: RuleQuestion = { ...rest, schemaNumber, ...(known === undefined ? { schema } : {}) };
    return new Promise((resolve, reject) => {
      try {
        worker.postMessage(question);
      } catch (error) {
        // The thread does not know of it.
        if (this.#waiting.length === 0) this.#rest(worker);
        throw error;
      }
      if (known === undefined) this.#schemas.set(schema, schemaNumber);
      if (this.#waiting.push({ rule, resolve, reject }) === 1) this.#beginWaiting(worker);
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#url, { name: 'rules', resourceLimits: { maxOldGenerationSizeMb: maximumHeapMiB } });
    let failure: unknown;
    worker.on('message', (verdict: TimedVerdict) => {
      if (this.#worker !== worker || this.#hangs) return;
      this.#waiting.shift()?.resolve(verdict);
      clearTimeout(this.#patience);
      if (this.#waiting.length === 0) this.#rest(worker);
      else this.#beginWaiting(worker);
    });
    worker.on('error', (error) => (failure = error));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#forget(failure);
    });
    return worker;
  }

  /** For the first of those that wait. */
  #beginWaiting(worker: Worker): void {
    const end = (): void => {
      this.#hangs = true;
      void worker.terminate();
    };
    this.#patience = setTimeout(end, this.#longestAnswerMs).unref();
  }

  /** Nothing is waiting. */
  #rest(worker: Worker): void {
    worker.unref();
    const end = (): void => {
      this.#forget(undefined);
      void worker.terminate();
    };
    if (this.#schemaCount >= maximumSchemas) end();
    else this.#idle = setTimeout(end, idleMs).unref();
  }

  #forget(failure: unknown): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#patience);
    const isTooMuch = this.#hangs || (failure instanceof Error && 'code' in failure && failure.code === 'ERR_WORKER_OUT_OF_MEMORY');
    this.#hangs = false;
    this.#worker = undefined;
    this.#schemas = new WeakMap();
    this.#schemaCount = 0;
    const [first, ...others] = this.#waiting.splice(0);
    if (!first) return;
    if (isTooMuch) first.resolve({ holds: false, error: { message: 'operation interrupted', reason: 'interrupted' }, cost: 0, milliseconds: 0 });
    else first.reject(failure ?? new Error('the thread for long rules has ended'));
    for (const { rule, resolve, reject } of others) this.judge(rule).then(resolve, reject);
  }
}

/** Bundlers: `rule-worker.ts` must be built to `rule-worker.js` beside the bundle. */
const workerUrl = (): URL => new URL(import.meta.url.endsWith('.ts') ? './rule-worker.ts' : './rule-worker.js', import.meta.url);

/** The rule thread of this process. */
export const ruleThread = new RuleThread();
