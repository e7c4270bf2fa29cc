import type { KubernetesObject } from '../../../api/object.ts';
import { getObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { DescribeContext, KindDescriber } from './contract.ts';
import { searchEvents, subjectOf, writeEvents } from './events.ts';
import { createPage } from './page/page.ts';

/** The description of one object, read anew. Throws what the server refuses with. */
export async function describeObject(
  // biome-ignore lint/suspicious/noExplicitAny: the table of kinds holds describers of all of them
  describer: KindDescriber<any, any>,
  place: { readonly namespace: string | undefined; readonly name: string },
  context: DescribeContext,
): Promise<string> {
  const object = await readObject(describer, place, context);
  const search = describer.events === 'none' || !context.showsEvents ? undefined : (describer.events ?? searchOwn);
  const [facts, events] = await Promise.all([describer.find?.(object, context), search?.(object, context)]);
  const page = createPage();
  for (const section of describer.sections) section(page, object, { ...(facts as object | undefined), now: context.now });
  if (events) writeEvents(page, events, context.now);
  return page.text();
}

const searchOwn = (object: KubernetesObject, context: DescribeContext) => searchEvents(context, subjectOf(object));

/** Reads in the first version that answers; the refusal is the last version's. */
async function readObject(
  { resources }: Pick<KindDescriber<KubernetesObject>, 'resources'>,
  { namespace, name }: { readonly namespace: string | undefined; readonly name: string },
  { client }: DescribeContext,
): Promise<KubernetesObject> {
  const [resource, ...older] = resources;
  try {
    const object = await getObject(client, { resource: resource!, namespace, name });
    return { apiVersion: resource!.version, kind: resource!.kind, ...object };
  } catch (error) {
    if (older.length === 0) throw error;
    return readObject({ resources: older }, { namespace, name }, { client } as DescribeContext);
  }
}
