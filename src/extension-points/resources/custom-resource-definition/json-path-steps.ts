import type { Comparison } from './json-path-comparison.ts';

/** One step of a path: makes zero or more values of each value it is given. */
export type PathStep =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  /** Absent ends are those of the list. */
  | { readonly kind: 'slice'; readonly start?: number; readonly end?: number; readonly step: number }
  | { readonly kind: 'union'; readonly paths: readonly (readonly PathStep[])[] }
  | { readonly kind: 'filter'; readonly left: FilterOperand; readonly operator: Comparison | 'exists'; readonly right?: FilterOperand };

export type FilterOperand = { readonly literal: string | number | boolean } | { readonly path: readonly PathStep[] };

/** A path that cannot be read, or does not fit the value. */
export class JsonPathError extends Error {}
