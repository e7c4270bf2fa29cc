import type { WriteRequestOptions } from '../operations/context.ts';
import type { ServedResource } from '../resource-index.ts';
import { type Application, type Applied, applyConfiguration } from './apply-configuration.ts';
import { typeFault } from './configuration.ts';
import { TypeFaults } from './configuration-fields.ts';
import { ApplyConflicts, conflictError } from './conflict.ts';
import { followsLastApplied, lastAppliedFields, withLastApplied } from './last-applied.ts';

export interface ApplyThrough extends Omit<Application, 'name' | 'force'> {
  readonly kind: Pick<ServedResource, 'group' | 'version' | 'kind'>;
  readonly options: WriteRequestOptions;
}

/**
 * Applies a configuration, with regard for client-side apply: kubectl takes over what it applied that way before, and keeps that record in step.
 * Throws ApiError: 409 for conflicts, 500 (as upstream) for a configuration that does not fit its type.
 */
export async function applyThrough({ kind, options, ...application }: ApplyThrough): Promise<Applied> {
  const { live, config, endpoint } = application;
  const { fieldManager: name } = options;
  const attempt = (force: boolean): Promise<Applied> => applyConfiguration({ ...application, name, force });
  try {
    const applied = await attempt(options.force).catch((error: unknown) => {
      if (!(error instanceof ApplyConflicts) || !followsLastApplied(name)) throw error;
      const rest = error.beyond(lastAppliedFields(live, endpoint.apiVersion, endpoint.structure));
      if (rest.length > 0) throw new ApplyConflicts(rest);
      return attempt(true);
    });
    return followsLastApplied(name) ? { ...applied, object: withLastApplied(applied.object, config) } : applied;
  } catch (error) {
    if (error instanceof ApplyConflicts) throw conflictError(error.contests);
    if (error instanceof TypeFaults) throw typeFault(kind, config, error);
    throw error;
  }
}
