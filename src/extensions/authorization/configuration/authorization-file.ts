import type { ExpressionCompiler } from '../../../extension-points/authentication/expressions.ts';
import { watchedFile } from '../../../extension-points/authentication/watched-file.ts';
import { connectWebhook } from '../../../extension-points/authentication/webhook-connection.ts';
import type { Authorizer } from '../../../extension-points/authorization/contract.ts';
import { createSubjectAccessWebhook } from '../../../extension-points/authorization/webhook.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import { type AuthorizerConfiguration, type AuthorizerType, durationMs, readAuthorizationConfiguration, type WebhookConfiguration } from './configuration.ts';

export interface AuthorizationFileOptions {
  readonly point: ExtensionPoint<Authorizer>;
  /** What the types without a configuration stand for. */
  readonly builtIn: Readonly<Record<Exclude<AuthorizerType, 'Webhook'>, Authorizer>>;
  readonly compiler: ExpressionCompiler;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps the authorizers of an `AuthorizationConfiguration` file at the point, in its order and under its names, and reads the file again when it changes. Rejects when the
 * file is not usable at first; later versions that are not usable are logged and ignored.
 */
export async function openAuthorizationFile(path: string, options: AuthorizationFileOptions): Promise<AsyncDisposable> {
  const { point, compiler, log } = options;
  let added: Disposable[] = [];
  let connections = new DisposalStack();
  const read = (text: string): void => {
    const { authorizers = [] } = readAuthorizationConfiguration(text, compiler);
    const opened = new DisposalStack();
    const made = authorizers.map((configuration) => ({ name: configuration.name, implementation: authorizerOf(configuration, options, opened) }));
    // In one turn: no request finds the point without them.
    for (const old of added) old[Symbol.dispose]();
    added = made.map((listed) => point.add({ ...listed, origin: path }));
    void connections[Symbol.asyncDispose]();
    connections = opened;
  };
  const file = await watchedFile(path, { read, log });
  return {
    async [Symbol.asyncDispose]() {
      file[Symbol.dispose]();
      for (const old of added) old[Symbol.dispose]();
      await connections[Symbol.asyncDispose]();
    },
  };
}

function authorizerOf({ type, webhook }: AuthorizerConfiguration, options: AuthorizationFileOptions, opened: DisposalStack): Authorizer {
  return type === 'Webhook' ? webhookOf(webhook ?? {}, options, opened) : options.builtIn[type];
}

function webhookOf(webhook: WebhookConfiguration, { compiler, clock, log }: AuthorizationFileOptions, opened: DisposalStack): Authorizer {
  const { kubeConfigFile = '' } = webhook.connectionInfo ?? {};
  if (kubeConfigFile === '') throw new Error('connectionInfo of type InClusterConfig: this server does not run in a pod; use type KubeConfigFile');
  const { post } = opened.use(connectWebhook(kubeConfigFile, { timeoutMs: durationMs(webhook.timeout ?? '') ?? 3_000 }));
  const lifeOf = (text: string | undefined, caches: boolean | undefined, otherwise: number): number =>
    caches === false ? 0 : ((text === undefined ? undefined : durationMs(text)) ?? otherwise);
  const matchConditions = (webhook.matchConditions ?? []).map(({ expression = '' }) => {
    const outcome = compiler.compile(expression, { variable: 'request', returns: ['bool'] });
    if (outcome.kind === 'rejected') throw new Error(outcome.message);
    return outcome;
  });
  return createSubjectAccessWebhook({
    post,
    authorizedMs: lifeOf(webhook.authorizedTTL, webhook.cacheAuthorizedRequests, 300_000),
    unauthorizedMs: lifeOf(webhook.unauthorizedTTL, webhook.cacheUnauthorizedRequests, 30_000),
    version: webhook.subjectAccessReviewVersion === 'v1beta1' ? 'v1beta1' : 'v1',
    onFailure: webhook.failurePolicy === 'Deny' ? 'deny' : 'no-opinion',
    matchConditions,
    clock,
    log,
  });
}
