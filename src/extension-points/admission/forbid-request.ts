import { forbidden } from '../../api/status.ts';
import type { AdmissionRequest, Denied } from './contract.ts';

/** A denial worded as upstream's admission plugins do: 403 about the object of the request. */
export const forbidRequest = (request: AdmissionRequest, why: string): Denied => ({
  kind: 'deny',
  error: forbidden(request.resource, nameInRefusal(request), why),
});

/** The name is not generated yet when a plugin sees an object that has only generateName: then the prefix stands in. */
function nameInRefusal(request: AdmissionRequest): string {
  return request.name || request.object?.metadata?.name || request.object?.metadata?.generateName || 'Unknown';
}
