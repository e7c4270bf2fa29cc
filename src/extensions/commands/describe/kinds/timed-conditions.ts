import type { Page } from '../page/page.ts';
import { localTime } from '../page/times.ts';

export interface TimedCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Conditions with when they changed, and why. */
export function writeTimedConditions(page: Page, conditions: readonly TimedCondition[] = []): void {
  if (conditions.length === 0) return;
  page.line(0, 'Conditions:');
  page.line(1, 'Type', 'Status', 'LastTransitionTime', 'Reason', 'Message');
  page.line(1, '----', '------', '------------------', '------', '-------');
  for (const { type, status, lastTransitionTime, reason = '', message = '' } of conditions)
    page.line(1, type, status, localTime(lastTransitionTime), reason, message);
}
