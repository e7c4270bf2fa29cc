import { type Command, InvalidArgumentError, Option } from 'commander';

/** How a cluster knows its users, what they may do, and what is recorded of it. Names and meanings are those of upstream's flags; paths are files. */
export interface AccessOptions {
  readonly authenticationConfig?: string;
  /** `false` answers 401 to requests without credentials. */
  readonly anonymousAuth?: boolean;
  readonly tokenAuthFile?: string;
  readonly authenticationTokenWebhookConfigFile?: string;
  /** Milliseconds. */
  readonly authenticationTokenWebhookCacheTtl?: number;
  readonly requestheaderClientCaFile?: string;
  readonly requestheaderAllowedNames?: readonly string[];
  readonly authorizationConfig?: string;
  readonly authorizationMode?: readonly string[];
  readonly authorizationWebhookConfigFile?: string;
  /** Milliseconds. */
  readonly authorizationWebhookCacheAuthorizedTtl?: number;
  readonly authorizationWebhookCacheUnauthorizedTtl?: number;
  readonly auditPolicyFile?: string;
  readonly auditLogPath?: string;
  readonly auditLogMaxage?: number;
  readonly auditLogMaxbackup?: number;
  /** Megabytes. */
  readonly auditLogMaxsize?: number;
  readonly auditWebhookConfigFile?: string;
  /** Milliseconds. */
  readonly auditWebhookBatchMaxWait?: number;
  readonly maxRequestsInflight?: number;
  readonly maxMutatingRequestsInflight?: number;
  /** Milliseconds. */
  readonly clusterSigningDuration?: number;
}

/** Adds the flags of access to a command, under upstream's names. */
export function addAccessFlags(command: Command): Command {
  const options = [
    new Option('--authentication-config <file>', 'AuthenticationConfiguration: issuers of JSON Web Tokens, anonymous requests; read again when it changes'),
    new Option('--anonymous-auth <bool>', 'whether requests without credentials are anonymous').argParser(truth),
    new Option('--token-auth-file <file>', 'tokens of users, one a line: token,user,uid,"group1,group2"'),
    new Option('--authentication-token-webhook-config-file <file>', 'kubeconfig of a webhook that knows tokens (TokenReview)'),
    new Option('--authentication-token-webhook-cache-ttl <duration>', 'how long its answers hold (default: 2m)').argParser(duration),
    new Option('--requestheader-client-ca-file <file>', 'authority of proxies that may name users in X-Remote-* headers'),
    new Option('--requestheader-allowed-names <names>', 'common names of those proxies, comma-separated (default: any)').argParser(list),
    new Option('--authorization-config <file>', 'AuthorizationConfiguration: the authorizers and their order; read again when it changes').conflicts([
      'authorizationMode',
      'authorizationWebhookConfigFile',
    ]),
    new Option('--authorization-mode <modes>', 'authorizers in order: Node, RBAC, Webhook, AlwaysAllow, AlwaysDeny (default: Node,RBAC)').argParser(list),
    new Option('--authorization-webhook-config-file <file>', 'kubeconfig of a webhook that decides (SubjectAccessReview), for the mode Webhook'),
    new Option('--authorization-webhook-cache-authorized-ttl <duration>', 'how long its yes holds (default: 5m)').argParser(duration),
    new Option('--authorization-webhook-cache-unauthorized-ttl <duration>', 'how long its no holds (default: 30s)').argParser(duration),
    new Option('--audit-policy-file <file>', 'audit policy: what is recorded of which requests'),
    new Option('--audit-log-path <file>', 'where events go, a line each; - is standard output'),
    new Option('--audit-log-maxage <days>', 'days rotated audit logs are kept').argParser(wholeNumber),
    new Option('--audit-log-maxbackup <n>', 'how many rotated audit logs are kept').argParser(wholeNumber),
    new Option('--audit-log-maxsize <megabytes>', 'size at which the audit log is rotated (default: 100)').argParser(wholeNumber),
    new Option('--audit-webhook-config-file <file>', 'kubeconfig of a webhook that takes events in batches'),
    new Option('--audit-webhook-batch-max-wait <duration>', 'how long an event waits for its batch (default: 30s)').argParser(duration),
    new Option('--max-requests-inflight <n>', 'with the next: how many requests run at once').argParser(wholeNumber),
    new Option('--max-mutating-requests-inflight <n>', 'priority and fairness divides the sum').argParser(wholeNumber),
    new Option('--cluster-signing-duration <duration>', 'longest life of certificates that are signed (default: 8760h)').argParser(duration),
  ];
  for (const option of options) command.addOption(option.hideHelp());
  return command.addHelpText(
    'after',
    '\nAccess: --authentication-*, --authorization-*, --audit-*, --requestheader-*, --max-*requests-inflight and --cluster-signing-duration are as for kube-apiserver.',
  );
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function truth(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('must be true or false.');
  return text === 'true';
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || text.trim() === '') throw new InvalidArgumentError('must be a whole number.');
  return value;
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

function duration(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(text)) throw new InvalidArgumentError('must be a duration such as 30s or 5m.');
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
}
