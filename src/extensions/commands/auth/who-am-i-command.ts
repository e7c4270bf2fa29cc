import type { UserInfo } from '../../../api/generated/authentication-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { isForbidden, isNotFound } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { type Command, defineCommand } from '../../../extension-points/commands/contract.ts';
import { inOwnOrder } from '../../../extension-points/commands/printers/json-text.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';

export const whoAmICommand: Command = defineCommand({
  name: 'whoami',
  short: 'Experimental: Check self subject attributes',
  long: 'Show who the server takes you for, with groups and whatever else it knows; impersonation counts.',
  examples: `
    # Who am I?
    $PROGRAM auth whoami

    # The same as JSON
    $PROGRAM auth whoami -o json`,
  usage: 'whoami',
  flags: outputFlags,
  async run({ cluster, flags, streams, directory }) {
    const isTable = flags.output === '' && flags.template === '';
    const printer = isTable ? undefined : await createPrinter(flags, { directory });
    const answer = await ask(cluster.client());
    streams.stdout.write(printer ? printer.print(inOrderOfTypes(answer)) + printer.flush() : userTable(answer));
  },
});

/** As Go's types stand. */
function inOrderOfTypes({ apiVersion, kind, metadata, ...rest }: UntypedObject): UntypedObject {
  const { userInfo = {} } = (rest['status'] ?? {}) as { readonly userInfo?: UserInfo };
  const { username, uid, groups, extra } = userInfo;
  const user = { username, uid, groups, extra, [inOwnOrder]: true };
  return { kind, apiVersion, metadata, status: { userInfo: user }, [inOwnOrder]: true } as unknown as UntypedObject;
}

const versions = ['v1', 'v1beta1', 'v1alpha1'];

/** The newest version that the server has. */
async function ask(client: HttpsClient): Promise<UntypedObject> {
  for (const version of versions) {
    const apiVersion = `authentication.k8s.io/${version}`;
    try {
      return await client.json<UntypedObject>({
        method: 'POST',
        path: `/apis/${apiVersion}/selfsubjectreviews`,
        body: { apiVersion, kind: 'SelfSubjectReview', metadata: {} },
      });
    } catch (error) {
      if (isForbidden(error))
        throw new Error('the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it', { cause: error });
      if (!isNotFound(error)) throw error;
    }
  }
  throw new Error('the selfsubjectreviews API is not enabled in the cluster');
}

function userTable(answer: UntypedObject): string {
  const { userInfo } = (answer['status'] ?? {}) as { readonly userInfo?: UserInfo };
  const writer = new TabWriter();
  writer.write('ATTRIBUTE\tVALUE\n');
  if (userInfo?.username) writer.write(`Username\t${userInfo.username}\n`);
  if (userInfo?.uid) writer.write(`UID\t${userInfo.uid}\n`);
  if (userInfo?.groups?.length) writer.write(`Groups\t[${userInfo.groups.join(' ')}]\n`);
  for (const [key, values] of Object.entries(userInfo?.extra ?? {}).sort(([left], [right]) => (left < right ? -1 : 1)))
    writer.write(`Extra: ${key}\t[${values.join(' ')}]\n`);
  return writer.flush();
}
