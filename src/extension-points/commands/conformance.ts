import { describe, it } from 'node:test';
import { type CommandCase, type CommandSubject, casesFor } from './conformance-cases.ts';

export type { CommandCase, CommandSubject } from './conformance-cases.ts';
export { commandInProcess, executablePlugin } from './conformance-subjects.ts';

export interface CommandConformanceOptions {
  /** Cases the command cannot pass, each with the reason, which the report shows. */
  readonly skip?: Readonly<Record<string, string>>;
}

/**
 * Declares a suite with `node:test` that holds a command to what hosts and users count on: one in this process (`commandInProcess`), or a plugin in whatever
 * language on its way through PATH (`executablePlugin`). `create` is called for every case.
 */
export function commandConformance(name: string, create: () => Promise<CommandSubject> | CommandSubject, { skip = {} }: CommandConformanceOptions = {}): void {
  void describe(`${name} keeps the command contract`, async () => {
    const { kind } = await create();
    for (const [title, run] of Object.entries(casesFor(kind)) as [string, CommandCase][])
      void it(title, { skip: skip[title] ?? false }, async () => run(await create()));
  });
}
