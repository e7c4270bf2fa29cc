import { createFieldSelector, type FieldRequirement, parseFieldSelector } from '../../api/field-selector.ts';
import type { FieldSelectorAttributes, LabelSelectorAttributes } from '../../api/generated/authorization-v1.ts';
import { createSelector, parseLabelSelector, type Requirement, selectorFromObject } from '../../api/label-selector.ts';

/** A selector of a review as text. Requirements that cannot be read are left out, which can only make an answer stricter; then `problem` says so. */
export interface ReadSelector {
  readonly text: string;
  /** Upstream's words; absent when all of it was read. */
  readonly problem?: string;
}

/** One requirement of a selector in a SubjectAccessReview. */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

const path = (name: string): string => `spec.resourceAttributes.${name}`;

export function readLabelSelector(selector: LabelSelectorAttributes | undefined): ReadSelector | undefined {
  if (!selector) return undefined;
  if (selector.rawSelector) return attempt('labelSelector', () => parseLabelSelector(selector.rawSelector!).toString());
  const read: Requirement[] = [];
  const wanted = selector.requirements ?? [];
  for (const requirement of wanted) {
    try {
      read.push(...selectorFromObject({ matchExpressions: [requirement] }).requirements.map(plain));
    } catch {
      // Of a newer server's operators, or wrong: what it would leave out is let in.
    }
  }
  return readPart('labelSelector', createSelector(read).toString(), { read: read.length, wanted: wanted.length });
}

/** One value of a choice is that value. */
const plain = (requirement: Requirement): Requirement =>
  requirement.operator === 'in' && requirement.values.length === 1 ? { ...requirement, operator: '=' } : requirement;

export function readFieldSelector(selector: FieldSelectorAttributes | undefined): ReadSelector | undefined {
  if (!selector) return undefined;
  if (selector.rawSelector) return attempt('fieldSelector', () => parseFieldSelector(selector.rawSelector!).toString());
  const wanted = selector.requirements ?? [];
  // Only one value, and only whether a field has it, can be said in a field selector.
  const read = wanted.flatMap(({ key, operator, values = [] }): FieldRequirement[] =>
    values.length === 1 && (operator === 'In' || operator === 'NotIn') ? [{ field: key, operator: operator === 'In' ? '=' : '!=', value: values[0]! }] : [],
  );
  return readPart('fieldSelector', createFieldSelector(read).toString(), { read: read.length, wanted: wanted.length });
}

function attempt(name: string, read: () => string): ReadSelector {
  try {
    return { text: read() };
  } catch {
    return { text: '', problem: `${path(name)} ignored due to parse error` };
  }
}

function readPart(name: string, text: string, { read, wanted }: { read: number; wanted: number }): ReadSelector {
  if (read === wanted) return { text };
  return { text, problem: `${path(name)} ${read > 0 ? 'partially ignored' : 'ignored'} due to parse error` };
}

const operators: Readonly<Record<Requirement['operator'], string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
  gt: '',
  lt: '',
};

/** The requirements of a label selector as a review carries them; none of a text that is no selector. */
export function labelRequirements(text: string | undefined): SelectorRequirement[] {
  return requirementsOf(text, (given) =>
    parseLabelSelector(given).requirements.map(({ key, operator, values }) => ({
      key,
      operator: operators[operator],
      ...(values.length > 0 ? { values } : {}),
    })),
  ).filter(({ operator }) => operator !== '');
}

/** The same of a field selector. */
export const fieldRequirements = (text: string | undefined): SelectorRequirement[] =>
  requirementsOf(text, (given) =>
    parseFieldSelector(given).requirements.map(({ field, operator, value }) => ({ key: field, operator: operator === '=' ? 'In' : 'NotIn', values: [value] })),
  );

function requirementsOf(text: string | undefined, read: (text: string) => SelectorRequirement[]): SelectorRequirement[] {
  if (!text) return [];
  try {
    return read(text);
  } catch {
    return []; // the request will be refused for it
  }
}
