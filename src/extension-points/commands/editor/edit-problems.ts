import { groupResource } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import type { ResourceInfo } from '../resources/contract.ts';

/** Why a file is opened again: told above the text. */
export interface EditReason {
  readonly head: string;
  readonly causes: readonly string[];
}

/** What came of one round of editing. */
export interface EditProblems {
  readonly reasons: EditReason[];
  /** Objects that the server would not change now; they may be tried again as they are. */
  retryable: number;
  missing: number;
}

export const noProblems = (): EditProblems => ({ reasons: [], retryable: 0, missing: 0 });

/** Takes an object's refusal down; answers the line that tells of it. */
export function addProblem(problems: EditProblems, error: unknown, { resource, name }: ResourceInfo): string {
  const subject = `${groupResource(resource)} ${JSON.stringify(name)}`;
  const reason = error instanceof ApiError ? error.reason : '';
  if (reason === 'Invalid') {
    const causes = ((error as ApiError).details?.causes ?? []).map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`);
    problems.reasons.push({ head: `${subject} was not valid`, causes });
    return `error: ${subject} is invalid\n`;
  }
  if (reason === 'NotFound') {
    problems.missing++;
    return `error: ${subject} could not be found on the server\n`;
  }
  problems.retryable++;
  return `error: ${subject} could not be patched: ${error instanceof Error ? error.message : String(error)}\n`;
}

/** The comment above a text that is edited. Its first lines are what scripts that stand in for editors look for. */
export function headerText(isLastApplied: boolean, reasons: readonly EditReason[]): string {
  const start = isLastApplied
    ? `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`
    : `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;
  return start + reasons.map(({ head, causes }) => `# ${commented(head)}${causes.length > 0 ? ':' : ''}\n${causes.map(causeLine).join('')}#\n`).join('');
}

const causeLine = (cause: string): string => `# * ${commented(cause)}\n`;
const commented = (text: string): string => text.replace(/\n(?=[^#])/g, '\n# ');
