/** Where a part of a template stands, and how it reads in errors. */
export interface Source {
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
  readonly text: string;
}

export type Statement =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | { readonly kind: 'if' | 'with'; readonly pipeline: Pipeline; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] }
  | { readonly kind: 'range'; readonly pipeline: Pipeline; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] }
  | { readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined; readonly source: Source }
  | { readonly kind: 'break' | 'continue' };

export interface Pipeline {
  /** Variables that get its value: one, or of a range the index and the item. */
  readonly variables: readonly string[];
  /** `:=` makes them, `=` changes them. */
  readonly declares: boolean;
  readonly commands: readonly PipelineCommand[];
}

/** An operand, or a function with its arguments. */
export interface PipelineCommand {
  readonly operands: readonly Operand[];
  readonly source: Source;
}

export type Operand = { readonly source: Source } & (
  | { readonly kind: 'dot' }
  | { readonly kind: 'nil' }
  | { readonly kind: 'constant'; readonly value: string | number | boolean }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'field'; readonly names: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly names: readonly string[] }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly names: readonly string[] }
);

export interface ParsedTemplate {
  readonly main: readonly Statement[];
  /** By `define` and `block`. */
  readonly named: ReadonlyMap<string, readonly Statement[]>;
}
