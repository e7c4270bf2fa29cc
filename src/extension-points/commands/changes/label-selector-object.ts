import { parseLabelSelector } from '../../../api/label-selector.ts';

const operators: Readonly<Record<string, string>> = { '!=': 'NotIn', in: 'In', notin: 'NotIn', exists: 'Exists', '!': 'DoesNotExist' };

/** A selector as objects hold it, of its text. Throws for text that is none, and for comparisons, which objects cannot hold. */
export function labelSelectorObject(text: string): { matchLabels?: Record<string, string>; matchExpressions?: unknown[] } {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: unknown[] = [];
  for (const { key, operator, values } of parse(text).requirements) {
    if (operator === '=' || operator === '==') matchLabels[key] = values[0] ?? '';
    else if (operators[operator] === undefined) throw new Error(`${JSON.stringify(operator)} isn't supported in label selectors`);
    else matchExpressions.push({ key, operator: operators[operator], ...(values.length > 0 ? { values: [...values] } : {}) });
  }
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
}

function parse(text: string): ReturnType<typeof parseLabelSelector> {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`couldn't parse the selector string ${JSON.stringify(text)}: ${reason}`, { cause: error });
  }
}
