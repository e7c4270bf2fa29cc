import { readFileSync } from 'node:fs';
import type { AuditSink } from '../components/api-server/audit/auditor.ts';
import { type ApiServerOptions, defaultLimits } from '../components/api-server/options.ts';
import type { AccessOptions } from '../components/cli/access-options.ts';
import { requireAuthorities } from '../extension-points/authentication/authority-file.ts';
import type { Authenticator } from '../extension-points/authentication/contract.ts';
import type { ExpressionCompiler } from '../extension-points/authentication/expressions.ts';
import type { Authorizer } from '../extension-points/authorization/contract.ts';
import { alwaysAllow } from '../extensions/authorization/always-allow/always-allow.ts';
import { alwaysDeny } from '../extensions/authorization/always-deny/always-deny.ts';
import type { Clock } from '../kernel/clock.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import type { ExtensionPoint } from '../kernel/extension-point.ts';
import type { Log } from '../kernel/log.ts';
import type { Listed } from './control-plane.ts';

/** What every part of access is made with. What is opened is put on the stack. */
export interface AccessParts {
  readonly options: AccessOptions;
  readonly stack: DisposalStack;
  readonly clock: Clock;
  readonly log: Log;
}

/** Loaded only when a file has expressions to compile. */
async function expressionCompiler(): Promise<ExpressionCompiler> {
  const { createExpressionCompiler } = await import('../extension-points/authentication/expression-compiler.ts');
  return createExpressionCompiler();
}

/** The authenticators that options add, in upstream's order: a proxy's word before everything, tokens of files, of issuers, of a webhook. */
export interface AddedAuthenticators {
  readonly first: readonly Listed<Authenticator>[];
  readonly tokens: readonly Listed<Authenticator>[];
  readonly allowsAnonymous: ApiServerOptions['allowsAnonymous'];
}

export async function openAuthenticators({ options, stack, clock, log }: AccessParts, { issuer }: { readonly issuer: string }): Promise<AddedAuthenticators> {
  const first: Listed<Authenticator>[] = [];
  const tokens: Listed<Authenticator>[] = [];
  let allowsAnonymous: AddedAuthenticators['allowsAnonymous'] = options.anonymousAuth === false ? () => false : undefined;
  if (options.requestheaderClientCaFile) {
    const { createRequestHeaderAuthenticator } = await import('../extensions/authentication/request-header/request-header.ts');
    first.push({ name: 'request-header', implementation: createRequestHeaderAuthenticator({ allowedNames: options.requestheaderAllowedNames ?? [] }) });
  }
  if (options.tokenAuthFile) {
    const { createStaticTokenAuthenticator, parseTokenFile } = await import('../extensions/authentication/static-token/static-token.ts');
    const implementation = createStaticTokenAuthenticator({ tokens: parseTokenFile(textOf(options.tokenAuthFile, '--token-auth-file')) });
    tokens.push({ name: 'static-token', implementation });
  }
  if (options.authenticationConfig) {
    const { openAuthenticationFile } = await import('../extensions/authentication/jwt/authentication-file.ts');
    const compiler = await expressionCompiler();
    const file = stack.use(await openAuthenticationFile(options.authenticationConfig, { compiler, disallowedIssuers: [issuer], clock, log }));
    tokens.push({ name: 'jwt', implementation: file.authenticator });
    if (options.anonymousAuth === undefined) allowsAnonymous = (path) => file.allowsAnonymous(path);
  }
  if (options.authenticationTokenWebhookConfigFile) {
    const [{ createTokenWebhook }, { connectWebhook }] = await Promise.all([
      import('../extension-points/authentication/webhook.ts'),
      import('../extension-points/authentication/webhook-connection.ts'),
    ]);
    const { post } = stack.use(connected(options.authenticationTokenWebhookConfigFile, '--authentication-token-webhook-config-file', connectWebhook));
    const cacheMs = options.authenticationTokenWebhookCacheTtl;
    tokens.push({ name: 'token-webhook', implementation: createTokenWebhook({ post, clock, ...(cacheMs === undefined ? {} : { cacheMs }) }) });
  }
  return { first, tokens, allowsAnonymous };
}

/** Puts the authorizers of a configuration file, or of the modes, at the point. */
export async function openAuthorizers(
  { options, stack, clock, log }: AccessParts,
  { point, node, rbac }: { readonly point: ExtensionPoint<Authorizer>; readonly node: Authorizer; readonly rbac: Authorizer },
): Promise<void> {
  const builtIn = { Node: node, RBAC: rbac, AlwaysAllow: alwaysAllow, AlwaysDeny: alwaysDeny };
  if (options.authorizationConfig) {
    const { openAuthorizationFile } = await import('../extensions/authorization/configuration/authorization-file.ts');
    const compiler = await expressionCompiler();
    stack.use(await openAuthorizationFile(options.authorizationConfig, { point, builtIn, compiler, clock, log }));
    return;
  }
  for (const mode of options.authorizationMode ?? ['Node', 'RBAC']) {
    const implementation = mode === 'Webhook' ? await authorizationWebhook({ options, stack, clock, log }) : builtIn[mode as keyof typeof builtIn];
    if (!implementation)
      throw new Error(`--authorization-mode: ${JSON.stringify(mode)} is not a valid mode; use Node, RBAC, Webhook, AlwaysAllow or AlwaysDeny`);
    point.add({ name: mode.toLowerCase(), origin: 'built-in', implementation });
  }
}

