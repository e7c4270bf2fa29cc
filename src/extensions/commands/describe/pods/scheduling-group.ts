import type { PodSchedulingGroup } from '../../../../api/generated/core-v1.ts';
import type { Page } from '../page/page.ts';

/** The group that a pod is scheduled with. */
export function writeSchedulingGroup(page: Page, group: PodSchedulingGroup | undefined, indent = ''): void {
  if (!group) return;
  page.line(0, `${indent}SchedulingGroup:`);
  page.field(1, 'PodGroupName', group.podGroupName ?? '');
}
