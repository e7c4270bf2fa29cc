import { describe, it } from 'node:test';
import { nodeLabelCases } from './conformance-cases.ts';
import type { NodeLabelSource } from './contract.ts';

/** A source under test; disposed of after its case. */
export interface NodeLabelSubject extends AsyncDisposable {
  readonly source: NodeLabelSource;
}

/** The cases of the suite, by name. */
export type NodeLabelCase = keyof typeof nodeLabelCases;

export interface NodeLabelConformanceOptions {
  /** Cases the source cannot pass, each with the reason, which the report shows. */
  readonly skip?: Partial<Record<NodeLabelCase, string>>;
}

/** Declares a suite with `node:test` that holds a source of node labels to the contract. `create` is called for every case. */
export function nodeLabelConformance(name: string, create: () => Promise<NodeLabelSubject>, { skip = {} }: NodeLabelConformanceOptions = {}): void {
  void describe(`${name} keeps the node label contract`, () => {
    for (const [title, run] of Object.entries(nodeLabelCases) as [NodeLabelCase, (source: NodeLabelSource) => Promise<void>][])
      void it(title, { skip: skip[title] ?? false }, async () => {
        await using subject = await create();
        await run(subject.source);
      });
  });
}
