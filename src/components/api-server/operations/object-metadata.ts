import { randomUUID } from 'node:crypto';
import type { ObjectMeta } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { badRequest } from '../../../api/status.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { Target } from './context.ts';
import { deepEqual } from './deep-equal.ts';

/** Makes sure a draft has a metadata object to write to. */
export function ensureMetadata(draft: UntypedObject): ObjectMeta {
  const metadata: unknown = draft.metadata;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) draft.metadata = {};
  return draft.metadata;
}

/** Fills the namespace of the request in, or refuses another one (400). Cluster-scoped objects have none. */
export function alignNamespace(draft: UntypedObject, target: Target): void {
  const metadata = ensureMetadata(draft);
  if (target.namespace === '') delete metadata.namespace;
  else if (!metadata.namespace) metadata.namespace = target.namespace;
  else if (metadata.namespace !== target.namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** What nobody may say of a new object, be it only to be recorded as the one who said it. */
export function wipeSystemMetadata(metadata: ObjectMeta): void {
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** What the server owns of a new object's metadata. */
export function stampNewObject(draft: UntypedObject, target: Target, nowMs: number): void {
  const metadata = draft.metadata;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = secondText(nowMs);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
  if (target.served.generationFields.length > 0 || target.served.isCustom) metadata.generation = 1;
  else delete metadata.generation;
}

let newest = { second: 0, text: timeText(0) };

/** The same text serves all objects of a second. */
function secondText(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000);
  if (newest.second !== second) newest = { second, text: timeText(nowMs) };
  return newest.text;
}

/** Puts back what an update may not change, before the rules are checked (upstream's BeforeUpdate). */
export function restoreSystemMetadata(draft: UntypedObject, old: UntypedObject): void {
  const { metadata } = draft;
  const before = old.metadata;
  delete metadata.selfLink;
  metadata.uid ||= before.uid!;
  if (before.creationTimestamp) metadata.creationTimestamp = before.creationTimestamp;
  if (before.generation === undefined) delete metadata.generation;
  else metadata.generation = before.generation;
  if (before.deletionTimestamp) metadata.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined && metadata.deletionGracePeriodSeconds === undefined)
    metadata.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
}

/** Raises `metadata.generation` when a field it follows differs. */
export function raiseGeneration(draft: UntypedObject, old: UntypedObject, target: Target): void {
  const { generationFields, isCustom } = target.served;
  if (generationFields.length === 0 && !isCustom) return;
  if (generationFields.every((field) => deepEqual(draft[field], old[field]))) return;
  draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
}
