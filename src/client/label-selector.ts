import type { LabelSelector, LabelSelectorRequirement } from '../api/generated/meta-v1.ts';
import { badRequest } from '../api/status.ts';

export type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels satisfy a selector object. An absent selector matches nothing, an empty one everything (upstream `LabelSelectorAsSelector`). Throws for an unknown operator. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  for (const [name, value] of Object.entries(selector.matchLabels ?? {})) if (labels?.[name] !== value) return false;
  return (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels));
}

/** Whether labels hold every pair of a plain selector (services, replication controllers). */
export const matchesPairs = (pairs: Readonly<Record<string, string>>, labels: Labels): boolean => Object.entries(pairs).every(([name, value]) => labels?.[name] === value);

export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;

/** A selector object as the text of a `labelSelector` parameter. */
export function selectorText(selector: LabelSelector): string {
  const pairs = Object.entries(selector.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
  });
  return [...pairs, ...expressions].sort().join(',');
}

/** Reads the text of a `labelSelector` parameter: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined by commas. Throws `ApiError` 400. */
export function parseSelector(text: string): LabelSelector {
  const matchExpressions: LabelSelectorRequirement[] = [];
  for (const part of splitOutsideParentheses(text)) matchExpressions.push(parseRequirement(part, text));
  return { matchExpressions };
}

const requirementShape = /^(?:(?<absent>!)\s*(?<absentKey>[\w./-]+)|(?<key>[\w./-]+)\s*(?:(?<compare>==|=|!=)\s*(?<value>[\w.-]*)|\s(?<set>in|notin)\s*\((?<values>[^()]*)\))?)$/;

function parseRequirement(part: string, text: string): LabelSelectorRequirement {
  const groups = requirementShape.exec(part)?.groups;
  if (!groups) throw badRequest(`unable to parse requirement: ${JSON.stringify(part)} in selector ${JSON.stringify(text)}`);
  const key = groups['absentKey'] ?? groups['key'] ?? '';
  if (groups['absent']) return { key, operator: 'DoesNotExist' };
  if (groups['set']) return { key, operator: groups['set'] === 'in' ? 'In' : 'NotIn', values: (groups['values'] ?? '').split(',').map((value) => value.trim()) };
  if (groups['compare']) return { key, operator: groups['compare'] === '!=' ? 'NotIn' : 'In', values: [groups['value'] ?? ''] };
  return { key, operator: 'Exists' };
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = text[index];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if ((character === ',' && depth === 0) || character === undefined) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  return parts.filter((part) => part !== '');
}

function meets({ key, operator, values = [] }: LabelSelectorRequirement, labels: Labels): boolean {
  const value = labels?.[key];
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    default: throw badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
  }
}
