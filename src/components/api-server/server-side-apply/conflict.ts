import { ApiError } from '../../../api/status.ts';
import { difference, type FieldTree, sizeOf } from './field-tree.ts';
import { identityOf, type Manager } from './managers.ts';
import type { Contest } from './ownership.ts';
import { memberPaths } from './path-element.ts';

/** Fields that an applied configuration would take from other managers. */
export class ApplyConflicts extends Error {
  readonly contests: readonly Contest[];

  constructor(contests: readonly Contest[]) {
    super('conflicts');
    this.contests = contests;
  }

  /** The conflicts about fields outside a set. */
  beyond(allowed: FieldTree | undefined): readonly Contest[] {
    return this.contests.flatMap(({ manager, fields }) => {
      const rest = difference(fields, allowed);
      return sizeOf(rest) === 0 ? [] : [{ manager, fields: rest! }];
    });
  }
}

/** The 409 that names every conflict; the texts are upstream's. */
export function conflictError(contests: readonly Contest[]): ApiError {
  const sorted = [...contests].sort((left, right) => (identityOf(left.manager) < identityOf(right.manager) ? -1 : 1));
  const causes = sorted.flatMap(({ manager, fields }) =>
    memberPaths(fields).map((field) => ({ reason: 'FieldManagerConflict' as const, message: `conflict with ${managerText(manager)}`, field })),
  );
  const lines = sorted.flatMap(({ manager, fields }) => [`conflicts with ${managerText(manager)}:`, ...memberPaths(fields).map((path) => `- ${path}`)]);
  const text =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${causes[0]!.message}: ${causes[0]!.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
  return new ApiError(409, 'Conflict', text, { details: { causes } });
}

function managerText({ name, operation, apiVersion, subresource }: Manager): string {
  const who = `${JSON.stringify(name)}${subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`}`;
  return operation === 'Update' ? `${who} using ${apiVersion}` : who;
}
