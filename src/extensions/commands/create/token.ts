import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { resourcePath } from '../../../client/request-paths.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { messageOf } from '../../../extension-points/commands/errors/error-text.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeOnlyName } from '../../../extension-points/commands/resources/complete-resources.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import { nameArgument } from './generator.ts';

const kinds = ['Node', 'Pod', 'Secret'];

const tokenFlags = {
  ...outputFlags,
  audience: { type: 'array', description: 'For whom the token is; none: the API server. May be given more than once.' },
  'bound-object-kind': { type: 'string', description: `The kind of an object that the token lives and dies with: ${kinds.join(', ')}.` },
  'bound-object-name': { type: 'string', description: 'Its name.' },
  'bound-object-uid': { type: 'string', description: 'Its UID; none: that of the object that there is.' },
  duration: { type: 'duration', description: 'How long the token is to be good; 0: as the server likes, which has the last word anyway.' },
} as const;
type TokenContext = CommandContext<typeof tokenFlags>;

export const createTokenCommand = defineCommand({
  name: 'token',
  short: 'Request a service account token',
  examples: `
    # A token to speak to the server as a service account
    $PROGRAM create token myapp

    # Of another namespace
    $PROGRAM create token myapp --namespace myns

    # Good for ten minutes
    $PROGRAM create token myapp --duration 10m

    # For somebody else than the server
    $PROGRAM create token myapp --audience https://example.com

    # Bound to a secret
    $PROGRAM create token myapp --bound-object-kind Secret --bound-object-name mysecret

    # Bound to just this secret
    $PROGRAM create token myapp --bound-object-kind Secret --bound-object-name mysecret --bound-object-uid 0d4691ed-659b-4935-a832-355f77ee47cc`,
  usage: 'token SERVICE_ACCOUNT_NAME',
  flags: tokenFlags,
  complete: (context, toComplete) => completeOnlyName(context, 'serviceaccounts', toComplete),
  async run(context) {
    const { cluster, directory, flags, streams } = context;
    const name = nameArgument(context);
    const namespace = cluster.namespace().name;
    const printer = await createPrinter(flags, { operation: 'created', directory });
    checkFlags(name, flags);
    const answer = await request(context, name, namespace);
    const { token = '' } = (answer['status'] ?? {}) as { readonly token?: string };
    if (token === '') throw new Error('failed to create token: no token in server response');
    if (flags.output !== '' || flags.template !== '') return streams.stdout.write(printer.print(typedForm(answer)) + printer.flush());
    streams.stdout.write(streams.stdout.isTerminal ? `${token}\n` : token);
  },
});

function checkFlags(name: string, flags: TokenContext['flags']): void {
  const [kind, objectName, uid] = [flags['bound-object-kind'], flags['bound-object-name'], flags['bound-object-uid']];
  if (name === '') throw new Error('service account name is required');
  if (flags.duration < 0) throw new Error('--duration must be greater than or equal to 0');
  if (flags.duration % 1_000 !== 0) throw new Error('--duration cannot be expressed in units less than seconds');
  if (flags.audience.includes('')) throw new Error('--audience must not be an empty string');
  if (kind === '') {
    if (objectName !== '') throw new Error('--bound-object-name can only be set if --bound-object-kind is provided');
    if (uid !== '') throw new Error('--bound-object-uid can only be set if --bound-object-kind is provided');
    return;
  }
  if (!kinds.includes(kind)) throw new Error(`supported --bound-object-kind values are ${kinds.join(', ')}`);
  if (objectName === '') throw new Error('--bound-object-name is required if --bound-object-kind is provided');
}

async function request({ cluster, flags }: TokenContext, name: string, namespace: string): Promise<UntypedObject> {
  const kind = flags['bound-object-kind'];
  const uid = flags['bound-object-uid'];
  const spec = {
    audiences: flags.audience.length === 0 ? null : flags.audience,
    ...(flags.duration > 0 ? { expirationSeconds: flags.duration / 1_000 } : {}),
    ...(kind === '' ? {} : { boundObjectRef: { kind, apiVersion: 'v1', name: flags['bound-object-name'], ...(uid === '' ? {} : { uid }) } }),
  };
  const type = { group: '', version: 'v1', resource: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec };
  try {
    return await cluster.client().json({ method: 'POST', path: resourcePath(type, { namespace, name, subresource: 'token' }), body });
  } catch (error) {
    throw new Error(`failed to create token: ${error instanceof ApiError ? error.message : messageOf(error)}`, { cause: error });
  }
}
