import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';

/** A selector of a stored object, whose requirements are complete. */
export const selectorIn = (selector: Loose<LabelSelector> | undefined): LabelSelector | undefined =>
  selector && {
    ...(selector.matchLabels ? { matchLabels: selector.matchLabels } : {}),
    ...(selector.matchExpressions
      ? { matchExpressions: selector.matchExpressions.map(({ key = '', operator = 'In', values }) => ({ key, operator, ...(values ? { values } : {}) })) }
      : {}),
  };
