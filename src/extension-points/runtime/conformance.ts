import { after, before, describe, it } from 'node:test';
import { type RuntimeCaseBody, runtimeCases } from './conformance-cases.ts';
import { ConformanceStage, type RuntimeSubject } from './conformance-stage.ts';

export type { RuntimeSubject } from './conformance-stage.ts';

/** The cases of the suite, by name. */
export type RuntimeCase = keyof typeof runtimeCases;

export interface ConformanceOptions {
  /** Cases the runtime cannot pass, each with the reason, which the report shows. */
  readonly skip?: Partial<Record<RuntimeCase, string>>;
}

/** Declares a suite with `node:test` that holds a runtime to the contract. `create` is called once; each case makes sandboxes of its own. */
export function runtimeConformance(name: string, create: () => Promise<RuntimeSubject>, { skip = {} }: ConformanceOptions = {}): void {
  void describe(`${name} keeps the runtime contract`, { concurrency: 4 }, () => {
    const stage = new ConformanceStage();
    before(async () => stage.open(await create()));
    after(() => stage.close());
    for (const [title, run] of Object.entries(runtimeCases) as [RuntimeCase, RuntimeCaseBody][])
      void it(title, { skip: skip[title] ?? false }, () => run(stage));
  });
}
