import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { deleteOptionsOf } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { errorWithSource } from '../../../extension-points/commands/errors/error-with-source.ts';
import { createApplyPatch } from '../../../extension-points/commands/last-applied/apply-patch.ts';
import { compactJson } from '../../../extension-points/commands/printers/json-text.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { createObject, deleteObject, getObject, patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { ApplyWork } from './apply-work.ts';

const retries = 5;
const triesBeforeBackOff = 1;
const backOffMs = 1_000;
const pollEveryMs = 1_000;

interface Patched {
  /** The patch; `{}` when there was nothing to do. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly object: UntypedObject;
}

interface Objects {
  readonly modified: UntypedObject;
  readonly current: UntypedObject;
}

/** Patches an object, again after a conflict; with `--force` it is made anew where it cannot be patched. `onPatch` is told the text of each patch before it is sent. */
export async function patchOnServer(work: ApplyWork, info: ResourceInfo, objects: Objects, onPatch: (text: string) => void): Promise<Patched> {
  let { current } = objects;
  const attempt = async (): Promise<Patched> => {
    const { format, body } = await createApplyPatch({ modified: objects.modified, current }, info.resource, { overwrites: work.overwrites });
    const text = compactJson(body);
    onPatch(text);
    if (Object.keys(body).length === 0) return { body, object: current };
    return { body, object: await patchObject(work.client(), info, { format, body: text }, work.request) };
  };
  for (let retry = 0; ; retry++) {
    try {
      return await attempt();
    } catch (error) {
      const reason = error instanceof ApiError ? error.reason : '';
      if (reason === 'Conflict' && retry < retries) {
        if (retry >= triesBeforeBackOff) await work.clock.sleep(backOffMs);
        current = await getObject(work.client(), info);
        continue;
      }
      if (!work.replacesByForce || (reason !== 'Conflict' && reason !== 'Invalid')) throw errorWithSource('patching', info.source, error);
      onPatch(compactJson(objects.modified));
      return { body: objects.modified, object: await recreate(work, info, { ...objects, current }) };
    }
  }
}

/** Deletes the object, waits until it is gone, creates it; what was there comes back when that fails. */
async function recreate(work: ApplyWork, info: ResourceInfo, { modified, current }: Objects): Promise<UntypedObject> {
  const client = work.client();
  await deleteObject(client, info, deleteOptionsOf(work.propagationPolicy, work.gracePeriodSeconds));
  await waitUntilGone(work, info);
  try {
    return await createObject(client, info, modified, work.request);
  } catch (error) {
    const { resourceVersion: _, ...metadata } = current.metadata;
    try {
      await createObject(client, info, { ...current, metadata }, work.request);
    } catch (second) {
      throw new Error(
        `An error occurred force-replacing the existing object with the newly provided one:\n\n${textOf(error)}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n${textOf(second)}`,
        { cause: error },
      );
    }
    throw error;
  }
}

async function waitUntilGone({ client, clock, timeoutMs }: ApplyWork, info: ResourceInfo): Promise<void> {
  const end = clock.now() + timeoutMs;
  for (;;) {
    try {
      await getObject(client(), info);
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'NotFound') return;
      throw error;
    }
    if (timeoutMs > 0 && clock.now() >= end) throw new Error('context deadline exceeded');
    await clock.sleep(pollEveryMs);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
