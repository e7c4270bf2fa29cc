import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import type { Page } from '../page/page.ts';

/** What kubectl tells of each scope. */
const explanations: Readonly<Record<string, string>> = {
  Terminating: 'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort: 'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort: 'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

/** The scopes of a quota, sorted, with what they mean. */
export function writeScopes(page: Page, scopes: readonly string[] = [], { level, bullet }: { readonly level: number; readonly bullet: string }): void {
  if (scopes.length === 0) return;
  const sorted = [...scopes].sort(compareText);
  page.field(level, 'Scopes', sorted.join(', '));
  for (const scope of sorted) if (Object.hasOwn(explanations, scope)) page.line(level, `${bullet}${explanations[scope]}`);
}
