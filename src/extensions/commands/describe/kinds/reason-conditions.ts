import type { Page } from '../page/page.ts';

/** Conditions with their reasons. */
export function reasonConditions(page: Page, conditions: readonly { readonly type: string; readonly status: string; readonly reason?: string }[] = []): void {
  if (conditions.length === 0) return;
  page.write(0, 'Conditions:\n  Type\tStatus\tReason\n');
  page.line(1, '----', '------', '------');
  for (const { type, status, reason = '' } of conditions) page.line(1, `${type} `, status, reason);
}
