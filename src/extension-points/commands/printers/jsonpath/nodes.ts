/** A template taken apart: texts, paths, and ranges with what stands inside. */
export type TemplateNode = { readonly kind: 'path'; readonly steps: readonly PathStep[] } | { readonly kind: 'text'; readonly text: string } | RangeNode;

export interface RangeNode {
  readonly kind: 'range';
  readonly over: readonly PathStep[];
  readonly body: readonly TemplateNode[];
}

export type PathStep =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: number | boolean }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'identifier'; readonly name: string }
  | SliceStep
  | { readonly kind: 'union'; readonly paths: readonly (readonly PathStep[])[] }
  | { readonly kind: 'filter'; readonly left: readonly PathStep[]; readonly operator: string; readonly right: readonly PathStep[] };

/** `[start:end:step]`; an index alone is the slice of one. */
export interface SliceStep {
  readonly kind: 'slice';
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly step: number | undefined;
  /** `end` was not written: it follows from an index. */
  readonly isIndex: boolean;
}
