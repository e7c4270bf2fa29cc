import { type ApiError, conflict } from '../../../api/status.ts';
import type { Target } from './context.ts';

/** The 409 for a PUT that means an object of another uid than the one that is there (`''`: none). Upstream's text names the key in its store. */
export const uidConflict = (target: Target, wanted: string, found: string): ApiError =>
  conflict(
    target.served,
    target.name,
    `StorageError: invalid object, Code: 4, Key: ${etcdKey(target)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`,
  );

const etcdKey = ({ served, namespace, name }: Target): string =>
  ['/registry', ...(served.isCustom ? [served.group] : []), served.resource, ...(namespace === '' ? [] : [namespace]), name].join('/');
