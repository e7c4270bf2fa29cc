import { ApiError } from '../../../api/status.ts';
import { deleteObjects } from '../../../extension-points/commands/deletion/delete-objects.ts';
import { propagationPolicyOf } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import type { RunContext } from './run-command.ts';

/** Deletes what was created (`--rm`) and tells of it, unless `--quiet`. What is gone already is no error. */
export async function removeCreated(context: RunContext, args: readonly string[]): Promise<void> {
  const { cluster, flags, streams, clock, signal } = context;
  const ignores = (error: unknown): boolean => error instanceof ApiError && error.reason === 'NotFound';
  const selection = await findResources(context, { args, namespace: cluster.namespace().name, flattens: true, continuesOnError: true, ignores });
  const told = flags.quiet ? { ...streams, stdout: { ...streams.stdout, write: () => undefined } } : streams;
  await deleteObjects({ cluster, clock, signal, streams: told }, selection, {
    propagationPolicy: propagationPolicyOf(flags.cascade, streams.stderr),
    gracePeriodSeconds: -1,
    waits: false,
    timeoutMs: 0,
    dryRun: 'none',
    output: '',
  });
}
