/** The parameters of operations. */

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({ name, in: 'query', type, description });

export const namespaceParameter: Parameter = { name: 'namespace', in: 'path', type: 'string', description: 'Namespace of the object, or of the objects.' };
export const nameParameter = (kind: string): Parameter => ({ name: 'name', in: 'path', type: 'string', description: `Name of the ${kind}.` });
export const pathParameter: Parameter = { name: 'path', in: 'path', type: 'string', description: 'The path to ask for behind the proxy.' };
export const prettyParameter = query('pretty', 'string', 'If "true", the answer is indented.');

const dryRun = query('dryRun', 'string', 'If "All", every step is made except that nothing is stored.');
const resourceVersion = query(
  'resourceVersion',
  'string',
  'How new the answer must be: as new as this version, any cached state for "0", the newest when absent.',
);

export const writeParameters: readonly Parameter[] = [
  dryRun,
  query('fieldManager', 'string', 'The name under which changed fields are owned; at most 128 printable characters. The default comes from the user agent.'),
  query('fieldValidation', 'string', 'What unknown and duplicate fields do: "Strict" refuses them, "Warn" (default) warns, "Ignore" drops them silently.'),
];
export const patchParameters: readonly Parameter[] = [
  ...writeParameters,
  query('force', 'boolean', 'Take over fields that other managers own. For apply patches only.'),
];
export const deleteParameters: readonly Parameter[] = [
  dryRun,
  query('gracePeriodSeconds', 'integer', "Seconds the object may take to end; 0 ends it at once. The default is the object's own."),
  query('ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean', 'Delete even if the stored object cannot be read.'),
  query('orphanDependents', 'boolean', 'Replaced by propagationPolicy.'),
  query('propagationPolicy', 'string', 'What becomes of dependents: "Orphan" leaves them, "Background" deletes them later, "Foreground" deletes them first.'),
];
export const listParameters: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'Send BOOKMARK events that only tell the newest version.'),
  query('continue', 'string', 'Where the list goes on: the metadata.continue of the previous part.'),
  query('fieldSelector', 'string', 'Only objects whose fields match.'),
  query('labelSelector', 'string', 'Only objects whose labels match.'),
  query('limit', 'integer', 'The most objects in one answer; metadata.continue tells how to go on.'),
  resourceVersion,
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant: "Exact" or "NotOlderThan".'),
  query('sendInitialEvents', 'boolean', 'Begin a watch with an event for every object there is.'),
  query('timeoutSeconds', 'integer', 'Seconds until the list or watch ends.'),
  query('watch', 'boolean', 'Stream changes instead of listing.'),
];
/** Deleting a collection selects as a list does. */
export const deleteCollectionParameters: readonly Parameter[] = [
  ...listParameters.filter(({ name }) => name !== 'allowWatchBookmarks' && name !== 'watch'),
  ...deleteParameters,
];
export const logParameters: readonly Parameter[] = [
  query('container', 'string', 'The container; the only one when absent.'),
  query('follow', 'boolean', 'Keep sending what is logged.'),
  query('previous', 'boolean', 'The log of the previous, ended container.'),
  query('sinceSeconds', 'integer', 'Only what was logged in the last seconds.'),
  query('tailLines', 'integer', 'Only the last lines.'),
  query('timestamps', 'boolean', 'Put the time before each line.'),
  query('limitBytes', 'integer', 'The most bytes to send.'),
  query('stream', 'string', 'All, Stdout or Stderr.'),
];
