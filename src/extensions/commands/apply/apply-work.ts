import type { UntypedObject } from '../../../api/object.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import type { PropagationPolicy } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import type { WriteRequest } from '../../../extension-points/commands/resources/object-requests.ts';
import type { DryRun } from '../../../extension-points/commands/resources/selection-flags.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { CurrentObjects } from './current-objects.ts';

/** How objects are to be applied: what the flags say, read once. */
export interface ApplyWork {
  readonly client: () => HttpsClient;
  readonly clock: Clock;
  readonly program: string;
  readonly dryRun: DryRun;
  readonly request: WriteRequest;
  readonly isServerSide: boolean;
  readonly forcesConflicts: boolean;
  readonly subresource: string;
  readonly overwrites: boolean;
  /** Deletes and creates anew what cannot be patched. */
  readonly replacesByForce: boolean;
  readonly propagationPolicy: PropagationPolicy;
  readonly gracePeriodSeconds: number;
  /** 0: no limit is set. */
  readonly timeoutMs: number;
  readonly current: CurrentObjects;
}

/** What became of one object. */
export interface Applied {
  readonly object: UntypedObject;
  readonly operation: 'created' | 'configured' | 'unchanged' | 'serverside-applied';
  /** For standard error, in front of the line that tells of the object. */
  readonly warnings: string;
  /** `''` for an object that was not made. */
  readonly uid: string;
}
