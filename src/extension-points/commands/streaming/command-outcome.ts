import type { Status } from '../../../api/generated/meta-v1.ts';
import { ExitCode } from '../errors/command-errors.ts';

const problem = (what: string): Error => new Error(`error stream protocol error: ${what}`);

/** Throws what a command's `Status` says of its end: `ExitCode` for a code that is not 0. Nothing, or success, is silent. */
export function requireSuccess(text: string): void {
  if (text === '') return;
  let status: Status;
  try {
    status = JSON.parse(text) as Status;
  } catch (error) {
    throw problem(`${(error as Error).message} in ${JSON.stringify(text)}`);
  }
  if (status.status === 'Success') return;
  if (status.status !== 'Failure') throw problem('unknown error');
  if ((status.reason as string) !== 'NonZeroExitCode') throw new Error(status.message ?? '');
  if (!status.details) throw problem('details must be set');
  const cause = status.details.causes?.find(({ reason }) => reason === 'ExitCode');
  if (!cause) throw problem('no ExitCode cause given');
  const code = Number(cause.message);
  if (!/^\d+$/.test(cause.message ?? '') || code > 255) throw problem(`invalid exit code value ${JSON.stringify(cause.message ?? '')}`);
  throw new ExitCode(code, `command terminated with exit code ${code}`);
}