async function authorizationWebhook({ options, stack, clock, log }: AccessParts): Promise<Authorizer> {
  if (!options.authorizationWebhookConfigFile) throw new Error('--authorization-mode: the mode Webhook needs --authorization-webhook-config-file');
  const [{ createSubjectAccessWebhook }, { connectWebhook }] = await Promise.all([
    import('../extension-points/authorization/webhook.ts'),
    import('../extension-points/authentication/webhook-connection.ts'),
  ]);
  const { post } = stack.use(connected(options.authorizationWebhookConfigFile, '--authorization-webhook-config-file', connectWebhook));
  const { authorizationWebhookCacheAuthorizedTtl: authorizedMs, authorizationWebhookCacheUnauthorizedTtl: unauthorizedMs } = options;
  return createSubjectAccessWebhook({
    post,
    clock,
    log,
    ...(authorizedMs === undefined ? {} : { authorizedMs }),
    ...(unauthorizedMs === undefined ? {} : { unauthorizedMs }),
  });
}

/** What of the API server's own options access decides: the auditor, the bounds, the authority of proxies. */
export async function openServerAccess(parts: AccessParts): Promise<Pick<ApiServerOptions, 'auditor' | 'limits' | 'requestHeaderCa'>> {
  const { options } = parts;
  const { maxRequestsInflight, maxMutatingRequestsInflight, requestheaderClientCaFile } = options;
  const auditor = await openAuditor(parts);
  return {
    ...(auditor ? { auditor } : {}),
    ...(requestheaderClientCaFile ? { requestHeaderCa: authoritiesOf(requestheaderClientCaFile, '--requestheader-client-ca-file') } : {}),
    limits: {
      ...(maxRequestsInflight === undefined ? {} : { readsInFlight: maxRequestsInflight }),
      ...(maxMutatingRequestsInflight === undefined ? {} : { writesInFlight: maxMutatingRequestsInflight }),
    },
  };
}

async function openAuditor({ options, stack, clock, log }: AccessParts): Promise<ApiServerOptions['auditor']> {
  const { auditPolicyFile, auditLogPath, auditWebhookConfigFile } = options;
  if (!auditPolicyFile) {
    if (auditLogPath || auditWebhookConfigFile) throw new Error('an audit log needs --audit-policy-file, which says what is recorded');
    return undefined;
  }
  const [{ Auditor }, { readAuditPolicy }] = await Promise.all([
    import('../components/api-server/audit/auditor.ts'),
    import('../components/api-server/audit/policy.ts'),
  ]);
  const policy = named(auditPolicyFile, () => readAuditPolicy(textOf(auditPolicyFile, '--audit-policy-file')));
  const sinks: AuditSink[] = [];
  const scoped = log.scope('audit');
  if (auditLogPath) {
    const { openFileLog } = await import('../components/api-server/audit/file-log.ts');
    const { auditLogMaxsize = 100, auditLogMaxage = 0, auditLogMaxbackup = 0 } = options;
    sinks.push(
      await openFileLog({
        path: auditLogPath,
        maximumMegabytes: auditLogMaxsize,
        maximumDays: auditLogMaxage,
        maximumBackups: auditLogMaxbackup,
        clock,
        log: scoped,
      }),
    );
  }
  if (auditWebhookConfigFile) {
    const [{ createWebhookLog }, { connectWebhook }] = await Promise.all([
      import('../components/api-server/audit/webhook-log.ts'),
      import('../extension-points/authentication/webhook-connection.ts'),
    ]);
    const { post } = stack.use(connected(auditWebhookConfigFile, '--audit-webhook-config-file', connectWebhook));
    const batchWaitMs = options.auditWebhookBatchMaxWait;
    sinks.push(createWebhookLog({ post, clock, log: scoped, ...(batchWaitMs === undefined ? {} : { batchWaitMs }) }));
  }
  return stack.use(new Auditor({ policy, sinks, clock, log: scoped, bodyBytes: defaultLimits.bodyBytes }));
}

/** The webhook that the file of a flag describes. Throws, naming both, when it describes none. */
const connected = <T>(path: string, flag: string, connect: (path: string) => T): T => named(`${flag}: ${path}`, () => connect(path));

function textOf(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${flag}: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  }
}

/** The text of a file of authorities. Throws, naming flag and file, when it is none. */
function authoritiesOf(path: string, flag: string): string {
  const text = textOf(path, flag);
  named(`${flag}: ${path}`, () => requireAuthorities(text));
  return text;
}

function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${path} is not usable: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
